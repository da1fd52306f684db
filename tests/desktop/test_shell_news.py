"""The bell, the tray and the count of what nobody has read."""

from __future__ import annotations

import asyncio
from datetime import datetime
from uuid import uuid4

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSystemTrayIcon

from desktop.shell.app_icon import app_picture, count_text
from desktop.shell.news_presenter import GATHER
from desktop.shell.notices import News, Notices
from desktop.shell.preferences import Preferences
from desktop.shell.tray import SILENT, SILENT_AT_NIGHT, Tray, is_silent
from desktop.shell.window import Window
from desktop.widgets.theme import theme
from embedded_server.contract.live import LiveEvent
from engine import clock
from tests.desktop.shell_kit import make_work, put_away
from tests.fakes import inbound, world
from tests.fakes.poll import until


def happened(topic: str, **payload: object) -> LiveEvent:
    return LiveEvent(seq=1, topic=topic, payload=payload, at=clock.now())


def write(server, shop, channel, text: str, wamid: str = "wamid.1"):
    """A customer writes; the conversation's id."""
    found = server.run(inbound.receive, server.engine, shop, channel, inbound.written(text, wamid=wamid))
    return found[0].conversation_id


def test_a_new_message_is_counted_and_named_and_reading_it_settles_it(
    run_qt, show, surroundings, server, shop
) -> None:
    channel = server.run(inbound.make_channel, server.engine, shop)

    async def scenario() -> None:
        _, work = make_work(surroundings, show)
        surroundings.session.listen()
        await until(lambda: surroundings.session._live._seq is not None)
        conversation = await asyncio.to_thread(write, server, shop, channel, "Vocês abrem hoje?")
        await until(lambda: bool(surroundings.notices.news))
        news = surroundings.notices.news[0]
        assert (news.title, news.text, news.screen) == ("Ana Souza", "Vocês abrem hoje?", "inbox")
        assert work.rail.buttons()[0].count == 1
        assert "1" in work.rail.buttons()[0].accessibleName()
        await surroundings.session.api.do("POST", f"/api/v1/conversations/{conversation}/read")
        await until(lambda: not surroundings.notices.news and work.rail.buttons()[0].count == 0)
        await put_away(surroundings, work)

    run_qt(scenario())


def test_what_was_read_at_once_makes_no_news(run_qt, show, surroundings, server, shop) -> None:
    channel = server.run(inbound.make_channel, server.engine, shop)
    conversation = write(server, shop, channel, "Oi")

    async def scenario() -> None:
        _, work = make_work(surroundings, show)
        await surroundings.session.api.do("POST", f"/api/v1/conversations/{conversation}/read")
        surroundings.session.happened.emit(
            happened("message.received", conversation_id=str(conversation), count=1)
        )
        await asyncio.sleep(GATHER + 0.3)
        assert surroundings.notices.news == []
        await put_away(surroundings, work)

    run_qt(scenario())


def test_many_events_make_few_questions(run_qt, show, surroundings) -> None:
    async def scenario() -> None:
        _, work = make_work(surroundings, show)
        await asyncio.sleep(0.2)
        asked, ask = [], surroundings.session.api._ask

        async def counted(method: str, path: str, **how):
            asked.append(path)
            return await ask(method, path, **how)

        surroundings.session.api._ask = counted
        for _ in range(500):
            surroundings.session.happened.emit(
                happened("conversation.changed", conversation_id=str(uuid4()), change="assigned")
            )
        await asyncio.sleep(GATHER + 0.4)
        assert asked == ["/api/v1/conversations/unread"]
        await put_away(surroundings, work)

    run_qt(scenario())


def test_a_campaign_that_ended_and_a_number_that_stopped_are_told(
    run_qt, show, surroundings, server, shop
) -> None:
    channel = server.run(world.make_channel, server.engine, shop)
    campaign = server.run(world.make_campaign, server.engine, shop, channel)

    async def scenario() -> None:
        _, work = make_work(surroundings, show)
        emit = surroundings.session.happened.emit
        emit(happened("campaign.changed", campaign_id=str(campaign), state="completed"))
        emit(happened("channel.changed", channel_id=str(channel), state="stopped"))
        await until(lambda: len(surroundings.notices.news) == 2)
        assert {one.title for one in surroundings.notices.news} == {"Natal", "Loja parou"}
        emit(happened("channel.changed", channel_id=str(channel), state="active"))
        await until(lambda: len(surroundings.notices.news) == 1)
        await put_away(surroundings, work)

    run_qt(scenario())


