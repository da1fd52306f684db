"""The vault opens for the machine or the recovery key, and otherwise stays locked and touches nothing."""

from __future__ import annotations

import copy
import pickle
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import pytest

from engine.ids import new_id
from engine.vault import (
    CellUnreadable,
    LockReason,
    RecoveryKeyMistyped,
    RecoveryKeyWrong,
    Vault,
    VaultLocked,
)

COMPANY = new_id()
Made = tuple[Path, str, bytes]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A headless vault made once: its folder, its recovery key and a company's wrapped key."""
    folder = tmp_path_factory.mktemp("made") / "keys"
    vault = Vault.open_or_create(folder, use_keyring=False)
    return folder, vault.take_recovery_key() or "", vault.new_company_key(COMPANY)


@pytest.fixture
def keys_dir(made: Made, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made[0], tmp_path / "keys"))


def headless(folder: Path) -> Vault:
    return Vault.open_or_create(folder, use_keyring=False)


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_every_process_opens_the_same_vault(keys_dir: Path, made: Made) -> None:
    before = content(keys_dir)
    server, worker = headless(keys_dir), Vault.open(keys_dir, use_keyring=False)
    place = server.company_keys(COMPANY, [(1, made[2])]).place("channel", "token", new_id())

    cell = server.company_keys(COMPANY, [(1, made[2])]).seal(place, b"secret")

    assert worker.company_keys(COMPANY, [(1, made[2])]).open(place, cell) == b"secret"
    assert content(keys_dir) == before


def test_only_the_owner_reads_the_keys(keys_dir: Path) -> None:
    assert keys_dir.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in keys_dir.iterdir()} == {0o600}


def test_a_key_left_open_to_others_is_closed(keys_dir: Path) -> None:
    for path in [keys_dir, *keys_dir.iterdir()]:
        path.chmod(0o755)

    headless(keys_dir)

    assert keys_dir.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in keys_dir.iterdir()} == {0o600}


def test_no_file_holds_the_master_key_or_the_recovery_key(made: Made) -> None:
    folder, text, _ = made
    kek = headless(folder)._kek

    assert kek is not None
    for data in content(folder).values():
        assert kek not in data
        assert text.encode() not in data


def test_the_recovery_key_is_told_once(tmp_path: Path) -> None:
    vault = headless(tmp_path / "keys")

    assert vault.take_recovery_key() is not None
    assert vault.take_recovery_key() is None
    assert headless(tmp_path / "keys").take_recovery_key() is None


