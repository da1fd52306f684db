"""Everything one simulator knows and does, in one place."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from aiohttp import web

from embedded_server.simulator.accounts import Accounts, Bucket
from embedded_server.simulator.behavior import Behavior
from embedded_server.simulator.config import SimulatorConfig
from embedded_server.simulator.courier import Courier
from embedded_server.simulator.fates import Oracle
from embedded_server.simulator.ledger import Ledger
from embedded_server.simulator.linked_gate import LinkedGate
from embedded_server.simulator.media import MediaShelf
from embedded_server.simulator.twilio_log import TwilioLog


@dataclass(slots=True)
class World:
    """The simulated vendors and the people they reach."""

    config: SimulatorConfig
    behavior: Behavior
    rng: Random
    accounts: Accounts
    ledger: Ledger
    oracle: Oracle
    courier: Courier
    meta_webhook_url: str
    twilio_webhook_url: str
    #: Its lane starts when it is first asked for.
    linked: LinkedGate = field(init=False)
    media: MediaShelf = field(default_factory=MediaShelf)
    log: TwilioLog = field(default_factory=TwilioLog)
    #: When a person last wrote to a business number: (number id, match key).
    written: dict[tuple[str, str], float] = field(default_factory=dict)
    #: (our number, person) pairs that Twilio itself blocks after STOP.
    stopped: set[tuple[str, str]] = field(default_factory=set)
    #: Buckets of the pair limit.
    pairs: dict[tuple[str, str], Bucket] = field(default_factory=dict)

    @classmethod
    def build(cls, config: SimulatorConfig) -> World:
        rng = Random(config.seed)  # noqa: S311 - chance, not secrecy
        world = cls(
            config=config,
            behavior=config.behavior,
            rng=rng,
            accounts=Accounts(config),
            ledger=Ledger(config.ledger_path),
            oracle=Oracle(rng),
            courier=Courier(config.connections, rng),
            meta_webhook_url=config.meta_webhook_url,
            twilio_webhook_url=config.twilio_webhook_url,
        )
        world.linked = LinkedGate(config.phones_dir, rng, lambda: world.behavior)
        world.behave(config.behavior)
        world.log.restore(world.ledger.entries)
        return world

    def behave(self, behavior: Behavior) -> None:
        self.behavior = self.courier.behavior = behavior

    def forget_sends(self) -> None:
        """Clear the record, and with it Twilio's own list: nobody was ever written to."""
        self.ledger.clear()
        self.log.clear()

    def forget(self) -> None:
        """Behavior, accounts, scripts, webhooks and the record as at the start; phones stay linked."""
        self.behave(self.config.behavior)
        self.accounts = Accounts(self.config)
        self.meta_webhook_url = self.config.meta_webhook_url
        self.twilio_webhook_url = self.config.twilio_webhook_url
        self.oracle.forget()
        self.courier.forget()
        self.media.clear()
        self.written.clear()
        self.stopped.clear()
        self.pairs.clear()
        self.forget_sends()


WORLD = web.AppKey("simulator", World)
