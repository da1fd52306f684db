"""The way in on this machine: its appliance started, its company founded, and found again."""

from __future__ import annotations

import asyncio
import os

import pytest

from desktop.client.appliance import Appliance
from desktop.client.credentials import Credentials, Stored
from desktop.shell.presenter import Phase
from desktop.welcome.welcome_model import Stage
from embedded_server import first_run
from engine import accounts
from tests.desktop.appliance_kit import a_place, leave_facts, settings_in
from tests.desktop.welcome_kit import Way, make_person
from tests.fakes.api import PASSWORD
from tests.fakes.chaos_proxy import ChaosProxy, Trouble


@pytest.fixture
def address(own_address):
    """A machine of its own, that nobody owns yet."""
    return own_address


@pytest.fixture
def unowned(server, tmp_path) -> str:
    """The server as this machine's own appliance, before its first owner; its secret."""
    leave_facts(tmp_path, os.getpid(), url=server.url)
    return server.run(first_run.show, server.engine)


@pytest.fixture
def way(run_qt, tmp_path, show) -> Way:
    return Way(tmp_path, show)


def found(way: Way) -> None:
    page = way.view.founding
    way.fill(page, company="Padaria Sol", name="Ana", email="ana@padaria.example", password=PASSWORD)
    page.go.click()


def test_an_installation_without_an_owner_is_founded(run_qt, way, unowned, server, tmp_path) -> None:
    async def scenario() -> None:
        way.view.resume()
        await way.reaches(Stage.CHOICE)
        way.view.choice.local.click()
        await way.reaches(Stage.FOUNDING)
        assert unowned not in str(vars(way.view.founding))
        found(way)
        session = await way.enters()
        assert (session.me.name, session.me.role.value) == ("Ana", "owner")
        kept = Credentials(settings_in(tmp_path).desktop_dir, use_keyring=False).load()
        assert kept == Stored(base=server.url, token=session.api.token, is_local=True)
        assert not (tmp_path / "data/run" / first_run.FILE).exists()
        await way.leave()

    run_qt(scenario())


def test_what_is_wrong_stands_below_its_field_and_nothing_is_sent(run_qt, way, unowned, server) -> None:
    async def scenario() -> None:
        way.view.presenter.open_local()
        await way.reaches(Stage.FOUNDING)
        page = way.view.founding
        way.fill(page, company="Padaria Sol", name="", email="ana", password="curta")
        page.go.click()
        wrong = {name for name, field in page.fields.items() if field.error}
        assert wrong == {"name", "email", "password"}
        assert page.password_hint.isVisible()
        assert page.go.isEnabled()
        way.fill(page, name="Ana")
        page.fields["name"].editor.textEdited.emit("Ana")
        assert page.fields["name"].error == ""

    run_qt(scenario())


def test_an_answer_lost_while_founding_still_leads_in(run_qt, way, unowned, server, tmp_path) -> None:
    async def scenario() -> None:
        async with ChaosProxy(server.url) as proxy:
            leave_facts(tmp_path, os.getpid(), url=proxy.url)
            way.view.presenter.open_local()
            await way.reaches(Stage.FOUNDING)
            proxy.make(Trouble.SWALLOW, times=1)
            found(way)
            session = await way.enters()
            assert session.me.email == "ana@padaria.example"
            await way.leave()

    run_qt(scenario())


def test_who_comes_too_late_is_told_that_there_is_an_owner(run_qt, way, unowned, server) -> None:
    async def scenario() -> None:
        way.view.presenter.open_local()
        await way.reaches(Stage.FOUNDING)
        founder = {"company": "Outra", "name": "Bia", "email": "bia@x.example", "device": "PC"}
        await asyncio.to_thread(claim, server, unowned, founder)
        found(way)
        await way.reaches(Stage.SIGN_IN)
        assert "já tem um dono" in way.view.sign_in.notice.text.whole()
        assert not way.view.sign_in.by_code.isVisible()
        way.sign_in("bia@x.example")
        await way.enters()
        await way.leave()

    run_qt(scenario())


def claim(server, secret: str, founder: dict[str, str]) -> None:
    async def there() -> None:
        await accounts.claim(server.engine, secret, accounts.Founder(password=PASSWORD, **founder))

    server.run(there)


def test_a_local_session_follows_the_appliance_to_another_port(run_qt, way, server, tmp_path, shop) -> None:
    async def scenario() -> None:
        _, person = await asyncio.to_thread(make_person, server, shop)
        leave_facts(tmp_path, os.getpid(), url=server.url)
        old = Stored(base="http://127.0.0.1:9", token=person.token, is_local=True)
        keeper = Credentials(settings_in(tmp_path).desktop_dir, use_keyring=False)
        keeper.save(old)
        way.view.resume()
        session = await way.enters()
        assert session.api.base == server.url
        assert keeper.load() == Stored(base=server.url, token=person.token, is_local=True)
        await way.leave()

    run_qt(scenario())


def test_why_it_did_not_start_is_told_with_its_last_words_behind_a_button(run_qt, way, tmp_path) -> None:
    async def scenario() -> None:
        (tmp_path / "data").write_text("in the way")
        way.view.presenter.open_local()
        await way.reaches(Stage.PREPARING)
        await way.reaches(Stage.TROUBLE, seconds=20)
        page = way.view.trouble
        assert way.view.presenter.phase is Phase.FAILED
        assert "Não foi possível iniciar" in page.lead.whole()
        assert not page.details.isVisible()
        page.more.click()
        assert page.details.isVisible()
        assert str(tmp_path / "data") in page.details.whole()
        page.other.click()
        await way.reaches(Stage.CHOICE)

    run_qt(scenario())


def test_from_nothing_to_a_company_and_back_in_after_a_restart(run_qt, show) -> None:
    async def starts(first: Way) -> None:
        first.view.resume()
        await first.reaches(Stage.CHOICE)
        first.view.choice.local.click()
        await first.reaches(Stage.PREPARING)
        await first.reaches(Stage.FOUNDING, seconds=28)

    async def is_founded_and_found_again(first: Way, place) -> None:
        found(first)
        session = await first.enters()
        await first.leave()
        second = Way(place, show)
        second.view.resume()
        assert (await second.enters()).me == session.me
        await second.leave()
        assert Appliance(settings_in(place)).is_ours()
        assert await first.appliance.stop()

    with a_place() as place:
        way = Way(place, show)
        run_qt(starts(way))
        run_qt(is_founded_and_found_again(way, place))
