"""What all shapes share: strict input, plain output, pages and problems."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Item = TypeVar("Item")

#: One line of text a person typed.
Line = Annotated[str, Field(min_length=1, max_length=200)]


#: An address to sign in with; only its rough form is checked, the rest is the mail server's business.
Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]


class Input(BaseModel):
    """Something a client sends. Unknown fields are refused, so that a typing error is noticed."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Output(BaseModel):
    """Something a client gets; made from a row or a dataclass by the names of its fields."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class Created(Output):
    """The id of something new."""

    id: UUID


class PageQuery(Input):
    """Which part of a list. ``after`` is the ``next`` of the page before it, never made by a client."""

    limit: int = Field(50, ge=1, le=200)
    after: str | None = Field(None, max_length=500)


class Page(Output, Generic[Item]):
    """Part of a list; ``next`` is None on the last page."""

    items: list[Item]
    next: str | None = None


class FieldError(Output):
    """One thing wrong with a request: where, a stable code, and a sentence."""

    field: str
    code: str
    message: str


class Problem(Output):
    """RFC 9457 problem details. ``code`` is stable; ``detail`` is for people and may change."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str | None = None
    errors: list[FieldError] | None = None
