"""The gallery shows every control in both themes, and starts without a screen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from desktop.gallery import Gallery
from desktop.widgets.segmented import Segmented
from desktop.widgets.theme import Mode, theme
from tests.architecture.source import modules


def test_the_gallery_switches_its_theme(show) -> None:
    gallery = show(Gallery())
    modes = gallery.findChildren(Segmented)[0]
    modes._buttons[Mode.DARK].click()
    assert theme.is_dark
    assert gallery.grab().toImage().pixelColor(2, 2) == theme.color("bg")


def test_every_control_that_can_be_tabbed_to_has_a_name_and_no_form_has_bare_icons(show) -> None:
    gallery = show(Gallery())
    buttons = [w for w in gallery.findChildren(QWidget) if w.inherits("QToolButton") and w.property("kind")]
    assert len(buttons) > 5
    assert [button for button in buttons if not button.accessibleName() or not button.toolTip()] == []


def test_the_gallery_shows_every_widget_of_the_room() -> None:
    gallery = next(m for m in modules("desktop") if m.where == "desktop/gallery.py")
    shown = {target for target, _ in gallery.imported()}
    painted = {m.name for m in modules("desktop/widgets") if "(Q" in m.text and "class " in m.text}
    indirect = {"desktop.widgets.checks", "desktop.widgets.rows_model", "desktop.widgets.motion"}
    base = {"desktop.widgets.charts.chart", "desktop.widgets.charts.grid"}
    assert painted - shown - indirect - base == set()


@pytest.mark.parametrize("mode", [Mode.LIGHT, Mode.DARK])
def test_a_picture_is_taken_without_a_screen(tmp_path: Path, mode: Mode) -> None:
    picture = tmp_path / "gallery.png"
    command = [sys.executable, "-m", "desktop.gallery", "--theme", mode, "--shot", str(picture)]
    subprocess.run(command, env={"QT_QPA_PLATFORM": "offscreen"}, check=True, timeout=50)
    image = QImage(str(picture))
    assert image.height() > 2000
    assert image.pixelColor(2, 2) == _ground(mode)


def _ground(mode: Mode) -> object:
    theme.use(mode)
    return theme.color("bg")
