"""Every failure as RFC 9457 problem details, with a stable code and none of our insides."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from http import HTTPStatus

from aiohttp import web
from sqlalchemy.exc import InterfaceError, OperationalError

from embedded_server.contract.base import FieldError, Problem
from embedded_server.wire import InvalidRequest
from engine.errors import EngineError, Kind
from engine.ids import new_id

logger = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

CONTENT_TYPE = "application/problem+json"

STATUS = {
    Kind.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    Kind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Kind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Kind.CONFLICT: HTTPStatus.CONFLICT,
    Kind.INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    Kind.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Kind.UNSUPPORTED: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Kind.LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    Kind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    instance: str | None = None,
    errors: list[FieldError] | None = None,
) -> web.Response:
    body = Problem(
        type=f"urn:master-ia:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        instance=instance,
        errors=errors,
    )
    raw = body.model_dump_json(exclude_none=True).encode()
    return web.Response(status=status, body=raw, content_type=CONTENT_TYPE)


def problem_of(error: EngineError) -> web.Response:
    """The answer to something the engine refused to do."""
    errors = error.errors if isinstance(error, InvalidRequest) and error.errors else None
    response = problem(STATUS[error.kind], error.code, str(error), errors=errors)
    if error.kind is Kind.UNAUTHENTICATED:
        response.headers["WWW-Authenticate"] = "Bearer"
    wait = getattr(error, "retry_after", None)
    if isinstance(wait, timedelta):
        response.headers["Retry-After"] = str(max(1, round(wait.total_seconds())))
    return response


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except EngineError as error:
        return problem_of(error)
    except web.HTTPException as error:
        return _of_http(error)
    except (OperationalError, InterfaceError) as error:
        what = type(error.orig).__name__
        logger.warning("%s %s got no answer from the database (%s)", request.method, _template(request), what)
        return problem(503, "database_unavailable", "The database does not answer. Try again in a moment.")
    except Exception:
        # The client learns nothing about our insides; the log learns everything, under the same id.
        instance = f"urn:uuid:{new_id()}"
        logger.exception("%s %s failed (%s)", request.method, _template(request), instance)
        detail = "Something went wrong. The log has the details."
        return problem(500, "internal_error", detail, instance=instance)


def _of_http(error: web.HTTPException) -> web.StreamResponse:
    """Refusals of aiohttp itself: no such route, method, too large."""
    if error.status < HTTPStatus.BAD_REQUEST:
        raise error
    status = HTTPStatus(error.status)
    code = status.phrase.lower().replace(" ", "_").replace("-", "_")
    response = problem(status, code, f"{status.description or status.phrase}.")
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response


def _template(request: web.Request) -> str:
    """The route, not the path, which may hold what should not be logged."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "(no route)"
