"""weft dark: find data that nobody uses, and do something about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from weft.cli.face import AsOption, JsonOption, MeshOption, asking, opened, print_json, remark, say
from weft.cli.new import print_drafted
from weft.cli.table import print_table
from weft.cli.values import count

if TYPE_CHECKING:
    from weft.flow.views.dark import DarkItem

dark = typer.Typer(help="Find data that nobody uses; ask, answer, adopt, retire.")
SubjectArgument = Annotated[str, typer.Argument(help="As `weft dark` lists it: stream:domain.source.stream, ...")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(dark, name="dark", epilog="Example: weft dark --domain manufacturing")


@dark.callback(invoke_without_command=True)
def listing(
    context: typer.Context,
    actor: AsOption = "",
    kind: Annotated[Literal["stream", "unread", "left"] | None, typer.Option(help="Only these.")] = None,
    domain: Annotated[str, typer.Option(help="Only of this domain.")] = "",
    retired: Annotated[bool, typer.Option("--retired", help="What was retired instead.")] = False,
    look: Annotated[bool, typer.Option("--look/--no-look", help="Look into sources not looked into today.")] = True,
    limit: Annotated[int, typer.Option(help="Lines at most.", min=1)] = 50,
    mesh: MeshOption = None,
    as_json: JsonOption = False,
) -> None:
    """List dark data: streams that no product reads, tables that nobody asks, products whose people have left.

    What is large, can be joined with products, may hold personal data and has been dark for long comes first.
    """
    if context.invoked_subcommand:
        return
    from weft.flow import base, discover
    from weft.flow.views.dark import Wanted
    from weft.flow.views.dark import dark as view
    from weft.flow.views.viewer import Viewer

    with opened(mesh, progress=True, quiet=as_json) as world, asking(world, actor) as who:
        known = base.declared(world)
        wanted = discover.due(world, known) if look else ()
        looks = discover.look(world, known, wanted) if wanted else ()
        found = view(world, Viewer(actor=who), Wanted(kind=kind, domain=domain, retired=retired, limit=limit))
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    for one in looks:
        if one.error or one.left:
            remark(str(one))
    if not found.items:
        say("nothing is dark" if not retired else "nothing is retired")
        return
    print_table(
        ("what", "domain", "rows", "dark for", "joins", "holds", "state"), [_line(item) for item in found.items]
    )
    counted = found.counts
    say(
        f"{count(counted['stream'], 'stream')} that no product reads, {count(counted['unread'], 'table')} that nobody "
        f"has asked for 90 days, {count(counted['left'], 'product')} whose people have left; "
        f"{counted['retired']} retired"
    )


def _line(item: DarkItem) -> list[object]:
    dark_for = "never read" if item.kind == "unread" and not item.since else _days(item)
    tables = ", ".join(dict.fromkeys(join.table for join in item.joins))
    return [item.subject, item.domain, item.rows, dark_for, tables, ", ".join(item.private), item.state]


def _days(item: DarkItem) -> str:
    return "" if item.days is None else count(item.days, "day")


@dark.command(epilog='Example: weft dark ask stream:plant.mes.trial "What is this?" --to greta@messy.example')
def ask(
    subject: SubjectArgument,
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    to: Annotated[list[str], typer.Option("--to", help="Id of a person; may be given several times.")],
    actor: AsOption = "",
    mesh: MeshOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask people who may know what it is; they are told."""
    from weft.flow import dark as deeds

    with opened(mesh) as world, asking(world, actor) as who:
        deeds.ask(world, subject, who, to, question)
    print_json({"subject": subject, "asked": to}) if as_json else say(f"asked {', '.join(to)}")


@dark.command(epilog='Example: weft dark answer stream:plant.mes.trial "A trial of 2024" --as greta@messy.example')
def answer(
    subject: SubjectArgument,
    text: Annotated[str, typer.Argument(help="What you know.")],
    actor: AsOption = "",
    mesh: MeshOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what you know about it: it stays when people go."""
    from weft.flow import dark as deeds

    with opened(mesh) as world, asking(world, actor) as who:
        deeds.answer(world, subject, who, text)
    print_json({"subject": subject, "answered": text}) if as_json else say("noted down")


@dark.command(epilog="Example: weft dark adopt stream:plant.mes.trial plant.trial")
def adopt(
    subject: SubjectArgument,
    product: Annotated[str, typer.Argument(help="domain.product to draft.")],
    actor: AsOption = "",
    mesh: MeshOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draft a product over a stream; owner, stewards and council may."""
    from weft.flow import dark as deeds

    with opened(mesh) as world, asking(world, actor) as who:
        drafted = deeds.adopt(world, subject, who, product)
    written = [f"domains/{product.replace('.', '/')}/{file}" for file in drafted.files]
    print_drafted(written, drafted.evidence, as_json=as_json)


@dark.command(epilog='Example: weft dark retire stream:plant.mes.trial "a trial of 2024"')
def retire(
    subject: SubjectArgument,
    reason: Annotated[str, typer.Argument(help="Why nobody needs it.")],
    actor: AsOption = "",
    undo: Annotated[bool, typer.Option("--undo", help="Take it back instead; give any reason.")] = False,
    mesh: MeshOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide that nobody needs it: it is listed no more, a product's documents are retired. Undo within 30 days."""
    from weft.flow import dark as deeds

    with opened(mesh) as world, asking(world, actor) as who:
        if undo:
            deeds.restore(world, subject, who)
        else:
            deeds.retire(world, subject, who, reason)
    if as_json:
        print_json({"subject": subject, "retired": not undo})
    else:
        say(f"{subject} is {'back' if undo else 'retired; `weft dark --retired` lists it'}")
