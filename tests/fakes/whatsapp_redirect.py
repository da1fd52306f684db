"""Runs a module whose WhatsApp library takes the stand-in for WhatsApp; Linux only.

``python -m tests.fakes.whatsapp_redirect MODULE ARGUMENTS…`` in the environment that
``WhatsAppServer.environment`` gives. The product does the same for pretend phones: see
:mod:`engine.providers.linked.pretend`.
"""

from __future__ import annotations

import importlib
import os
import runpy
import sys

from engine.providers.linked.pretend import believe

#: Of the library it needs everything; a host loads what it needs itself.
_WHOLE_LIBRARY = "tests.fakes.whatsapp_client_child"

if __name__ == "__main__":
    if sys.argv[1] == _WHOLE_LIBRARY:
        importlib.import_module("neonize")
    believe(bytes.fromhex(os.environ["WHATSAPP_ROOT"]))
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
