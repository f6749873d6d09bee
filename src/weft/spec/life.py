"""The end of a contract: its day, and what to read instead."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from weft.spec.gather import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.model import Contract, Placed
    from weft.spec.gather import Gathered


def check_life(found: Gathered, placed: Sequence[Placed]) -> None:
    """Complain of an end that is no day, of a successor that nothing has, of a deprecated contract without an end."""
    known = {str(p.name) for p in placed} | {p.name.key for p in placed} | set(found.products)
    for contract in found.contracts.values():
        _ends(found, contract)
        where = found.at(contract.position, "customProperties")
        if contract.successor and contract.successor not in known:
            what = f"'weft.successor' is '{contract.successor}', which is no table and no product"
            found.complain(where, f"{what}; {nearest(contract.successor, sorted(known))}")


def _ends(found: Gathered, contract: Contract) -> None:
    if contract.ends:
        try:
            dt.date.fromisoformat(contract.ends[:10])
        except ValueError:
            where = found.at(contract.position, "slaProperties")
            found.complain(where, f"'endOfLife' is '{contract.ends}', allowed is a day such as 2027-01-31")
    elif contract.status == "deprecated" and contract.product:
        text = "the contract is deprecated, and nobody knows until when: say it with slaProperties endOfLife"
        found.complain(found.at(contract.position, "status"), text, warning=True)
