"""weft check: judge documents, and run the tests of SQL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from weft.cli.face import JsonOption, print_json, say
from weft.cli.table import print_table
from weft.cli.values import cell, count

if TYPE_CHECKING:
    from weft.flow.sql_tests import Outcome
    from weft.model import Problem


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        epilog="Example: weft check . ; weft check --tests ; weft check domains/sales/pipeline/deals.odcs.yaml"
    )
    def check(
        path: Path = typer.Argument(Path(), help="A mesh's folder, a folder in it, or one document."),
        tests: Annotated[
            bool, typer.Option("--tests", help="Also run the tests of SQL, TABLE.test.yaml beside TABLE.sql.")
        ] = False,
        as_json: JsonOption = False,
    ) -> None:
        """Judge documents. All problems at once, each with file, line and column; exit 1 when there are errors."""
        problems = _problems(path)
        errors = sum(p.severity == "error" for p in problems)
        done = _tested(path) if tests and not errors else ()
        if as_json:
            listed = [p.model_dump(mode="json") for p in problems]
            print_json({"problems": listed, "tests": [_value(one) for one in done]} if tests else listed)
        else:
            _print(problems, done)
            if tests and errors:
                say("tests are not run while there are errors")
        raise typer.Exit(1 if errors or not all(one.passed for one in done) else 0)


def _print(problems: tuple[Problem, ...], done: tuple[Outcome, ...]) -> None:
    for problem in problems:
        say(str(problem), style="red" if problem.severity == "error" else "yellow")
    for one in done:
        _print_test(one)
    errors, failed = sum(p.severity == "error" for p in problems), sum(not one.passed for one in done)
    counts = [(errors, "error"), (len(problems) - errors, "warning")]
    say(", ".join(count(n, what) for n, what in counts if n) or "everything is in order")
    if done:
        say(f"{count(len(done), 'test')}, {failed} failed", style="red" if failed else "green")


def _print_test(one: Outcome) -> None:
    if one.passed:
        say(f"ok    {one.table}: {one.name}")
        return
    say(f"FAILS {one.table}: {one.name}  ({one.position})", style="red")
    for text in (one.error, one.quarantined):
        if text:
            say(f"      {text}")
    rows = [("- expected", *row) for row in one.missing] + [("+ found", *row) for row in one.surplus]
    if rows:
        print_table(("", *one.columns), [(row[0], *(cell(value) for value in row[1:])) for row in rows])


def _value(one: Outcome) -> dict[str, Any]:
    def rows(some: tuple[tuple[Any, ...], ...]) -> list[dict[str, Any]]:
        return [dict(zip(one.columns, row, strict=True)) for row in some]

    return {
        "table": one.table,
        "test": one.name,
        "position": str(one.position),
        "passed": one.passed,
        "error": one.error,
        "quarantined": one.quarantined,
        "missing": rows(one.missing),
        "surplus": rows(one.surplus),
    }


def _problems(path: Path) -> tuple[Problem, ...]:
    """Of a whole mesh as it is; of a part of one what lies in that part, judged with everything around it."""
    from weft import spec
    from weft.flow.check import check as judge
    from weft.mesh import judges

    inside = path.resolve()
    root = next((p for p in inside.parents if (p / "mesh.yaml").is_file()), None)
    if root is None or not path.exists() or (inside / "mesh.yaml").is_file():
        return judge(judges(), path)
    part = inside.relative_to(root).as_posix()
    if part.endswith(".test.yaml"):
        return spec.read_sql_test(part, path.read_bytes())[1]
    alone = judge(judges(), path) if path.is_file() and path.suffix != ".sql" else ()
    if any(p.severity == "error" for p in alone):
        return alone
    return tuple(p for p in judge(judges(), root) if f"{p.position.file}/".startswith(f"{part}/"))


def _tested(path: Path) -> tuple[Outcome, ...]:
    """The tests of a mesh, or of a part of one.

    Raises:
        Invalid: a document of tests has problems, or there is none.
    """
    from weft import spec
    from weft.cli.where import find_mesh
    from weft.errors import Invalid
    from weft.flow.sql_tests import Bench, run_tests
    from weft.mesh import bench

    inside = path.resolve()
    root = find_mesh(inside if inside.is_dir() else inside.parent).resolve()
    part = "" if inside == root else inside.relative_to(root).as_posix()
    tests, problems = spec.read_sql_tests(root, part)
    if problems:
        raise Invalid("the tests have problems", hint="Mend them.", problems=problems)
    if not tests:
        raise Invalid(
            f"there are no tests of SQL {'in ' + part if part else 'in this mesh'}",
            hint="They lie beside the SQL: domains/<domain>/<product>/<table>.test.yaml",
        )
    known, _ = spec.resolve(spec.read_folder(root)[0])
    with bench() as (engine, folder):
        return tuple(run_tests(Bench(engine, folder), known, tests))
