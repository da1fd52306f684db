"""``python -m engine vault``: a key on paper opens the vault where the machine's own key is gone."""

from __future__ import annotations

import shutil
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from engine.vault import Vault
from tests.engine.test_cli import run


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    Vault.open_or_create(tmp_path / "keys", use_keyring=False)
    return tmp_path


def vault(data_dir: Path, *arguments: str) -> CompletedProcess[str]:
    return run("vault", *arguments, MASTERIA_DATA_DIR=str(data_dir), COLUMNS="200")


def make_key(data_dir: Path) -> str:
    made = vault(data_dir, "recovery-key", "--yes")
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


def test_a_printed_key_opens_the_vault_on_another_machine(data_dir, tmp_path) -> None:
    key = make_key(data_dir)
    other = tmp_path / "other"
    (other / "keys").mkdir(parents=True, mode=0o700)
    shutil.copy(data_dir / "keys" / "slots.json", other / "keys" / "slots.json")
    assert vault(other, "status").returncode == 1

    unlocked = vault(other, "unlock", "--key", key)

    assert unlocked.returncode == 0, unlocked.stderr
    assert key not in unlocked.stdout + unlocked.stderr
    assert vault(other, "status").returncode == 0


def test_a_new_key_ends_the_one_before(data_dir) -> None:
    old, new = make_key(data_dir), make_key(data_dir)

    refused = vault(data_dir, "unlock", "--key", old)

    assert refused.returncode == 1
    assert "does not open this vault" in refused.stderr
    assert vault(data_dir, "unlock", "--key", new).returncode == 0


def test_a_slip_of_the_pen_is_told_apart_from_a_wrong_key(data_dir) -> None:
    key = make_key(data_dir)
    slip = key[:-1] + ("A" if key[-1] != "A" else "B")

    assert "typing mistake" in vault(data_dir, "unlock", "--key", slip).stderr


def test_without_a_vault_it_says_what_to_do(tmp_path) -> None:
    refused = vault(tmp_path / "nothing", "status")

    assert refused.returncode == 1
    assert "start Master IA once" in refused.stderr
