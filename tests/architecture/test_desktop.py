"""House rules of the desktop, each with its reason and a look at what would break it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator

import pytest

from tests.architecture.source import ROOT, Module, modules

#: The page of all controls is for who builds them, and speaks no language.
GALLERY = "desktop/gallery.py"

#: They wait and know widgets: they are what opens windows and dialogs, and paint nothing.
WAIT_AND_SHOW = {
    "desktop/app.py",
    "desktop/gallery.py",
    "desktop/shell/ask.py",
    "desktop/shell/frame.py",
    "desktop/shell/life.py",
}

#: Parameters of widgets that are read by people: by position, beside the names below.
SHOWN: dict[str, tuple[int, ...]] = {
    "Area": (0,),
    "Badge": (0,),
    "Button": (0,),
    "Card": (0,),
    "ChartCard": (0,),
    "Check": (0,),
    "Column": (0,),
    "Confirm": (0, 1),
    "Dialog": (0,),
    "EmptyState": (1, 2),
    "Field": (0,),
    "IconButton": (1,),
    "KpiCard": (0,),
    "Radio": (0,),
    "SearchField": (0,),
    "Text": (0,),
    "TextField": (0,),
    "Toggle": (0,),
    "add_button": (0,),
    "bad": (0,),
    "setAccessibleDescription": (0,),
    "setAccessibleName": (0,),
    "setPlaceholderText": (0,),
    "setWindowTitle": (0,),
    "show_error": (0,),
    "show_text": (0,),
    "toast": (0,),
}
SHOWN_NAMES = {"action", "hint", "label", "placeholder", "title", "verb"}

#: Nobody translates the product's name, and an example of an address is the same in every language.
SAME_EVERYWHERE = re.compile(r"Master IA|WhatsApp|SMS|CSV|[A-Z]{4}-[A-Z]{4}|https?://\S*|[\w.]+@[\w.]+")

_STATIC = re.compile(
    r"^(QMessageBox\.(question|information|warning|critical|about\w*)"
    r"|QFileDialog\.get\w+|QInputDialog\.get\w+|QColorDialog\.getColor|QFontDialog\.getFont)$"
)
_WIDGETS = ("PySide6.QtWidgets",)

Finder = Callable[[Module], Iterable[ast.AST]]


def calls(module: Module) -> Iterator[tuple[ast.Call, str]]:
    """Every call with the name it is called by."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            yield node, ast.unparse(node.func)


def loops_of_their_own(module: Module) -> Iterator[ast.AST]:
    for node, name in calls(module):
        owner, _, last = name.rpartition(".")
        if last in ("exec", "exec_") and "drag" not in owner.lower():
            yield node
        if last == "processEvents" or _STATIC.match(name):
            yield node


def untold_coroutines(module: Module) -> Iterator[ast.AST]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name | ast.Attribute | ast.alias):
            said = node.name if isinstance(node, ast.alias) else ast.unparse(node)
            if said.rpartition(".")[2] in ("asyncSlot", "asyncClose", "ensure_future"):
                yield node


def waiting_painters(module: Module) -> Iterator[ast.AST]:
    if module.where in WAIT_AND_SHOW or not _imports(module, _WIDGETS):
        return
    yield from (n for n in ast.walk(module.tree) if isinstance(n, ast.AsyncFunctionDef | ast.Await))


def rich_text(module: Module) -> Iterator[ast.AST]:
    labels = _assigned(module, "QLabel")
    for node, name in calls(module):
        owner, _, last = name.rpartition(".")
        if last in ("setHtml", "insertHtml", "QTextBrowser", "setMarkdown", "appendHtml"):
            yield node
        if module.where == "desktop/widgets/text.py":
            continue
        if last == "QLabel" and any(not _is_a_parent(argument) for argument in node.args):
            yield node
        if last == "setText" and owner in labels:
            yield node


