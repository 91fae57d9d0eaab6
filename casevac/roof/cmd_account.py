"""`casevac account`: personal accounts of the people at the page."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

import click
from rich.console import Console
from rich.table import Table

from casevac.access import AccountRole
from casevac.entities import instant
from casevac.errors import BadSetting, Unknown
from casevac.roof.doors import database_url
from casevac.settings import Settings
from casevac.store import accounts
from casevac.store.connection import Connection, connect


class _Role(click.Choice[AccountRole]):
    """A role, written with `-` or `_`."""

    def normalize_choice(self, choice: object, ctx: click.Context | None) -> str:
        """As it is shown and compared."""
        return str(choice).lower().replace("_", "-")


ROLES = _Role(AccountRole)
_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON only.")


@click.group()
def account() -> None:
    """Add people who may log in at the page, list them, close their accounts."""


def _password_options(command: Callable[..., None]) -> Callable[..., None]:
    """The ways to give a password; none of them is an argument, which others on this machine could read."""
    command = click.option("--generate", is_flag=True, help="Make a random password and print it once.")(
        command
    )
    return click.option(
        "--password-file",
        type=click.File("r", encoding="utf-8"),
        help="Take the first line of this file; - is standard input. Default: ask twice.",
    )(command)


@account.command()
@click.argument("name")
@click.option("--role", type=ROLES, required=True, help="What the person may do.")
@_password_options
@_as_json
@click.pass_obj
def add(
    settings: Settings,
    name: str,
    role: AccountRole,
    password_file: TextIO | None,
    generate: bool,
    as_json: bool,
) -> None:
    """Make an account; from the first one on every door asks who comes."""
    name = accounts.name_of(name)
    password = _password(name, password_file, generate=generate)
    with _store(settings) as db:
        first = not accounts.there_is_one(db)
        accounts.add(db, name, role, password)
        made = _one(db, name)
    if as_json:
        _echo_json(made, password if generate else None)
        return
    click.echo(f"{name} may log in as {role}.")
    _tell(password, generate=generate)
    if first:
        click.echo("This is the first account: from now on the page asks everybody to log in.")


@account.command("list")
@_as_json
@click.pass_obj
def list_accounts(settings: Settings, as_json: bool) -> None:
    """List the accounts, closed ones too."""
    with _store(settings) as db:
        known = accounts.accounts(db)
    if as_json:
        click.echo(json.dumps([_row(one) for one in known]))
        return
    table = Table("account", "role", "added", "closed")
    for one in known:
        table.add_row(one.name, one.role, instant(one.added_at), instant(one.closed_at) or "")
    Console().print(table)


@account.command()
@click.argument("name")
@_password_options
@_as_json
@click.pass_obj
def password(
    settings: Settings, name: str, password_file: TextIO | None, generate: bool, as_json: bool
) -> None:
    """Give an account another password; whoever is logged in under it is out at once."""
    name = accounts.name_of(name)
    given = _password(name, password_file, generate=generate)
    with _store(settings) as db:
        accounts.renew(db, name, given)
        renewed = _one(db, name)
    if as_json:
        _echo_json(renewed, given if generate else None)
        return
    click.echo(f"{name} has another password; its sessions have ended.")
    _tell(given, generate=generate)


@account.command()
@click.argument("name")
@click.argument("role", type=ROLES)
@_as_json
@click.pass_obj
def role(settings: Settings, name: str, role: AccountRole, as_json: bool) -> None:
    """Give an account another role; it holds from the next request on."""
    with _store(settings) as db:
        accounts.assign(db, name, role)
        _say(db, name, f"is {role} now", as_json=as_json)


@account.command()
@click.argument("name")
@_as_json
@click.pass_obj
def close(settings: Settings, name: str, as_json: bool) -> None:
    """Let nobody in under this name; whoever is logged in under it is out at once."""
    with _store(settings) as db:
        accounts.close(db, name)
        _say(db, name, "is closed; its sessions have ended", as_json=as_json)


@account.command()
@click.argument("name")
@_as_json
@click.pass_obj
def reopen(settings: Settings, name: str, as_json: bool) -> None:
    """Let a closed account in again, with the password it had."""
    with _store(settings) as db:
        accounts.reopen(db, name)
        _say(db, name, "may log in again", as_json=as_json)


@contextmanager
def _store(settings: Settings) -> Iterator[Connection]:
    """The store, in one transaction."""
    db = connect(database_url(settings))
    try:
        with db:
            yield db
    finally:
        db.close()


def _password(name: str, file: TextIO | None, *, generate: bool) -> str:
    """Asked for twice unless an option says otherwise; raises BadSetting."""
    if generate and file is not None:
        raise BadSetting("give --generate or --password-file, not both")
    if generate:
        return accounts.generated()
    if file is not None:
        given = file.readline().rstrip("\r\n")
    else:
        given = click.prompt(
            f"Password of {name}", hide_input=True, confirmation_prompt="The same again", err=True
        )
    accounts.check_password(name, given)
    return str(given)


def _tell(given: str, *, generate: bool) -> None:
    if generate:
        click.echo(f"  password {given}\nIt is shown only now.")


def _one(db: Connection, name: str) -> accounts.Account:
    """As it is listed; raises Unknown."""
    found = [one for one in accounts.accounts(db) if one.name == accounts.name_of(name)]
    if not found:
        raise Unknown(f"no account {name!r}")
    return found[0]


def _say(db: Connection, name: str, what: str, *, as_json: bool) -> None:
    now = _one(db, name)
    click.echo(json.dumps(_row(now)) if as_json else f"{now.name} {what}.")


def _row(one: accounts.Account) -> dict[str, str | None]:
    return {
        "name": one.name,
        "role": one.role,
        "added_at": instant(one.added_at),
        "closed_at": instant(one.closed_at),
    }


def _echo_json(one: accounts.Account, password: str | None) -> None:
    """An account with the password that was made for it; None: its owner gave one."""
    click.echo(json.dumps({**_row(one), "password": password}))
