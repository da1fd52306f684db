"""The way into a company's server, and back into it, against the real one."""

from __future__ import annotations

import asyncio

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QToolButton

from desktop.client.credentials import Credentials, Stored
from desktop.shell.presenter import Phase
from desktop.welcome.welcome_model import Place, Scene, Stage
from engine.models import Role
from tests.desktop.appliance_kit import settings_in
from tests.desktop.welcome_kit import Way, add_to, make_person
from tests.fakes.faulty_server import FaultyServer, Reply
from tests.fakes.poll import until


def keeper(place) -> Credentials:
    return Credentials(settings_in(place).desktop_dir, use_keyring=False)


@pytest.fixture
def way(run_qt, tmp_path, show) -> Way:
    return Way(tmp_path, show)


def test_without_a_session_there_is_a_choice(run_qt, way) -> None:
    async def scenario() -> None:
        way.view.resume()
        await way.reaches(Stage.CHOICE)
        assert way.view.choice.local.hasFocus() or not way.view.isActiveWindow()
        assert way.view.presenter.phase is Phase.READY

    run_qt(scenario())


def test_a_server_is_found_by_its_address_and_entered(run_qt, way, server, shop, tmp_path) -> None:
    async def scenario() -> None:
        email, _ = await asyncio.to_thread(make_person, server, shop)
        way.view.resume()
        await way.reaches(Stage.CHOICE)
        way.view.choice.remote.click()
        await way.reaches(Stage.ADDRESS)
        way.fill(way.view.address, address=server.url)
        way.view.address.go.click()
        await way.reaches(Stage.SIGN_IN)
        assert server.url.removeprefix("http://") in way.view.sign_in.lead.whole()
        way.sign_in(email)
        session = await way.enters()
        assert (session.me.email, session.me.company_id) == (email, shop)
        kept = keeper(tmp_path).load()
        assert kept == Stored(base=server.url, token=session.api.token, is_local=False)
        await way.leave()

    run_qt(scenario())


def test_the_next_start_comes_in_by_itself(run_qt, way, server, owner, tmp_path) -> None:
    async def scenario() -> None:
        keeper(tmp_path).save(Stored(base=server.url, token=owner.token, is_local=False))
        way.view.resume()
        session = await way.enters()
        assert session.me.person_id == owner.principal.person_id
        assert way.stage is Stage.OPENING
        await way.leave()

    run_qt(scenario())


def test_a_wrong_password_is_said_and_the_address_stays(run_qt, way, server, shop, tmp_path) -> None:
    async def scenario() -> None:
        email, _ = await asyncio.to_thread(make_person, server, shop)
        keeper(tmp_path).save(Stored(base=server.url, token="mia_gone", is_local=False))
        way.view.resume()
        await way.reaches(Stage.SIGN_IN)
        form = way.view.sign_in
        assert "terminou" in form.notice.text.whole()
        way.sign_in(email, "not the password")
        await until(lambda: not form.go.isEnabled())
        await way.settles(form)
        assert form.notice.isVisible()
        assert "terminou" not in form.notice.text.whole()
        assert form.value("email") == email
        way.sign_in(email)
        await way.enters()
        await way.leave()

    run_qt(scenario())


def test_an_empty_form_is_not_sent(run_qt, way, server) -> None:
    async def scenario() -> None:
        way.preferences.keep("welcome/base", server.url)
        way.view.resume()
        await way.reaches(Stage.SIGN_IN)
        form = way.view.sign_in
        form.go.click()
        assert form.fields["email"].error
        assert form.fields["password"].error
        assert form.go.isEnabled()

    run_qt(scenario())


def test_after_a_session_ended_the_server_is_remembered_and_the_reason_told(run_qt, way, server) -> None:
    async def scenario() -> None:
        way.preferences.keep("welcome/base", server.url)
        way.view.resume(ended=True)
        await way.reaches(Stage.SIGN_IN)
        assert "terminou" in way.view.sign_in.notice.text.whole()
        way.view.sign_in.cancel.click()
        await way.reaches(Stage.CHOICE)

    run_qt(scenario())


