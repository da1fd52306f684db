"""What is written stands at once, arrives once, and says what became of it."""

from __future__ import annotations

import asyncio
import time

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog

from desktop.inbox.bubbles import Part, actions_of
from desktop.inbox.composer import Mode
from desktop.inbox.entries import Trouble
from desktop.inbox.message_menu import message_menu
from embedded_server.contract.conversations import DirectionName
from engine.inbox import MessageChanged
from tests.desktop.conftest import make_surroundings
from tests.desktop.inbox_desk import entries, last, open_view, said, there, write
from tests.fakes.inbound import one, rows
from tests.fakes.inbox_world import make_inbox, settle
from tests.fakes.losing_line import LosingLine
from tests.fakes.poll import until

SENT = "SELECT count(*) FROM message WHERE direction = 'outbound'"


def test_point_13_a_bubble_stands_within_50_ms_and_goes_on_under_its_id(
    run_qt, server, shop, surroundings, show
) -> None:
    (ana,) = server.run(make_inbox, server.engine, shop, "Ana")

    async def scenario() -> None:
        view = await open_view(surroundings, show, ana.conversation_id)
        began = time.thread_time()
        write(view, "Já vai 🎉")
        assert time.thread_time() - began < 0.05
        assert (last(view).text, last(view).standing.icon, last(view).id) == ("Já vai 🎉", "clock", None)
        key = last(view).key
        assert view.pane.composer.edit.toPlainText() == ""
        await until(lambda: last(view).id is not None)
        assert (last(view).key, said(view)) == (key, ["Oi", "Já vai 🎉"])
        await surroundings.session.close()

    run_qt(scenario())


def test_point_13_every_step_of_an_answer_is_shown_as_it_happens(
    run_qt, server, shop, surroundings, show
) -> None:
    (ana,) = server.run(make_inbox, server.engine, shop, "Ana")

    async def scenario() -> None:
        view = await open_view(surroundings, show, ana.conversation_id)
        write(view, "Olá")
        await until(lambda: last(view).id is not None)
        await there(server, settle, server.engine, shop, last(view).id, "accepted", "read")
        await there(server, tell_change, server.engine, shop, last(view))
        await until(lambda: last(view).standing.message == "Read")
        row = view.inbox.model.find(ana.conversation_id)
        await until(lambda: view.inbox.model.find(ana.conversation_id).standing.message == "Read")
        assert row.preview == "Olá"
        await surroundings.session.close()

    run_qt(scenario())


async def tell_change(engine, company_id, entry) -> None:
    """What the worker announces once the ledger has an outcome."""
    said = "SELECT conversation_id FROM message WHERE id = :id"
    async with engine.unit_of_work(company_id) as uow:
        conversation_id = await one(engine, company_id, said, id=entry.id)
        uow.announce(
            MessageChanged(
                company_id=company_id, conversation_id=conversation_id, message_id=entry.id, change="status"
            )
        )


def test_point_13_a_lost_answer_and_a_second_try_make_one_message(
    run_qt, server, shop, owner, tmp_path, show
) -> None:
    (ana,) = server.run(make_inbox, server.engine, shop, "Ana")

    async def scenario() -> None:
        async with LosingLine(server.url) as line:
            around = make_surroundings(line.url, owner, tmp_path / "desk")
            view = await open_view(around, show, ana.conversation_id, live=False)
            line.answers = 3
            write(view, "Uma vez só")
            await until(lambda: last(view).trouble is Trouble.UNSENT)
            assert (line.lost, await there(server, one, server.engine, shop, SENT)) == (3, 1)
            view.pane.deeds.act(Part.RETRY, last(view))
            await until(lambda: last(view).id is not None)
            assert await there(server, one, server.engine, shop, SENT) == 1
            assert said(view) == ["Oi", "Uma vez só"]
            await around.session.close()

    run_qt(scenario())


def test_point_13_a_lost_answer_is_found_by_itself_while_the_line_of_news_stands(
    run_qt, server, shop, owner, tmp_path, show
) -> None:
    (ana,) = server.run(make_inbox, server.engine, shop, "Ana")

    async def scenario() -> None:
        async with LosingLine(server.url) as line:
            around = make_surroundings(line.url, owner, tmp_path / "desk")
            around.session._live._base = server.url
            view = await open_view(around, show, ana.conversation_id)
            line.answers = 3
            write(view, "Uma vez só")
            await until(lambda: last(view).id is not None and line.lost == 3)
            await until(lambda: not around.preferences.names("letters"))
            assert (said(view), last(view).trouble) == (["Oi", "Uma vez só"], Trouble.NONE)
            await around.session.close()

    run_qt(scenario())


