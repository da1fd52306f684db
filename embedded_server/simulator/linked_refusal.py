"""What a pretend phone cannot do, in words of the control API."""

from __future__ import annotations


class LaneRefused(Exception):
    """A pretend phone cannot do that; ``code`` and ``status`` are the control API's."""

    def __init__(self, code: str, text: str, status: int = 409) -> None:
        super().__init__(text)
        self.code, self.status = code, status
