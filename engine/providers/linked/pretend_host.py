"""The host of a pretended number: ``python -m engine.providers.linked.pretend_host PORT ROOT``.

It is the real host with the real library, in whose memory the simulator stands for WhatsApp; why nobody real
comes here is told in :mod:`engine.providers.linked.pretend`.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import time

from engine.providers.linked import host
from engine.providers.linked.pretend import THIS_MACHINE, believe

_LOOK_SECONDS = 5.0
#: Looks in vain after which the simulator counts as gone.
_PATIENCE = 2


def main() -> None:
    port, root = int(sys.argv[1]), bytes.fromhex(sys.argv[2])
    believe(root)
    threading.Thread(target=_end_with, args=(port,), daemon=True).start()
    # What is left are the host's own arguments.
    del sys.argv[1:3]
    host.main()


def _end_with(port: int) -> None:
    """A simulator that is gone comes back with other ports and keys: only a new host is told of them."""
    missed = 0
    while missed < _PATIENCE:
        time.sleep(_LOOK_SECONDS)
        try:
            socket.create_connection((THIS_MACHINE, port), _LOOK_SECONDS).close()
            missed = 0
        except OSError:
            missed += 1
    os._exit(host.FAILED)


if __name__ == "__main__":
    main()
