"""The menu of variables: what is known of contacts, and how it is written into a text."""

from __future__ import annotations

from collections.abc import Callable

from desktop.campaigns.wizard.choices import Choices
from desktop.widgets.menu import Menu


def variables_menu(choices: Choices, insert: Callable[[str], None]) -> Menu:
    """A menu for one showing; ``insert`` gets the variable as it is written."""
    menu = Menu()
    for place, (name, variable) in enumerate(choices.variables()):
        if place == Choices.KNOWN:
            menu.addSeparator()
        menu.add(f"{name}    {variable}", _putting(insert, variable))
    return menu


def _putting(insert: Callable[[str], None], variable: str) -> Callable[[], None]:
    return lambda: insert(variable)
