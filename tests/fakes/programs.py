"""Tiny programs in the places of server, worker and simulator, for tests of their supervisor."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from engine.appliance.child import Program

SERVER = """
import http.server, os
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(os.environ["MASTERIA_PRIVATE_PORT"])), Answer).serve_forever()
"""

WORKER = """
import os, pathlib, signal, sys, time
place = pathlib.Path(os.environ["MASTERIA_DATA_DIR"])
def drain(*_):
    (place / "drained").touch(); sys.exit(0)
signal.signal(signal.SIGINT, drain)
with (place / "starts").open("a") as file: file.write("started\\n")
time.sleep(600)
"""

CRASHES = "import sys; print('I cannot go on', flush=True); sys.exit(3)"

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("here", flush=True)
time.sleep(600)
"""

ENDLESS = "import time; time.sleep(600)"


def program(name: str, code: str, *, grace: float = 5.0, stop: signal.Signals = signal.SIGTERM) -> Program:
    return Program(name, (sys.executable, "-I", "-S", "-c", code), stop, grace)


def starts(place: Path) -> int:
    """How often the worker of this data folder has started."""
    file = place / "starts"
    return len(file.read_text().splitlines()) if file.exists() else 0