def test_processes_that_create_at_once_share_one_vault(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        vaults = list(pool.map(headless, [tmp_path / "keys"] * 4))

    blob = vaults[0].new_company_key(COMPANY)
    assert [vault.unwrap(blob, company_id=COMPANY, kid=1) for vault in vaults]
    assert len([vault for vault in vaults if vault.take_recovery_key()]) == 1


def test_st_10_a_wrapped_key_opens_only_as_its_own_company_and_id(keys_dir: Path, made: Made) -> None:
    vault = headless(keys_dir)

    for company_id, kid, blob in [
        (new_id(), 1, made[2]),
        (COMPANY, 2, made[2]),
        (COMPANY, 1, made[2][:-1]),
        (COMPANY, 1, b"\x02" + made[2][1:]),
        (COMPANY, 1, made[2][:-1] + bytes([made[2][-1] ^ 1])),
    ]:
        with pytest.raises(CellUnreadable, match="company's key"):
            vault.company_keys(company_id, [(kid, blob)])


def test_a_wrapped_key_of_another_vault_does_not_open(tmp_path: Path, made: Made) -> None:
    with pytest.raises(CellUnreadable, match="master key"):
        headless(tmp_path / "other").company_keys(COMPANY, [(1, made[2])])


def test_st_11_a_rotated_company_writes_with_the_new_key(keys_dir: Path, made: Made) -> None:
    vault = headless(keys_dir)
    old = vault.company_keys(COMPANY, [(1, made[2])])
    place = old.place("channel", "token", new_id())
    cell = old.seal(place, b"secret")

    keys = vault.company_keys(COMPANY, [(2, vault.new_company_key(COMPANY, kid=2)), (1, made[2])])

    assert keys.newest == 2
    assert keys.open(place, cell) == b"secret"


def test_only_256_bit_keys_are_wrapped(keys_dir: Path) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        headless(keys_dir).wrap(b"short", company_id=COMPANY, kid=1)


@pytest.mark.parametrize("data", [None, b"", b"AAAA", bytes(range(44)), b"A" * 43 + b"=", b"A" * 5000])
def test_st_12_a_wrong_key_file_locks_and_changes_nothing(keys_dir: Path, data: bytes | None) -> None:
    (key_file,) = keys_dir.glob("machine-*.key")
    key_file.unlink() if data is None else key_file.write_bytes(data)
    before = content(keys_dir)

    vault = headless(keys_dir)

    assert vault.locked is LockReason.FILE_MISMATCH
    assert content(keys_dir) == before
    with pytest.raises(VaultLocked, match="key file is missing or wrong") as caught:
        vault.company_keys(COMPANY, [(1, b"")])
    assert (caught.value.code, caught.value.kind) == ("vault_locked", "unavailable")


def test_a_slots_file_cannot_point_out_of_its_folder(keys_dir: Path) -> None:
    (key_file,) = keys_dir.glob("machine-*.key")
    key_file.rename(keys_dir.parent / "stolen.key")
    slots = orjson.loads((keys_dir / "slots.json").read_bytes())
    slots["slots"][-1]["locator"] = "../stolen.key"
    (keys_dir / "slots.json").write_bytes(orjson.dumps(slots))

    assert headless(keys_dir).locked is LockReason.FILE_MISMATCH


@pytest.mark.parametrize("damage", [None, b"", b"{", b"[]", b'{"format": 1}'])
@pytest.mark.parametrize("name", ["slots.json", "slots.copy.json"])
def test_a_lost_copy_of_the_slots_is_healed(keys_dir: Path, name: str, damage: bytes | None) -> None:
    before = content(keys_dir)
    (keys_dir / name).unlink() if damage is None else (keys_dir / name).write_bytes(damage)

    assert headless(keys_dir).locked is None

    assert content(keys_dir) == before


def test_a_damaged_slots_file_locks_and_stays(keys_dir: Path) -> None:
    for name in ("slots.json", "slots.copy.json"):
        (keys_dir / name).write_bytes((keys_dir / name).read_bytes()[:200])
    before = content(keys_dir)

    vault = headless(keys_dir)

    assert vault.locked is LockReason.SLOTS_DAMAGED
    assert content(keys_dir) == before


def test_a_newer_slots_file_locks_and_stays(keys_dir: Path) -> None:
    (keys_dir / "slots.json").write_bytes(b'{"format": 2}')
    before = content(keys_dir)

    assert headless(keys_dir).locked is LockReason.SLOTS_TOO_NEW
    assert content(keys_dir) == before


def test_opening_never_makes_a_vault(tmp_path: Path) -> None:
    vault = Vault.open(tmp_path / "keys", use_keyring=False)

    assert vault.locked is LockReason.SLOTS_MISSING
    assert not (tmp_path / "keys").exists()


def second_machine(keys_dir: Path, folder: Path) -> Path:
    """A folder that got the slots from a backup, but no machine's key."""
    folder.mkdir()
    shutil.copy(keys_dir / "slots.json", folder)
    return folder


def test_st_13_the_recovery_key_restores_a_second_machine(keys_dir: Path, made: Made, tmp_path: Path) -> None:
    first = headless(keys_dir).company_keys(COMPANY, [(1, made[2])])
    place = first.place("channel", "token", new_id())
    cell = first.seal(place, b"secret")
    vault = headless(second_machine(keys_dir, tmp_path / "second"))
    assert vault.locked is LockReason.FILE_MISMATCH

    vault.unlock_with_recovery(made[1].lower().replace("-", " ").replace("0", "o").replace("1", "l"))

    assert vault.locked is None
    for opened in (vault, headless(tmp_path / "second")):
        assert opened.company_keys(COMPANY, [(1, made[2])]).open(place, cell) == b"secret"


def test_st_13_other_processes_notice_a_recovery(keys_dir: Path, made: Made, tmp_path: Path) -> None:
    folder = second_machine(keys_dir, tmp_path / "second")
    worker = headless(folder)

    headless(folder).unlock_with_recovery(made[1])

    assert worker.refresh()


def test_a_mistyped_recovery_key_is_told_from_a_wrong_one(keys_dir: Path, made: Made, tmp_path: Path) -> None:
    folder = second_machine(keys_dir, tmp_path / "second")
    before, vault = content(folder), headless(folder)
    other = headless(tmp_path / "other").take_recovery_key() or ""

    for wrong in (
        "",
        "hello",
        made[1][:-1],
        made[1] + "0",
        made[1].replace(made[1][0], "U"),
        other[5:] + made[1][:5],
    ):
        with pytest.raises(RecoveryKeyMistyped, match="typing mistake"):
            vault.unlock_with_recovery(wrong)
    with pytest.raises(RecoveryKeyWrong, match="another one"):
        vault.unlock_with_recovery(other)

    assert vault.locked is LockReason.FILE_MISMATCH
    assert content(folder) == before


def test_a_new_recovery_key_ends_the_old_one(keys_dir: Path, made: Made) -> None:
    vault = headless(keys_dir)

    text = vault.new_recovery_key()

    vault.unlock_with_recovery(text)
    with pytest.raises(RecoveryKeyWrong):
        vault.unlock_with_recovery(made[1])
    assert (keys_dir / "slots.json").read_bytes() == (keys_dir / "slots.copy.json").read_bytes()


def test_a_locked_vault_gives_no_new_recovery_key(keys_dir: Path, tmp_path: Path) -> None:
    vault = headless(second_machine(keys_dir, tmp_path / "second"))

    with pytest.raises(VaultLocked):
        vault.new_recovery_key()


def test_slots_of_another_vault_are_never_written_over(keys_dir: Path, tmp_path: Path) -> None:
    vault = headless(keys_dir)
    headless(tmp_path / "other")
    shutil.copy(tmp_path / "other" / "slots.json", keys_dir / "slots.json")
    before = content(keys_dir)

    with pytest.raises(VaultLocked):
        vault.new_recovery_key()

    assert content(keys_dir) == before


@pytest.mark.parametrize(("name", "value"), [("memory_kib", 2**31), ("time_cost", 10**9), ("lanes", 0)])
def test_a_forged_slots_file_cannot_ask_for_all_memory(keys_dir: Path, name: str, value: int) -> None:
    slots = orjson.loads((keys_dir / "slots.json").read_bytes())
    (recovery,) = [slot for slot in slots["slots"] if slot["kind"] == "recovery"]
    recovery["argon2id"][name] = value
    for copy_name in ("slots.json", "slots.copy.json"):
        (keys_dir / copy_name).write_bytes(orjson.dumps(slots))

    assert headless(keys_dir).locked is LockReason.SLOTS_DAMAGED


def test_the_vault_shows_nothing_and_stays_in_the_process(keys_dir: Path) -> None:
    vault = headless(keys_dir)

    assert repr(vault) == "<Vault open>"
    assert not hasattr(vault, "__dict__")
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="do not leave"):
            leave(vault)


def test_every_lock_reason_has_a_sentence() -> None:
    assert all(str(VaultLocked(reason)).endswith(".") for reason in LockReason)
    assert str(VaultLocked()) == VaultLocked.__doc__
