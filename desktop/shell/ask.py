"""Awaiting a dialog without a nested event loop, which would silently stop other work for ever (ux.md 2)."""

from __future__ import annotations

import asyncio

from PySide6.QtWidgets import QDialog


async def ask(dialog: QDialog) -> int:
    """Open it and wait; the dialog's result. Cancelling the wait closes the dialog."""
    answered: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def on_finished(result: int) -> None:
        if not answered.done():
            answered.set_result(result)

    dialog.finished.connect(on_finished)
    dialog.open()
    try:
        return await answered
    except asyncio.CancelledError:
        dialog.reject()
        raise
