"""List people, add one, or give one a new password, from the machine's own console."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from engine.accounts import console as accounts
from engine.cli import _settings
from engine.context import Engine
from engine.models import Role
from engine.runtime import Part, open_engine, run_loop

T = TypeVar("T")

commands = typer.Typer(no_args_is_help=True)
output = Console()

Email = Annotated[str, typer.Argument(help="The address to sign in with.")]
Password = Annotated[
    str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for when left out.")
]


@commands.command("list")
def show() -> None:
    """Everybody in every company."""
    table = Table("E-mail", "Name", "Company", "Role", "State")
    for company, member in _run(accounts.users):
        table.add_row(member.email, member.name, company.name, member.role, member.state)
    output.print(table)


@commands.command()
def create(
    email: Email,
    name: Annotated[str, typer.Option(help="The person's name.")],
    company: Annotated[str, typer.Option(help="Name or id; the first company is made.")],
    password: Password,
    role: Role = Role.OWNER,
) -> None:
    """Add somebody to a company."""
    new = accounts.NewUser(email=email, name=name, role=role, password=password)
    member = _run(lambda engine: accounts.create_user(engine, new, company=company))
    output.print(f"{member.email} is {member.role} now", markup=False)


@commands.command("reset-password")
def reset_password(email: Email, password: Password) -> None:
    """Give somebody a new password; every session of theirs ends."""
    _run(lambda engine: accounts.reset_password(engine, email, password))
    output.print("The password is changed, and every session has ended")


def _run(work: Callable[[Engine], Awaitable[T]]) -> T:
    async def opened() -> T:
        engine = await open_engine(_settings.load(), Part.COMMAND)
        try:
            return await work(engine)
        finally:
            await engine.close()

    return run_loop(opened())
