"""Pairing on both screens: the new device shows a code, the trusted one lets it in, or not."""

from __future__ import annotations

import asyncio

import pytest
from PySide6.QtWidgets import QDialog, QWidget

from desktop.welcome import pairing_presenter
from desktop.welcome.devices_presenter import Step
from desktop.welcome.pairing_dialog import DevicesDialog
from desktop.welcome.pairing_presenter import Wait, Waiting
from desktop.welcome.welcome_model import Stage
from desktop.widgets.dialog import Confirm
from engine.accounts import sessions
from engine.models import Role
from tests.desktop.conftest import make_surroundings
from tests.desktop.welcome_kit import Way
from tests.fakes.chaos_proxy import ChaosProxy, Trouble
from tests.fakes.poll import until


@pytest.fixture
def address(own_address):
    """A machine of its own: whether a window is open anywhere is a question about all of its companies."""
    return own_address


@pytest.fixture(autouse=True)
def quick(monkeypatch) -> None:
    monkeypatch.setattr(pairing_presenter, "LOOK_EVERY", 0.1)


@pytest.fixture
def way(run_qt, tmp_path, show) -> Way:
    return Way(tmp_path / "new", show)


@pytest.fixture
def window(show) -> QWidget:
    """What the dialog opens over."""
    return show(QWidget())


class Trusted:
    """The dialog on the device that is signed in, and what became of it."""

    def __init__(self, surroundings, window: QWidget) -> None:
        self.around = surroundings
        self.toasts: list[str] = []
        self.around.notices.toasted.connect(lambda toast: self.toasts.append(toast.text))
        self.dialog = DevicesDialog(surroundings, window)
        self.dialog.open()

    async def is_at(self, step: Step) -> None:
        await until(lambda: self.dialog.presenter.adding.step is step)

    async def expects(self) -> None:
        self.dialog.add_button_.click()
        await self.is_at(Step.EXPECTING)

    async def types(self, code: str) -> None:
        await until(self.dialog.go.isEnabled)
        self.dialog.code.setText(code)
        self.dialog.go.click()

    async def finds(self, way: Way) -> None:
        """What the new device shows is typed."""
        await until(lambda: bool(way.view.pairing.code.whole()))
        await self.types(way.view.pairing.code.whole())
        await self.is_at(Step.DECIDING)
        await until(self.dialog.found.allow.isEnabled)

    async def leave(self) -> None:
        presenter = self.dialog.presenter
        self.dialog.reject()
        await until(lambda: not presenter.tasks.is_running("leave"))
        await self.around.session.close()


async def asks(way: Way, url: str) -> None:
    """The new device, at the server's door."""
    way.preferences.keep("welcome/base", url)
    way.view.resume()
    await way.reaches(Stage.SIGN_IN)
    assert way.view.sign_in.by_code.isVisible()
    way.view.sign_in.by_code.click()
    await way.reaches(Stage.PAIRING)


async def says(way: Way, said: str) -> None:
    await until(lambda: said in way.view.pairing.title.whole())


def test_a_new_device_comes_in_by_its_code(run_qt, way, window, surroundings, server, owner) -> None:
    async def scenario() -> None:
        trusted = Trusted(surroundings, window)
        await trusted.expects()
        await asks(way, server.url)
        await trusted.finds(way)
        assert trusted.dialog.found.words.whole() == way.view.pairing.words.whole()
        assert trusted.dialog.found.refuse.hasFocus() or not window.isActiveWindow()
        trusted.dialog.found.allow.click()
        session = await way.enters()
        assert session.me.person_id == owner.principal.person_id
        assert session.me.device_id != owner.principal.device_id
        await trusted.is_at(Step.ADDED)
        assert len(trusted.toasts) == 1
        await trusted.leave()
        await way.leave()

    run_qt(scenario())


def test_the_list_hears_of_the_new_device_by_itself(run_qt, way, window, surroundings, server) -> None:
    async def scenario() -> None:
        surroundings.session.listen()
        trusted = Trusted(surroundings, window)
        await until(lambda: len(trusted.dialog.rows) == 1)
        await trusted.expects()
        await asks(way, server.url)
        await trusted.finds(way)
        trusted.dialog.found.allow.click()
        await way.enters()
        await until(lambda: len(trusted.dialog.rows) == 2)
        await trusted.leave()
        await way.leave()

    run_qt(scenario())


def test_a_device_that_is_refused_is_told_and_may_ask_again(
    run_qt, way, window, surroundings, server
) -> None:
    async def scenario() -> None:
        trusted = Trusted(surroundings, window)
        await trusted.expects()
        await asks(way, server.url)
        await trusted.finds(way)
        trusted.dialog.found.refuse.click()
        await says(way, "recusado")
        first = way.view.pairing.code.whole()
        await trusted.is_at(Step.LISTING)
        await until(trusted.dialog.add_button_.isEnabled)
        await trusted.expects()
        way.view.pairing.retry.click()
        await until(lambda: way.view.pairing.code.whole() != first)
        await trusted.leave()
        await way.leave()

    run_qt(scenario())


