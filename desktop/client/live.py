"""The live connection: every committed fact of the company, in order, resumed after any gap."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

import socketio
from pydantic import ValidationError

from embedded_server.contract.live import FRAME, PATH, WELCOME, Frame, LiveEvent, Welcome

logger = logging.getLogger(__name__)

#: Seconds between two tries; the last one is repeated.
BACK_OFF = (0.5, 1, 2, 4, 8, 15)
#: Seconds a connection that ends is given to say so.
_FAREWELL = 2.0
#: What the appliance says to a token it does not know any more.
_ENDED = "session_ended"


def _nothing(*_: object) -> None:
    """What happens until somebody listens."""


class Live:
    """Connects, and comes again whenever the line breaks, from the last number it saw.

    ``on_events`` gets what happened; ``on_resync`` says that something was missed and everything shown has to
    be loaded again; ``on_online`` says whether the line stands; ``on_signed_out`` that the token is not known
    any more, after which nothing comes.
    """

    def __init__(self, base: str, token: str) -> None:
        self._base, self._token = base, token
        self._seq: int | None = None
        self._is_over = self._is_closed = False
        self._task: asyncio.Task[None] | None = None
        self.on_events: Callable[[Sequence[LiveEvent]], None] = _nothing
        self.on_resync: Callable[[], None] = _nothing
        self.on_online: Callable[[bool], None] = _nothing
        self.on_signed_out: Callable[[], None] = _nothing

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._keep(), name="live")

    async def close(self) -> None:
        self._is_closed = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _keep(self) -> None:
        tries = 0
        while not self._is_over:
            client = socketio.AsyncClient(reconnection=False, logger=False, engineio_logger=False)
            client.on(WELCOME, self._welcome)
            client.on(FRAME, self._frame)
            client.on("connect_error", self._refused)
            gone = asyncio.Event()
            client.on("disconnect", lambda *_, gone=gone: gone.set())
            try:
                await client.connect(
                    self._base,
                    socketio_path=PATH,
                    auth={"token": self._token, "seq": self._seq},
                    transports=["websocket"],
                    wait_timeout=10,
                )
                if self._is_closed:
                    # The library's last wait ended in the moment we were cancelled, and swallowed it.
                    return
                tries = 0
                self.on_online(True)
                # Not the client's own wait: it hands a cancellation on to its reader, which may swallow it.
                await gone.wait()
            except (socketio.exceptions.ConnectionError, OSError) as error:
                logger.debug("No live connection: %s", error)
            except Exception:
                # Whatever it was, a window that hears nothing more for ever would be worse.
                logger.exception("The live connection failed and is made anew")
            finally:
                await _let_go(client)
            self.on_online(False)
            await asyncio.sleep(BACK_OFF[min(tries, len(BACK_OFF) - 1)])
            tries += 1
        self.on_signed_out()

    async def _refused(self, reason: object) -> None:
        self._is_over = isinstance(reason, dict) and reason.get("message") == _ENDED

    async def _welcome(self, raw: object) -> None:
        try:
            welcome = Welcome.model_validate(raw)
        except ValidationError:
            logger.warning("The appliance welcomes in a way this desktop does not understand")
            return
        if welcome.resync or self._seq is None:
            self._seq = welcome.seq
        if welcome.resync:
            self.on_resync()

    async def _frame(self, raw: object) -> None:
        try:
            events = Frame.model_validate(raw).events
        except ValidationError:
            logger.warning("A frame of live events was not understood; everything is loaded again")
            self.on_resync()
            return
        fresh = [event for event in events if self._seq is None or event.seq > self._seq]
        if fresh:
            self._seq = fresh[-1].seq
            self.on_events(fresh)


async def _let_go(client: socketio.AsyncClient) -> None:
    """Also when we are being cancelled: an open socket would outlive the window.

    A farewell is polite, not needed: the library may wait for half a minute for an answer to it.
    """
    try:
        async with asyncio.timeout(_FAREWELL):
            await client.disconnect()
    except Exception:
        logger.debug("The live connection did not close cleanly", exc_info=True)
    finally:
        if client.eio.http is not None and not client.eio.http.closed:
            await client.eio.http.close()
