"""The whole Conversas screen against the real server: what a person clicks, types and sees."""

from __future__ import annotations

import asyncio

import pytest
from PySide6.QtCore import QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QLabel, QWidget

from desktop.inbox.segments import Segment
from desktop.widgets.dialog import Confirm
from embedded_server.contract.conversations import ConversationStateName, DirectionName
from engine.models import Role
from tests.desktop.conftest import make_surroundings
from tests.desktop.inbox_desk import entries, last, open_view, said, there
from tests.fakes.inbound import one
from tests.fakes.inbox_world import make_inbox, write
from tests.fakes.on_screen import in_use
from tests.fakes.poll import until

UNREAD = "SELECT unread FROM conversation WHERE id = :id"


def names(view) -> list[str]:
    model = view.inbox.model
    return [model.row_at(n).name for n in range(model.rowCount())]


def test_open_read_reply_note_and_resolve_by_clicks(run_qt, server, shop, surroundings, show, qtbot) -> None:
    ana, _ = server.run(make_inbox, server.engine, shop, "Ana", "Bia")

    async def scenario() -> None:
        view = await open_view(surroundings, show)
        composer, left = view.pane.composer, Qt.MouseButton.LeftButton
        where = view.list.list.visualRect(view.inbox.model.index(0, 0)).center()
        qtbot.mouseClick(view.list.list.viewport(), left, pos=where)
        await until(lambda: said(view) == ["Oi"])
        await until(lambda: view.inbox.model.find(ana.conversation_id).unread == 0)
        qtbot.keyClicks(composer.edit, "Bom dia!")
        qtbot.mouseClick(composer.send, left)
        await until(lambda: last(view).id is not None and last(view).text == "Bom dia!")
        surroundings.commands.run("inbox.note")
        qtbot.keyClicks(composer.edit, "Cliente antiga")
        qtbot.mouseClick(composer.send, left)
        await until(lambda: last(view).id is not None and last(view).direction is DirectionName.NOTE)
        await until(lambda: view.inbox.model.find(ana.conversation_id).preview == "Bom dia!")
        qtbot.mouseClick(view.pane.header.resolve, left)
        await until(lambda: names(view) == ["Bia"])
        await until(lambda: view.pane.header.resolve.accessibleName() == "Reabrir")
        await surroundings.session.close()

    run_qt(scenario())


def test_resolving_can_be_undone_and_leads_to_the_next(run_qt, server, shop, surroundings, show) -> None:
    ana, bia = server.run(make_inbox, server.engine, shop, "Ana", "Bia")

    async def scenario() -> None:
        view, toasts = await open_view(surroundings, show, ana.conversation_id), []
        surroundings.notices.toasted.connect(toasts.append)
        surroundings.commands.run("inbox.resolve_next")
        await until(lambda: names(view) == ["Bia"] and view.presenter.id == bia.conversation_id)
        assert toasts[0].text == "Conversa resolvida."
        toasts[0].undo()
        await until(lambda: names(view) == ["Ana", "Bia"])
        assert view.presenter.id == bia.conversation_id
        await surroundings.session.close()

    run_qt(scenario())


async def unread(server, shop, who) -> int:
    return await there(server, one, server.engine, shop, UNREAD, id=who.conversation_id)


def test_point_5_only_what_is_seen_in_the_window_in_use_becomes_read(
    run_qt, server, shop, surroundings, show
) -> None:
    ana, _ = server.run(make_inbox, server.engine, shop, "Ana", "Bia")

    async def scenario() -> None:
        view = await open_view(surroundings, show)
        other = show(QWidget())
        await in_use(other)
        view.open(ana.conversation_id)
        await until(lambda: said(view) == ["Oi"])
        await asyncio.sleep(0.2)
        assert await unread(server, shop, ana) == 1
        view.activateWindow()
        await until(lambda: view.inbox.model.find(ana.conversation_id).unread == 0)
        while await unread(server, shop, ana):
            await asyncio.sleep(0.01)
        view.hide()
        await there(server, write, server.engine, shop, ana, "Voltei")
        await until(lambda: said(view) == ["Oi", "Voltei"])
        await asyncio.sleep(0.2)
        assert await unread(server, shop, ana) == 1
        await surroundings.session.close()

    run_qt(scenario())


