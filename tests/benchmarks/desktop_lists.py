"""The inbox and the chat at 100,000 rows, in a fresh process: ``python -m tests.benchmarks.desktop_lists``.

Processor time of the window's own thread is what counts: the machine's other work does not paint. What it
measured is printed as one JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import psutil
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget

from desktop.inbox.chat_view import ChatView
from desktop.inbox.inbox_model import InboxModel
from desktop.inbox.list_view import ListView
from desktop.inbox.pictures import Pictures
from desktop.inbox.rows import Row, mark_of
from desktop.inbox.timeline_model import TimelineModel
from desktop.widgets import theme
from embedded_server.contract import labels, words
from embedded_server.contract.channels import ChannelKindName
from embedded_server.contract.conversations import (
    ConversationStateName,
    DirectionName,
    MessageOut,
    ReceiptName,
)
from tests.benchmarks import report

ROWS = 100_000
FRAMES = 600
#: As the chat asks the appliance: pages of an older or newer part of the conversation.
PAGE = 50
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
_SAID = (
    "Bom dia! Vocês têm o plano anual? Queria entender melhor como funciona o parcelamento.",
    "Temos sim 😊 R$ 899,00 à vista ou 12× de R$ 89,90.",
    "مرحبا، كم سعر هذا المنتج؟",
    "Perfeito, fechado então! 🎉",
    "Pode mandar o boleto?",
)


def row(n: int) -> Row:
    return Row(
        id=UUID(int=n + 1),
        name=f"Cliente {n}",
        preview=_SAID[n % len(_SAID)],
        at=NOW.timestamp() - n * 60,
        unread=n % 7 if n % 3 == 0 else 0,
        state=ConversationStateName.OPEN,
        assignee_id=None,
        channel=ChannelKindName.WHATSAPP if n % 2 else ChannelKindName.SMS,
        standing=labels.label(ReceiptName.READ) if n % 4 == 0 else None,
        tags=(mark_of("VIP", "#F59E0B"),) if n % 5 == 0 else (),
    )


def message(n: int) -> MessageOut:
    """Number ``n`` of a conversation of 100,000, the oldest first."""
    return MessageOut(
        id=UUID(int=n + 1),
        conversation_id=UUID(int=1),
        channel_id=UUID(int=2),
        direction=DirectionName.OUTBOUND if n % 3 == 0 else DirectionName.INBOUND,
        kind="text",
        text=_SAID[n % len(_SAID)] * (1 + n % 3),
        payload={},
        provider_message_id=None,
        reply_to=None,
        author_id=None,
        campaign_id=None,
        occurred_at=NOW - timedelta(minutes=ROWS - n),
        created_at=NOW - timedelta(minutes=ROWS - n),
        edited_at=None,
        revoked_at=None,
        waiting=False,
    )


def timed(work: Callable[[], object]) -> float:
    """Milliseconds of this thread's processor time."""
    began = time.thread_time()
    work()
    return (time.thread_time() - began) * 1000


def frames(step: Callable[[int], object], count: int = FRAMES) -> float:
    """The 99th percentile of a scroll step and everything it makes Qt do, painting included."""

    def frame(n: int) -> None:
        step(n)
        QApplication.processEvents()

    return report.percentile(sorted(timed(partial(frame, n)) for n in range(count)), 0.99)


def measure_inbox(window: QWidget, told: dict[str, float]) -> None:
    model = InboxModel(window)
    view = ListView(model)
    view.setFixedWidth(340)
    window.layout().addWidget(view)  # type: ignore[union-attr]
    rows = [row(n) for n in range(ROWS)]
    QApplication.processEvents()

    def first() -> None:
        model.replace_all(rows, has_more=False)
        view.viewport().repaint()

    told["inbox_first_ms"] = timed(first)
    bar = view.verticalScrollBar()
    told["inbox_scroll_ms"] = frames(lambda n: bar.setValue(bar.value() + 40))
    told["inbox_jump_ms"] = frames(lambda n: bar.setValue(n * 7919 * 61 % bar.maximum()), 200)
    bar.setValue(0)
    changes = {"insert": _new, "move": partial(_lifted, model), "update": partial(_read, model)}
    for name, change in changes.items():
        told[f"row_{name}_ms"] = max(timed(partial(_upsert, model, change(n))) for n in range(20))


def _upsert(model: InboxModel, changed: Row) -> None:
    model.upsert(changed)
    QApplication.processEvents()


def _new(n: int) -> Row:
    return replace(row(n), id=UUID(int=ROWS + n + 1), at=NOW.timestamp() + n)


def _lifted(model: InboxModel, n: int) -> Row:
    return replace(model.row_at(50_000 + n), at=NOW.timestamp() + 1000 + n)


def _read(model: InboxModel, n: int) -> Row:
    return replace(model.row_at(n), unread=9)


def measure_chat(window: QWidget, told: dict[str, float]) -> None:
    timeline = TimelineModel(window)
    view = ChatView(timeline, Pictures())
    window.layout().addWidget(view)  # type: ignore[union-attr]
    oldest = ROWS - 400
    timeline.fill([message(n) for n in range(oldest, ROWS)], has_older=True)
    QApplication.processEvents()
    told["chat_first_ms"] = timed(view.viewport().repaint)
    told["chat_scroll_ms"] = frames(lambda n: view.scroll_by(-40))
    pages = []
    for _ in range(20):
        page = [message(n) for n in range(oldest - PAGE, oldest)]
        oldest -= PAGE
        pages.append(timed(partial(timeline.prepend, page, has_older=True)))
        told["chat_scroll_ms"] = max(told["chat_scroll_ms"], frames(lambda n: view.scroll_by(-60), 60))
    told["chat_page_ms"] = max(pages)


def main() -> int:
    application = QApplication([])
    theme.install(application, theme.Mode.LIGHT)
    words.use("pt_BR")
    window = QWidget()
    QHBoxLayout(window)
    window.resize(1280, 800)
    window.show()
    application.processEvents()
    told: dict[str, float] = {}
    measure_inbox(window, told)
    measure_chat(window, told)
    told["memory_mb"] = psutil.Process().memory_info().rss / 2**20
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
