"""weft check: judge documents."""

from __future__ import annotations

from pathlib import Path

import typer

from weft.cli.face import JsonOption, print_problems, say


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft check . ; weft check domains/sales/pipeline/deals.odcs.yaml")
    def check(
        path: Path = typer.Argument(Path(), help="A mesh's folder, or one document."), as_json: JsonOption = False
    ) -> None:
        """Judge documents: all problems at once, each with file, line and column; exit 1 when there are errors."""
        from weft.flow.check import check as judge
        from weft.mesh import judges

        problems = judge(judges(), path)
        print_problems(problems, as_json=as_json)
        errors = sum(p.severity == "error" for p in problems)
        if not as_json:
            say(f"{errors} errors, {len(problems) - errors} warnings" if problems else "everything is in order")
        raise typer.Exit(1 if errors else 0)
