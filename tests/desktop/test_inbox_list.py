"""The list on the screen and its presenter, against the real server."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from desktop.inbox.inbox_model import InboxModel
from desktop.inbox.list_pane import ListPane
from desktop.inbox.list_view import ListView
from desktop.inbox.presenter import InboxPresenter
from desktop.inbox.row_delegate import HEIGHT
from desktop.inbox.segments import Segment
from desktop.shell.presenter import Phase
from engine import inbox
from tests.fakes.chats import NOON, row
from tests.fakes.inbound import receive, written
from tests.fakes.inbox_world import make_inbox, wa_id, write
from tests.fakes.poll import until


@pytest.fixture
def listed(qapp, show) -> ListView:
    """Fifty rows, read in the middle, the thirtieth selected."""
    model = InboxModel()
    model.replace_all([row(n) for n in range(50)], has_more=False)
    view = show(ListView(model), 340, 600)
    view.show_open(row(30).id)
    view.verticalScrollBar().setValue(10 * HEIGHT + 13)
    view.model_ = model
    return view


def standing_at(view: ListView, n: int) -> int:
    """Where the ``n``-th row stands, in pixels below the upper edge."""
    return view.rowViewportPosition(view.model_.place(row(n).id))


def test_point_4_what_comes_above_moves_neither_the_reader_nor_the_selection(listed) -> None:
    before = standing_at(listed, 12)

    listed.model_.upsert(replace(row(40), at=NOON.timestamp() + 1))
    listed.model_.upsert(row(0, id=row(99).id, at=NOON.timestamp() + 2))
    assert standing_at(listed, 12) == before

    listed.model_.remove(row(3).id)
    listed.model_.take([replace(row(n), at=NOON.timestamp() + 10 + n) for n in range(35, 50)])
    assert standing_at(listed, 12) == before
    assert listed.model_.row_at(listed.currentIndex().row()).id == row(30).id


def test_point_4_the_first_row_in_view_may_go_to_the_top_without_moving_the_rest(listed) -> None:
    before = standing_at(listed, 12)

    listed.model_.upsert(replace(row(10), at=NOON.timestamp() + 1))

    assert standing_at(listed, 12) == before


def test_point_4_at_the_top_the_new_row_is_seen(listed) -> None:
    listed.verticalScrollBar().setValue(0)

    listed.model_.upsert(replace(row(40), at=NOON.timestamp() + 1))

    assert listed.verticalScrollBar().value() == 0
    assert listed.first_id() == row(40).id


def test_a_row_that_leaves_hands_its_selection_to_nobody(listed) -> None:
    listed.model_.remove(row(30).id)

    assert not listed.currentIndex().isValid()
    assert listed.selectionModel().selectedRows() == []


def test_keys_walk_and_open(listed, qtbot) -> None:
    with qtbot.waitSignal(listed.walked_to) as walked:
        qtbot.keyClick(listed, Qt.Key.Key_Down)
    with qtbot.waitSignal(listed.opened) as opened:
        qtbot.keyClick(listed, Qt.Key.Key_Return)

    assert walked.args == opened.args == [row(31).id]


def make_pane(surroundings, show) -> ListPane:
    presenter = InboxPresenter(surroundings)
    pane = ListPane(presenter, surroundings.navigator)
    pane.presenter_ = presenter
    presenter.setParent(pane)
    show(pane, 340, 700)
    presenter.reload()
    return pane


def names(pane: ListPane) -> list[str]:
    model = pane.presenter_.model
    return [model.row_at(n).name for n in range(model.rowCount())]


def test_segments_search_and_pages_come_from_the_server(
    run_qt, server, shop, surroundings, show, qtbot
) -> None:
    people = [f"Pessoa {n}" for n in range(60)] + ["João Ávila"]
    server.run(make_inbox, server.engine, shop, *people)

    async def scenario() -> None:
        pane = make_pane(surroundings, show)
        await until(lambda: len(names(pane)) == 50)
        await until(lambda: pane.badge.text == "61")
        pane.list.verticalScrollBar().setValue(pane.list.verticalScrollBar().maximum())
        await until(lambda: len(names(pane)) == 61)
        pane.choose(Segment.MINE)
        await until(lambda: pane.loading.pages.currentWidget() is pane.empty)
        assert pane.empty.title.whole() == "Nada atribuído a você"
        qtbot.mouseClick(pane.empty.button, Qt.MouseButton.LeftButton)
        await until(lambda: pane.segments.current() == Segment.ALL and len(names(pane)) == 50)
        qtbot.keyClicks(pane.search, "joao avila")
        await until(lambda: names(pane) == ["João Ávila"])
        await surroundings.session.close()

    run_qt(scenario())


def test_point_11_without_a_channel_the_empty_inbox_leads_to_the_connections(
    run_qt, server, surroundings, show, qtbot
) -> None:
    async def scenario() -> None:
        pane = make_pane(surroundings, show)
        led = []
        surroundings.navigator.wanted.connect(lambda screen, _: led.append(screen))
        await until(lambda: pane.loading.pages.currentWidget() is pane.empty)
        assert pane.empty.button.text() == "Conectar WhatsApp"
        qtbot.mouseClick(pane.empty.button, Qt.MouseButton.LeftButton)
        assert led == ["channels"]
        await surroundings.session.close()

    run_qt(scenario())


def test_point_12_when_the_engine_goes_away_the_list_stays_and_says_so(
    run_qt, server, shop, surroundings, show
) -> None:
    server.run(make_inbox, server.engine, shop, "Ana")

    async def scenario() -> None:
        pane = make_pane(surroundings, show)
        await until(lambda: pane.presenter_.phase is Phase.READY)
        await asyncio.to_thread(server.go_away)
        pane.presenter_.reload()
        await until(lambda: pane.presenter_.phase is Phase.FAILED)
        assert names(pane) == ["Ana"]
        assert pane.loading.stale.isVisible()
        assert pane.loading.stale_text.whole().startswith("O motor não responde")
        await surroundings.session.close()

    run_qt(scenario())


def test_what_happens_comes_live_and_tells_of_what_nobody_looks_at(
    run_qt, server, shop, surroundings, show
) -> None:
    ana, bia = server.run(make_inbox, server.engine, shop, "Ana", "Bia")

    async def scenario() -> None:
        pane, told = make_pane(surroundings, show), []
        surroundings.notices.arrived.connect(told.append)
        pane.presenter_.is_watched = lambda id_: id_ == ana.conversation_id
        surroundings.session.listen()
        await until(lambda: names(pane) == ["Ana", "Bia"])
        await asyncio.sleep(0.3)
        for n, who in enumerate((bia, ana)):
            said = write(server.engine, shop, who, "Voltei", sender=wa_id(1 - n), after=-60 + n)
            await asyncio.to_thread(server.run, lambda said=said: said)
        await until(lambda: [r.preview for r in rows_of(pane)] == ["Voltei", "Voltei"])
        assert names(pane) == ["Ana", "Bia"]
        assert [(news.key, news.title, news.text) for news in told] == [
            (f"conversation:{bia.conversation_id}", "Bia", "Voltei")
        ]
        assert (told[0].screen, told[0].target) == ("inbox", bia.conversation_id)
        await surroundings.session.close()

    run_qt(scenario())


def rows_of(pane: ListPane) -> list:
    model = pane.presenter_.model
    return [model.row_at(n) for n in range(model.rowCount())]


async def storm(engine, company_id, channel_id) -> None:
    """A hundred and fifty messages of thirty people, one after the other."""
    for n in range(150):
        told = written(f"Oi {n}", wamid=f"s{n}", wa_id=wa_id(n % 30), after=n - 200)
        await receive(engine, company_id, channel_id, told)


def test_a_storm_of_events_is_answered_by_a_few_requests(run_qt, server, shop, surroundings, show) -> None:
    people = server.run(make_inbox, server.engine, shop, *[f"Pessoa {n}" for n in range(30)])
    newest = sorted(f"Oi {n}" for n in range(120, 150))

    async def scenario() -> None:
        pane = make_pane(surroundings, show)
        surroundings.session.listen()
        await until(lambda: len(names(pane)) == 30)
        asked = count_requests(surroundings)
        await asyncio.to_thread(server.run, storm, server.engine, shop, people[0].channel_id)
        await until(lambda: sorted(r.preview for r in rows_of(pane)) == newest)
        assert len(asked) < 75
        await surroundings.session.close()

    run_qt(scenario())


def count_requests(surroundings) -> list[str]:
    """The paths that are asked for from now on."""
    asked, api = [], surroundings.session.api
    ask = api._ask

    async def counted(method: str, path: str, **how) -> bytes:
        asked.append(path)
        return await ask(method, path, **how)

    api._ask = counted
    return asked


def test_a_conversation_resolved_elsewhere_leaves_the_list(run_qt, server, shop, surroundings, show) -> None:
    _, bia = server.run(make_inbox, server.engine, shop, "Ana", "Bia")

    async def resolve() -> None:
        async with server.engine.unit_of_work(shop) as uow:
            await inbox.close(uow, bia.conversation_id)

    async def scenario() -> None:
        pane = make_pane(surroundings, show)
        surroundings.session.listen()
        await until(lambda: names(pane) == ["Ana", "Bia"])
        await asyncio.sleep(0.3)
        await asyncio.to_thread(server.run, resolve)
        await until(lambda: names(pane) == ["Ana"])
        pane.choose(Segment.RESOLVED)
        await until(lambda: names(pane) == ["Bia"])
        await surroundings.session.close()

    run_qt(scenario())


def test_the_conversation_with_a_contact_begins_when_asked_for(
    run_qt, server, shop, surroundings, show
) -> None:
    (ana,) = server.run(make_inbox, server.engine, shop, "Ana")

    async def scenario() -> None:
        pane, begun = make_pane(surroundings, show), []
        pane.presenter_.begun.connect(begun.append)
        pane.presenter_.begin(ana.contact_id)
        await until(lambda: begun == [ana.conversation_id])
        await surroundings.session.close()

    run_qt(scenario())
