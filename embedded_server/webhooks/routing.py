"""The public listener's route table: what is not in it does not exist."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from embedded_server.webhooks.http import HookRequest, HookResponse

Handler = Callable[[HookRequest], Awaitable[HookResponse]]

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Route:
    """``template`` may end in ``/{id}``, which stands for one UUID. Without ``accepts`` there is no body."""

    method: str
    template: str
    handler: Handler
    #: Media types a body may have, exactly.
    accepts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Match:
    route: Route
    parameter: str | None


class Routes:
    """Finds the route of a request, or says 404 or 405."""

    def __init__(self, *routes: Route) -> None:
        self._exact: dict[str, dict[str, Match]] = {}
        self._under: dict[str, dict[str, Route]] = {}
        for route in routes:
            if route.template.endswith("/{id}"):
                self._under.setdefault(route.template.removesuffix("{id}"), {})[route.method] = route
            else:
                self._exact.setdefault(route.template, {})[route.method] = Match(route, None)

    def find(self, method: str, path: str) -> Match | HookResponse:
        """The match, or the refusal to send."""
        exact = self._exact.get(path)
        if exact is not None:
            return exact.get(method) or _not_allowed(exact)
        folder, _, last = path.rpartition("/")
        under = self._under.get(f"{folder}/")
        if under is None or not _is_uuid(last):
            return NOT_FOUND
        route = under.get(method)
        return Match(route, last) if route else _not_allowed(under)


NOT_FOUND = HookResponse(404)


def _not_allowed(methods: dict[str, Match] | dict[str, Route]) -> HookResponse:
    return HookResponse(405, extra=f"Allow: {', '.join(sorted(methods))}\r\n")


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
