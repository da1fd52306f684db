"""The way in as a person meets it: a view, its fields filled in, and the session that comes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtWidgets import QLineEdit

from desktop.client.appliance import Appliance
from desktop.shell.preferences import Preferences
from desktop.shell.session import Session
from desktop.welcome.forms import Form
from desktop.welcome.view import WelcomeView
from desktop.welcome.welcome_model import Stage
from engine.accounts import SignedIn, passwords
from engine.models import Membership, Role
from tests.desktop.appliance_kit import environment, settings_in
from tests.fakes.api import PASSWORD, join
from tests.fakes.poll import until
from tests.fakes.running_server import RunningServer


class Way:
    """A view in a place of its own, and everybody who came in by it."""

    def __init__(self, place: Path, show: Any) -> None:
        settings = settings_in(place)
        self.appliance = Appliance(settings, environment=environment())
        self.preferences = Preferences(settings.desktop_dir)
        self.view = WelcomeView(settings, self.preferences, appliance=self.appliance)
        self.sessions: list[Session] = []
        self.view.entered.connect(self.sessions.append)
        show(self.view)

    @property
    def stage(self) -> Stage:
        return self.view.presenter.scene.stage

    async def reaches(self, stage: Stage, *, seconds: float = 10) -> None:
        await until(lambda: self.stage is stage, seconds=seconds)
        assert self.view.pages[stage].isVisible()

    async def enters(self, *, seconds: float = 10) -> Session:
        await until(lambda: bool(self.sessions), seconds=seconds)
        return self.sessions[-1]

    async def settles(self, form: Form) -> None:
        """Its answer has come."""
        await until(form.go.isEnabled)

    def fill(self, form: Form, **values: str) -> None:
        for name, value in values.items():
            editor = form.fields[name].editor
            assert isinstance(editor, QLineEdit)
            editor.setText(value)

    def sign_in(self, email: str, password: str = PASSWORD) -> None:
        self.fill(self.view.sign_in, email=email, password=password)
        self.view.sign_in.go.click()

    async def leave(self) -> None:
        for session in self.sessions:
            await session.close()
        self.view.presenter.tasks.cancel_all()


def make_person(server: RunningServer, company_id: UUID, role: Role = Role.AGENT) -> tuple[str, SignedIn]:
    """Somebody who can sign in with :data:`PASSWORD`; the address, and who it is."""
    hashed = server.run(passwords.hash_password, PASSWORD)
    signed = server.run(join, server.engine, company_id, role, hashed)
    return f"{signed.principal.person_id}@loja.example", signed


def add_to(server: RunningServer, company_id: UUID, person_id: UUID, role: Role) -> None:
    """Make somebody a member of one more company."""

    async def add() -> None:
        async with server.engine.unit_of_work(company_id, person_id) as uow:
            uow.session.add(Membership(company_id=company_id, person_id=person_id, role=role))

    server.run(add)
