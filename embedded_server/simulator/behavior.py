"""What can be tuned while the simulator runs: delays, probabilities and chaos."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter

Chance = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=7 * 86_400)]


def _ordered(span: tuple[float, float]) -> tuple[float, float]:
    if span[0] > span[1]:
        raise ValueError("a span goes from the shorter to the longer delay")
    return span


#: Shortest and longest delay in seconds; one is drawn evenly between them.
Span = Annotated[tuple[Seconds, Seconds], AfterValidator(_ordered)]


@dataclass(frozen=True, slots=True)
class Behavior:
    """How the simulated vendors and people behave. Delays are counted from the step before."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    #: False keeps every status, reply and inbound message to ourselves.
    webhooks: bool = True
    sent_after: Span = (0.05, 0.3)
    delivered_after: Span = (0.1, 0.6)
    read_after: Span = (0.1, 0.6)
    reply_after: Span = (0.1, 0.5)
    read: Chance = 0.6
    reply: Chance = 0.1
    #: Share of the replies that say "SAIR".
    opt_out: Chance = 0.0
    #: Share of accepted messages that end in a ``failed`` (Meta) or ``undelivered`` (Twilio) status.
    fail: Chance = 0.0

    #: How long every send takes to be answered.
    answer_after: Seconds = 0.0
    #: How long a late answer takes (longer than a careful client waits).
    late_after: Seconds = 35.0

    # Chaos: shares of otherwise ordinary sends.
    accept_then_reset: Chance = 0.0
    accept_then_500: Chance = 0.0
    accept_then_late: Chance = 0.0
    refuse_500: Chance = 0.0
    reset: Chance = 0.0
    throttle: Chance = 0.0

    #: Share of webhook posts that are sent a second time, and that are held back for others to overtake them.
    duplicate: Chance = 0.0
    reorder: Chance = 0.0
    reorder_by: Span = (0.3, 1.5)
    statuses_per_post: Annotated[int, Field(ge=1, le=500)] = 1
    webhook_timeout: Annotated[float, Field(gt=0, le=60)] = 10.0
    #: First pause before a refused Meta webhook goes out again; it doubles up to ``retry_cap``.
    retry_after: Annotated[float, Field(gt=0, le=3600)] = 0.5
    retry_cap: Annotated[float, Field(gt=0, le=86_400)] = 30.0
    retry_for: Seconds = 7 * 86_400.0
    #: Retries of a Twilio webhook that could not connect; Twilio's own default is one.
    twilio_retries: Annotated[int, Field(ge=0, le=5)] = 1

    #: Whether the last four digits of a number mean something (see ``fates``).
    suffixes: bool = True
    #: Messages per second are limited per number: STANDARD 80, HIGH 1,000.
    throughput_limit: bool = True
    throughput: Literal["STANDARD", "HIGH"] = "STANDARD"
    throttle_status: Literal[400, 429] = 429
    throttle_retry_after: Annotated[int, Field(ge=1, le=3600)] = 2
    #: One message per six seconds to the same person, with 45 to borrow.
    pair_limit: bool = False
    #: Free text only within 24 hours of the person's last message (131047).
    window: bool = False
    #: Answer with a wa_id without the ninth digit where WhatsApp still knows people so (DDD 31 and above).
    legacy_wa_ids: bool = True
    #: Business-scoped user ids beside the phone.
    user_ids: bool = True


_ADAPTER: TypeAdapter[Behavior] = TypeAdapter(Behavior)


def changed(behavior: Behavior, changes: dict[str, Any]) -> Behavior:
    """A copy with some knobs turned.

    Raises:
        pydantic.ValidationError: an unknown knob, or a value out of its range.
    """
    return _ADAPTER.validate_python({**asdict(behavior), **changes})
