"""weft check: judge documents."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from weft.cli.face import JsonOption, print_json, say
from weft.cli.values import count

if TYPE_CHECKING:
    from weft.model import Problem


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft check . ; weft check domains/sales/pipeline/deals.odcs.yaml")
    def check(
        path: Path = typer.Argument(Path(), help="A mesh's folder, a folder in it, or one document."),
        as_json: JsonOption = False,
    ) -> None:
        """Judge documents. All problems at once, each with file, line and column; exit 1 when there are errors."""
        problems = _problems(path)
        errors = sum(p.severity == "error" for p in problems)
        if as_json:
            print_json([p.model_dump(mode="json") for p in problems])
        else:
            for problem in problems:
                say(str(problem), style="red" if problem.severity == "error" else "yellow")
            counts = [(errors, "error"), (len(problems) - errors, "warning")]
            say(", ".join(count(n, what) for n, what in counts if n) or "everything is in order")
        raise typer.Exit(1 if errors else 0)


def _problems(path: Path) -> tuple[Problem, ...]:
    """Of a whole mesh as it is; of a part of one what lies in that part, judged with everything around it."""
    from weft.flow.check import check as judge
    from weft.mesh import judges

    inside = path.resolve()
    root = next((p for p in inside.parents if (p / "mesh.yaml").is_file()), None)
    if root is None or not path.exists() or (inside / "mesh.yaml").is_file():
        return judge(judges(), path)
    part = inside.relative_to(root).as_posix()
    alone = judge(judges(), path) if path.is_file() and path.suffix != ".sql" else ()
    if any(p.severity == "error" for p in alone):
        return alone
    return tuple(p for p in judge(judges(), root) if f"{p.position.file}/".startswith(f"{part}/"))
