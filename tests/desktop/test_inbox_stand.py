"""Where the reader stands in a timeline: nothing that is added around them moves what they read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from PySide6.QtGui import QImage

from desktop.inbox.bubbles import MOST, Bubbles
from desktop.inbox.chat_view import ChatView
from desktop.inbox.entries import Team
from desktop.inbox.letters import Letter
from desktop.inbox.pictures import HIGHEST, WIDEST, Pictures, place_size
from desktop.inbox.timeline_items import ItemKind
from desktop.inbox.timeline_model import MOST as WINDOW
from desktop.inbox.timeline_model import TimelineModel
from embedded_server.contract.conversations import DirectionName, MediaOut, TextIn
from tests.fakes.chats import CHAT, NOON, message, messages

LONG = "Uma mensagem que é longa o bastante para ocupar mais de uma linha da conversa, com sobra. " * 2


@pytest.fixture
def model(qapp) -> TimelineModel:
    return TimelineModel()


@pytest.fixture
def chat(model, show) -> ChatView:
    made = show(ChatView(model, Pictures()), 640, 480)
    model.fill(messages(200, 260, LONG), has_older=True)
    return made


def tops(chat: ChatView) -> dict[str, float]:
    """Where each bubble's text stands, in pixels below the upper edge."""
    shown = [spot for spot in chat.stand.spots if spot.bubble.entry]
    return {s.bubble.item.key: s.top + s.bubble.box.top() + s.bubble.text_at.y() for s in shown}


def moved(before: dict[str, float], after: dict[str, float]) -> list[float]:
    """How far what was in view before and after has moved."""
    both = before.keys() & after.keys()
    assert both
    return [round(abs(before[key] - after[key]), 6) for key in both]


@pytest.mark.parametrize("times", [1, 2])
def test_a_flick_far_beyond_the_first_message_ends_at_it(chat, times) -> None:
    for _ in range(times):
        chat.scroll_by(-100_000)

    assert (chat.stand.spots[0].index, chat.at_end) == (0, False)
    chat.scroll_by(100_000)
    assert chat.at_end


def test_point_20_an_older_page_moves_what_is_read_by_nothing(chat, model) -> None:
    chat.scroll_by(-100_000)
    chat.scroll_by(30)
    before = tops(chat)

    model.prepend(messages(140, 200, LONG), has_older=True)

    assert max(moved(before, tops(chat))) == 0
    assert len(model) == 120


def test_point_20_nor_when_it_joins_the_first_group_and_its_day(chat, model) -> None:
    """Then the day's chip goes from above the first bubble, and the name over it too."""
    chat.scroll_by(-100_000)
    before = tops(chat)

    model.prepend(messages(190, 200, LONG), has_older=False)

    assert max(moved(before, tops(chat))) == 0


def test_point_20_a_new_message_moves_a_reader_further_up_by_nothing(chat, model) -> None:
    chat.scroll_by(-900)
    before = tops(chat)

    model.merge([message(260, LONG), message(261, LONG)])
    model.add_letter(letter("um"))

    assert max(moved(before, tops(chat))) == 0
    assert not chat.at_end


def test_point_20_a_late_picture_moves_nothing(model, show) -> None:
    pictures = Pictures()
    chat = show(ChatView(model, pictures), 640, 480)
    photo = message(5, kind="image", files=[picture(width=800, height=600)])
    model.fill([*reversed([message(n) for n in range(5)]), photo, *messages(6, 12)])
    chat.scroll_by(-40)
    before = tops(chat)

    pictures.put(photo.files[0].id, QImage(800, 600, QImage.Format.Format_RGB32))

    assert max(moved(before, tops(chat))) == 0


def picture(**fields) -> MediaOut:
    told = {"mime": "image/png", "file_name": None, "size": 10, "state": "stored", "error": None}
    return MediaOut(id=CHAT, **told, **fields)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((800, 600), (280, 210)), ((600, 1200), (160, 320)), ((120, 90), (120, 90)), ((None, None), (280, 210))],
)
def test_point_22_a_placeholder_has_the_ratio_of_its_picture(size, expected) -> None:
    place = place_size(picture(width=size[0], height=size[1]))

    assert (place.width(), place.height()) == expected
    assert place.width() <= WIDEST
    assert place.height() <= HIGHEST


