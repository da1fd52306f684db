"""Where the simulator listens and posts, fixed when it starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from embedded_server.simulator.behavior import Behavior
from engine.settings import Settings

APP_SECRET = "simulated-app-secret"  # noqa: S105 - known to everyone, protects nothing
AUTH_TOKEN = "simulated-auth-token"  # noqa: S105


@dataclass(frozen=True, slots=True)
class SimulatorConfig:
    """Starting point of one simulator; its control API changes accounts, scripts and behavior later."""

    meta_webhook_url: str = "http://127.0.0.1:8461/hooks/meta"
    twilio_webhook_url: str = "http://127.0.0.1:8461/hooks/twilio"
    app_secret: str = field(default=APP_SECRET, repr=False)
    auth_token: str = field(default=AUTH_TOKEN, repr=False)
    #: When set, the control API asks for it in ``X-Simulator-Key``.
    key: str | None = field(default=None, repr=False)
    #: Append-only file that lets the record outlive a restart; it holds what was sent, in the clear.
    ledger_path: Path | None = None
    behavior: Behavior = field(default_factory=Behavior)
    #: Where the pretend phones and their certificates are; None means a folder that goes with the process.
    phones_dir: Path | None = None
    #: Makes chance repeatable.
    seed: int | None = None
    #: Webhook posts in flight at once.
    connections: int = 64

    @classmethod
    def from_settings(cls, settings: Settings) -> SimulatorConfig:
        return cls(
            meta_webhook_url=settings.simulator_meta_webhook_url or f"{settings.webhook_base_url}/hooks/meta",
            twilio_webhook_url=settings.simulator_twilio_webhook_url
            or f"{settings.webhook_base_url}/hooks/twilio",
            key=settings.simulator_key,
            ledger_path=settings.simulator_ledger or settings.run_dir / "simulator.jsonl",
            phones_dir=settings.data_dir / "pretend_phones",
        )
