"""What there is to know about a product or a table, as plain values: the facts of the views, for who sees all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft import catalog, quality
from weft.errors import Invalid
from weft.flow import base, openlineage
from weft.flow.alert import concerned
from weft.flow.views.product import feeds, knowledge, reads
from weft.flow.views.table import classified, terms
from weft.flow.views.tables import name_of
from weft.flow.views.trust import blocking

if TYPE_CHECKING:
    from weft.model import DataProduct, Declared, Placed
    from weft.seams import Unit, World


def describe(world: World, known: Declared, name: str = "") -> dict[str, Any]:
    """All products, one product (`domain.product`), or one table (`domain.product.table`)."""
    base.caught_up(world)
    with world.registry.transaction() as unit:
        if not name:
            tables: dict[str, list[Placed]] = {}
            for placed in known.placed:
                tables.setdefault(str(placed.product), []).append(placed)
            return {"products": [_row(unit, known, p, tables.get(n, [])) for n, p in known.products.items()]}
        if name in known.products:
            return _product(unit, known, known.products[name])
        return _table(world, unit, known, known.table(name))


def _state(unit: Unit, placed: Placed) -> str:
    published = unit.publications.get(placed.name.key)
    held = unit.publications.held(placed.name.key)
    if held:
        return f"held ({'older version published' if published else 'nothing published'})"
    return "published" if published else "not published"


def _since(unit: Unit, placed: Placed) -> str:
    published = unit.publications.get(placed.name.key)
    return f"{_state(unit, placed)} {published.at if published else ''}".rstrip()


def _row(unit: Unit, known: Declared, product: DataProduct, tables: list[Placed]) -> dict[str, Any]:
    domain = known.domains.get(product.domain)
    states = {p.name.table: _state(unit, p) for p in tables}
    alike = len(set(states.values())) == 1
    published = [found.at for p in tables if (found := unit.publications.get(p.name.key))]
    return {
        "product": str(product),
        "title": product.title,
        "status": product.status,
        "owner": domain.owner if domain else "",
        "tables": ", ".join(states),
        "state": next(iter(states.values())) if alike else "; ".join(f"{t}: {s}" for t, s in states.items()),
        "fresh": max(published, default=""),
    }


def _product(unit: Unit, known: Declared, product: DataProduct) -> dict[str, Any]:
    domain, said = known.domains.get(product.domain), knowledge(product)
    tables = [p for p in known.placed if str(p.product) == str(product)]
    last = next(iter(catalog.last_runs(unit.projections, str(product), 1)), None)
    return {
        "product": str(product),
        "title": product.title,
        "status": product.status,
        "version": product.version,
        "purpose": product.purpose,
        "limitations": product.limitations,
        "usage": product.usage,
        "exists because": said.why,
        "known by": list(said.who),
        "odd": said.odd,
        "owner": domain.owner if domain else "",
        "stewards": list(domain.stewards) if domain else [],
        "tags": list(product.tags),
        "reads": list(reads(tables)),
        "read by": list(feeds(known, tables)),
        "last run": f"{last.id} {last.state} {last.finished}" if last else "",
        "tables": [
            {
                "table": name_of(known, p),
                "state": _since(unit, p),
                "version": p.contract.version,
                "about": p.table.description,
            }
            for p in tables
        ],
    }


def _table(world: World, unit: Unit, known: Declared, placed: Placed) -> dict[str, Any]:
    protection = base.effective(world, known, placed.name)
    published = unit.publications.get(placed.name.key)
    return {
        "table": name_of(known, placed),
        "about": placed.table.description,
        "contract": f"{placed.contract.id} {placed.contract.version} ({placed.contract.status})",
        "state": _since(unit, placed),
        "rows": published.relation.rows if published else 0,
        "key": list(placed.table.primary_key),
        "columns": [
            {
                "column": p.name,
                "type": p.type,
                "required": p.required or bool(p.key),
                "classification": classified(p, protection.get(p.name)),
                "tags": ", ".join(protection[p.name].tags if p.name in protection else p.tags),
                "about": p.description,
            }
            for p in placed.table.properties
        ],
        "rules": [{"rule": r.name, "severity": r.severity, "about": quality.described(r)} for r in placed.table.rules],
        "terms": [{"term": t.key, "means": t.definition} for t in terms(known, placed, placed.table.all_definitions)],
        "used": [
            {"day": u.day, "by": u.actor, "allowed": u.allowed, "refused": u.refused, "looked": u.looked}
            for u in catalog.uses(unit.projections, placed.name.key)
        ],
        **_health(catalog.health(unit.projections, placed.name.key)),
    }


def _health(found: catalog.Health) -> dict[str, Any]:
    return {
        "fresh": found.fresh,
        "checked": f"{found.passed} passed, {len(found.failed)} failed, {found.checked}" if found.checked else "",
        "in quarantine": found.waiting or "",
        "drift": list(found.drift),
        "vanished": list(found.vanished),
        "last error": found.error,
    }


def held(world: World, known: Declared, table: str = "") -> list[dict[str, Any]]:
    """Held versions with the rules that hold them and who was told."""
    wanted = known.table(table).name.key if table else ""
    told = []
    with world.registry.transaction() as unit:
        for publication in unit.publications.all():
            key = publication.table.key
            if not publication.held or (wanted and key != wanted):
                continue
            told.append(
                {
                    "table": str(publication.table),
                    "version": publication.version,
                    "rows": publication.relation.rows,
                    "run": publication.run,
                    "at": publication.at,
                    "findings": blocking(unit, key),
                    "told": concerned(known, publication.table),
                }
            )
    return told


def lineage_of(world: World, known: Declared, name: str, *, down: bool = False) -> list[dict[str, Any]]:
    """Edges from a table or column towards its origins, or `down` to its consumers, nearest first.

    Raises:
        Invalid: nothing has that name.
    """
    with world.registry.transaction() as unit:
        graph = openlineage.whole(unit, known)
    if not graph.named(name):
        known.table(".".join(name.split(".")[:3]))
        raise Invalid(f"'{name}' names no column", hint="A column is named domain.product.table.column.")
    part = graph.downstream(name) if down else graph.upstream(name)
    return [{"from": e.source, "to": e.target, "how": e.how} for e in part.edges]