def test_point_13_what_was_not_taken_offers_try_again_and_delete(
    run_qt, server, shop, owner, tmp_path, show, qtbot
) -> None:
    (ana,) = server.run(make_inbox, server.engine, shop, "Ana")

    async def scenario() -> None:
        async with LosingLine(server.url) as line:
            around = make_surroundings(line.url, owner, tmp_path / "desk")
            view = await open_view(around, show, ana.conversation_id, live=False)
            line.is_cut = True
            write(view, "Um")
            write(view, "Dois")
            await until(lambda: [e.trouble for e in entries(view)[1:]] == [Trouble.UNSENT] * 2)
            assert [words for _, words in actions_of(last(view))] == ["Tentar de novo", "Apagar"]
            assert last(view).reason.startswith("O motor não responde")
            view.pane.deeds.act(Part.DELETE, last(view))
            line.is_cut = False
            view.pane.deeds.act(Part.RETRY, last(view))
            await until(lambda: last(view).id is not None)
            assert said(view) == ["Oi", "Um"]
            await around.session.close()

    run_qt(scenario())


def test_a_letter_survives_the_window_and_arrives_once(run_qt, server, shop, owner, tmp_path, show) -> None:
    (ana,) = server.run(make_inbox, server.engine, shop, "Ana")

    async def scenario() -> None:
        async with LosingLine(server.url) as line:
            around = make_surroundings(line.url, owner, tmp_path / "desk")
            view = await open_view(around, show, ana.conversation_id, live=False)
            line.answers = 3
            write(view, "Não me perca")
            await until(lambda: last(view).trouble is Trouble.UNSENT)
            view.close()
            around.preferences.save()
            await around.session.close()
        again = make_surroundings(server.url, owner, tmp_path / "desk")
        view = await open_view(again, show, ana.conversation_id)
        assert said(view) == ["Oi", "Não me perca"]
        await until(lambda: last(view).id is not None)
        assert again.preferences.names("letters") == []
        assert await there(server, one, server.engine, shop, SENT) == 1
        await again.session.close()

    run_qt(scenario())


def test_point_17_a_note_never_reaches_a_channel(run_qt, server, shop, surroundings, show, qtbot) -> None:
    (ana,) = server.run(make_inbox, server.engine, shop, "Ana")

    async def scenario() -> None:
        view = await open_view(surroundings, show, ana.conversation_id)
        composer = view.pane.composer
        composer.edit.setPlainText("resposta pela metade")
        view.pane.choose(Mode.NOTE)
        assert composer.edit.toPlainText() == ""
        assert "background" in composer.edit.styleSheet()
        composer.edit.setPlainText("Cliente antiga")
        qtbot.keyClick(composer.edit, Qt.Key.Key_Return)
        await until(lambda: last(view).id is not None)
        assert last(view).direction is DirectionName.NOTE
        view.pane.choose(Mode.ANSWER)
        assert composer.edit.toPlainText() == "resposta pela metade"
        kept = "SELECT direction, channel_id, due_at FROM message WHERE text = 'Cliente antiga'"
        assert [tuple(r) for r in await there(server, rows, server.engine, shop, kept)] == [
            ("note", None, None)
        ]
        await surroundings.session.close()

    run_qt(scenario())


def test_point_13_a_failed_answer_is_sent_again_only_when_confirmed_and_as_a_new_message(
    run_qt, server, shop, surroundings, show
) -> None:
    (ana,) = server.run(make_inbox, server.engine, shop, "Ana")

    async def scenario() -> None:
        view = await open_view(surroundings, show, ana.conversation_id)
        write(view, "Chegou?")
        await until(lambda: last(view).id is not None)
        told = {"code": "131026", "reason": "Message undeliverable"}
        await there(server, settle, server.engine, shop, last(view).id, "failed", **told)
        view.presenter.reload()
        await until(lambda: last(view).trouble is Trouble.FAILED)
        assert "131026" in last(view).reason
        view.pane.deeds.act(Part.RETRY, last(view))
        dialog = view.findChild(QDialog)
        await asyncio.sleep(0.05)
        assert await there(server, one, server.engine, shop, SENT) == 1
        dialog.accept()
        await until(lambda: len(entries(view)) == 3 and last(view).id is not None)
        assert said(view) == ["Oi", "Chegou?", "Chegou?"]
        await surroundings.session.close()

    run_qt(scenario())


def test_an_answer_in_doubt_explains_itself_and_is_never_sent_again(
    run_qt, server, shop, surroundings, show
) -> None:
    (ana,) = server.run(make_inbox, server.engine, shop, "Ana")

    async def scenario() -> None:
        view = await open_view(surroundings, show, ana.conversation_id)
        write(view, "Chegou?")
        await until(lambda: last(view).id is not None)
        await there(server, settle, server.engine, shop, last(view).id, "uncertain")
        view.presenter.reload()
        await until(lambda: last(view).trouble is Trouble.UNCERTAIN)
        assert last(view).standing.message == "Unconfirmed"
        assert "pode ter chegado ou não" in last(view).reason
        assert actions_of(last(view)) == []
        menu = message_menu(last(view), view.pane.deeds._deeds(), may_reply=True)
        assert [action.text().split("\t")[0] for action in menu.actions()] == ["Copiar"]
        view.pane.deeds.act(Part.RETRY, last(view))
        await asyncio.sleep(0.05)
        assert await there(server, one, server.engine, shop, SENT) == 1
        await surroundings.session.close()

    run_qt(scenario())
