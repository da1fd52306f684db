"""One desktop for each user and folder: a second start shows the first one's window and ends."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

logger = logging.getLogger(__name__)

#: Milliseconds; the other one is on this machine.
_PATIENCE = 500


class SingleInstance(QObject):
    """``raised`` follows every further start."""

    raised = Signal()

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        mark = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
        self._name = f"master-ia-{mark}"
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_start)

    def claim(self) -> bool:
        """Be the one; False when another is, which was then asked to show itself."""
        if self._wake():
            return False
        if self._server.listen(self._name):
            return True
        # What a killed desktop left behind: nobody answered there.
        QLocalServer.removeServer(self._name)
        if not self._server.listen(self._name):
            logger.warning("Further starts will not find this window: %s", self._server.errorString())
        return True

    def release(self) -> None:
        self._server.close()

    def _wake(self) -> bool:
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(_PATIENCE):
            return False
        socket.disconnectFromServer()
        return True

    def _on_start(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.disconnected.connect(socket.deleteLater)
            socket.abort()
        self.raised.emit()
