"""The command `weft-vendors`: simulators for anyone who tests an integration."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING

from weft_vendors import names, vendor
from weft_vendors.core import Vendor, serving

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLE = 300
"""Changes that fill a simulator that is given no records."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs until it is interrupted."""
    options = _parser().parse_args(arguments)
    wanted = options.only.split(",") if options.only else names()
    unknown = sorted(set(wanted) - set(names()))
    if unknown:
        sys.stderr.write(f"no simulator of {', '.join(unknown)}; there are {', '.join(names())}\n")
        return 2
    vendors = [_filled(vendor(name)(seed=options.seed), options.data) for name in wanted]
    with serving(*vendors, port=options.port) as urls:
        _tell({v.name: {"url": urls[v.name], **v.credentials()} for v in vendors}, as_json=options.json)
        try:
            while True:
                sleep(options.churn or 3600)
                for one in vendors if options.churn else []:
                    one.churn(3)
        except KeyboardInterrupt:
            return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="weft-vendors", description="Simulators of business systems' APIs.")
    parser.add_argument("--only", metavar="A,B", default="", help=f"which of {', '.join(names())} (default: all)")
    parser.add_argument("--port", type=int, default=0, help="of the first; the next takes the next (default: any free)")
    parser.add_argument("--data", type=Path, metavar="DIR", help="records: DIR/<vendor>/<object>.jsonl")
    parser.add_argument("--seed", type=int, default=0, help="of records, changes and faults (default: 0)")
    parser.add_argument("--churn", type=float, metavar="SECONDS", default=0.0, help="change some records so often")
    parser.add_argument("--json", action="store_true", help="print addresses and credentials as one line of JSON")
    return parser


def _filled(one: Vendor, data: Path | None) -> Vendor:
    files = sorted((data / one.name).glob("*.jsonl")) if data else []
    for file in files:
        with file.open(encoding="utf-8") as lines:
            one.load(file.stem, (json.loads(line) for line in lines if line.strip()))
    if data is None:
        one.churn(SAMPLE)
    return one


def _tell(told: dict[str, dict[str, object]], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        for name, facts in told.items():
            sys.stdout.write(f"{name}\n" + "".join(f"  {fact}: {value}\n" for fact, value in facts.items()))
    sys.stdout.flush()
