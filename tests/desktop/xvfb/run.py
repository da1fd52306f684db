"""One whole life of the desktop: first run, killed in the middle of a campaign, opened again, quit."""

from __future__ import annotations

import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.desktop.xvfb.machine import SCREENS, Home, StoryFailed, display, home

#: Most of it until codes that nobody uses have run out.
_LINKING_SECONDS = 500.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the stories wrote down, and what was seen from outside."""

    told: dict[str, Any]
    engine_outlived_the_window: bool
    engine_is_gone: bool
    log: str


def whole_life() -> Outcome:
    """Pictures of every screen are in ``tests/desktop/screens`` afterwards.

    Raises:
        StoryFailed: something did not come.
    """
    with display() as shown_on, home(shown_on) as house:
        try:
            return _live(house)
        finally:
            _keep_pictures(house.folder)


def linking() -> None:
    """A pretend phone is linked, from the way in to every state; pictures as ``link-*.png``.

    Raises:
        StoryFailed: something did not come.
    """
    with display() as shown_on, home(shown_on) as house:
        desktop = house.start("link")
        try:
            house.follow("link", desktop, until="linked", patience=_LINKING_SECONDS)
        finally:
            desktop.kill()
            desktop.wait()
            _keep_pictures(house.folder)


def _live(house: Home) -> Outcome:
    first = house.start("found")
    house.follow("found", first, until="sending")
    first.send_signal(signal.SIGKILL)
    first.wait()
    engine = house.engine_pid()
    time.sleep(1)
    outlived = engine is not None and house.engine_pid() == engine
    second = house.start("come_back")
    house.follow("come_back", second)
    log = (house.folder / "desktop" / "desktop.log").read_text("utf-8")
    gone = engine is not None and not psutil.pid_exists(engine)
    return Outcome(house.told(), outlived, gone, log)


def _keep_pictures(folder: Path) -> None:
    """In the place of those of the same story before."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    (SCREENS / "failed.png").unlink(missing_ok=True)
    for picture in [*folder.glob("screens/*.png"), *folder.glob("failed.png")]:
        shutil.copy(picture, SCREENS / picture.name)


__all__ = ["Outcome", "StoryFailed", "linking", "whole_life"]