def test_au_02_without_anybody_expecting_it_the_new_device_says_what_to_do(run_qt, way, server) -> None:
    async def scenario() -> None:
        await asks(way, server.url)
        await says(way, "Nenhum aparelho é esperado")
        assert "Meus aparelhos" in way.view.pairing.lead.whole()
        assert not way.view.pairing.card.isVisible()
        way.view.pairing.cancel.click()
        await way.reaches(Stage.SIGN_IN)

    run_qt(scenario())


def test_closing_the_dialog_ends_the_wait(run_qt, way, window, surroundings, server) -> None:
    async def scenario() -> None:
        trusted = Trusted(surroundings, window)
        await trusted.expects()
        await asks(way, server.url)
        await until(way.view.pairing.card.isVisible)
        await trusted.leave()
        await says(way, "expirou")
        assert way.view.pairing.retry.isVisible()

    run_qt(scenario())


def test_au_01_wrong_codes_are_said_and_the_fifth_ends_the_wait(run_qt, window, surroundings) -> None:
    async def scenario() -> None:
        trusted = Trusted(surroundings, window)
        await trusted.expects()
        dialog = trusted.dialog
        for _ in range(5):
            dialog.code_field.clear_error()
            await trusted.types("AAAA-AAAA")
            await until(lambda: bool(dialog.code_field.error))
        await trusted.types("AAAA-AAAA")
        await trusted.is_at(Step.OVER)
        assert dialog.over.isVisible()
        assert dialog.presenter.adding.step is Step.OVER
        await trusted.leave()

    run_qt(scenario())


def test_a_line_that_breaks_while_waiting_is_told_and_survived(
    run_qt, way, window, surroundings, server
) -> None:
    async def scenario() -> None:
        async with ChaosProxy(server.url) as proxy:
            trusted = Trusted(surroundings, window)
            await trusted.expects()
            await asks(way, proxy.url)
            await until(way.view.pairing.card.isVisible)
            proxy.make(Trouble.RESET)
            await until(way.view.pairing.notice.isVisible)
            proxy.heal()
            await until(lambda: not way.view.pairing.notice.isVisible())
            await trusted.finds(way)
            trusted.dialog.found.allow.click()
            await way.enters()
            await trusted.leave()
            await way.leave()

    run_qt(scenario())


def test_the_clock_on_the_code_runs_out_in_sight(run_qt, way) -> None:
    async def scenario() -> None:
        page = way.view.pairing
        way.view.show_scene(way.view.presenter.scene)
        page.show_waiting(Waiting(Wait.WAITING, "K7QM-2XRD", ("abacate", "navio"), 97))
        assert (page.code.whole(), page.words.whole()) == ("K7QM-2XRD", "abacate · navio")
        assert "97" in page.left.whole()
        assert page.code.accessibleName() == "Código: K 7 Q M - 2 X R D"
        page.show_waiting(Waiting(Wait.EXPIRED))
        assert not page.card.isVisibleTo(page)
        assert page.retry.isVisibleTo(page)

    run_qt(scenario())


def test_a_device_is_disconnected_after_a_question(run_qt, window, surroundings, server, owner) -> None:
    async def scenario() -> None:
        other = await asyncio.to_thread(second_device, server, owner)
        trusted = Trusted(surroundings, window)
        await until(lambda: len(trusted.dialog.rows) == 2)
        can_end = [row.revoke.isVisibleTo(row) for row in trusted.dialog.rows]
        assert sorted(can_end) == [False, True]
        trusted.dialog.rows[can_end.index(True)].revoke.click()
        question = trusted.dialog.findChild(Confirm)
        question.no.click()
        assert len(trusted.dialog.rows) == 2
        trusted.dialog.rows[can_end.index(True)].revoke.click()
        await until(lambda: bool(open_questions(trusted.dialog)))
        open_questions(trusted.dialog)[0].yes.click()
        await until(lambda: len(trusted.dialog.rows) == 1)
        assert other
        await trusted.leave()

    run_qt(scenario())


def second_device(server, owner) -> object:
    who = owner.principal

    async def there() -> object:
        async with server.engine.unit_of_work(who.company_id, who.person_id) as uow:
            return await sessions.open_session(uow, who.person_id, Role.OWNER, device="PC antigo")

    return server.run(there)


def open_questions(dialog: QDialog) -> list[Confirm]:
    return [one for one in dialog.findChildren(Confirm) if one.isVisible()]


def test_a_list_that_cannot_be_loaded_says_why_and_tries_again(
    run_qt, window, server, owner, tmp_path
) -> None:
    async def scenario() -> None:
        async with ChaosProxy(server.url) as proxy:
            proxy.make(Trouble.RESET)
            around = make_surroundings(proxy.url, owner, tmp_path / "desktop")
            trusted = Trusted(around, window)
            part = trusted.dialog.list_part
            await until(lambda: part.pages.currentWidget() is part.failure)
            proxy.heal()
            part.failure.button.click()
            await until(lambda: len(trusted.dialog.rows) == 1)
            await trusted.leave()

    run_qt(scenario())