def test_at_the_end_a_new_message_is_seen(chat, model) -> None:
    model.merge([message(260, "Oi")])

    assert chat.at_end
    assert chat.stand.spots[-1].bubble.entry.text == "Oi"


def test_the_window_holds_400_messages_and_the_rest_can_be_had_again(chat, model) -> None:
    for first in range(140, -300, -60):
        model.prepend(messages(first, first + 60, LONG), has_older=True)
    assert len(model) == WINDOW
    assert model.has_newer
    assert not chat.at_end

    newest = model.newest_id
    later = [one for one in messages(-300, 260, LONG) if one.id > newest][-60:]
    model.append(later, has_newer=True)
    assert len(model) == WINDOW
    assert model.newest_id == later[0].id


def test_no_more_than_600_bubbles_are_kept_laid_out(qapp, model) -> None:
    bubbles = Bubbles()
    for first in range(0, 900, 300):
        model.fill(messages(first, first + 300))
        for item in model.items:
            bubbles.lay(item, 640)

    assert len(bubbles) == MOST


def test_the_scroll_bar_leads_everywhere_and_back(chat) -> None:
    bar = chat.verticalScrollBar()
    bar.setValue(0)
    assert chat.stand.spots[0].index == 0
    bar.setValue(bar.maximum() // 2)
    assert abs(chat.stand.spots[0].index - chat.stand.count // 2) <= 1
    bar.setValue(bar.maximum())
    assert chat.at_end


def test_another_width_keeps_the_reader_where_they_are(chat) -> None:
    chat.scroll_by(-900)
    first = next(s.bubble.item.key for s in chat.stand.spots if s.bubble.entry)

    chat.resize(420, 480)

    assert first in tops(chat)


def test_point_19_days_new_messages_and_groups(qapp, model) -> None:
    eve = NOON - timedelta(days=1)
    told = [
        message(0, at=eve),
        message(2, at=NOON),
        message(4, at=NOON + timedelta(minutes=4)),
        message(6, at=NOON + timedelta(minutes=10)),
        message(7, at=NOON + timedelta(minutes=11)),
    ]
    model.fill(told, unread=2)

    kinds = [item.kind for item in model.items]
    day, new, bubble = ItemKind.DAY, ItemKind.NEW, ItemKind.BUBBLE
    assert kinds == [day, bubble, day, bubble, new, bubble, bubble, bubble]
    assert [item.goes_on for item in model.items if item.entry] == [False, False, False, False, False]
    model.fill(told)
    assert [item.goes_on for item in model.items if item.entry] == [False, False, True, False, False]


def test_point_19_the_chat_opens_where_the_new_messages_begin(chat, model) -> None:
    model.fill(messages(0, 60, LONG), unread=15)

    assert chat.stand.find("new") is not None
    assert not chat.at_end


def test_point_19_the_button_to_the_end_counts_what_came(chat, model, qtbot) -> None:
    chat.scroll_by(-900)
    assert chat.jump.isVisible()
    model.merge([message(260), message(262), message(261)])
    assert chat.jump.count == 2

    chat.jump.click()
    assert chat.at_end
    assert not chat.jump.isVisible()


def test_who_speaks_stands_over_the_first_bubble_of_a_group(qapp, model) -> None:
    me, marcos = CHAT, message(1).id
    note = {"direction": DirectionName.NOTE}
    model.show_team(Team(me, {marcos: "Marcos"}))
    model.fill([message(1, author_id=marcos), message(3, author_id=me), message(4, author_id=marcos, **note)])

    assert [item.words for item in model.items if item.entry] == ["Marcos", "", "Nota interna · Marcos"]


def letter(client_id: str) -> Letter:
    content = TextIn(type="text", body="Já vai")
    told = {"client_id": client_id, "conversation_id": CHAT, "direction": DirectionName.OUTBOUND}
    return Letter(**told, at=NOON, author_id=CHAT, channel_id=CHAT, content=content)


def test_a_letter_becomes_the_message_the_appliance_made_of_it(chat, model) -> None:
    model.add_letter(letter("um"))
    assert chat.at_end
    taken = message(261, "Já vai", payload={"client_id": "um"})

    model.merge([taken])
    model.settle_letter("um", taken)

    assert [item.key for item in model.items if item.entry and item.entry.text == "Já vai"] == ["um"]
    assert model.items[-1].entry.id == taken.id
