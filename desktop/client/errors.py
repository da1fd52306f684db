"""What can go wrong between the desktop and the appliance, in words for a person."""

from __future__ import annotations

from collections.abc import Sequence

from embedded_server.contract.base import FieldError, Problem


class ClientError(Exception):
    """Something the appliance could not do for us. ``code`` is stable, the text is for people."""

    code = "client_error"


class Unreachable(ClientError):
    """No answer at all: the appliance is off, starting, or the network is away."""

    code = "unreachable"


class Untrusted(Unreachable):
    """Somebody answers at the address, and cannot prove by a certificate that it is the appliance."""

    code = "untrusted"


class VersionMismatch(ClientError):
    """The appliance answers in a way this desktop does not understand."""

    code = "version_mismatch"


class Refused(ClientError):
    """The appliance answered with a problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.code = problem.code
        self.status = problem.status
        self.errors: Sequence[FieldError] = problem.errors or ()


class SignedOut(Refused):
    """The session ended or never was: somebody has to sign in."""