def test_point_5_marked_as_unread_it_stays_so_over_a_restart(
    run_qt, server, shop, owner, tmp_path, show
) -> None:
    ana, _ = server.run(make_inbox, server.engine, shop, "Ana", "Bia")

    async def scenario() -> None:
        around = make_surroundings(server.url, owner, tmp_path / "desk")
        view = await open_view(around, show, ana.conversation_id)
        await until(lambda: view.inbox.model.find(ana.conversation_id).unread == 0)
        around.commands.run("inbox.unread")
        await until(lambda: view.inbox.model.find(ana.conversation_id).unread == 1)
        await asyncio.sleep(0.5)
        view.close()
        await around.session.close()
        again = make_surroundings(server.url, owner, tmp_path / "desk")
        view = await open_view(again, show)
        assert view.inbox.model.find(ana.conversation_id).unread == 1
        await again.session.close()

    run_qt(scenario())


def test_keys_lead_through_the_conversations(run_qt, server, shop, surroundings, show) -> None:
    ana, bia, caio = server.run(make_inbox, server.engine, shop, "Ana", "Bia", "Caio")

    async def scenario() -> None:
        view = await open_view(surroundings, show)
        for command, expected in (
            ("inbox.next", ana),
            ("inbox.next", bia),
            ("inbox.previous", ana),
            ("inbox.next_unread", caio),
        ):
            surroundings.commands.run(command)
            await until(lambda who=expected: view.presenter.id == who.conversation_id)
            await until(lambda: view.presenter.detail is not None and not view.presenter.detail.unread)
            selected = view.list.list.currentIndex().row()
            assert view.inbox.model.row_at(selected).id == expected.conversation_id
        surroundings.commands.run("search")
        assert view.list.search.hasFocus()
        await surroundings.session.close()

    run_qt(scenario())


def test_what_is_being_read_stays_among_the_unread_until_another_is_opened(
    run_qt, server, shop, surroundings, show
) -> None:
    ana, bia = server.run(make_inbox, server.engine, shop, "Ana", "Bia")

    async def scenario() -> None:
        view = await open_view(surroundings, show)
        view.list.choose(Segment.UNREAD)
        await until(lambda: view.list.segments.current() == Segment.UNREAD)
        view.open(ana.conversation_id)
        await until(lambda: view.inbox.unread == 1)
        assert names(view) == ["Ana", "Bia"]
        view.open(bia.conversation_id)
        await until(lambda: view.inbox.unread == 0 and not view.presenter.tasks.is_running("seen"))
        view.inbox.reload()
        await until(lambda: names(view) == [])
        await surroundings.session.close()

    run_qt(scenario())


def test_a_conversation_is_assigned_to_oneself_and_to_nobody(
    run_qt, server, shop, surroundings, show
) -> None:
    (ana,) = server.run(make_inbox, server.engine, shop, "Ana")

    async def scenario() -> None:
        view = await open_view(surroundings, show, ana.conversation_id)
        me, header = surroundings.session.me.person_id, view.pane.header
        await until(lambda: bool(view.presenter.users))
        menu = header._assign_menu()
        assert [action.text() for action in menu.actions()] == ["Atribuir a mim", "", "Ninguém"]
        menu.actions()[0].trigger()
        await until(lambda: view.presenter.detail.assignee_id == me)
        assert header.assign.accessibleName() == "Atribuída a você"
        view.list.choose(Segment.MINE)
        await until(lambda: names(view) == ["Ana"])
        menu.actions()[-1].trigger()
        await until(lambda: names(view) == [])
        await surroundings.session.close()

    run_qt(scenario())


def test_the_contact_stands_beside_the_chat_and_takes_notes(run_qt, server, shop, surroundings, show) -> None:
    (ana,) = server.run(make_inbox, server.engine, shop, "Ana")

    async def scenario() -> None:
        view, led = await open_view(surroundings, show, ana.conversation_id), []
        surroundings.navigator.wanted.connect(lambda *told: led.append(told))
        panel = view.panel
        await until(lambda: panel.name.whole() == "Ana")
        assert panel.isVisible()
        assert not panel.save.isVisible()
        panel.notes.setPlainText("Gosta de café")
        panel.save.click()
        await until(lambda: not panel.save.isVisible())
        view._contact.reload()
        await until(lambda: panel._person.notes == "Gosta de café")
        panel.link.click()
        assert led == [("contacts", ana.contact_id)]
        view.resize(960, 640)
        assert not panel.isVisible()
        surroundings.commands.run("inbox.panel")
        assert panel.isVisible()
        await surroundings.session.close()

    run_qt(scenario())


