"""Waiting, as a new device, until somebody on a trusted one types our code."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import Signal

from desktop.client.api import Api
from desktop.client.errors import ClientError, Refused, Unreachable
from desktop.client.pairing import Asking
from desktop.shell.presenter import Presenter
from desktop.shell.sentences import sentence
from desktop.welcome.entry_presenter import device_name
from desktop.welcome.sentences import sentence_at
from desktop.welcome.welcome_model import Place
from embedded_server.contract.session import SessionOut
from embedded_server.contract.words import t

#: Between two looks whether somebody has decided.
LOOK_EVERY = 2.0


class Wait(StrEnum):
    ASKING = "asking"
    WAITING = "waiting"
    #: Nobody has said on a trusted device that a new one is to come.
    CLOSED = "closed"
    EXPIRED = "expired"
    REFUSED = "refused"
    FAILED = "failed"


_ENDINGS = {"pairing_closed": Wait.CLOSED, "pairing_refused": Wait.REFUSED}


@dataclass(frozen=True, slots=True)
class Waiting:
    """Where it stands. The code is good for so many more ``seconds``."""

    wait: Wait
    code: str = ""
    words: tuple[str, ...] = ()
    seconds: int = 0
    #: Something about the line, or why it failed.
    notice: str = ""


class Pairing(Presenter):
    """``changed`` carries a :class:`Waiting`, ``signed`` the place and the session that came of it."""

    changed = Signal(object)
    signed = Signal(object, object)

    def begin(self, place: Place) -> None:
        """Ask anew, with a new key and so a new code."""
        self.changed.emit(Waiting(Wait.ASKING))
        self.start("pairing", self._pair(place))

    def cancel(self) -> None:
        self.tasks.cancel("pairing")

    async def _pair(self, place: Place) -> None:
        api, session = Api(place.base), None
        try:
            session = await self._wait(await Asking.begin(api, device_name()))
        except Refused as refused:
            wait = {"pairing_closed": Wait.CLOSED, "pairing_refused": Wait.REFUSED}.get(
                refused.code, Wait.FAILED
            )
            self.changed.emit(Waiting(wait, notice=sentence(refused)))
        except ClientError as error:
            self.changed.emit(Waiting(Wait.FAILED, notice=sentence_at(place, error)))
        finally:
            await api.close()
        if session is not None:
            self.signed.emit(place, session)

    async def _wait(self, asking: Asking) -> SessionOut | None:
        """The session, or None when the time was up. The code is shown with the seconds it has left."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + asking.seconds
        notice = ""
        while (left := deadline - loop.time()) > 0:
            self.changed.emit(Waiting(Wait.WAITING, asking.code, asking.words, round(left), notice))
            await asyncio.sleep(min(LOOK_EVERY, left))
            try:
                if session := await asking.collect():
                    return session
                notice = ""
            except Unreachable:
                notice = t("The server does not answer right now. It is tried again by itself.")
            except Refused as refused:
                if refused.code == "pairing_closed":
                    break
                raise
        self.changed.emit(Waiting(Wait.EXPIRED))
        return None
