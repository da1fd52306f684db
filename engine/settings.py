"""One typed Settings: the only reader of the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import platformdirs
from pydantic import AliasChoices, Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _default_data_dir() -> Path:
    return Path(platformdirs.user_data_dir("master-ia", appauthor=False))


class Settings(BaseSettings):
    """What an administrator may set, by environment variables named ``MASTERIA_…``.

    ``DATABASE_URL`` and ``REDIS_URL`` keep their customary names. Nothing else reads the environment.
    """

    model_config = SettingsConfigDict(env_prefix="MASTERIA_", populate_by_name=True, frozen=True)

    data_dir: Path = Field(default_factory=_default_data_dir)

    #: External PostgreSQL (15 or newer). Its role owns the tables; None means the embedded server.
    database_url: str | None = Field(
        None, validation_alias=AliasChoices("DATABASE_URL", "database_url"), repr=False
    )
    #: Shared cache, token buckets and doorbell; None means in-process and PostgreSQL.
    redis_url: str | None = Field(None, validation_alias=AliasChoices("REDIS_URL", "redis_url"), repr=False)

    private_host: str = "127.0.0.1"
    private_port: int = Field(8460, ge=0, le=65535)
    public_host: str = "127.0.0.1"
    public_port: int = Field(8461, ge=0, le=65535)
    simulator_port: int = Field(8462, ge=0, le=65535)
    #: Names a browser or client may use in ``Host`` to reach the private listener, besides loopback.
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()

    #: Address under which providers reach the public listener; None means the listener itself.
    public_url: str | None = None
    #: Starts the built-in stand-ins for Meta and Twilio ("modo simulação").
    simulator: bool = False
    #: Asked for in ``X-Simulator-Key`` by the simulator's control API when set.
    simulator_key: str | None = Field(None, repr=False)
    #: The simulator's record of accepted sends; None means ``simulator.jsonl`` beside the other run files.
    simulator_ledger: Path | None = None
    #: Where the simulator posts webhooks; None means this installation's own public listener.
    simulator_meta_webhook_url: str | None = None
    simulator_twilio_webhook_url: str | None = None

    meta_base_url: str = "https://graph.facebook.com"
    meta_version: str = "v26.0"
    twilio_base_url: str = "https://api.twilio.com"

    #: Phone region of numbers typed by people without a country code (ISO 3166-1).
    default_region: str = Field("BR", min_length=2, max_length=2)
    #: Keep the vault's machine key in the OS keyring (a desktop session) instead of a 0600 file (a service).
    keyring: bool = False
    log_level: str = "INFO"

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _names(cls, value: object) -> object:
        """In the environment they are one word with commas."""
        return tuple(filter(None, map(str.strip, value.split(",")))) if isinstance(value, str) else value

    @property
    def run_dir(self) -> Path:
        """Facts about the running appliance (addresses, process ids); 0700."""
        return self.data_dir / "run"

    @property
    def keys_dir(self) -> Path:
        """Key slots of the vault; 0700."""
        return self.data_dir / "keys"

    @property
    def media_dir(self) -> Path:
        return self.data_dir / "media"

    @property
    def linked_dir(self) -> Path:
        """One folder for each linked number, 0700: its session's keys are in the clear while it runs."""
        return self.data_dir / "linked"

    @property
    def webhook_base_url(self) -> str:
        """What providers call and sign: never taken from a request's own headers."""
        return (self.public_url or f"http://{self.public_host}:{self.public_port}").rstrip("/")

    @property
    def simulator_url(self) -> str:
        return f"http://127.0.0.1:{self.simulator_port}"
