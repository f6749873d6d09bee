"""The simulator: one portal."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from weft_vendors.core import Call, Refused, Row, Vendor
from weft_vendors.hubspot import changes, links
from weft_vendors.hubspot.auth import Door
from weft_vendors.hubspot.catalogue import CUSTOM_SCOPES, TYPES, Type, definition
from weft_vendors.hubspot.index import Index
from weft_vendors.hubspot.limits import Limits
from weft_vendors.hubspot.routes import guarded, refusal, tokens
from weft_vendors.hubspot.wire import error, iso, moment

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from starlette.responses import Response

    from weft_vendors.core.vendor import Answerer

SIMPLE = (
    "owners",
    "campaigns",
    "marketing_emails",
    "forms",
    "submissions",
    "email_events",
    "email_campaigns",
    "events",
)
MADE = Type("machines", "2-3465404", CUSTOM_SCOPES, "*serial *model installed_on:date hours:number", "machine")
"""The object that this portal's people made themselves."""
_SCOPES = (
    "oauth",
    "forms",
    "content",
    "marketing.campaigns.read",
    "business-intelligence",
    "crm.objects.owners.read",
    "crm.lists.read",
    "crm.schemas.custom.read",
    "account-info.security.read",
)

Told = dict[str, Any]


class HubSpot(Vendor):
    """A Professional portal in the time zone of New York with one custom object."""

    name = "hubspot"
    number = 1234567
    zone = "US/Eastern"
    objects = (*(kind.name for kind in TYPES), MADE.name, *SIMPLE[:6])
    lag = 45.0
    """Seconds that a write takes at most to be found by search."""
    links_page = 500
    """Links that one record of a batch answers with at most."""
    url = "https://api.hubapi.com"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.types: dict[str, Type] = {}
        self.properties: dict[str, dict[str, Told]] = {}
        self.index: dict[str, Index] = {}
        self._last: dict[str, int] = {}
        for kind in (*TYPES, MADE):
            self.add_type(kind)
        scopes = frozenset({*_SCOPES, *(scope for kind in self.types.values() for scope in kind.scopes)})
        self.door = Door(self.clock.now, self.number, scopes, client="f0e1d2c3-app", secret="s3cr3t-of-the-app")  # noqa: S106 - made up
        self.limits = Limits(self.clock.now, self.zone)
        self._service = self.door.key("service-na1")
        self._legacy = self.door.key("pat-na1")
        self._refresh = self.door.refresh_token()

    def credentials(self) -> Told:
        """A service key, a legacy token, and an app with a refresh token."""
        return {
            "service_key": self._service,
            "private_app_token": self._legacy,
            "client_id": self.door.client,
            "client_secret": self.door.secret,
            "refresh_token": self._refresh,
        }

    def limited(self, *scopes: str) -> str:
        """A service key that is granted only these scopes."""
        return self.door.key("service-na1", frozenset(scopes))

    def add_type(self, kind: Type) -> None:
        """One more object type."""
        self.types[kind.name] = kind
        self.properties[kind.name] = kind.definitions()
        self.index[kind.name] = Index(self.ledger.rows(kind.name))
        for row in list(self.ledger.rows(kind.name).values()):
            self.index[kind.name].add(row, None)

    def add_property(self, object_: str, name: str, kind: str = "string", field: str = "", **more: Any) -> None:
        """One more custom property, as people make them between two runs."""
        told = definition(name, kind, field) | {"hubspotDefined": False, "createdAt": iso(self.clock.now())}
        self.properties[object_][name] = told | more

    def type(self, word: str) -> Type:
        """The type that a path names: by name, id, full or short custom name."""
        for kind in self.types.values():
            custom = (f"p{self.number}_{kind.name}", f"p_{kind.name}") if kind.id.startswith("2-") else ()
            if word in (kind.name, kind.singular, kind.id, *custom):
                return kind
        raise Refused(400, error(f"Unable to infer object type from: {word}", "VALIDATION_ERROR"))

    def history(self, kind: Type, key: str) -> dict[str, list[Told]]:
        """Earlier values of a record's properties, newest first."""
        told: dict[str, list[Told]] = {}
        for (text,) in self.ledger.ask(
            "SELECT row FROM change WHERE object = ? AND id = ? AND op = 'put' ORDER BY seq", kind.name, key
        ):
            changes.remember(told, text)
        return told

    def serve(self, call: Call, object_: str, rows: Iterable[Row]) -> None:
        """Notes what an answer holds."""
        self.ledger.served(call.number, object_, [row["id"] for row in rows])

    # What records are.

    def key(self, object_: str) -> str:
        """The field that tells records apart."""
        return {"submissions": "conversionId", "email_events": "key"}.get(object_, "id")

    def load(self, object_: str, rows: Iterable[Row]) -> None:
        """Takes records as the API shows them; search has what is older than an hour at once."""
        kind = self.types.get(object_)
        if kind is None:
            super().load(object_, rows)
            return
        whole = [changes.whole(row, kind, self.clock.now()) for row in rows]
        super().load(object_, whole)
        now = self.clock.now()
        for row in whole:
            old = moment(row["updatedAt"]) < now - timedelta(hours=1)
            self.index[object_].add(row, None if old else now + timedelta(seconds=self.random.uniform(0, self.lag)))

    def stamped(self, object_: str, row: Row, at: datetime) -> Row:
        """A record that is written at that time."""
        kind = self.types.get(object_)
        if kind is not None:
            return changes.stamped(row, kind, at)
        return changes.happened(row, object_, at)

    def delete(self, object_: str, *ids: str) -> None:
        """Into the bin where there is one: lists of what is archived show it; else for good."""
        there, now = self.ledger.rows(object_), iso(self.clock.now())
        for key in ids:
            if object_ in changes.ONCE:
                continue
            if object_ in self.types:
                self.load(object_, [{**there[key], "archived": True, "archivedAt": now}])
            elif "archived" in there[key]:
                super().load(object_, [{**there[key], "archived": True}])
            else:
                super().delete(object_, key)

    def purge(self, object_: str, *ids: str) -> None:
        """For good, as the law lets a person ask: no list has them any more."""
        super().delete(object_, *ids)
        for key in ids:
            self.index[object_].drop(key, self.clock.now() + timedelta(seconds=self.lag))

    def merge(self, object_: str, winner: str, loser: str) -> None:
        """Two records become one."""
        row = self.ledger.rows(object_)[winner]
        known = row["properties"].get("hs_merged_object_ids")
        merged = ";".join([*(known.split(";") if known else ()), loser])
        self.purge(object_, loser)
        self.put(object_, {**row, "properties": {**row["properties"], "hs_merged_object_ids": merged}})

    def link(self, left: str, right: str, key: str, others: Iterable[str]) -> None:
        """What a record is linked to from now on; its modified time stays."""
        self.ledger.put(links.pair(left, right), {key: links.linked(left, right, key, others)}, self.clock.now())

    # What churn does.

    def invent(self, object_: str, random: Random, old: Row | None = None) -> Row:
        """A new record, or a changed one; one from the bin comes back."""
        return changes.altered(self, object_, old, random) if old else changes.invented(self, object_, random)

    def next(self, object_: str, first: int) -> str:
        """An id that was never given, with gaps between."""
        known = (
            self.index[object_].order[-1:] if object_ in self.types else [int(key) for key in self.ledger.rows(object_)]
        )
        self._last[object_] = max(self._last.get(object_, first), *known, first) + self.random.randrange(1, 8)
        return str(self._last[object_])

    def churn(self, count: int = 1) -> None:
        """Changes, those that only this system knows among them: bulk edits, merges, links, erasures."""
        for _ in range(count):
            with self.ledger.lock:
                done = changes.own(self, self.random.choice(self.objects))
            if not done:
                super().churn()

    def failure(self, status: int) -> Response:
        """A refusal of HubSpot's edge."""
        return refusal(status)

    def routes(self) -> list[tuple[str, str, Answerer]]:
        """Everything, under its old and its dated paths."""
        return [*tokens(self.door), *guarded(self)]
