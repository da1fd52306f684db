"""House rules that neither a linter nor an import contract can say, each with its reason.

A rule that is wrong for one file has an entry here that says why; an entry without need fails too.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, Function, Module, modules

#: Rooms below the features, whose modules are open: each of them is a tool of its own.
TOOLS = {"appliance", "cache", "cli", "db", "demo", "media", "models", "providers", "queue", "vault"}
#: Rooms of the engine that are one feature each: open to others at the door alone.
FEATURES = {door.parent.name for door in (ROOT / "engine").glob("*/__init__.py")} - TOOLS

#: Builders of a child's environment: they hand it on and read no setting from it.
HAND_ON_THE_ENVIRONMENT = {
    "engine/appliance/cluster.py",
    "engine/appliance/plan.py",
    "engine/demo/house.py",
    "engine/linked/launching.py",
}

#: Broad handlers without a trace, because the trace itself would quote what must not be logged.
SILENT = {
    "engine/intake/processor.py": "a database error quotes its parameters: what a customer wrote",
    "engine/vault/holders.py": "a keyring's plug-in may quote the key it could not store",
    "engine/vault/redaction.py": "this is the log's own filter: logging here would come back here",
}

#: ``token`` fields that are no secret: an attempt's id, planted at the vendor so that statuses name it.
PLANTED = {
    "Outgoing.token",
    "StatusUpdate.token",
    "Trace.token",
    "Entry.token",
    "Filter.token",
}

_WITHHELD = re.compile(r"(^|_)(secret|password|dsn|token|body|text|phone|email)$")
_TEXT = re.compile(r"^(list\[|tuple\[)?(str|bytes)\b")
_NETWORK = re.compile(
    r"\b(sender|senders|console|transport|http|_?redis|courier|doorbell)\b|Console\(|aiohttp"
)
_TRANSACTION = re.compile(r"\b(unit_of_work|machine_work)\(")


def test_a_module_fits_on_a_few_screens() -> None:
    """What does not fit has two reasons to change. Migrations are records, not code to be read again."""
    assert [m.where for m in modules() + modules("tests") if len(m.text.splitlines()) > 400] == []


def test_a_function_does_one_thing() -> None:
    """Forty lines are a screen: below that its whole truth is in sight."""
    assert [f"{m.where}: {f.name}" for m in modules() for f in m.functions() if _lines(f) >= 40] == []


def test_a_test_tells_one_story() -> None:
    long = [
        f"{m.where}: {f.name}"
        for m in modules("tests")
        for f in m.functions()
        if f.name.startswith("test_") and _lines(f) > 25
    ]
    assert long == []


def test_every_module_says_why_it_exists() -> None:
    """One line at the top, so that ``ls`` and a look are enough to find one's way."""
    everywhere = modules() + modules("migrations") + modules("tests")
    assert [m.where for m in everywhere if m.text.strip() and ast.get_docstring(m.tree) is None] == []


def test_nobody_commits_but_the_unit_of_work() -> None:
    """A commit half-way leaves half a fact, and its events would be announced before they are true."""
    committing = [m.where for m in modules() if re.search(r"\.commit\(\)|[\"']COMMIT", m.text)]
    assert committing == ["engine/db/unit_of_work.py"]


def test_no_network_inside_a_transaction() -> None:
    """Claim, send, record: a slow vendor must hold no row and no connection of ours.

    Inside are the blocks of a unit of work, every function that is given one, and handlers that use theirs.
    """
    assert [call for m in modules("engine", "embedded_server") for call in _calls_in_transactions(m)] == []


@pytest.mark.parametrize(
    "text",
    [
        "async def f(uow): await sender.send(account, parcel)",
        "async def f(uow): await MetaConsole(http).number_info(account)",
        "async def f(call): await find(call.uow); await call.engine.senders['meta'].close()",
        "async def f(engine):\n async with engine.unit_of_work(i) as uow:\n  await http.get(url)",
        "async def f(engine):\n async with engine.machine_work():\n  await self._redis.ping()",
    ],
)
def test_network_inside_a_transaction_would_be_seen(text: str) -> None:
    assert _calls_in_transactions(Module(ROOT / "x.py", "x", text, ast.parse(text)))


def test_features_meet_at_the_door() -> None:
    """``engine.contacts`` says what it offers in ``__all__``; what is behind it may change any day.

    A package inside a feature (``engine.contacts.importing``) is a room with a door of its own.
    """
    found = [
        f"{m.where}: {target}.{name}"
        for m in modules("engine", "embedded_server")
        for target, name in m.imported()
        if _feature(target) and _feature(target) != m.room and not _is_at_a_door(target, name)
    ]
    assert found == []


