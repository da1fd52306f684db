"""What the machine's own console may do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from engine import accounts
from engine.accounts import Credentials, Throttle, console
from engine.accounts.console import NewUser
from engine.models import Role
from tests.fakes.api import PASSWORD

ANA = NewUser(email="ana@loja.example", name="Ana", role=Role.OWNER, password=PASSWORD)
SIGN_IN = Credentials(email="ana@loja.example", password=PASSWORD, device="PC")


async def test_the_first_user_brings_the_first_company(own_engine) -> None:
    await console.create_user(own_engine, ANA, company="Loja Ipê")

    signed = await accounts.sign_in(own_engine, SIGN_IN, Throttle())

    assert [(choice.name, choice.role) for choice in signed.companies] == [("Loja Ipê", Role.OWNER)]
    assert await accounts.ensure_claim_secret(own_engine) is None
    assert [(company.name, member.email) for company, member in await console.users(own_engine)] == [
        ("Loja Ipê", "ana@loja.example")
    ]


async def test_a_mistyped_company_is_not_made(own_engine) -> None:
    await console.create_user(own_engine, ANA, company="Loja Ipê")

    with pytest.raises(console.CompanyNotFound):
        await console.create_user(own_engine, replace(ANA, email="b@c.example"), company="Loja Ype")


async def test_a_weak_password_makes_no_company(own_engine) -> None:
    with pytest.raises(accounts.PasswordTooWeak):
        await console.create_user(own_engine, replace(ANA, password="short"), company="Loja")

    assert await console.companies(own_engine) == []


async def test_a_reset_password_works_and_ends_every_session(own_engine) -> None:
    await console.create_user(own_engine, ANA, company="Loja Ipê")
    before = await accounts.sign_in(own_engine, SIGN_IN, Throttle())

    await console.reset_password(own_engine, " ANA@loja.example", "another good one")

    with pytest.raises(accounts.SessionEnded):
        await accounts.authenticate(own_engine, before.token)
    assert await accounts.sign_in(own_engine, replace(SIGN_IN, password="another good one"), Throttle())
    with pytest.raises(console.EmailUnknown):
        await console.reset_password(own_engine, "who@loja.example", "another good one")


def test_the_command_line_adds_and_lists_people(own_address, tmp_path) -> None:
    (tmp_path / "run").mkdir(mode=0o700)
    addresses = {"owner": own_address.owner, "app": own_address.app}
    (tmp_path / "run" / "database.json").write_text(json.dumps(addresses), "utf-8")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "engine", "user", *arguments]
        told = dict(os.environ) | {"MASTERIA_DATA_DIR": str(tmp_path), "COLUMNS": "120"}
        return subprocess.run(command, env=told, capture_output=True, text=True, check=False, timeout=30)

    common = ("--name", "Ana", "--company", "Loja", "--password")
    weak = run("create", "ana@loja.example", *common, "short")
    added = run("create", "ana@loja.example", *common, PASSWORD)
    listed = run("list")

    assert (weak.returncode, "10 and 256" in weak.stderr) == (1, True)
    assert (added.returncode, added.stdout.strip()) == (0, "ana@loja.example is owner now")
    assert "ana@loja.example" in listed.stdout
