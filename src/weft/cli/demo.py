"""weft demo: Messy, Inc. from its silos to one question asked by two people."""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from weft.cli.face import JsonOption, bars, print_json, remark, say
from weft.cli.serve import PORT, needed, serve_at, served
from weft.cli.table import print_table
from weft.errors import Invalid, Unavailable, WeftError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.demo import Found, Story, live
    from weft.seams import World

WRITTEN = {
    "sales.salesforce": "CSV, an object a file",
    "sales.exports": "CSV, a file a month",
    "marketing.hubspot": "JSON, every value a string",
    "marketing.exports": "JSON, the agency's figures",
    "product.atlassian": "JSON Lines",
    "product.exports": "XML, a file a month",
    "people.workday": "workbooks (XLSX)",
    "success.gainsight": "Parquet",
    "success.exports": "Parquet",
    "finance.netsuite": "text with pipes, Latin-1, decimal commas",
    "manufacturing.mes": "the machines' SQLite database",
}
ASKED = {
    "sales.salesforce": "Bulk API 2.0 and REST",
    "marketing.hubspot": "search by REST, every value a string",
    "product.atlassian": "JQL by REST, pages by token",
    "people.workday": "reports as a service (RaaS)",
    "success.gainsight": "queries by REST, days in milliseconds",
}
_EVERY = 20.0
"""Seconds between one change in the systems and the next, with `--churn`."""
_EACH = 2
"""Findings of one kind that are shown; the others are counted."""


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft demo --dir messy")
    def demo(
        folder: Annotated[Path, typer.Option("--dir", help="Folder to build the company in.")] = Path("messy"),
        serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve its portal afterwards.")] = True,
        port: Annotated[int, typer.Option(help="Port of the portal; 0 takes a free one.", min=0, max=65535)] = PORT,
        files: Annotated[bool, typer.Option("--files", help="Read exports of the systems, not the systems.")] = False,
        churn: Annotated[
            bool, typer.Option("--churn", help="While it is served, let things happen in the systems and run again.")
        ] = False,
        as_json: JsonOption = False,
    ) -> None:
        """Build Messy, Inc. Seven messy silos become products of seven domains; two people ask one question."""
        from weft.demo import PEOPLE, build, live, tell

        with bars(show=not as_json) as shown, ExitStack() as stack:
            alive = not files and live.installed()
            if churn and not (alive and serve):
                raise Invalid(
                    "'--churn' wants the systems alive, and the portal to watch",
                    hint="Leave out --files and --no-serve, and install weft-vendors.",
                )
            world = build(folder, shown, workbooks=not alive, runs=churn)
            stack.callback(world.close)  # last of all: what happens in the systems is still run until then
            if alive:
                systems = stack.enter_context(live.Systems(world.folder / "silos", world.clock.now()))
                systems.turn(world)
            elif not files:
                remark("The simulators (weft-vendors) are not installed: the demo reads exports of the systems.")
            story = tell(world)
            if as_json:
                print_json([one.model_dump(mode="json") for one in story.runs])
            else:
                _tell(world, story, folder, alive=alive)
            if churn:
                stack.enter_context(happening(world, systems))
            if serve and not as_json:
                _serve(world, port, PEOPLE[0])


@contextmanager
def happening(world: World, systems: live.Systems, every: float = _EVERY) -> Iterator[None]:
    """Let things happen in the systems every so many seconds, and run all products after it."""
    from weft.flow.run import run

    ended = threading.Event()

    def go_on() -> None:
        while not ended.wait(every):
            try:
                for text in systems.work():
                    remark(text)
                run(world)
            except WeftError as error:
                remark(f"{error}")

    thread = threading.Thread(target=go_on, name="churn", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _serve(world: World, port: int, actor: str) -> None:
    say()
    try:
        with needed():
            at = served(port)
    except Unavailable as error:
        remark(f"The portal is not served: {error.message}. {error.hint}")
        return
    serve_at(world, at, actor)


def _tell(world: World, story: Story, folder: Path, *, alive: bool) -> None:
    from weft.demo import PEOPLE, has_workbooks

    known = story.known
    ways = WRITTEN if has_workbooks() else {**WRITTEN, "people.workday": "CSV (the extra xlsx reads workbooks)"}
    ways |= ASKED if alive else {}
    say(f"Messy, Inc.: three years of seven silos, {sum(story.rows.values()):,} rows")
    order = sorted(story.rows, key=lambda name: -story.rows[name])
    written = [[known.sources[n].name, ways[n], known.sources[n].domain] for n in order]
    print_table(
        ["silo", "written as", "domain", "rows"], [[*w, story.rows[n]] for w, n in zip(written, order, strict=True)]
    )
    say()
    say(
        f"{story.documents} documents: {len(known.domains)} domains, {len(known.products)} products, "
        f"{len(known.placed)} tables, {len(known.policies)} policies. Every product ran and was checked:"
    )
    print_table(["found", "count", "where", "what"], list(_told(story.found)))
    _ask_twice(world)
    say()
    say(f"Look further:  cd {folder}  and then")
    say(f"  weft show  ·  weft lineage success.health.accounts  ·  weft quarantine sales.crm.accounts --as {PEOPLE[0]}")


def _told(found: tuple[Found, ...]) -> Iterator[list[object]]:
    for kind, group in groupby(found, key=lambda f: f.kind):
        listed = list(group)
        for one in listed[:_EACH]:
            yield [kind, one.amount or None, one.about, one.text]
        if rest := listed[_EACH:]:
            yield ["", sum(one.amount for one in rest) or None, f"and {len(rest)} more", ""]


def _ask_twice(world: World) -> None:
    from weft.demo import PEOPLE, QUESTION
    from weft.flow.ask import ask

    say()
    say("One question across the silos:")
    for line in QUESTION.splitlines():
        say(f"  {line}")
    for who in PEOPLE:
        say()
        say(f"asked by {who}:", style="bold")
        asked = ask(world, QUESTION, who, "reporting")
        with asked.answer as answer:
            rows = [row for batch in answer for row in batch.to_pylist()]
        print_table(list(rows[0]), [[_short(v) for v in row.values()] for row in rows])


def _short(value: object) -> object:
    """A hash is cut for the eye."""
    return f"{value[:12]}…" if isinstance(value, str) and len(value) == 64 else value  # noqa: PLR2004 - hexadecimal SHA-256