def test_who_works_for_several_companies_chooses_one(run_qt, way, server, shop, make_company) -> None:
    async def scenario() -> None:
        other = await asyncio.to_thread(server.run, make_company, server.engine, "Filial")
        email, who = await asyncio.to_thread(make_person, server, shop)
        await asyncio.to_thread(add_to, server, other, who.principal.person_id, Role.VIEWER)
        way.preferences.keep("welcome/base", server.url)
        way.view.resume()
        await way.reaches(Stage.SIGN_IN)
        way.sign_in(email)
        await way.reaches(Stage.COMPANIES)
        names = [choice.accessibleName() for choice in way.view.companies.choices]
        assert names == ["Loja Ipê", "Filial"]
        way.view.companies.choices[1].click()
        session = await way.enters()
        assert (session.me.company_id, session.me.role.value) == (other, "viewer")
        await way.leave()

    run_qt(scenario())


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("http://crm.loja.com.br", "https://"),
        ("http://127.0.0.1:9", "Ninguém responde"),
        ("", "Digite"),
    ],
)
def test_an_address_that_will_not_do_is_said_below_it(run_qt, way, typed: str, said: str) -> None:
    async def scenario() -> None:
        way.view.presenter.open_remote()
        await way.reaches(Stage.ADDRESS)
        way.fill(way.view.address, address=typed)
        way.view.address.go.click()
        await until(lambda: bool(way.view.address.fields["address"].error))
        assert said in way.view.address.fields["address"].error
        await way.settles(way.view.address)

    run_qt(scenario())


def test_another_server_than_ours_is_recognized(run_qt, way) -> None:
    async def scenario() -> None:
        async with FaultyServer() as other:
            other.will(Reply(200, b"<html>nginx</html>", {"Content-Type": "text/html"}))
            way.view.presenter.open_remote()
            await way.reaches(Stage.ADDRESS)
            way.fill(way.view.address, address=other.url)
            way.view.address.go.click()
            await until(lambda: bool(way.view.address.fields["address"].error))
            assert "Não há um Master IA" in way.view.address.fields["address"].error

    run_qt(scenario())


def test_an_open_connection_is_warned_of_while_the_address_is_typed(run_qt, way) -> None:
    async def scenario() -> None:
        way.view.presenter.open_remote()
        await way.reaches(Stage.ADDRESS)
        seen = []
        for typed in ("https://192.168.0.10", "192.168.0.10:8460", "localhost:8460", "nada disso"):
            way.fill(way.view.address, address=typed)
            seen.append(way.view.address.warning.isVisible())
        assert seen == [False, True, False, False]

    run_qt(scenario())


def test_a_full_disk_keeps_nobody_out(run_qt, way, server, owner, tmp_path, caplog) -> None:
    async def scenario() -> None:
        keeper(tmp_path).save(Stored(base=server.url, token=owner.token, is_local=False))
        (tmp_path / "desktop/session.partial").mkdir()
        way.view.resume()
        session = await way.enters()
        assert session.me.person_id == owner.principal.person_id
        assert "could not be kept" in caplog.text
        await way.leave()

    run_qt(scenario())


def test_a_fault_of_ours_is_no_page_without_a_way_out(run_qt, way, monkeypatch) -> None:
    async def scenario() -> None:
        def broken(_: Credentials) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(Credentials, "load", broken)
        way.view.resume()
        await way.reaches(Stage.TROUBLE)
        monkeypatch.undo()
        way.view.trouble.retry.click()
        await way.reaches(Stage.CHOICE)

    run_qt(scenario())


@pytest.mark.parametrize("stage", list(Stage))
def test_every_control_of_every_page_is_reached_by_tab_and_has_a_name(run_qt, way, stage: Stage) -> None:
    async def scenario() -> None:
        way.view.show_scene(Scene(stage, Place("https://crm.loja.com.br", is_local=False)))
        controls = way.view.pages[stage].findChildren(QAbstractButton)
        for control in [*controls, *way.view.pages[stage].findChildren(QLineEdit)]:
            if not isinstance(control, QToolButton):
                assert control.focusPolicy() & Qt.FocusPolicy.TabFocus
            named = control.accessibleName() or (isinstance(control, QAbstractButton) and control.text())
            assert named or control.toolTip() or not control.isVisible(), control

    run_qt(scenario())
