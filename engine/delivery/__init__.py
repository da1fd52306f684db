"""The delivery ledger: intent first, outcome after, receipts whenever they come, nothing ever twice."""

from engine.delivery.parcel import Parcel, Settled
from engine.delivery.rules import in_flight_window, may_try_again, wait_before_retry
from engine.delivery.service import (
    Applied,
    Failure,
    Freed,
    apply_statuses,
    doubt_orphans,
    in_doubt,
    note_absence,
    note_silence,
    prove_accepted,
    provider_ids_to,
    settle,
)

__all__ = [
    "Applied",
    "Failure",
    "Freed",
    "Parcel",
    "Settled",
    "apply_statuses",
    "doubt_orphans",
    "in_doubt",
    "in_flight_window",
    "may_try_again",
    "note_absence",
    "note_silence",
    "prove_accepted",
    "provider_ids_to",
    "settle",
    "wait_before_retry",
]
