"""The ports of this appliance: those asked for, or free ones where 0 was asked."""

from __future__ import annotations

import socket

from engine.errors import EngineError, Kind
from engine.settings import Settings

FIELDS = ("private_port", "public_port", "simulator_port")
_HOSTS = {"private_port": "private_host", "public_port": "public_host"}


class PortTaken(EngineError):
    """Another program uses a port Master IA needs."""

    kind = Kind.UNAVAILABLE


def settle(settings: Settings) -> Settings:
    """The same settings with every port concrete and free.

    Raises:
        PortTaken: a fixed port is in use; the message names it and the setting.
    """
    chosen: dict[str, int] = {}
    for field in wanted(settings):
        host, port = host_of(settings, field), int(getattr(settings, field))
        if port and not is_free(host, port):
            raise PortTaken(
                f"Port {port} is in use by another program. Set MASTERIA_{field.upper()} to a free one."
            )
        while not port or port in chosen.values():
            port = _free(host)
        chosen[field] = port
    return settings.model_copy(update=chosen)


def wanted(settings: Settings) -> list[str]:
    """The ports that matter: the simulator's only when it runs."""
    return [field for field in FIELDS if field != "simulator_port" or settings.simulator]


def host_of(settings: Settings, field: str) -> str:
    return str(getattr(settings, _HOSTS[field])) if field in _HOSTS else "127.0.0.1"


def is_free(host: str, port: int) -> bool:
    try:
        _listen(host, port).close()
    except OSError:
        return False
    return True


def _free(host: str) -> int:
    with _listen(host, 0) as listener:
        return int(listener.getsockname()[1])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)
