"""What the forms of the way in send: an address, a founding, a sign-in."""

from __future__ import annotations

import asyncio
import platform
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import UUID

from pydantic import SecretStr
from PySide6.QtCore import QObject, Signal

from desktop.client.api import Api
from desktop.client.appliance import Appliance
from desktop.client.errors import ClientError, Refused, SignedOut, Unreachable, Untrusted, VersionMismatch
from desktop.shell.presenter import Presenter
from desktop.shell.sentences import sentence
from desktop.welcome.sentences import sentence_at
from desktop.welcome.welcome_model import AddressWrong, Founding, Place, SigningIn, read_address
from embedded_server.contract.health import HealthOut
from embedded_server.contract.session import ClaimIn, SessionOut, SignInIn
from embedded_server.contract.words import t

_SESSION = "/api/v1/session"
_NAME = 60


class Entry(Presenter):
    """``wrong`` has a sentence for each field that cannot be taken, ``failed`` one for what did not work.

    ``signed`` carries the place and the new session, ``known`` the place that answered at an address,
    ``several`` the companies one may choose from, ``is_owned`` the place that somebody else has founded.
    """

    busy_changed = Signal(bool)
    wrong = Signal(object)
    signed = Signal(object, object)
    known = Signal(object)
    several = Signal(object)
    is_owned = Signal(object)

    def __init__(self, appliance: Appliance, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._appliance = appliance
        self._place: Place | None = None
        self._form: SigningIn | None = None

    def begin(self, place: Place) -> None:
        """From now on forms are for this place."""
        self._place, self._form = place, None

    def check_address(self, typed: str) -> None:
        """Is there an appliance?"""
        try:
            place = Place(read_address(typed).base, is_local=False)
        except AddressWrong as error:
            self.wrong.emit({"address": str(error)})
            return
        self._send(lambda: self._check(place))

    def found(self, form: Founding) -> None:
        """Make the company and its owner."""
        self._send_form(form.wrong(), lambda place: self._found(place, form))

    def sign_in(self, form: SigningIn) -> None:
        self._send_form(form.wrong(), lambda place: self._sign_in(place, form))

    def choose_company(self, company_id: UUID) -> None:
        """Of several, the one to work for."""
        if (form := self._form) is not None:
            self._send_form({}, lambda place: self._sign_in(place, form, company_id))

    def _send_form(self, wrong: dict[str, str], send: Callable[[Place], Awaitable[None]]) -> None:
        place = self._place
        if wrong:
            self.wrong.emit(wrong)
        elif place is not None:
            self._send(lambda: send(place))

    def _send(self, work: Callable[[], Awaitable[None]]) -> None:
        self.start("send", self._busily(work))

    async def _busily(self, work: Callable[[], Awaitable[None]]) -> None:
        self.busy_changed.emit(True)
        try:
            await work()
        except ClientError as error:
            self.failed.emit(sentence_at(self._place, error))
        finally:
            self.busy_changed.emit(False)

    async def _check(self, place: Place) -> None:
        said = ""
        try:
            async with _speaking_to(place) as api:
                await api.get("/health", HealthOut)
        except Untrusted as error:
            said = sentence_at(place, error)
        except Unreachable:
            said = t("Nobody answers at this address. Check it, and your network.")
        except (VersionMismatch, Refused):
            said = t("There is no Master IA at this address.")
        self.wrong.emit({"address": said}) if said else self.known.emit(place)

    async def _found(self, place: Place, form: Founding) -> None:
        running = await asyncio.to_thread(self._appliance.running)
        claim = ClaimIn(
            secret=SecretStr(running.secret or "" if running else ""),
            company=form.company,
            name=form.name,
            email=form.email,
            password=SecretStr(form.password),
            device=device_name(),
        )
        try:
            async with _speaking_to(place) as api:
                signed = await api.send("POST", "/api/v1/claim", SessionOut, claim)
        except Refused as refused:
            await self._not_founded(refused, place, form)
        else:
            self.signed.emit(place, signed)

    async def _not_founded(self, refused: Refused, place: Place, form: Founding) -> None:
        if refused.code != "already_claimed":
            self._refuse(refused)
            return
        # Somebody was faster. That may have been we ourselves, with an answer that was lost.
        try:
            await self._open(place, SigningIn(form.email, form.password))
        except SignedOut:
            self.is_owned.emit(place)

    async def _sign_in(self, place: Place, form: SigningIn, company_id: UUID | None = None) -> None:
        try:
            await self._open(place, form, company_id)
        except Refused as refused:
            self._refuse(refused)

    async def _open(self, place: Place, form: SigningIn, company_id: UUID | None = None) -> None:
        body = SignInIn(
            email=form.email,
            password=SecretStr(form.password),
            device=device_name(),
            company_id=company_id,
        )
        async with _speaking_to(place) as api:
            signed = await api.send("POST", _SESSION, SessionOut, body)
            if company_id is None and len(signed.companies) > 1:
                # The choice comes first; this session was only needed to hear of it.
                api.sign(signed.token)
                await api.do("DELETE", _SESSION)
                self._form = form
                self.several.emit(signed.companies)
                return
        self._form = None
        self.signed.emit(place, signed)

    def _refuse(self, refused: Refused) -> None:
        wrong = {error.field: t(error.message) for error in refused.errors}
        if refused.code == "password_too_weak":
            wrong = {"password": sentence(refused)}
        if wrong:
            self.wrong.emit(wrong)
        else:
            self.failed.emit(sentence(refused))


def device_name() -> str:
    """What this machine is called in the list of devices."""
    name = "".join(c for c in platform.node() if c.isprintable()).strip()
    return name[:_NAME] or t("Computer")


@asynccontextmanager
async def _speaking_to(place: Place) -> AsyncIterator[Api]:
    api = Api(place.base)
    try:
        yield api
    finally:
        await api.close()
