"""Where the session is kept: the keyring first, a private file where that fails, and never both."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring

from desktop.client.credentials import Credentials, Stored
from tests.fakes.keyrings import FileKeyring

STORED = Stored(base="https://loja.example", token="mia_secret", is_local=False)
OTHER = Stored(base="http://127.0.0.1:8460", token="mia_other")


@pytest.fixture
def ring(tmp_path: Path) -> Iterator[FileKeyring]:
    before = keyring.get_keyring()
    made = FileKeyring(tmp_path / "keyring.json")
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def test_a_session_is_kept_in_the_keyring_and_nowhere_else(ring, tmp_path) -> None:
    kept = Credentials(tmp_path / "desktop")
    assert kept.load() is None

    kept.save(STORED)

    assert Credentials(tmp_path / "desktop").load() == STORED
    assert not (tmp_path / "desktop").exists()
    kept.forget()
    assert kept.load() is None
    kept.forget()


def test_two_desktops_of_one_person_keep_two_sessions(ring, tmp_path) -> None:
    one, two = Credentials(tmp_path / "one"), Credentials(tmp_path / "two")
    one.save(STORED)
    two.save(OTHER)
    two.forget()

    assert (one.load(), two.load()) == (STORED, None)


@pytest.mark.parametrize("locked", [True, False])
def test_where_there_is_no_keyring_a_file_of_ones_own_takes_over(ring, tmp_path, locked: bool) -> None:
    ring.locked = locked
    if not locked:
        keyring.set_keyring(NoKeyring())
    folder = tmp_path / "desktop"
    kept = Credentials(folder)

    kept.save(STORED)

    file = folder / "session.json"
    assert kept.load() == STORED
    assert os.name == "nt" or stat.S_IMODE(file.stat().st_mode) == 0o600
    assert os.name == "nt" or stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in folder.iterdir()] == ["session.json"]
    kept.forget()
    assert kept.load() is None


def test_a_file_that_had_to_take_over_is_newer_than_the_keyring(ring, tmp_path) -> None:
    kept = Credentials(tmp_path / "desktop")
    kept.save(STORED)
    ring.locked = True
    kept.save(OTHER)
    ring.locked = False

    assert kept.load() == OTHER
    kept.save(STORED)
    assert kept.load() == STORED
    assert not (tmp_path / "desktop/session.json").exists()


def test_a_keyring_that_does_not_keep_what_it_is_given_is_not_believed(ring, tmp_path) -> None:
    class Forgetful(FileKeyring):
        def set_password(self, service: str, username: str, password: str) -> None:
            super().set_password(service, username, password[:10])

    keyring.set_keyring(Forgetful(tmp_path / "keyring.json"))
    kept = Credentials(tmp_path / "desktop")
    kept.save(STORED)

    assert kept.load() == STORED


def test_a_keyring_that_breaks_in_its_own_way_is_survived_and_quotes_nothing(ring, tmp_path, caplog) -> None:
    class Broken(FileKeyring):
        def set_password(self, service: str, username: str, password: str) -> None:
            raise ZeroDivisionError(f"could not store {password}")

        def get_password(self, service: str, username: str) -> str | None:
            raise ZeroDivisionError

        def delete_password(self, service: str, username: str) -> None:
            raise ZeroDivisionError

    caplog.set_level(logging.DEBUG)
    keyring.set_keyring(Broken(tmp_path / "keyring.json"))
    kept = Credentials(tmp_path / "desktop")
    kept.save(STORED)
    assert kept.load() == STORED
    kept.forget()

    assert "set_password" in caplog.text
    assert "mia_secret" not in caplog.text


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"base": 1}', b"\xff\xfe"])
def test_what_is_unreadable_is_no_session(tmp_path, content: bytes) -> None:
    folder = tmp_path / "desktop"
    folder.mkdir()
    (folder / "session.json").write_bytes(content)

    assert Credentials(folder, use_keyring=False).load() is None


def test_without_a_keyring_none_is_asked(ring, tmp_path) -> None:
    kept = Credentials(tmp_path / "desktop", use_keyring=False)
    kept.save(STORED)
    kept.load()
    kept.forget()

    assert ring.asked == 0


def test_a_token_does_not_show() -> None:
    assert "mia_secret" not in repr(STORED)
