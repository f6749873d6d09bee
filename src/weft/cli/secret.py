"""weft secret: the mesh's own vault."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Annotated

import typer

from weft.cli.face import AsOption, JsonOption, MeshOption, opened, print_json, say
from weft.cli.table import print_table
from weft.cli.values import count

secret = typer.Typer(no_args_is_help=True, help="Keep credentials in the mesh's own vault, encrypted.")

NameArgument = Annotated[str, typer.Argument(help="domain/name for one domain's sources, or a name for all.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(secret, name="secret", epilog="Example: weft secret set sales/crm-token")


@secret.command(name="set", epilog="Example: weft secret set sales/crm-token < token.txt")
def store(name: NameArgument, actor: AsOption = "", mesh: MeshOption = None, as_json: JsonOption = False) -> None:
    """Store a secret, or a new version of it. It is asked for, or read from standard input; never shown again."""
    from weft.flow import secrets

    with opened(mesh) as world:
        done = secrets.put(world, name, _value(), actor)
    if as_json:
        print_json({"name": done.name, "version": done.version, "reference": done.reference})
        return
    say(f"stored as {done.reference}, version {done.version}")


def _value() -> str:
    """What is typed unseen, twice; or all of standard input, without the newlines at its end."""
    if not sys.stdin.isatty():
        return sys.stdin.read().rstrip("\r\n")
    return str(typer.prompt("Value", hide_input=True, confirmation_prompt="Once more"))


@secret.command(name="list", epilog="Example: weft secret list")
def listing(actor: AsOption = "", mesh: MeshOption = None, as_json: JsonOption = False) -> None:
    """List names, versions, age, and what uses them. Never a value."""
    from weft.flow import secrets

    with opened(mesh) as world:
        found, now = secrets.listed(world, actor), world.clock.now()
    if as_json:
        print_json([{**kept.secret.model_dump(mode="json"), "used": list(kept.used)} for kept in found])
        return
    if not found:
        say("the vault is empty")
        return
    rows = [
        (
            k.secret.name,
            k.secret.version,
            _age(k.secret.at, now),
            k.secret.by,
            ", ".join(k.used) or "nothing",
        )
        for k in found
    ]
    print_table(("name", "version", "age", "by", "used by"), rows)
    for kept in (k for k in found if not k.secret.readable):
        say(f"{kept.secret.name} cannot be opened: its master key is not here", style="yellow")


def _age(at: str, now: datetime) -> str:
    days = (now - datetime.fromisoformat(at)).days
    return count(days, "day") if days > 0 else "today"


@secret.command(epilog="Example: weft secret rotate")
def rotate(actor: AsOption = "", mesh: MeshOption = None, as_json: JsonOption = False) -> None:
    """Take a new master key. Every secret's own key is wrapped anew; the secrets themselves are not rewritten."""
    from weft.flow import secrets

    with opened(mesh) as world:
        done = secrets.rotate(world, actor)
    if as_json:
        print_json(done.model_dump(mode="json"))
        return
    say(f"{count(done.changed, 'secret')} under the new master key {done.master}")
    for name in done.lost:
        say(f"  {name} stays as it is: its master key is not here", style="yellow")
    say("A backup made before needs the old key.")


@secret.command(epilog="Example: weft secret rm sales/crm-token")
def rm(
    name: NameArgument,
    force: Annotated[bool, typer.Option("--force", help="Even when something uses it.")] = False,
    actor: AsOption = "",
    mesh: MeshOption = None,
    as_json: JsonOption = False,
) -> None:
    """Forget a secret. Refused while something uses it."""
    from weft.flow import secrets

    with opened(mesh) as world:
        secrets.remove(world, name, actor, force=force)
    print_json({"removed": name}) if as_json else say(f"{name} is forgotten")
