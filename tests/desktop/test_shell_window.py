"""The window: its rail, its pages, its memory, and what lies over the screens."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest

from desktop.shell.notices import Tone
from desktop.shell.preferences import THEME
from desktop.shell.window import SMALLEST, Window
from desktop.widgets.theme import Mode, theme
from tests.desktop.shell_kit import make_work, put_away
from tests.fakes.on_screen import in_use
from tests.fakes.poll import until


def test_a_click_on_the_rail_leads_to_a_screen_and_tells_both(run_qt, show, surroundings, qtbot) -> None:
    async def scenario() -> None:
        window, work = make_work(surroundings, show)
        inbox = work.view("inbox")
        qtbot.mouseClick(work.rail.buttons()[1], Qt.MouseButton.LeftButton)
        assert work.current == "contacts"
        assert inbox.told == ["shown", "hidden"]
        assert work.view("contacts").told == ["shown"]
        assert window.windowTitle() == "Sala contacts — Master IA"
        await put_away(surroundings, work)

    run_qt(scenario())


def test_one_screen_leads_to_another_with_a_target(run_qt, show, surroundings) -> None:
    async def scenario() -> None:
        _, work = make_work(surroundings, show)
        surroundings.navigator.go("campaigns", 7)
        assert work.view("campaigns").told == ["shown", 7]
        assert work.rail.buttons()[2].isChecked()
        await put_away(surroundings, work)

    run_qt(scenario())


def test_the_screen_and_the_place_of_the_window_are_remembered(run_qt, show, surroundings) -> None:
    async def scenario() -> None:
        window, work = make_work(surroundings, show)
        surroundings.navigator.go("channels")
        window.resize(800, 600)
        window.remember()
        _, again = make_work(surroundings, show)
        assert again.current == "channels"
        assert Window(surroundings.preferences).size() == QSize(800, 600)
        work.leave()
        await put_away(surroundings, again)

    run_qt(scenario())


def test_keys_lead_to_screens_from_anywhere(run_qt, show, surroundings) -> None:
    async def scenario() -> None:
        window, work = make_work(surroundings, show)
        await in_use(window)
        QTest.keyClick(work.view("inbox").field, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
        assert work.current == "campaigns"
        await put_away(surroundings, work)

    run_qt(scenario())


def test_a_screen_the_role_may_not_use_is_not_in_the_rail(run_qt, show, surroundings) -> None:
    async def scenario() -> None:
        session = surroundings.session
        left = [one for one in session.me.permissions if one != "contacts.read"]
        session.me = session.me.model_copy(update={"permissions": left})
        _, work = make_work(surroundings, show)
        assert "Sala contacts" not in [button.accessibleName() for button in work.rail.buttons()]
        surroundings.navigator.go("contacts")
        assert work.current == "inbox"
        assert len(work.toasts.cards) == 1
        await put_away(surroundings, work)

    run_qt(scenario())


def test_cr_21_offline_is_said_within_a_second_and_gone_on_return(run_qt, show, surroundings, server) -> None:
    async def scenario() -> None:
        _, work = make_work(surroundings, show)
        surroundings.session.listen()
        await until(lambda: surroundings.session.is_online)
        await until(lambda: bool(surroundings.session._live._seq is not None))
        assert work.banner.isHidden()
        await asyncio.to_thread(server.go_away)
        await until(work.banner.isVisible, seconds=1)
        surroundings.session._on_online(True)
        assert work.banner.isHidden()
        await put_away(surroundings, work)

    run_qt(scenario())


def test_what_was_done_is_taken_back_by_its_toast(run_qt, show, surroundings, qtbot) -> None:
    async def scenario() -> None:
        _, work = make_work(surroundings, show)
        undone = []
        surroundings.notices.toast("Apagado", Tone.GOOD, lambda: undone.append(1))
        qtbot.mouseClick(work.toasts.cards[0].undo_button, Qt.MouseButton.LeftButton)
        assert undone == [1]
        assert work.toasts.cards == []
        surroundings.notices.toast("Apagado", Tone.GOOD, lambda: undone.append(2))
        assert surroundings.commands.run("undo")
        assert undone == [1, 2]
        await put_away(surroundings, work)

    run_qt(scenario())


def test_two_toasts_have_room_for_two(run_qt, show, surroundings) -> None:
    async def scenario() -> None:
        _, work = make_work(surroundings, show)
        for n in range(2):
            surroundings.notices.toast(f"Conversa {n} resolvida", Tone.GOOD, lambda: None)
            await asyncio.sleep(0.05)
        first, second = work.toasts.cards
        assert min(first.height(), second.height()) >= first.sizeHint().height()
        assert first.geometry().bottom() < second.geometry().top()
        await put_away(surroundings, work)

    run_qt(scenario())


def test_escape_closes_the_newest_toast(run_qt, show, surroundings) -> None:
    async def scenario() -> None:
        _, work = make_work(surroundings, show)
        surroundings.notices.bad("Não deu")
        QTest.keyClick(work.view("inbox"), Qt.Key.Key_Escape)
        assert work.toasts.cards == []
        await put_away(surroundings, work)

    run_qt(scenario())


def test_dx_48_the_theme_changes_at_once_and_is_remembered(run_qt, show, surroundings) -> None:
    async def scenario() -> None:
        window, work = make_work(surroundings, show)
        before = window.grab().toImage().pixelColor(500, 400)
        assert surroundings.commands.run("theme.dark")
        assert window.grab().toImage().pixelColor(500, 400).lightness() < before.lightness()
        assert surroundings.preferences.text(THEME) == "dark"
        theme.use(Mode.LIGHT)
        await put_away(surroundings, work)

    run_qt(scenario())


def test_it_fits_on_a_small_screen(run_qt, show, surroundings) -> None:
    async def scenario() -> None:
        window, work = make_work(surroundings, show)
        window.resize(1024, 640)
        assert window.size() == QSize(1024, 640)
        lowest = work.account_button.mapTo(window, work.account_button.rect().bottomLeft())
        assert lowest.y() < 640
        window.resize(SMALLEST)
        assert not [one for one in work.rail.buttons() if one.visibleRegion().boundingRect() != one.rect()]
        await put_away(surroundings, work)

    run_qt(scenario())


def test_who_left_leaves_no_keys_behind(run_qt, show, surroundings) -> None:
    async def scenario() -> None:
        window, work = make_work(surroundings, show)
        assert window.actions()
        work.leave()
        assert window.actions() == []
        await put_away(surroundings, work)

    run_qt(scenario())
