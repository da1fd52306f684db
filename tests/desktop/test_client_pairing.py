"""This machine as a new device, against the real server."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from desktop.client.api import Api
from desktop.client.errors import Refused
from desktop.client.pairing import Asking
from embedded_server.contract.pairing import PairingCodeIn, PairingWindowOut, WaitingDeviceOut
from embedded_server.contract.session import MeOut

WINDOW = "/api/v1/pairing/window"


@pytest.fixture
def address(own_address):
    """A machine of its own: whether a window is open anywhere is a question about all of its companies."""
    return own_address


@pytest.fixture
async def trusted(server, owner):
    api = Api(server.url, owner.token)
    yield api
    await api.do("DELETE", WINDOW)
    await api.close()


@pytest.fixture
async def stranger(server):
    api = Api(server.url)
    yield api
    await api.close()


async def find(trusted: Api, code: str) -> WaitingDeviceOut:
    return await trusted.send("POST", "/api/v1/pairing/code", WaitingDeviceOut, PairingCodeIn(code=code))


async def test_the_code_and_words_are_those_the_trusted_device_sees(server, trusted, stranger, owner) -> None:
    await trusted.send("POST", WINDOW, PairingWindowOut)
    asking = await Asking.begin(stranger, "Notebook")
    assert await asking.collect() is None

    shown = await find(trusted, asking.code)
    await trusted.do("POST", f"/api/v1/pairing/{shown.id}/approve")
    session = await asking.collect()

    assert (shown.name, tuple(shown.words), asking.seconds) == ("Notebook", asking.words, 120)
    stranger.sign(session.token)
    me = await stranger.get("/api/v1/session", MeOut)
    assert me.person_id == owner.principal.person_id
    assert session.token not in repr(asking)
    with pytest.raises(Refused) as used:
        await asking.collect()
    assert used.value.code == "pairing_closed"


async def test_a_refused_device_is_told(trusted, stranger) -> None:
    await trusted.send("POST", WINDOW, PairingWindowOut)
    asking = await Asking.begin(stranger, "Notebook")
    shown = await find(trusted, asking.code)
    await trusted.do("POST", f"/api/v1/pairing/{shown.id}/refuse")

    with pytest.raises(Refused) as refused:
        await asking.collect()

    assert refused.value.code == "pairing_refused"


async def test_au_02_nobody_is_expected_nobody_comes(trusted, stranger) -> None:
    await trusted.do("DELETE", WINDOW)

    with pytest.raises(Refused) as closed:
        await Asking.begin(stranger, "Notebook")

    assert (closed.value.status, closed.value.code) == (404, "pairing_closed")


async def test_a_long_name_is_cut_and_a_strange_one_refused(trusted, stranger) -> None:
    await trusted.send("POST", WINDOW, PairingWindowOut)
    asking = await Asking.begin(stranger, "N" * 100)
    assert (await find(trusted, asking.code)).name == "N" * 60

    with pytest.raises(ValidationError):
        await Asking.begin(stranger, "Ana\nAprove")
