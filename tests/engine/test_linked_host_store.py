"""What a host keeps on disk: its seal, its outbox, its log, and the library it trusts."""

from __future__ import annotations

import os
import secrets
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded_server.simulator.whatsapp.server import WhatsAppServer
from engine.providers.linked import native
from engine.providers.linked.book import Book
from engine.providers.linked.link import HostGone
from engine.providers.linked.log import RingLog, redacted
from engine.providers.linked.outbox import Outbox
from engine.providers.linked.protocol import EventName, Phase
from engine.providers.linked.seal import FILES, SEALED, Seal, SealBroken
from engine.providers.linked.sent import AlreadySent, Outcome, Sent
from tests.fakes.linked_host import Host, jid, link, text

KEY = bytes(range(32))

on_the_module_loop = pytest.mark.asyncio(loop_scope="module")


@on_the_module_loop
async def test_a_stopped_session_is_sealed_and_opens_again(whatsapp: WhatsAppServer, tmp_path: Path) -> None:
    person, ana = whatsapp.someone("Loja"), whatsapp.someone("Ana")
    async with Host(tmp_path / "s", whatsapp.environment) as host:
        await link(host, whatsapp, person)
        await host.do("send", token="before", to=jid(ana), content=text("before"))
        await host.stop()
        left = {path.name for path in (tmp_path / "s").iterdir()}
        assert left == {SEALED, "host.lock", "host.log", "output.raw"}
        assert stat.S_IMODE((tmp_path / "s").stat().st_mode) == 0o700

        await host.start()
        await host.do("connect")
        await host.phase(Phase.OPEN)

        assert not (tmp_path / "s" / SEALED).exists()
        assert [heard.data["tokens"] for heard in host.heard if heard.name == "receipt"] == [["before"]]
        assert (await host.do("settle", token="before"))["fate"] == "accepted"


@on_the_module_loop
async def test_with_another_key_a_session_stays_shut_and_whole(
    whatsapp: WhatsAppServer, tmp_path: Path
) -> None:
    host = Host(tmp_path / "s", whatsapp.environment)
    await host.start()
    await link(host, whatsapp, whatsapp.someone("Loja"))
    await host.stop()
    sealed, key = (tmp_path / "s" / SEALED).read_bytes(), host.key

    host.key = secrets.token_bytes(32)
    with pytest.raises(HostGone):
        await host.start()

    assert (tmp_path / "s" / SEALED).read_bytes() == sealed
    host.key = key
    await host.start()
    await host.do("connect")
    await host.phase(Phase.OPEN)
    await host.kill()


@on_the_module_loop
async def test_after_a_crash_the_open_files_win_and_an_old_seal_is_gone(
    whatsapp: WhatsAppServer, tmp_path: Path
) -> None:
    person, ana = whatsapp.someone("Loja"), whatsapp.someone("Ana")
    async with Host(tmp_path / "s", whatsapp.environment) as host:
        await link(host, whatsapp, person)
        await host.stop()
        old = (tmp_path / "s" / SEALED).read_bytes()
        await host.start()
        await host.do("connect")
        await host.phase(Phase.OPEN)
        await host.do("send", token="newer", to=jid(ana), content=text("newer"))
        await host.kill()
        (tmp_path / "s" / SEALED).write_bytes(old)

        await host.start()

        assert not (tmp_path / "s" / SEALED).exists()
        assert (await host.do("settle", token="newer"))["fate"] == "accepted"


@on_the_module_loop
async def test_two_hosts_never_hold_one_session(whatsapp: WhatsAppServer, tmp_path: Path) -> None:
    async with Host(tmp_path / "s", whatsapp.environment):
        second = Host(tmp_path / "s", whatsapp.environment)
        with pytest.raises(HostGone):
            await second.start()


@on_the_module_loop
async def test_a_host_tells_nobodys_number_in_its_log(whatsapp: WhatsAppServer, tmp_path: Path) -> None:
    person, ana = whatsapp.someone("Loja"), whatsapp.someone("Ana")
    async with Host(tmp_path / "s", whatsapp.environment) as host:
        await link(host, whatsapp, person)
        await ana.phone.say(person, "Segredo")
        await host.message("Segredo")
        await host.stop()

    log = (tmp_path / "s" / "host.log").read_text()
    assert "Successfully paired [jid]" in log
    for private in (person.number, ana.number, person.lid, "Segredo"):
        assert private not in log


def test_a_seal_that_was_interrupted_loses_nothing(tmp_path: Path) -> None:
    """The store goes first when the clear files are removed, so half of them are never taken for all."""
    seal = Seal(tmp_path, "one", KEY)
    _session(tmp_path, "kept")
    seal.close()
    _database(tmp_path / "host.db", "left behind")

    assert seal.open() is True
    assert [_value(tmp_path / name) for name in FILES] == ["kept"] * len(FILES)
    assert not (tmp_path / SEALED).exists()