def rich_tips(module: Module) -> Iterator[ast.AST]:
    for node, name in calls(module):
        if name.endswith(".setToolTip") and not _is_plain(node.args[0]):
            yield node


def keys_of_their_own(module: Module) -> Iterator[ast.AST]:
    for node, name in calls(module):
        if name.rpartition(".")[2] in ("QShortcut", "setShortcut", "setShortcuts"):
            yield node


def ways_to_the_appliance(module: Module) -> Iterator[ast.AST]:
    """Errors are words a screen may tell apart; nothing can be asked through them."""
    if module.path.name.endswith("presenter.py") or module.room[1:2] in (
        ("client",),
        ("shell",),
        ("welcome",),
        ("app",),
        ("__main__",),
    ):
        return
    for node in ast.walk(module.tree):
        asked = node.module or "" if isinstance(node, ast.ImportFrom) else ""
        if asked.startswith("desktop.client") and asked != "desktop.client.errors":
            yield node
        if isinstance(node, ast.Import) and any(a.name.startswith("desktop.client") for a in node.names):
            yield node


def nameless_icons(module: Module) -> Iterator[ast.AST]:
    for node, name in calls(module):
        if name.rpartition(".")[2] == "IconButton":
            named = node.args[1] if len(node.args) > 1 else _keyword(node, "name")
            if named is None or (isinstance(named, ast.Constant) and not named.value):
                yield node


def untranslated(module: Module) -> Iterator[ast.AST]:
    if module.where == GALLERY:
        return
    for node, name in calls(module):
        places = SHOWN.get(name.rpartition(".")[2])
        if places is None:
            continue
        shown = [node.args[n] for n in places if n < len(node.args)]
        shown += [one.value for one in node.keywords if one.arg in SHOWN_NAMES]
        yield from (part for part in shown if _says_something(part))


RULES: dict[str, tuple[Finder, set[str], str]] = {
    "a nested event loop silently stops every other task for ever": (loops_of_their_own, set(), ""),
    "who starts work keeps hold of it, or it outlives its widget": (untold_coroutines, set(), ""),
    "what paints never waits: a widget may be gone when the answer comes": (waiting_painters, set(), ""),
    "what a customer wrote is plain text, everywhere": (rich_text, set(), ""),
    "a tooltip that looks like HTML is taken for HTML": (
        rich_tips,
        {"desktop/shell/tray.py"},
        "the system shows it, as plain text",
    ),
    "keys live in one registry, so none means two things": (
        keys_of_their_own,
        {"desktop/shell/shortcuts.py"},
        "this is the registry",
    ),
    "only presenters ask the appliance": (ways_to_the_appliance, set(), ""),
    "a button without words has a name": (nameless_icons, set(), ""),
    "every word a person reads can be Portuguese": (untranslated, set(), ""),
}


@pytest.mark.parametrize("reason", RULES)
def test_the_desktop_keeps_its_rule(reason: str) -> None:
    finder, allowed, why = RULES[reason]
    found = [
        f"{module.where}:{getattr(node, 'lineno', 0)}"
        for module in modules("desktop")
        if module.where not in allowed
        for node in finder(module)
    ]
    assert found == [], reason
    assert bool(allowed) == bool(why)


@pytest.mark.parametrize("reason", [reason for reason, rule in RULES.items() if rule[1]])
def test_an_exception_is_still_needed(reason: str) -> None:
    finder, allowed, _ = RULES[reason]

    assert {m.where for m in modules("desktop") if m.where in allowed and any(finder(m))} == allowed


