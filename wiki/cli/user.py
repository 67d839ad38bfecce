"""`movement-wiki user`: people and what they may do."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click

from wiki.accounts.accounts import Accounts
from wiki.accounts.roles import Role
from wiki.accounts.user import State, User
from wiki.cli.home import Home, link_address, pass_home
from wiki.cli.output import as_json, counted, print_json, print_table
from wiki.errors import Invalid, NotFound

ROLES = click.Choice([role.value for role in Role])
from_input: Callable[[Any], Any] = click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of standard input."
)


@click.group()
def user() -> None:
    """People and what they may do.

    A contributor may suggest, an editor save; a maintainer reviews, moves, deletes, protects and imports; an admin
    looks after people and settings.
    """


@user.command()
@click.argument("name")
@click.option("--role", type=ROLES, required=True, help="What the person may do.")
@click.option("--display-name", default="", help="The name that others see; default: the user name.")
@from_input
@as_json
@pass_home
def add(home: Home, name: str, role: str, display_name: str, password_stdin: bool, as_json: bool) -> None:
    """Add an account. Without a password, the address is printed at which the person chooses one."""
    password = _password() if password_stdin else None
    with home.accounts() as accounts:
        made = accounts.users.add(name, Role.parse(role), password=password, display_name=display_name)
        if not as_json:
            # Before there is an address, for which a disk may have no room left: `user password` makes another.
            click.echo(f"Added {made.name} as {role}.")
        token = accounts.links.new_password(made) if password is None else ""
        if as_json:
            print_json({"name": made.name, "role": role} | (_link(home, token) if token else {}))
        elif token:
            _print_link(home, "choose a password", token)


@user.command("role")
@click.argument("name")
@click.argument("role", type=ROLES, required=False)
@click.option("--role", "named", type=ROLES, help="The same, as `user add` takes it.")
@pass_home
def set_role(home: Home, name: str, role: str | None, named: str | None) -> None:
    """Give an account another role, in force at once."""
    role = role or named
    if role is None:
        raise click.MissingParameter(param_type="argument", param_hint="ROLE")
    with home.accounts() as accounts:
        changed = accounts.users.set_role(_found(accounts, name).id, Role.parse(role))
    click.echo(f"{changed.name} is {role} now.")


@user.command("password")
@click.argument("name")
@from_input
@as_json
@pass_home
def set_password(home: Home, name: str, password_stdin: bool, as_json: bool) -> None:
    """Set a password, or print the address at which the person sets a new one."""
    with home.accounts() as accounts:
        found = _found(accounts, name)
        if password_stdin:
            accounts.users.set_password(found.id, _password())
            if as_json:
                print_json({"name": found.name})
            else:
                click.echo(f"{found.name} has a new password and is signed out everywhere.")
        elif as_json:
            print_json({"name": found.name} | _link(home, accounts.links.new_password(found)))
        else:
            _print_link(home, "choose a new password", accounts.links.new_password(found))


@user.command()
@click.argument("name")
@pass_home
def disable(home: Home, name: str) -> None:
    """Shut an account: its sessions and tokens end at once. What it wrote stays."""
    with home.accounts() as accounts:
        changed = accounts.users.disable(_found(accounts, name).id)
    click.echo(f"{changed.name} can't sign in any more.")


@user.command()
@click.argument("name")
@pass_home
def enable(home: Home, name: str) -> None:
    """Open an account that was shut, or let somebody in who asked for one."""
    with home.accounts() as accounts:
        found = _found(accounts, name)
        if found.state is State.PENDING:
            changed = accounts.users.approve(found.id)
        else:
            changed = accounts.users.enable(found.id)
    click.echo(f"{changed.name} can sign in, as {changed.role.value}.")


@user.command()
@click.argument("name")
@click.argument("new_name")
@pass_home
def rename(home: Home, name: str, new_name: str) -> None:
    """Give an account another user name, under which all its changes are shown, the earlier ones too.

    Nobody else can take the former name. Commits aren't written anew, and suggestions that wait keep the name they were
    sent under: let them be decided first.
    """
    with home.wiki() as wiki:
        found = _found(wiki.accounts, name)
        renamed = wiki.rename(found, new_name)
    click.echo(
        f"{name} is {renamed.name} now. In copies of the history, and in backups, the former name is still there."
    )


@user.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Don't ask whether it is meant.")
@pass_home
def close(home: Home, name: str, yes: bool) -> None:
    """Close an account for good: what it holds is deleted, and its changes are “A former contributor”'s. There is no way back.

    Pages that say who checked them, and suggestions that wait, keep the name.
    """
    with home.wiki() as wiki:
        found = _found(wiki.accounts, name)
        if not yes:
            click.confirm(f"Close the account {found.name} for good?", abort=True)
        wiki.leave(found)
    click.echo("The account is closed. In copies of the history, and in backups, the name is still there.")


@user.command("two-factor-off")
@click.argument("name")
@pass_home
def two_factor_off(home: Home, name: str) -> None:
    """Let somebody sign in without the second factor, whose phone and recovery codes are lost."""
    with home.accounts() as accounts:
        found = _found(accounts, name)
        accounts.two_factor.disable(found, by=None)
        anew = accounts.users.get(found.id).needs_second_factor
    then = ", and sets it up anew before anything else" if anew else ""
    click.echo(f"{found.name} signs in with the password alone now{then}.")


@user.command("list")
@click.option("--state", type=click.Choice([state.value for state in State]), help="Only accounts in this state.")
@as_json
@pass_home
def list_all(home: Home, state: str | None, as_json: bool) -> None:
    """All accounts, by name."""
    with home.accounts() as accounts:
        found = accounts.users.list(state=State(state) if state else None)
    if as_json:
        print_json([_as_dict(one) for one in found])
    elif found:
        print_table(
            ("name", "shown as", "role", "state", "since"),
            ((one.name, one.display_name, one.role.value, _state(one), one.created.date()) for one in found),
        )
    else:
        click.echo("There are no accounts" + (f" that are {state}." if state else " yet."))


@user.command()
@click.option("--role", type=ROLES, default=Role.EDITOR.value, show_default=True, help="What the person will be.")
@as_json
@pass_home
def invite(home: Home, role: str, as_json: bool) -> None:
    """Print an address at which one person makes themselves an account."""
    with home.accounts() as accounts:
        token = accounts.links.invite(Role.parse(role))
    if as_json:
        print_json({"role": role} | _link(home, token))
    else:
        _print_link(home, f"become {role}", token)


def _found(accounts: Accounts, name: str) -> User:
    found = accounts.users.by_name(name)
    if found is None:
        raise NotFound("user.unknown", name=name)
    return found


def _password() -> str:
    password = sys.stdin.readline().removesuffix("\n").removesuffix("\r")
    if not password:
        raise Invalid("password.empty")
    return password


def _print_link(home: Home, purpose: str, token: str) -> None:
    link = _link(home, token)
    click.echo(f"To {purpose}, good once and for {counted(link['days'], 'day')}:\n  {link['link']}")


def _link(home: Home, token: str) -> dict[str, Any]:
    config = home.config()
    return {"link": link_address(config, token), "days": config.accounts.invite_days}


def _state(one: User) -> str:
    if one.state is State.ACTIVE and not one.has_password:
        return "no password yet"
    return one.state.value


def _as_dict(one: User) -> dict[str, Any]:
    return {
        "name": one.name,
        "display_name": one.display_name,
        "role": one.role.value,
        "state": one.state.value,
        "has_password": one.has_password,
        "created": one.created.isoformat(),
    }