def test_a_seal_is_of_one_session_and_of_one_piece(tmp_path: Path) -> None:
    _session(tmp_path, "kept")
    Seal(tmp_path, "one", KEY).close()
    sealed = (tmp_path / SEALED).read_bytes()
    assert b"kept" not in sealed

    with pytest.raises(SealBroken):
        Seal(tmp_path, "two", KEY).open()
    for at in (0, 20, 30, len(sealed) // 2, len(sealed) - 1):
        (tmp_path / SEALED).write_bytes(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :])
        with pytest.raises(SealBroken):
            Seal(tmp_path, "one", KEY).open()
    for size in (0, 10, 40, len(sealed) - 1):
        (tmp_path / SEALED).write_bytes(sealed[:size])
        with pytest.raises(SealBroken):
            Seal(tmp_path, "one", KEY).open()
    assert not any((tmp_path / name).exists() for name in FILES)


def test_numbers_of_events_are_never_used_twice(tmp_path: Path) -> None:
    book = Book(tmp_path / "host.db")
    outbox = Outbox(book)
    outbox.keep([(EventName.CONTACT, {"jid": str(number)}) for number in range(3)])
    outbox.forget(3)
    book.close()

    again = Outbox(Book(tmp_path / "host.db"))
    assert (again.start(), len(again)) == (3, 0)
    again.keep([(EventName.CONTACT, {"jid": "3"})])

    assert [(kept.seq, kept.data) for kept in again.after(0, 10)] == [(4, {"jid": "3"})]


def test_a_send_that_was_refused_may_be_tried_again_under_another_secret(tmp_path: Path) -> None:
    sent = Sent(Book(tmp_path / "host.db"), KEY)
    first = sent.begin("t", device="d", chat="c", content={})
    with pytest.raises(AlreadySent):
        sent.begin("t", device="d", chat="c", content={})
    sent.leaving("t", "ID1")
    sent.answered("ID1", 463)

    second = sent.begin("t", device="d", chat="c", content={})
    sent.answered("ID1", 0)

    assert (second.attempt, second.secret == first.secret) == (1, False)
    known = sent.of_token("t")
    assert known is not None
    assert known.outcome is None


def test_an_acceptance_is_never_taken_back(tmp_path: Path) -> None:
    sent = Sent(Book(tmp_path / "host.db"), KEY)
    sent.begin("t", device="d", chat="c", content={})
    sent.leaving("t", "ID1")
    assert sent.arrived(["ID1", "ID2"]) == ["t", None]

    sent.answered("ID1", 500)
    sent.ended("t", Outcome.ABSENT, message_id=None, code=None)

    known = sent.of_token("t")
    assert known is not None
    assert known.outcome is Outcome.ACCEPTED


def test_a_log_does_not_outgrow_its_limit(tmp_path: Path) -> None:
    log = RingLog(tmp_path / "host.log", limit=1_000)
    for number in range(200):
        log.write([f"line {number}"])

    assert (tmp_path / "host.log").stat().st_size <= 1_000
    assert (tmp_path / "host.old").stat().st_size <= 1_000
    assert (tmp_path / "host.log").read_text().endswith("line 199\n")


@given(
    st.from_regex(r"[1-9][0-9]{9,14}", fullmatch=True),
    st.sampled_from(["@s.whatsapp.net", "@lid", ":3@lid", ""]),
)
def test_no_number_gets_into_a_log(number: str, rest: str) -> None:
    assert number not in redacted(f"message from {number}{rest} came")


def test_keys_and_codes_stay_out_of_a_log_and_paths_do_not() -> None:
    key, path = secrets.token_urlsafe(32), "/opt/master-ia/engine/providers/linked/whatsmeow_session.py"
    assert redacted(f"key {key}; Pair Code: ABCD-1234; {path}") == f"key [key]; Pair Code: [code]; {path}"


def test_the_installed_library_is_the_known_one() -> None:
    folder, version = native._installed()
    native.verify(folder, version)
    assert (version, native.library_name()) in native.KNOWN
    assert native._recorded(native.library_name()) == native.KNOWN[version, native.library_name()]


def test_a_changed_library_is_not_loaded(tmp_path: Path) -> None:
    with pytest.raises(native.NativeMissing):
        native.verify(tmp_path, "0.5.2")
    (tmp_path / native.library_name()).write_bytes(os.urandom(100))
    for version in ("0.5.2", "9.9.9"):
        with pytest.raises(native.NativeUnknown):
            native.verify(tmp_path, version)


def _session(folder: Path, value: str) -> None:
    for name in FILES:
        _database(folder / name, value)


def _database(path: Path, value: str) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE t (value TEXT)")
        db.execute("INSERT INTO t VALUES (?)", (value,))


def _value(path: Path) -> str:
    with closing(sqlite3.connect(path)) as db:
        return str(db.execute("SELECT value FROM t").fetchone()[0])
