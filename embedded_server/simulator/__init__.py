"""Simulation mode: stand-ins for Meta and Twilio over real HTTP, with a record of what they truly accepted.

Beside them a WhatsApp for linked devices, with pretend phones (``linked_lane``), once somebody asks for it.

Nothing here touches the database or the engine's rooms: it is somebody else's network, in a process of its
own. The module ``fates`` holds the table of what a number's last four digits make happen.
"""

from __future__ import annotations

from embedded_server.simulator.app import create_app, serving
from embedded_server.simulator.behavior import Behavior
from embedded_server.simulator.config import SimulatorConfig

__all__ = ["Behavior", "SimulatorConfig", "create_app", "serving"]
