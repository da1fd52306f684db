"""The way in: from whatever was kept of the last session to a signed-in one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from PySide6.QtCore import Signal

from desktop.client.api import Api
from desktop.client.appliance import Appliance, ApplianceFailed
from desktop.client.credentials import Credentials, Stored
from desktop.client.errors import ClientError, SignedOut
from desktop.client.settings import DesktopSettings
from desktop.shell.preferences import Preferences
from desktop.shell.presenter import Phase, Presenter
from desktop.shell.sentences import sentence
from desktop.shell.session import Session
from desktop.welcome.entry_presenter import Entry
from desktop.welcome.pairing_presenter import Pairing
from desktop.welcome.sentences import sentence_at
from desktop.welcome.welcome_model import Place, Scene, Stage, step_of
from embedded_server.contract.session import CompanyChoiceOut, MeOut, SessionOut
from embedded_server.contract.words import t

logger = logging.getLogger(__name__)

_BASE, _IS_LOCAL = "welcome/base", "welcome/is_local"


class WelcomePresenter(Presenter):
    """``scene_changed`` carries a :class:`Scene`, ``step_changed`` what the local appliance is doing.

    ``entered`` carries the signed-in session, to which nobody listens yet. What is sent from forms is the
    business of ``entry``, and showing a code that of ``pairing``. In the scene ``TROUBLE`` the phase is
    ``FAILED``.
    """

    scene_changed = Signal(object)
    step_changed = Signal(int)
    entered = Signal(object)

    def __init__(
        self, settings: DesktopSettings, preferences: Preferences, *, appliance: Appliance | None = None
    ) -> None:
        super().__init__()
        self._preferences = preferences
        self._appliance = appliance or Appliance(settings)
        self._credentials = Credentials(settings.desktop_dir, use_keyring=settings.desktop_keyring)
        self._again: Callable[[], Awaitable[None]] = self._resume
        self._place: Place | None = None
        self.scene = Scene(Stage.OPENING)
        self.entry = Entry(self._appliance, self)
        self.pairing = Pairing(self)
        self.entry.signed.connect(self.come_in)
        self.entry.several.connect(self._ask_company)
        self.entry.known.connect(self._show_sign_in)
        self.entry.is_owned.connect(self._tell_owned)
        self.pairing.signed.connect(self.come_in)

    def resume(self, *, ended: bool = False) -> None:
        """Come in with what was kept, or show the page that leads there.

        ``ended`` says that a session was over a moment ago, which the next page then tells.
        """
        self._go(self._resume_ended if ended else self._resume)

    def choose(self) -> None:
        """Begin anew: this computer, or a server."""
        self._go(self._choose)

    def open_local(self) -> None:
        self._go(self._open_local)

    def open_remote(self) -> None:
        self._go(self._ask_address)

    def try_again(self) -> None:
        """What did not succeed."""
        self._go(self._again)

    def pair(self) -> None:
        """Show a code instead of asking for a password."""
        if self._place is not None:
            self._show(Stage.PAIRING)
            self.pairing.begin(self._place)

    def back_to_sign_in(self) -> None:
        self._stop()
        if self._place is not None:
            self._show_sign_in(self._place)

    def come_in(self, place: Place, signed: SessionOut) -> None:
        """With a token that was handed out just now."""
        self._stop()
        self._show(Stage.OPENING)
        self.start("way", self._guard(lambda: self._enter(place, signed.token)))

    def _go(self, way: Callable[[], Awaitable[None]]) -> None:
        self._stop()
        self._again = way
        self.start("way", self._guard(way))

    def _stop(self) -> None:
        self.entry.tasks.cancel_all()
        self.pairing.cancel()

    async def _guard(self, way: Callable[[], Awaitable[None]]) -> None:
        try:
            await way()
        except ApplianceFailed as error:
            self._trouble(t("Master IA could not be started on this computer."), details=str(error))
        except ClientError as error:
            self._trouble(sentence_at(self._place, error))

    async def _resume(self, notice: str = "") -> None:
        self._show(Stage.OPENING)
        stored = await asyncio.to_thread(self._credentials.load)
        if stored is not None:
            await self._come_back(stored)
        elif base := self._preferences.text(_BASE):
            place = Place(base, self._preferences.flag(_IS_LOCAL))
            here = await self._owned() if place.is_local else place
            if here is not None:
                self._show_sign_in(here, notice)
        else:
            self._show(Stage.CHOICE)

    async def _resume_ended(self) -> None:
        await self._resume(t("Your session has ended. Sign in again."))

    async def _come_back(self, stored: Stored) -> None:
        place = await self._owned() if stored.is_local else Place(stored.base, is_local=False)
        if place is None:
            return
        self._place = place
        try:
            await self._enter(place, stored.token)
        except SignedOut:
            self._show_sign_in(place, t("Your session has ended. Sign in again."))

    async def _choose(self) -> None:
        self._show(Stage.CHOICE)

    async def _ask_address(self) -> None:
        self._show(Stage.ADDRESS)

    async def _open_local(self) -> None:
        if place := await self._owned():
            self._show_sign_in(place)

    async def _owned(self) -> Place | None:
        """This machine's appliance, started if need be; None where it is to be founded first."""
        running = await asyncio.to_thread(self._appliance.running)
        if running is None:
            self._show(Stage.PREPARING)
            running = await self._appliance.ensure(self._tell)
        place = self._place = Place(running.facts.private_url, is_local=True)
        if not running.secret:
            return place
        self._show(Stage.FOUNDING)
        self.entry.begin(place)
        return None

    async def _enter(self, place: Place, token: str) -> None:
        api = Api(place.base, token)
        try:
            me = await api.get("/api/v1/session", MeOut)
            await asyncio.to_thread(self._keep, Stored(base=place.base, token=token, is_local=place.is_local))
        except BaseException:
            await api.close()
            raise
        self._preferences.keep(_BASE, place.base)
        self._preferences.keep(_IS_LOCAL, place.is_local)
        self.to_phase(Phase.READY)
        self.entered.emit(Session(api, me))

    def _keep(self, stored: Stored) -> None:
        try:
            self._credentials.save(stored)
        except OSError:
            # To sign in once more at the next start is less of a trouble than not to come in now.
            logger.exception("The session could not be kept")

    def _on_error(self, error: Exception) -> None:
        self._trouble(sentence(error))

    def _show_sign_in(self, place: Place, notice: str = "") -> None:
        self._place = place
        self._show(Stage.SIGN_IN, notice=notice)
        self.entry.begin(place)

    def _tell_owned(self, place: Place) -> None:
        notice = t("This computer already has an owner. Sign in with that account.")
        self._show_sign_in(place, notice)

    def _ask_company(self, companies: Sequence[CompanyChoiceOut]) -> None:
        self._change(Scene(Stage.COMPANIES, self._place, companies=companies))

    def _tell(self, words: str) -> None:
        if (step := step_of(words)) is not None:
            self.step_changed.emit(step)

    def _trouble(self, notice: str, *, details: str = "") -> None:
        self._change(Scene(Stage.TROUBLE, self._place, notice, details))
        self.to_phase(Phase.FAILED, notice)

    def _show(self, stage: Stage, *, notice: str = "") -> None:
        self._change(Scene(stage, self._place, notice))
        self.to_phase(Phase.LOADING if stage in (Stage.OPENING, Stage.PREPARING) else Phase.READY)

    def _change(self, scene: Scene) -> None:
        self.scene = scene
        self.scene_changed.emit(scene)
