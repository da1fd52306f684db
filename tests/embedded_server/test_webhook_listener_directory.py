"""What the public listener knows about channels, and what it says when it cannot know."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from embedded_server.webhooks.acceptance import Acceptance
from embedded_server.webhooks.directory import Book, Directory, DirectoryUnavailable
from embedded_server.webhooks.http import HookRequest
from embedded_server.webhooks.meta import MetaHook
from engine.intake import Source
from tests.fakes.floods import until
from tests.fakes.webhooks import FakeEndpoint, Shelf, meta_body, meta_header, status

OURS = FakeEndpoint(Source.META, "1001", "waba", "secret-a", "token-a")
BODY = meta_body("1001", statuses=[status("wamid.1")])


class Channels:
    """Channels that can be out of reach."""

    def __init__(self, *endpoints: FakeEndpoint) -> None:
        self.endpoints = list(endpoints)
        self.is_down = False
        self.loads = 0

    async def load(self) -> Sequence[FakeEndpoint]:
        self.loads += 1
        if self.is_down:
            raise ConnectionError("no database")
        return list(self.endpoints)


def post(secret: str = "secret-a") -> HookRequest:
    name, _, value = meta_header(BODY, secret).partition(": ")
    return HookRequest("POST", "/hooks/meta", "", {name.lower(): value}, frozenset(), BODY, "127.0.0.1")


async def answer(directory: Directory, request: HookRequest) -> int:
    return (await MetaHook(directory, Acceptance(directory, Shelf().store)).receive(request)).status


async def test_without_channels_ever_read_the_sender_is_told_to_come_back() -> None:
    source = Channels(OURS)
    source.is_down = True
    directory = Directory(source.load, at_most_every=0.0)

    assert await answer(directory, post()) == 503

    source.is_down = False
    assert await answer(directory, post()) == 200


async def test_a_known_channel_is_served_while_channels_cannot_be_read() -> None:
    source = Channels(OURS)
    directory = Directory(source.load, at_most_every=0.0)
    await directory.reload()
    source.is_down = True

    assert await answer(directory, post()) == 200
    assert await answer(directory, post("secret-b")) == 503
    with pytest.raises(DirectoryUnavailable):
        await directory.reload()


async def test_strangers_cannot_make_it_read_the_channels_all_the_time() -> None:
    source = Channels(OURS)
    directory = Directory(source.load, at_most_every=60.0)

    assert {await answer(directory, post("wrong")) for _ in range(50)} == {401}
    assert source.loads == 1


async def test_a_channel_that_is_gone_is_forgotten_by_itself() -> None:
    source = Channels(OURS)
    directory = Directory(source.load, every=0.02)
    await directory.start()
    await until(lambda: directory.book is not None)

    source.endpoints.clear()
    loads = source.loads
    await until(lambda: source.loads >= loads + 2)

    assert await answer(directory, post()) == 401
    await directory.close()


async def test_it_starts_without_a_database_and_finds_it_later() -> None:
    source = Channels(OURS)
    source.is_down = True
    directory = Directory(source.load, at_most_every=0.02)
    await directory.start()
    await until(lambda: source.loads >= 2)
    assert directory.book is None

    source.is_down = False
    await until(lambda: directory.book is not None)
    await directory.close()


async def test_many_misses_at_once_cost_one_look() -> None:
    source = Channels(OURS)
    directory = Directory(source.load, at_most_every=60.0)

    answers = await asyncio.gather(*(answer(directory, post()) for _ in range(50)))

    assert set(answers) == {200}
    assert source.loads == 1


def test_a_secret_is_not_shown_by_the_book() -> None:
    book = Book([OURS])

    assert "secret" not in repr(book.groups(Source.META, None))


def test_a_channel_without_secret_speaks_for_nobody() -> None:
    book = Book([FakeEndpoint(Source.META, "1", "waba", "")])

    assert book.groups(Source.META, None) == []
    assert not book.knows(Source.META, "1")
