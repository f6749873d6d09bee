"""The command `weft-vendors`: simulators for anyone who tests an integration."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING

from weft_vendors import names, vendor
from weft_vendors.core import Ledger, Vendor, serving
from weft_vendors.core.faults import WIRE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weft_vendors.core import Row

SAMPLE = 300
"""Changes that fill a simulator that is given no records."""
ALWAYS = 10**9
"""How often a fault of the command line may happen: until the command ends."""
PORTS = range(65_536)


class Wrong(Exception):
    """The command line asks for what cannot be done; says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs until it is interrupted."""
    options = _parser().parse_args(arguments)
    try:
        vendors = _made(options)
        with serving(*vendors, port=options.port) as urls:
            _tell({v.name: {"url": urls[v.name], **v.credentials()} for v in vendors}, as_json=options.json)
            _go_on(vendors, options.churn)
    except KeyboardInterrupt:
        return 0
    except (Wrong, OSError) as error:
        sys.stderr.write(f"weft-vendors: {error}\n")
    return 2


def _go_on(vendors: Sequence[Vendor], pause: float) -> None:
    """Lets things happen, until it is interrupted."""
    while True:
        sleep(pause or 3600)
        for one in vendors if pause else ():
            one.churn(3)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="weft-vendors", description="Simulators of business systems' APIs.")
    add = parser.add_argument
    add("--only", metavar="A,B", default="", help=f"which of {', '.join(names())} (default: all)")
    add("--port", type=int, default=0, help="of the first; the next takes the next (default: any free)")
    add("--data", type=Path, metavar="DIR", help="records: DIR/<vendor>/<object>.jsonl")
    add("--seed", type=int, default=0, help="of records, changes and faults (default: 0)")
    add("--churn", type=float, metavar="SECONDS", default=0.0, help="change some records so often")
    fault = (
        f"let requests go wrong: {', '.join(WIRE)}, or a kind of one system; 429=30@*/search: VALUE, PATH; repeatable"
    )
    add("--fault", action="append", metavar="KIND[=VALUE][@PATH]", default=[], help=fault)
    add("--share", type=float, default=0.05, help="share of requests that meet a fault (default: 0.05)")
    add("--ledger", type=Path, metavar="DIR", help="keep what was changed and served in DIR/<vendor>.sqlite")
    add("--json", action="store_true", help="print addresses and credentials as one line of JSON")
    return parser


def _made(options: argparse.Namespace) -> list[Vendor]:
    """The simulators that are asked for, filled, with what is to go wrong."""
    wanted = options.only.split(",") if options.only else names()
    unknown = sorted(set(wanted) - set(names()))
    if unknown:
        raise Wrong(f"no simulator of {', '.join(unknown)}; there are {', '.join(names())}")
    if options.port not in PORTS or (options.port and options.port + len(wanted) - 1 not in PORTS):
        raise Wrong(f"--port {options.port}: ports end at {PORTS[-1]}, and {len(wanted)} are wanted")
    if options.churn < 0 or not 0 <= options.share <= 1:
        raise Wrong("--churn is a number of seconds, --share a number from 0 to 1")
    if options.data and not any((options.data / name).is_dir() for name in wanted):
        raise Wrong(f"--data {options.data}: there is no folder of {' or '.join(wanted)} in it")
    made = [vendor(name)(seed=options.seed, ledger=_ledger(options.ledger, name)) for name in wanted]
    for one in made:
        _filled(one, options.data)
    for text in options.fault:
        _planned(made, text, options.share)
    return made


def _ledger(folder: Path | None, name: str) -> Ledger:
    if folder is None:
        return Ledger()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.sqlite"
    if path.exists():
        raise Wrong(f"--ledger: {path} is there already, of another run")
    return Ledger(path)


def _planned(made: Sequence[Vendor], text: str, share: float) -> None:
    """Has a fault happen in each system that knows it."""
    asked, _, path = text.partition("@")
    kind, _, value = asked.partition("=")
    known = [one for one in made if kind in {*WIRE, *one.own_faults}]
    if not known:
        own = sorted({fault for one in made for fault in one.own_faults})
        raise Wrong(f"--fault {kind}: there are {', '.join([*WIRE, *own])}")
    for one in known:
        one.faults.plan(kind, path or "*", times=ALWAYS, share=share, value=value)


def _filled(one: Vendor, data: Path | None) -> None:
    for file in sorted((data / one.name).glob("*.jsonl")) if data else ():
        one.load(file.stem, _records(file))
    if data is None:
        one.churn(SAMPLE)


def _records(file: Path) -> Iterator[Row]:
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row: Row = json.loads(line)
            except ValueError as error:
                raise Wrong(f"{file}:{number}: no JSON: {error}") from None
            yield row


def _tell(told: dict[str, dict[str, object]], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        for name, facts in told.items():
            sys.stdout.write(f"{name}\n" + "".join(f"  {fact}: {value}\n" for fact, value in facts.items()))
    sys.stdout.flush()
