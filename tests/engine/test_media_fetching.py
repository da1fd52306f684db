"""Files are fetched behind their messages, from a vendor that lies, fails and forgets."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from engine import channels
from engine.channels import NewChannel
from engine.inbox import fetching
from engine.inbox.fetching import Fetcher, Limits
from engine.media import LocalStore
from engine.models import ChannelKind, ChannelMode, Provider
from engine.providers.inbound import InboundMedia, MessageKind
from tests.fakes.database import fresh_database
from tests.fakes.inbound import one, receive, rows, written
from tests.fakes.vendor_files import vendor_files

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\2\x80\0\0\1\xe0" + b"pixels" * 100
DIGEST = hashlib.sha256(PNG).hexdigest()


@pytest.fixture(scope="module")
def own_address(postgres):
    with fresh_database(postgres) as address:
        yield address


@pytest.fixture
async def vendor():
    async with vendor_files() as files:
        files.content = PNG
        yield files


@pytest.fixture
async def engine(own_engine, vendor):
    settings = own_engine.settings.model_copy(update={"simulator_port": vendor.port})
    return replace(own_engine, settings=settings)


META = NewChannel(ChannelKind.WHATSAPP, Provider.META, "Loja", "573542517421694", "215589313241560883")
TWILIO = NewChannel(ChannelKind.SMS, Provider.TWILIO, "Loja", "+15005550006", "AC" + "1" * 32)


async def make_file(engine, company_id, media: InboundMedia, channel: NewChannel = META) -> None:
    async with engine.unit_of_work(company_id) as uow:
        made = await channels.create(engine, uow, replace(channel, mode=ChannelMode.SIMULATOR))
    await receive(engine, company_id, made.id, written("olha", kind=MessageKind.IMAGE, media=media))


async def fetch(engine, limits: Limits | None = None) -> int:
    async with aiohttp.ClientSession() as http:
        return await Fetcher(engine, limits).fetch_due(fetching.sources_on(http))


async def state(engine, company_id) -> tuple:
    (row,) = await rows(engine, company_id, "SELECT state, error, attempts FROM media_file")
    return tuple(row)


async def test_a_picture_comes_to_rest_under_its_own_type(engine, company_id) -> None:
    await make_file(engine, company_id, InboundMedia("1037", mime="application/x-evil", sha256=DIGEST))

    assert await fetch(engine) == 1

    (row,) = await rows(engine, company_id, "SELECT * FROM media_file")
    assert (row.state, row.mime, row.size, row.sha256) == ("stored", "image/png", len(PNG), DIGEST)
    assert (row.width, row.height, row.seconds) == (640, 480, None)
    assert LocalStore(engine.settings.media_dir).path(company_id, row.path).read_bytes() == PNG
    changes = "SELECT payload->>'change' FROM outbox WHERE topic = 'message.changed'"
    assert await one(engine, company_id, changes) == "file"
    assert await fetch(engine) == 0


async def test_twilios_login_is_shown_to_its_api_alone(engine, company_id, vendor) -> None:
    path = "/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1"
    await make_file(engine, company_id, InboundMedia(url=vendor.url + path), TWILIO)

    await fetch(engine)

    assert (await state(engine, company_id))[0] == "stored"
    assert vendor.logins[path].startswith("Basic ")
    assert vendor.logins["/bytes/twilio"] is None


async def test_a_file_of_another_host_is_never_asked_for(engine, company_id) -> None:
    await make_file(engine, company_id, InboundMedia(url="http://169.254.169.254/latest"), TWILIO)

    await fetch(engine)

    assert await state(engine, company_id) == ("failed", "foreign_twilio_media", 1)


PASSING = {"error": {"code": 131000, "message": "Something went wrong"}}
GONE = {"error": {"code": 100, "error_subcode": 33, "message": "Object does not exist"}}


@pytest.mark.parametrize("refusal", [(500, {}), (503, PASSING), (401, {"error": {"code": 190}})])
async def test_trouble_that_passes_costs_a_wait(engine, company_id, vendor, refusal) -> None:
    await make_file(engine, company_id, InboundMedia("1037"))
    vendor.refusals = [refusal]

    await fetch(engine)
    assert (await state(engine, company_id))[0] == "pending"
    assert await fetch(engine) == 0

    await rows(engine, company_id, "UPDATE media_file SET next_at = now() RETURNING id")
    await fetch(engine)
    assert (await state(engine, company_id))[0] == "stored"


async def test_what_the_vendor_no_longer_has_is_not_asked_for_again(engine, company_id, vendor) -> None:
    await make_file(engine, company_id, InboundMedia("1037"))
    vendor.refusals = [(400, GONE)]

    await fetch(engine)

    assert await state(engine, company_id) == ("failed", "meta_refused", 1)


async def test_a_damaged_download_leaves_nothing_and_after_eight_tries_it_is_over(engine, company_id) -> None:
    await make_file(engine, company_id, InboundMedia("1037", sha256="0" * 64))
    for _ in range(8):
        await fetch(engine)
        await rows(engine, company_id, "UPDATE media_file SET next_at = now() RETURNING id")

    assert await state(engine, company_id) == ("failed", "file_damaged", 8)
    assert [path for path in engine.settings.media_dir.rglob("*") if path.is_file()] == []


async def test_a_file_that_is_too_large_is_left_at_the_vendor(engine, company_id) -> None:
    await make_file(engine, company_id, InboundMedia("1037"))

    await fetch(engine, Limits(size=10))

    assert (await state(engine, company_id))[:2] == ("failed", "media_too_large")


async def test_the_runner_fetches_what_arrives_and_stops(engine, company_id) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(Fetcher(engine, Limits(look=0.02)).run(stop))
    await make_file(engine, company_id, InboundMedia("1037", sha256=DIGEST))
    while (await state(engine, company_id))[0] != "stored":
        await asyncio.sleep(0.01)
    stop.set()
    await running


class HostFiles:
    """Files that come by another way than HTTP."""

    async def fetch(self, account, wanted, file: Path, limit: int) -> tuple[int, str]:
        return await asyncio.to_thread(file.write_bytes, PNG), DIGEST


@pytest.mark.parametrize(
    ("sources", "expected"),
    [({Provider.META: HostFiles()}, ("stored", None, 1)), (None, ("pending", "meta_refused", 1))],
)
async def test_a_provider_may_have_a_source_of_its_own(engine, company_id, vendor, sources, expected) -> None:
    vendor.refusals = [(503, PASSING)]
    await make_file(engine, company_id, InboundMedia("1037", sha256=DIGEST))
    stop = asyncio.Event()
    running = asyncio.create_task(Fetcher(engine, Limits(look=0.02), sources).run(stop))
    while (await state(engine, company_id))[2] == 0 or await state(engine, company_id) == (
        "pending",
        None,
        1,
    ):
        await asyncio.sleep(0.01)
    stop.set()
    await running

    assert await state(engine, company_id) == expected


async def test_files_nobody_here_can_fetch_wait_for_who_can(engine, company_id) -> None:
    await make_file(engine, company_id, InboundMedia("1037"))

    assert await Fetcher(engine).fetch_due({}) == 1

    assert await state(engine, company_id) == ("pending", "no_source", 1)


async def test_two_fetchers_do_not_fetch_one_file_twice(engine, company_id) -> None:
    await make_file(engine, company_id, InboundMedia("1037"))

    await asyncio.gather(*(fetch(engine) for _ in range(4)))

    assert await state(engine, company_id) == ("stored", None, 1)
