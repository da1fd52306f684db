"""The start: what is missing is said before Qt is touched, and a person's theme and language come first."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QLocale, QTimer
from PySide6.QtWidgets import QApplication, QDialogButtonBox

from desktop import __main__ as entry
from desktop.client.settings import DesktopSettings
from desktop.shell import frame
from desktop.shell.preferences import LANGUAGE, THEME, Preferences
from desktop.shell.watchdog import Watchdog
from desktop.widgets.theme import Mode, theme
from embedded_server.contract import words
from tests.fakes.poll import until

ROOT = Path(__file__).parents[2]


def test_what_is_installed_here_will_do() -> None:
    assert entry.refusal() == ""


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(entry, "version", missing)
    words.use("pt_BR")

    assert "PySide6-Essentials" in entry.refusal()
    assert "pip install" in entry.refusal()


@pytest.mark.parametrize(
    ("qt", "python", "is_refused"),
    [
        ("6.12.0", (3, 11, 7), True),
        ("6.12.1", (3, 10, 1), True),
        ("6.12.0", (3, 12, 0), False),
        ("6.11.3", (3, 11, 7), False),
    ],
)
def test_the_qt_that_aborts_python_is_refused(
    qt: str, python: tuple[int, int, int], is_refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entry, "version", lambda name: qt)
    monkeypatch.setattr(sys, "version_info", python)

    assert bool(entry.refusal()) is is_refused


def test_qt_counts_its_references_of_none(qapp: QApplication) -> None:
    """With PySide6 6.12 on Python 3.11 a thousand calls take a thousand away (ux.md 1.1)."""
    name = QCoreApplication.applicationName()
    before = sys.getrefcount(None)

    for _ in range(1000):
        QCoreApplication.setApplicationName(name)

    assert sys.getrefcount(None) - before > -100


def test_the_guard_comes_before_qt() -> None:
    """Where Qt cannot even be imported, there is a sentence and no trace."""
    code = (
        "import sys; sys.modules['PySide6'] = None\n"
        "from desktop import __main__ as entry\n"
        "entry.version = lambda name: '6.12.0'\n"
        "sys.version_info = (3, 11, 7)\n"
        "sys.exit(entry.main())"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 1
    assert ended.stderr.startswith(("PySide6 6.12.0", "O PySide6 6.12.0"))
    assert "Traceback" not in ended.stderr


@pytest.fixture
def undressed(qapp: QApplication) -> None:
    yield
    QLocale.setDefault(QLocale("pt_BR"))
    theme.use(Mode.LIGHT)


@pytest.mark.usefixtures("undressed")
def test_the_person_chose_theme_and_language(qapp: QApplication, tmp_path: Path) -> None:
    preferences = Preferences(tmp_path)
    preferences.keep(THEME, "dark")
    preferences.keep(LANGUAGE, "en")

    frame.dress(qapp, DesktopSettings(language="pt_BR"), preferences)

    assert theme.is_dark
    assert words.spoken() == "en"


@pytest.mark.usefixtures("undressed")
def test_qts_own_buttons_speak_portuguese(qapp: QApplication, tmp_path: Path) -> None:
    frame.dress(qapp, DesktopSettings(language="pt_BR"), Preferences(tmp_path))
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)

    assert box.button(QDialogButtonBox.StandardButton.Cancel).text().replace("&", "") == "Cancelar"


@pytest.mark.usefixtures("undressed")
def test_a_broken_preference_is_the_systems_theme(qapp: QApplication, tmp_path: Path) -> None:
    preferences = Preferences(tmp_path)
    preferences.keep(THEME, "purple")

    frame.dress(qapp, DesktopSettings(), preferences)

    assert theme.mode is Mode.SYSTEM


def test_a_stall_is_logged(loop, caplog: pytest.LogCaptureFixture) -> None:
    dog = Watchdog()

    async def scenario() -> None:
        dog.start()
        QTimer.singleShot(0, lambda: time.sleep(0.3))
        await until(lambda: dog.stalls == 1)

    with caplog.at_level(logging.WARNING):
        loop.run_until_complete(scenario())

    assert "stood still" in caplog.text