BREAKS: list[tuple[Finder, str]] = [
    (loops_of_their_own, "dialog.exec()"),
    (loops_of_their_own, "menu.exec_(point)"),
    (loops_of_their_own, "QMessageBox.question(self, 'a', 'b')"),
    (loops_of_their_own, "name, _ = QFileDialog.getOpenFileName(self)"),
    (loops_of_their_own, "QApplication.processEvents()"),
    (untold_coroutines, "from qasync import asyncSlot"),
    (untold_coroutines, "@qasync.asyncClose\ndef closeEvent(self, event): ..."),
    (untold_coroutines, "asyncio.ensure_future(work())"),
    (waiting_painters, "from PySide6.QtWidgets import QWidget\nasync def load(): ..."),
    (rich_text, "QLabel('Olá')"),
    (rich_text, "self.name = QLabel()\nself.name.setText(contact.name)"),
    (rich_text, "view.setHtml(message.text)"),
    (rich_text, "QTextBrowser()"),
    (rich_tips, "self.setToolTip(contact.name)"),
    (keys_of_their_own, "QShortcut(QKeySequence('Ctrl+K'), self)"),
    (keys_of_their_own, "action.setShortcut('F5')"),
    (ways_to_the_appliance, "from desktop.client.api import Api"),
    (nameless_icons, "IconButton('x', '')"),
    (nameless_icons, "IconButton('x')"),
    (untranslated, "Button('Salvar')"),
    (untranslated, "Text(f'{n} contatos')"),
    (untranslated, "EmptyState('inbox', 'Nada aqui')"),
    (untranslated, "Confirm(t('Delete?'), t('Sure?'), verb='Apagar')"),
    (untranslated, "notices.bad('Falhou')"),
]


@pytest.mark.parametrize(("finder", "text"), BREAKS)
def test_it_would_be_seen(finder: Finder, text: str) -> None:
    assert list(finder(_module(text)))


FINE: list[tuple[Finder, str]] = [
    (loops_of_their_own, "drag.exec(Qt.DropAction.MoveAction)"),
    (loops_of_their_own, "dialog.open()"),
    (waiting_painters, "from PySide6.QtCore import QObject\nasync def load(): ..."),
    (rich_text, "QLabel()"),
    (rich_text, "QLabel(self)"),
    (rich_tips, "self.setToolTip(plain_tip(name))"),
    (ways_to_the_appliance, "from desktop.client.errors import Refused"),
    (untranslated, "Text(t('Save'), 'title')"),
    (untranslated, "Text('', 'title')"),
    (untranslated, "Text(f'{a} · {b}')"),
    (untranslated, "Text('Master IA', 'title')"),
]


@pytest.mark.parametrize(("finder", "text"), FINE)
def test_what_is_fine_is_let_through(finder: Finder, text: str) -> None:
    assert not list(finder(_module(text)))


def _module(text: str) -> Module:
    return Module(ROOT / "desktop/inbox/x.py", "desktop.inbox.x", text, ast.parse(text))


def _imports(module: Module, rooms: tuple[str, ...]) -> bool:
    return any(target in rooms for target, _ in module.imported())


def _assigned(module: Module, kind: str) -> set[str]:
    """Names that hold a new one of this class."""
    return {
        ast.unparse(target)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        if ast.unparse(node.value.func).rpartition(".")[2] == kind
        for target in node.targets
    }


def _is_a_parent(argument: ast.expr) -> bool:
    return isinstance(argument, ast.Name) and argument.id in ("self", "parent")


def _is_plain(argument: ast.expr) -> bool:
    """Nothing, the name of a key, or what was made plain on purpose."""
    if isinstance(argument, ast.Constant):
        return not argument.value
    if isinstance(argument, ast.IfExp):
        return _is_plain(argument.body) and _is_plain(argument.orelse)
    return isinstance(argument, ast.Call) and ast.unparse(argument.func) in ("plain_tip", "key_text")


def _keyword(node: ast.Call, name: str) -> ast.expr | None:
    return next((one.value for one in node.keywords if one.arg == name), None)


def _says_something(argument: ast.expr) -> bool:
    parts = argument.values if isinstance(argument, ast.JoinedStr) else [argument]
    said = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    return any(re.search(r"[^\W\d_]{2}", SAME_EVERYWHERE.sub("", text)) for text in said)