def test_a_line_behind_the_bell_leads_to_its_place(run_qt, show, surroundings) -> None:
    async def scenario() -> None:
        _, work = make_work(surroundings, show)
        surroundings.notices.tell("campaign:1", "Natal", "Terminou.", "campaigns", 5)
        surroundings.notices.tell("channel:1", "Loja", "Parou.", "channels", 6)
        assert work.bell_button.count == 2
        assert surroundings.commands.run("bell")
        first, second = work.bell.lines()
        QTest.keyClick(first, Qt.Key.Key_Down)
        QTest.keyClick(second, Qt.Key.Key_Return)
        assert not work.bell.isVisible()
        assert work.view("campaigns").told == ["shown", 5]
        assert work.bell_button.count == 1
        await put_away(surroundings, work)

    run_qt(scenario())


def test_all_can_be_marked_as_seen(run_qt, show, surroundings, qtbot) -> None:
    async def scenario() -> None:
        _, work = make_work(surroundings, show)
        surroundings.notices.tell("channel:1", "Loja", "Parou.", "channels")
        work.bell.popup_beside(work.bell_button)
        qtbot.mouseClick(work.bell.settle_all, Qt.MouseButton.LeftButton)
        assert work.bell.lines() == []
        assert work.bell_button.count == 0
        work.bell.hide()
        await put_away(surroundings, work)

    run_qt(scenario())


class Sky(QSystemTrayIcon):
    """An icon that writes down what it was asked to show."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []

    def showMessage(self, title: str, *_: object) -> None:
        self.shown.append(title)


def make_tray(tmp_path, qtbot) -> tuple[Tray, Sky, Notices]:
    preferences = Preferences(tmp_path)
    window = Window(preferences)
    qtbot.addWidget(window)
    tray, notices = Tray(window, preferences), Notices()
    tray._icon = sky = Sky()
    tray.follow(notices)
    return tray, sky, notices


def test_dx_50_one_notification_stands_for_each_conversation(qtbot, tmp_path) -> None:
    _, sky, notices = make_tray(tmp_path, qtbot)

    notices.tell("conversation:1", "Ana", "Oi", "inbox", 1)
    notices.tell("conversation:1", "Ana", "Tudo bem?", "inbox", 1)
    notices.tell("conversation:2", "Bruno", "Oi", "inbox", 2)
    assert sky.shown == ["Ana", "Bruno"]

    notices.settle("conversation:1")
    notices.tell("conversation:1", "Ana", "Mais uma coisa", "inbox", 1)
    assert sky.shown == ["Ana", "Bruno", "Ana"]


def test_dx_50_nothing_is_told_of_what_somebody_looks_at(qtbot, tmp_path) -> None:
    _, sky, notices = make_tray(tmp_path, qtbot)

    notices.attended = "conversation:1"
    notices.tell("conversation:1", "Ana", "Oi", "inbox", 1)

    assert sky.shown == []
    assert notices.news == []


def test_dx_50_a_click_on_a_notification_opens_its_place(qtbot, tmp_path) -> None:
    tray, _, notices = make_tray(tmp_path, qtbot)
    opened: list[News] = []
    tray.opened.connect(opened.append)
    notices.tell("conversation:1", "Ana", "Oi", "inbox", 1)

    tray._on_message_clicked()

    assert [news.target for news in opened] == [1]


def test_dx_50_quiet_hours(tmp_path, qapp) -> None:
    preferences = Preferences(tmp_path)
    night, day = datetime(2025, 11, 21, 23, 30), datetime(2025, 11, 21, 14, 0)  # noqa: DTZ001 - a wall clock

    assert not is_silent(preferences, night)
    preferences.keep(SILENT_AT_NIGHT, True)
    assert is_silent(preferences, night)
    assert not is_silent(preferences, day)
    preferences.keep(SILENT, True)
    assert is_silent(preferences, day)


def test_without_a_tray_nothing_is_missing(qtbot, tmp_path) -> None:
    preferences = Preferences(tmp_path)
    window = Window(preferences)
    qtbot.addWidget(window)
    tray, notices = Tray(window, preferences), Notices()
    tray.begin()
    tray.follow(notices)

    tray.show_unread(3)
    notices.tell("conversation:1", "Ana", "Oi", "inbox", 1)

    assert tray.is_there is QSystemTrayIcon.isSystemTrayAvailable()
    assert len(notices.news) == 1


def test_the_icon_carries_the_count(qapp) -> None:
    plain, marked = app_picture(64).toImage(), app_picture(64, 7).toImage()

    assert plain.pixelColor(32, 8) == theme.color("accent")
    assert marked.pixelColor(58, 8) == theme.color("danger")
    assert count_text(100) == "99+"
