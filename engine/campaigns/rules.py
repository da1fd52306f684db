"""Campaign decisions as plain functions: no database, no clock, no network."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from engine.models import CampaignState, ChannelKind, Misfire, Provider, RunDecision

#: From where each verb may be said (compare-and-swap in the database).
STARTABLE = frozenset({CampaignState.DRAFT, CampaignState.SCHEDULED})
PAUSABLE = frozenset({CampaignState.QUEUED, CampaignState.SENDING})
CANCELLABLE = frozenset(
    {CampaignState.SCHEDULED, CampaignState.QUEUED, CampaignState.SENDING, CampaignState.PAUSED}
)
EDITABLE = frozenset({CampaignState.DRAFT})

#: A start missed by no more than this still runs by itself (reliability 2.7).
GRACE = timedelta(minutes=15)
#: First messages a day of a number linked so many days ago; the last one stays.
_WARM_UP = (20, 30, 45, 65, 90, 120, 160, 200)
#: When those go on whom yesterday had no room for: a new day is not a reason to write in the night.
MORNING = time(9)
#: How long WhatsApp bars a number from writing to new people when it does not say.
BAR = timedelta(hours=24)

#: A campaign that its quiet hours stretch beyond this many nights is refused.
MOST_NIGHTS = 366


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Local times between which nothing is sent. ``start`` after ``end`` crosses midnight."""

    start: time
    end: time

    def covers(self, local: time) -> bool:
        if self.start <= self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end


def quiet_hours(start: str | None, end: str | None) -> QuietHours | None:
    """Both ends as "HH:MM", or None when there is no quiet time.

    Raises:
        ValueError: not a time of day.
    """
    if not start or not end or start == end:
        return None
    return QuietHours(time.fromisoformat(start), time.fromisoformat(end))


def open_zones(zones: Iterable[str], quiet: QuietHours | None, moment: datetime) -> list[str]:
    """The time zones in which people may be written to now; checked at every claim, never ahead of it."""
    if quiet is None:
        return list(zones)
    return [zone for zone in zones if not quiet.covers(moment.astimezone(ZoneInfo(zone)).time())]


def instant_of(local: str, timezone: str) -> datetime:
    """When a wall time happens.

    In the gap of a clock change the first valid instant after it; in an overlap the first of the two
    (reliability 2.7).

    Raises:
        ValueError: not a wall time "YYYY-MM-DDTHH:MM", or no such time zone.
    """
    wall = datetime.fromisoformat(local)
    if wall.tzinfo is not None:
        raise ValueError("A wall time carries no offset")
    zone = ZoneInfo(timezone)
    instant = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall:
        return instant
    # Inside the gap: fold=0 counts with the offset before it, fold=1 with the one after; the change itself
    # lies where the two meet.
    before = wall.replace(tzinfo=zone, fold=0).utcoffset() or timedelta()
    after = wall.replace(tzinfo=zone, fold=1).utcoffset() or timedelta()
    return _change_between(instant - (after - before), instant, zone)


def _change_between(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    offset = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def decide_run(due: datetime, moment: datetime, policy: Misfire) -> RunDecision:
    """What to do with a scheduled start that is due: run it, ask its owner, or let it go."""
    if moment - due <= GRACE or policy is Misfire.RUN:
        return RunDecision.RUN
    return RunDecision.ASKED if policy is Misfire.ASK else RunDecision.SKIPPED


def duration(recipients: int, rate: float) -> timedelta:
    """How long that many take at ``rate`` messages per second, quiet hours aside."""
    return timedelta(seconds=math.ceil(recipients / rate)) if rate > 0 else timedelta(0)


def finish(begins: datetime, work: timedelta, quiet: QuietHours | None, timezone: str) -> datetime | None:
    """When ``work`` begun at ``begins`` is done, still in quiet hours; None after too many nights."""
    if quiet is None:
        return begins + work
    moment = begins
    for _ in range(MOST_NIGHTS):
        if not open_zones([timezone], quiet, moment):
            moment = _next(moment, quiet.end, timezone)
        night = _next(moment, quiet.start, timezone)
        if moment + work <= night:
            return moment + work
        work -= night - moment
        moment = night
    return None


def _next(moment: datetime, wall: time, timezone: str) -> datetime:
    """The next instant, later than ``moment``, at which clocks show ``wall``."""
    day = moment.astimezone(ZoneInfo(timezone)).date()
    for later in range(3):
        found = instant_of(datetime.combine(day + timedelta(days=later), wall).isoformat(), timezone)
        if found > moment:
            return found
    raise AssertionError(f"{timezone} never comes to {wall}")


def first_messages(linked_at: datetime | None, moment: datetime, timezone: str) -> int:
    """How many people that it never met a linked number may write to today.

    ``linked_at`` is when it was linked here for the first time; None, never, is as good as today.
    """
    zone = ZoneInfo(timezone)
    age = (
        0 if linked_at is None else (moment.astimezone(zone).date() - linked_at.astimezone(zone).date()).days
    )
    return _WARM_UP[min(max(age, 0), len(_WARM_UP) - 1)]


def day_begin(moment: datetime, timezone: str) -> datetime:
    """When the day of ``moment`` began where the company is."""
    return instant_of(
        datetime.combine(moment.astimezone(ZoneInfo(timezone)).date(), time()).isoformat(), timezone
    )


def next_morning(moment: datetime, timezone: str) -> datetime:
    """When the next day's first messages may leave."""
    day = moment.astimezone(ZoneInfo(timezone)).date() + timedelta(days=1)
    return instant_of(datetime.combine(day, MORNING).isoformat(), timezone)


def needs_window(kind: ChannelKind, provider: Provider, letter_kind: str) -> bool:
    """Whether a vendor takes this only for people who wrote in the last 24 hours (providers 6)."""
    return kind is ChannelKind.WHATSAPP and provider is not Provider.LINKED and letter_kind == "text"


def sms_segments(text: str) -> int:
    """Segments one SMS is billed as (3GPP 23.038): 160/153 GSM-7 characters, else 70/67 UTF-16 units."""
    if all(character in _GSM7 for character in text):
        length = sum(2 if character in _GSM7_EXTENDED else 1 for character in text)
        return 1 if length <= 160 else math.ceil(length / 153)
    length = len(text.encode("utf-16-le")) // 2
    return 1 if length <= 70 else math.ceil(length / 67)


_GSM7_EXTENDED = frozenset("^{}\\[~]|€\f")
_GSM7 = _GSM7_EXTENDED | frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
