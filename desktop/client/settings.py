"""What may be set from outside for the desktop: where the local appliance and the desktop keep things."""

from __future__ import annotations

from pathlib import Path

import platformdirs
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


def _data_dir() -> Path:
    return Path(platformdirs.user_data_dir("master-ia", appauthor=False))


def _desktop_dir() -> Path:
    return Path(platformdirs.user_config_dir("master-ia-desktop", appauthor=False))


class DesktopSettings(BaseSettings):
    """Environment variables named ``MASTERIA_…``, the same names the engine uses where both care."""

    model_config = SettingsConfigDict(env_prefix="MASTERIA_", frozen=True, extra="ignore")

    #: The local appliance's folder.
    data_dir: Path = Field(default_factory=_data_dir)
    #: Preferences, drafts and the window's state; holds no secret unless there is no keyring.
    desktop_dir: Path = Field(default_factory=_desktop_dir)
    #: ``pt_BR`` or ``en``; what a person chose in the preferences comes first, the system's language last.
    language: str | None = None
    #: Keep the session's token in a 0600 file although there may be a keyring.
    desktop_keyring: bool = True

    @property
    def run_dir(self) -> Path:
        return self.data_dir / "run"