def test_features_name_what_they_offer() -> None:
    """``from engine import campaigns`` opens the same door as an import from it, and no wider."""
    found = [
        f"{m.where}: {feature}.{node.attr}"
        for m in modules("engine", "embedded_server")
        for feature in FEATURES & {name for target, name in m.imported() if target == "engine" and name}
        for node in ast.walk(m.tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == feature
        if (ROOT / "engine" / feature / f"{node.attr}.py").exists()
        if not _is_at_a_door(f"engine.{feature}", node.attr)
    ]
    assert found == []


def test_queries_are_protected_by_a_contract() -> None:
    """Every room with SQL is named in the import contracts: a new one cannot be forgotten."""
    contracts = (ROOT / "pyproject.toml").read_text("utf-8")
    homes = [m.name for m in modules("engine") if m.path.name.endswith("queries.py")]
    assert [name for name in homes if f'"{name}"' not in contracts] == []


def test_rules_are_pure() -> None:
    """The same question always has the same answer: no clock, no chance, no input, no waiting."""
    impure = {"asyncio", "logging", "os", "random", "secrets", "socket", "sqlalchemy", "time", "aiohttp"}
    found = [
        f"{m.where}: {target}"
        for m in modules("engine")
        if m.path.name == "rules.py"
        for target, name in m.imported()
        if target.split(".")[0] in impure or f"{target}.{name}" == "engine.clock"
    ]
    waiting = [m.where for m in modules("engine") if m.path.name == "rules.py" and _waits(m)]
    assert found + waiting == []


def test_only_settings_reads_the_environment() -> None:
    """An administrator finds every knob in one file. (The installers run before there are settings.)"""
    readers = {
        m.where
        for m in modules("engine", "embedded_server", "desktop")
        if re.search(r"\bos\.(environ|getenv)\b", m.text)
    }
    assert readers == HAND_ON_THE_ENVIRONMENT


def test_only_the_command_line_prints() -> None:
    """A service has no terminal: what it says goes to the log, masked."""
    found = [
        m.where
        for m in modules("engine", "embedded_server", "desktop")
        if not m.where.startswith("engine/cli/")
        for node in ast.walk(m.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert found == []


def test_a_broad_handler_leaves_a_trace() -> None:
    """Whoever catches everything also catches our bugs: they must be in the log, or go on up."""
    found = {m.where for m in modules() for node in ast.walk(m.tree) if _hides_bugs(node)}
    assert found == set(SILENT)


def test_secrets_and_texts_stay_out_of_repr() -> None:
    """A dataclass prints itself into every trace: passwords, tokens and what people wrote stay out."""
    shown = {
        f"{owner.name}.{field.target.id}"
        for m in modules("engine", "embedded_server", "desktop")
        for owner in ast.walk(m.tree)
        if isinstance(owner, ast.ClassDef) and _is_shown_dataclass(owner)
        for field in owner.body
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if _WITHHELD.search(field.target.id) and _TEXT.search(ast.unparse(field.annotation))
        if field.value is None or "repr=False" not in ast.unparse(field.value)
    }
    assert shown <= PLANTED


def test_the_company_is_set_for_one_transaction_only() -> None:
    """A value set for the session would follow its connection into the next company's request (1.6)."""
    found = [
        m.where for m in modules() if re.search(r"\bSET (SESSION )?app\.|set_config\([^)]*false", m.text)
    ]
    assert found == []


def test_views_do_not_await() -> None:
    """A view paints what it is given; who awaits in one freezes or outlives its window."""
    views = [m for m in modules("desktop") if m.path.name == "view.py" or m.path.name.endswith("_model.py")]
    assert [m.where for m in views if _waits(m)] == []


def _lines(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno


def _called(node: ast.Await) -> str:
    return ast.unparse(node.value.func if isinstance(node.value, ast.Call) else node.value)


def _calls_in_transactions(module: Module) -> list[str]:
    return [
        f"{module.where}:{node.lineno}: {_called(node)}"
        for block in ast.walk(module.tree)
        if _is_inside_transaction(block)
        for node in ast.walk(block)
        if isinstance(node, ast.Await) and _NETWORK.search(_called(node))
    ]


def _is_inside_transaction(node: ast.AST) -> bool:
    if isinstance(node, ast.AsyncWith):
        return any(_TRANSACTION.search(ast.unparse(item.context_expr)) for item in node.items)
    if isinstance(node, Function):
        given = any(argument.arg == "uow" for argument in (*node.args.args, *node.args.kwonlyargs))
        return given or any(isinstance(n, ast.Attribute) and n.attr == "uow" for n in ast.walk(node))
    return False


def _waits(module: Module) -> bool:
    return any(isinstance(n, ast.AsyncFunctionDef | ast.Await) for n in ast.walk(module.tree))


def _feature(target: str) -> tuple[str, ...] | None:
    parts = tuple(target.split(".")[:2])
    return parts if len(parts) == 2 and parts[0] == "engine" and parts[1] in FEATURES else None


def _is_at_a_door(target: str, name: str | None) -> bool:
    folder = ROOT.joinpath(*target.split("."))
    if not folder.is_dir() or name is None:
        return False
    return (folder / name / "__init__.py").exists() or name in _offered(folder / "__init__.py")


def _offered(door: Path) -> list[str]:
    for node in ast.parse(door.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    return []


def _hides_bugs(node: ast.AST) -> bool:
    if not isinstance(node, ast.ExceptHandler):
        return False
    if node.type is not None and ast.unparse(node.type) not in ("Exception", "BaseException"):
        return False
    told = any(word in ast.unparse(node) for word in (".exception(", "exc_info="))
    return not told and not any(isinstance(n, ast.Raise) for n in ast.walk(node))


def _is_shown_dataclass(owner: ast.ClassDef) -> bool:
    decorators = [ast.unparse(decorator) for decorator in owner.decorator_list]
    if not any(
        d.startswith(("dataclass", "dataclasses.dataclass")) and "repr=False" not in d for d in decorators
    ):
        return False
    return not any(isinstance(n, ast.FunctionDef) and n.name == "__repr__" for n in owner.body)