class Opener(QObject):
    """Stands in the system's place for web addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.opened.append(url.toString())


@pytest.fixture
def opener(qapp):
    made = Opener()
    QDesktopServices.setUrlHandler("https", made, "open")
    yield made
    QDesktopServices.unsetUrlHandler("https")


def test_dx_02_a_link_opens_only_after_its_real_address_was_confirmed(
    run_qt, server, shop, surroundings, show, opener
) -> None:
    (ana,) = server.run(make_inbox, server.engine, shop, "Ana")

    async def scenario() -> None:
        view = await open_view(surroundings, show, ana.conversation_id)
        view.pane.deeds.ask_to_open("javascript:alert(1)")
        view.pane.deeds.ask_to_open("file:///etc/passwd")
        assert view.findChildren(Confirm) == []
        view.pane.deeds.ask_to_open("https://раураl.com/a")
        dialog = view.findChild(Confirm)
        assert "https://xn--l-7sba6dbr.com/a" in dialog.text.whole()
        dialog.reject()
        await asyncio.sleep(0.02)
        assert opener.opened == []
        view.pane.deeds.ask_to_open("https://loja.com.br/")
        view.findChildren(Confirm)[-1].accept()
        await until(lambda: opener.opened == ["https://loja.com.br/"])
        await surroundings.session.close()

    run_qt(scenario())


def test_dx_01_what_a_customer_is_called_and_writes_is_never_markup(
    run_qt, server, shop, surroundings, show
) -> None:
    markup = '<img src="http://127.0.0.1:9/x"><b>Ana</b>'
    (ana,) = server.run(make_inbox, server.engine, shop, markup)
    server.run(write, server.engine, shop, ana, markup)

    async def scenario() -> None:
        view = await open_view(surroundings, show, ana.conversation_id)
        await until(lambda: view.panel.name.whole() != "")
        assert said(view)[-1] == markup
        assert view.pane.header.name.whole() == markup
        labels = [label for label in view.findChildren(QLabel) if "<img" in label.text()]
        assert labels
        assert {label.textFormat() for label in labels} == {Qt.TextFormat.PlainText}
        assert view.grab().width() > 0
        await surroundings.session.close()

    run_qt(scenario())


def test_who_may_only_read_has_nothing_to_write_with(run_qt, server, shop, tmp_path, show) -> None:
    (ana,) = server.run(make_inbox, server.engine, shop, "Ana")
    viewer = server.sign_in(shop, Role.VIEWER)

    async def scenario() -> None:
        around = make_surroundings(server.url, viewer, tmp_path / "desk")
        view = await open_view(around, show, ana.conversation_id)
        assert not view.pane.composer.isVisible()
        assert not view.pane.header.resolve.isVisible()
        await asyncio.sleep(0.2)
        assert view.inbox.model.find(ana.conversation_id).unread == 1
        assert not around.commands.run("inbox.resolve")
        await around.session.close()

    run_qt(scenario())


def test_older_and_newer_pages_come_as_one_scrolls(run_qt, server, shop, surroundings, show) -> None:
    (ana,) = server.run(make_inbox, server.engine, shop, "Ana", after=-9000)
    server.run(write, server.engine, shop, ana, *[f"m{n}" for n in range(520)], after=-8000)

    async def scenario() -> None:
        view = await open_view(surroundings, show, ana.conversation_id)
        timeline, chat = view.presenter.timeline, view.pane.chat
        while timeline.has_older:
            chat.scroll_by(-3000)
            await asyncio.sleep(0.01)
        assert said(view)[0] == "Oi"
        assert (len(timeline), timeline.has_newer) == (400, True)
        while timeline.has_newer:
            chat.scroll_by(3000)
            await asyncio.sleep(0.01)
        assert said(view)[-1] == "m519"
        assert said(view) == [f"m{n}" for n in range(520 - len(timeline), 520)]
        await surroundings.session.close()

    run_qt(scenario())


def test_a_resolved_conversation_opens_when_the_person_writes_again(
    run_qt, server, shop, surroundings, show
) -> None:
    ana, _ = server.run(make_inbox, server.engine, shop, "Ana", "Bia")

    async def scenario() -> None:
        view = await open_view(surroundings, show, ana.conversation_id)
        surroundings.commands.run("inbox.resolve")
        await until(lambda: names(view) == ["Bia"])
        await there(server, write, server.engine, shop, ana, "Esqueci uma coisa", after=-1)
        await until(lambda: names(view) == ["Ana", "Bia"])
        await until(lambda: view.presenter.detail.state is ConversationStateName.OPEN)
        await until(lambda: entries(view)[-1].text == "Esqueci uma coisa")
        await surroundings.session.close()

    run_qt(scenario())
