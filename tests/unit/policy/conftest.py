"""A small mesh for tests of policies."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from weft.model import (
    Contract,
    DataProduct,
    Declared,
    Domain,
    Effective,
    Grant,
    Member,
    Mesh,
    Person,
    Placed,
    Policy,
    Property,
    Role,
    ServiceAccount,
    Shape,
    Table,
    TableName,
    Team,
)
from weft.policy import Context, actor, decide

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

PROPERTIES = (
    Property(name="id", type="integer", key=1),
    Property(name="email", tags=("pii.email",)),
    Property(name="income", type="number", classification="confidential", tags=("income",)),
    Property(name="born", type="date", tags=("pii",)),
    Property(name="region"),
    Property(name="address", type="object"),
)


class Small:
    """The mesh `acme`: domains people and sales, one table people.staff.employees."""

    def __init__(self, *policies: Policy, grants: tuple[Grant, ...] = (), **mesh: object) -> None:
        table = Table(name="employees", properties=PROPERTIES, tags=("hr",))
        custom = mesh.pop("custom", {})
        contract = Contract(
            id="employees",
            tables=(table,),
            roles=(Role(role="auditor"), Role(role="loader", access="write")),
            custom=custom,
        )
        product = DataProduct(id="staff", name="staff", domain="people", tags=("product-tag",))
        name = TableName(domain="people", product="staff", table="employees")
        self.placed = Placed(name=name, table=table, contract=contract, product=product, shape=Shape(kind="none"))
        people = [
            Person(id="ada@acme", attributes={"regions": ["EMEA", "APAC"], "region": "EMEA", "level": 3}),
            Person(id="bob@acme"),
            Person(id="cyd@acme", roles=("auditor",)),
            Person(id="dan@acme"),
            Person(id="eve@acme", active=False),
            Person(id="own@acme"),
            Person(id="fay@acme", roles=("loader",)),
        ]
        self.declared = Declared(
            mesh=Mesh(name="acme", purposes=("billing", "research"), **mesh),
            domains={
                "people": Domain(
                    name="people",
                    owner="own@acme",
                    stewards=("team:hr",),
                    members=(Member(member="dan@acme", role="producer"),),
                ),
                "sales": Domain(name="sales", owner="ada@acme"),
            },
            people={p.id: p for p in people},
            teams={
                "hr": Team(name="hr", members=("bob@acme",), roles=("hr-reader",), attributes={"regions": ["AMER"]}),
                "both": Team(name="both", members=("bob@acme", "ada@acme"), attributes={"regions": ["EMEA", "AMER"]}),
            },
            services={"bot": ServiceAccount(name="bot", domain="sales", roles=("auditor",))},
            products={"people.staff": product},
            contracts={"employees": contract},
            placed=(self.placed,),
            policies=policies,
            grants=grants,
        )

    def decide(self, who: str, purpose: str = "", **context: object):
        return decide(self.declared, self.placed, actor(self.declared, who), self.context(purpose, **context))

    def context(self, purpose: str = "", now: datetime = NOW, effective: dict[str, Effective] | None = None) -> Context:
        own = {
            p.name: Effective(classification=p.classification or "internal", tags=p.tags)
            for p in self.placed.table.properties
        }
        return Context(now=now, effective=own if effective is None else effective, purpose=purpose)


@pytest.fixture(scope="session")
def small() -> type[Small]:
    return Small
