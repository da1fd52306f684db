"""The system keyring holds the master key, and whatever it answers nothing is made anew."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import orjson
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.backends.null import Keyring as ForgetfulKeyring

from engine.ids import new_id
from engine.vault import LockReason, Vault, VaultLocked
from tests.fakes.keyrings import FileKeyring

COMPANY = new_id()
Spoil = Callable[[FileKeyring], KeyringBackend]


@pytest.fixture
def system_keyring(tmp_path: Path) -> Iterator[FileKeyring]:
    before = keyring.get_keyring()
    backend = FileKeyring(tmp_path / "keyring.json")
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


def headless(folder: Path) -> Vault:
    return Vault.open_or_create(folder, use_keyring=False)


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_st_12_the_keyring_alone_opens_the_vault(tmp_path: Path, system_keyring: FileKeyring) -> None:
    blob = Vault.open_or_create(tmp_path / "keys", use_keyring=True).new_company_key(COMPANY)

    again = Vault.open_or_create(tmp_path / "keys", use_keyring=True)

    assert again.company_keys(COMPANY, [(1, blob)]).newest == 1
    assert sorted(content(tmp_path / "keys")) == ["slots.copy.json", "slots.json"]
    assert all(len(text) == 44 for text in orjson.loads(system_keyring.path.read_bytes()).values())


def other_key(backend: FileKeyring) -> KeyringBackend:
    backend.answer_everything_with("A" * 43 + "=")
    return backend


def too_long(backend: FileKeyring) -> KeyringBackend:
    backend.answer_everything_with("A" * 1281)
    return backend


def garbage(backend: FileKeyring) -> KeyringBackend:
    backend.answer_everything_with("çhave-não é base64")
    return backend


def emptied(backend: FileKeyring) -> KeyringBackend:
    backend.path.unlink()
    return backend


def closed(backend: FileKeyring) -> KeyringBackend:
    backend.locked = True
    return backend


def gone(_: FileKeyring) -> KeyringBackend:
    return NoKeyring()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (other_key, LockReason.KEYRING_MISMATCH),
        (too_long, LockReason.KEYRING_MISMATCH),
        (garbage, LockReason.KEYRING_MISMATCH),
        (emptied, LockReason.KEYRING_MISMATCH),
        (closed, LockReason.KEYRING_UNREACHABLE),
        (gone, LockReason.KEYRING_UNREACHABLE),
    ],
)
def test_st_12_a_wrong_or_silent_keyring_locks_and_changes_nothing(
    tmp_path: Path,
    system_keyring: FileKeyring,
    spoil: Callable[[FileKeyring], KeyringBackend],
    reason: LockReason,
) -> None:
    Vault.open_or_create(tmp_path / "keys", use_keyring=True)
    keyring.set_keyring(spoil(system_keyring))
    before = content(tmp_path / "keys")
    stored = system_keyring.path.read_bytes() if system_keyring.path.exists() else None

    vault = Vault.open_or_create(tmp_path / "keys", use_keyring=True)

    assert vault.locked is reason
    with pytest.raises(VaultLocked, match="The vault is locked: the system keyring"):
        vault.new_company_key(COMPANY)
    assert content(tmp_path / "keys") == before
    assert (system_keyring.path.read_bytes() if system_keyring.path.exists() else None) == stored


def test_st_12_a_keyring_that_opens_later_unlocks(tmp_path: Path, system_keyring: FileKeyring) -> None:
    Vault.open_or_create(tmp_path / "keys", use_keyring=True)
    system_keyring.locked = True
    vault = Vault.open_or_create(tmp_path / "keys", use_keyring=True)
    assert not vault.refresh()

    system_keyring.locked = False

    assert vault.refresh()
    assert vault.locked is None


def test_st_12_a_service_never_asks_a_persons_keyring(tmp_path: Path, system_keyring: FileKeyring) -> None:
    Vault.open_or_create(tmp_path / "keys", use_keyring=True)
    asked = system_keyring.asked

    assert headless(tmp_path / "keys").locked is LockReason.KEYRING_NOT_ASKED
    assert system_keyring.asked == asked


@pytest.mark.parametrize("backend", [NoKeyring, ForgetfulKeyring])
def test_st_12_without_a_working_keyring_the_key_goes_to_a_file(
    tmp_path: Path, system_keyring: FileKeyring, backend: type[KeyringBackend]
) -> None:
    keyring.set_keyring(backend())

    Vault.open_or_create(tmp_path / "keys", use_keyring=True)

    assert headless(tmp_path / "keys").locked is None


def test_st_13_recovery_onto_a_desktop_fills_its_keyring(tmp_path: Path, system_keyring: FileKeyring) -> None:
    folder = tmp_path / "second"
    text = headless(tmp_path / "first").take_recovery_key() or ""
    folder.mkdir()
    shutil.copy(tmp_path / "first" / "slots.json", folder)

    Vault.open(folder, use_keyring=True).unlock_with_recovery(text)

    assert Vault.open(folder, use_keyring=True).locked is None
    assert headless(folder).locked is LockReason.KEYRING_NOT_ASKED
    assert not list(folder.glob("*.key"))


def test_recovery_keeps_what_the_keyring_held(tmp_path: Path, system_keyring: FileKeyring) -> None:
    text = Vault.open_or_create(tmp_path / "keys", use_keyring=True).take_recovery_key() or ""
    other_key(system_keyring)
    kept = orjson.loads(system_keyring.path.read_bytes())

    Vault.open(tmp_path / "keys", use_keyring=True).unlock_with_recovery(text)

    assert kept.items() < orjson.loads(system_keyring.path.read_bytes()).items()
    assert Vault.open(tmp_path / "keys", use_keyring=True).locked is None
