"""The colors can be read, the names exist, and everything follows the theme while it stands."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from itertools import product

import pytest
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel

from desktop.widgets import icons, style
from desktop.widgets.buttons import Button, Kind
from desktop.widgets.table import Table
from desktop.widgets.text import Text
from desktop.widgets.theme import TOKENS, Mode, theme
from embedded_server.contract.labels import LABELS, STANDINGS, Color
from tests.architecture.source import Module, modules

GROUNDS = ("bg", "surface", "raised", "chat", "bubble_in", "bubble_out", "note", "selected", "hover")
WORDS = [
    *product(("text", "mute", "red", "green"), GROUNDS),
    *product(("accent",), ("bg", "surface", "raised", "selected", "hover", "bubble_out")),
    *((color.value, f"{color}_bg") for color in Color),
    *((color.value, ground) for color in Color for ground in ("bg", "raised")),
    *(("on_accent", ground) for ground in ("accent", "accent_hover")),
    *(("on_danger", ground) for ground in ("danger", "danger_hover")),
    ("neutral", "neutral_bg"),
    ("text", "neutral_bg"),
]
EDGES = [*product(("line2", "ring"), ("bg", "surface", "raised"))]
#: Calls whose first argument is the name of an icon, and those that have it elsewhere.
NAMES_ICON = {"icon": 0, "pixmap": 0, "picture": 0, "IconButton": 0, "EmptyState": 0, "show_icon": 0}
NAMES_ICON |= {"_paint_icon": 1, "add": 2}
NAMES_COLOR = {"color": 0, "recolor": 0}


def luminance(color: str) -> float:
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_words_can_be_read_on_every_ground_they_stand_on(dark: bool) -> None:
    colors = {name: pair[dark] for name, pair in TOKENS["colors"].items()}
    weak = {
        f"{word} on {ground}": round(contrast(colors[word], colors[ground]), 2)
        for word, ground in WORDS
        if contrast(colors[word], colors[ground]) < 4.5
    }
    assert weak == {}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_edges_of_controls_and_the_ring_can_be_seen(dark: bool) -> None:
    colors = {name: pair[dark] for name, pair in TOKENS["colors"].items()}
    weak = [pair for pair in EDGES if contrast(colors[pair[0]], colors[pair[1]]) < 3]
    assert weak == []


def test_initials_can_be_read_on_every_avatar() -> None:
    assert [color for color in TOKENS["avatars"] if contrast(color, "#FFFFFF") < 4.5] == []


def test_every_token_of_the_style_sheet_is_replaced() -> None:
    written = style.sheet({name: pair[0] for name, pair in TOKENS["colors"].items()})
    assert "@" not in written
    assert written.count("{") == written.count("}")


def test_every_icon_that_is_named_exists() -> None:
    named = {(m.where, name) for m in modules("desktop") for name in _literals(m, NAMES_ICON, "icon")}
    named |= {("labels", one.icon) for table in LABELS.values() for one in table.values() if one.icon}
    named |= {("labels", one.icon) for one in STANDINGS.values() if one.icon}
    known = {name.removesuffix(".svg") for name in icons._archive().namelist()}
    assert len(named) > 30
    assert [f"{where}: {name}" for where, name in sorted(named) if name not in known] == []


def test_every_color_that_is_named_exists() -> None:
    named = {(m.where, name) for m in modules("desktop") for name in _literals(m, NAMES_COLOR, "color")}
    assert len(named) > 10
    assert [f"{where}: {name}" for where, name in sorted(named) if name not in TOKENS["colors"]] == []


def test_an_unknown_icon_is_a_mistake_that_is_seen(qapp) -> None:
    with pytest.raises(LookupError, match="no-such-icon"):
        icons.icon("no-such-icon")


def test_everything_follows_the_theme_while_it_stands(show) -> None:
    text, table, button = Text("Olá"), Table(pane="raised"), Button("Enviar", kind=Kind.PRIMARY, icon="send")
    for widget in (text, table, button):
        show(widget)
    before = button.icon().pixmap(18, 18).toImage()

    theme.use(Mode.DARK)

    colors = TOKENS["colors"]
    assert text.palette().color(QPalette.ColorRole.WindowText).name().upper() == colors["text"][1]
    assert table.palette().color(QPalette.ColorRole.Base).name().upper() == colors["raised"][1]
    assert button.icon().pixmap(18, 18).toImage() != before


def test_item_views_have_no_ground_from_the_sheet() -> None:
    """It would switch off blitting and cost three times the scrolling (ux.md 1.4)."""
    rules = re.findall(r"([^{}]+)\{([^}]*)\}", style._SHEET)
    views = ("QTableView", "QListView", "QTreeView", "QAbstractScrollArea")
    assert [names for names, body in rules if "background" in body and any(v in names for v in views)] == []


def test_none_keeps_its_references(qapp) -> None:
    """PySide6 6.12 on Python below 3.12 loses one with every call and aborts the process (ux.md 1.1)."""
    label = QLabel()
    before = sys.getrefcount(None)
    for n in range(1000):
        label.setText(str(n))
    assert sys.getrefcount(None) > before - 100


def _literals(module: Module, calls: dict[str, int], keyword: str) -> Iterator[str]:
    """Text that is given as this argument of these calls, or as this keyword of any."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
        place = calls.get(name, -1)
        given = [node.args[place]] if 0 <= place < len(node.args) else []
        given += [one.value for one in node.keywords if one.arg == keyword]
        yield from (text for one in given for text in _texts(one))


def _texts(node: ast.expr) -> list[str]:
    """The possible values of a literal or of a choice between two."""
    if isinstance(node, ast.IfExp):
        return [*_texts(node.body), *_texts(node.orelse)]
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return [node.value] if is_text and node.value else []  # type: ignore[attr-defined]
