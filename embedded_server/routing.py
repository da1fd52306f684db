"""The route table: every endpoint declares who may use it, what it takes and what it gives."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Generic, Required, TypedDict, Unpack
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel
from typing_extensions import TypeVar

from engine.accounts import Permission, Principal
from engine.context import Engine
from engine.db.unit_of_work import UnitOfWork

Body = TypeVar("Body", default=None)
Query = TypeVar("Query", default=None)
Verb = Callable[["Call[Any, Any]"], Awaitable[object]]

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_PARAMETER = re.compile(r"\{(\w+)\}")


class Public(Enum):
    """The one way to let strangers in: said aloud, so that a review sees it."""

    ANYONE = "anyone"


class RouteRefused(TypeError):
    """A route was declared in a way that cannot be safe."""


class Declared(TypedDict, total=False):
    """What a route says of itself.

    ``transaction=False`` gives the handler ``call.engine`` instead of ``call.uow``, for network and streams.
    ``idempotent`` honors ``Idempotency-Key``; writes in a transaction do unless told otherwise. Say False
    where the answer holds a secret, because answers are kept.
    ``audits`` writes that action to the audit log in the same transaction.
    ``accepts`` names media types of a body the handler reads itself from ``call.request``.
    ``streams`` is the media type of an answer the handler writes itself.
    """

    permission: Required[Permission | Public]
    body: type[BaseModel]
    query: type[BaseModel]
    returns: type[BaseModel]
    status: int
    idempotent: bool
    transaction: bool
    audits: str
    accepts: tuple[str, ...]
    streams: str


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str
    verb: Verb
    permission: Permission | Public
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    returns: type[BaseModel] | None = None
    status: int = 200
    idempotent: bool = False
    transaction: bool = True
    audits: str | None = None
    accepts: tuple[str, ...] = ()
    streams: str | None = None

    @property
    def name(self) -> str:
        """``channels.create``: the module's noun and the verb."""
        return f"{self.verb.__module__.rpartition('.')[2]}.{self.verb.__name__}"

    @property
    def summary(self) -> str:
        return (inspect.getdoc(self.verb) or self.verb.__name__.replace("_", " ")).splitlines()[0]

    @property
    def parameters(self) -> list[str]:
        """Names in the path; each stands for one UUID."""
        return _PARAMETER.findall(self.path)

    @property
    def pattern(self) -> str:
        """The path as aiohttp matches it."""
        return _PARAMETER.sub(r"{\1:[0-9a-fA-F-]{36}}", self.path)


class RouteTable:
    """Collects the routes of one module; call it as a decorator.

    ::

        route = RouteTable()

        @route("POST", "/api/v1/tags", permission=Permission.CONTACTS_WRITE, body=TagIn, returns=TagOut)
        async def create(call: Call[TagIn]) -> Tag:
            return await contacts.create_tag(call.uow, name=call.body.name)
    """

    def __init__(self) -> None:
        self._routes: list[Route] = []

    def __call__(self, method: str, path: str, **declared: Unpack[Declared]) -> Callable[[Verb], Verb]:
        """Raises:
        RouteRefused: no permission is declared, or the declaration contradicts itself.
        """
        if not isinstance(declared.get("permission"), Permission | Public):
            raise RouteRefused(f"{method} {path} declares no permission")

        def register(verb: Verb) -> Verb:
            self._routes.append(_complete(Route(method, path, verb, **declared), declared))
            return verb

        return register

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes)


def _complete(route: Route, declared: Declared) -> Route:
    public = route.permission is Public.ANYONE
    transaction = route.transaction and not public
    idempotent = declared.get("idempotent", transaction and route.method in WRITES)
    if idempotent and not transaction:
        raise RouteRefused(f"{route.name}: an answer can only be kept by the transaction that made it true")
    if route.audits and not transaction:
        raise RouteRefused(f"{route.name}: the audit entry belongs in the transaction that made it true")
    if route.body and route.accepts:
        raise RouteRefused(f"{route.name} takes either a shape or raw bytes")
    return replace(route, transaction=transaction, idempotent=idempotent)


@dataclass(slots=True)
class Call(Generic[Body, Query]):
    """One request, authenticated and parsed."""

    request: web.Request = field(repr=False)
    engine: Engine
    body: Body = field(repr=False)
    query: Query
    ids: Mapping[str, UUID] = field(default_factory=dict)
    #: What the audit entry names; None means the id in the path, else the id of what is returned.
    subject: str | None = None
    #: Ids and names for the audit entry, never contents.
    details: dict[str, Any] = field(default_factory=dict)
    caller: Principal | None = None
    work: UnitOfWork | None = None

    @property
    def principal(self) -> Principal:
        """Raises:
        LookupError: the route is public, so there is nobody.
        """
        if self.caller is None:
            raise LookupError("A public route has no principal")
        return self.caller

    @property
    def uow(self) -> UnitOfWork:
        """Raises:
        LookupError: the route was declared without a transaction.
        """
        if self.work is None:
            raise LookupError("This route has no transaction")
        return self.work

    @property
    def id(self) -> UUID:
        """The ``{id}`` of the path."""
        return self.ids["id"]

    @property
    def remote(self) -> str:
        return self.request.remote or ""
