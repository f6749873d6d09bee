"""The simulator: one portal."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from weft_vendors.core import Row, Vendor
from weft_vendors.hubspot import changes
from weft_vendors.hubspot.auth import Door
from weft_vendors.hubspot.catalogue import TYPES
from weft_vendors.hubspot.index import Index
from weft_vendors.hubspot.limits import Limits
from weft_vendors.hubspot.routes import guarded, refusal, tokens
from weft_vendors.hubspot.schema import MADE, Schema
from weft_vendors.hubspot.wire import iso, moment

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from starlette.responses import Response

    from weft_vendors.core.vendor import Answerer

SIMPLE = ("owners", "campaigns", "marketing_emails", "forms", "submissions", "email_events")
_SCOPES = (
    "oauth forms content marketing.campaigns.read business-intelligence crm.objects.owners.read crm.lists.read "
    "crm.schemas.custom.read"
)

Told = dict[str, Any]


class HubSpot(Vendor):
    """A Professional portal in the time zone of New York with one custom object."""

    name = "hubspot"
    own_faults = ("overlap",)
    zone = "US/Eastern"
    objects = (*(kind.name for kind in TYPES), MADE.name, *SIMPLE)
    lag = 45.0
    """Seconds that a write takes at most to be found by search."""
    links_page = 500
    """Links that one record of a batch answers with at most."""
    url = "https://api.hubapi.com"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.schema = Schema(self.clock.now)
        self.index: dict[str, Index] = defaultdict(Index)
        self.last: dict[str, int] = {}
        for kind in self.schema.types:
            self.index[kind].rows = self.ledger.rows(kind)
            for row in self.ledger.rows(kind).values():
                self.index[kind].add(row, None)
        scopes = frozenset({*_SCOPES.split(), *(scope for kind in self.schema.types.values() for scope in kind.scopes)})
        self.door = Door(self.clock.now, self.schema.number, scopes, client="f0e1d2c3-app", secret="s3cr3t-of-the-app")  # noqa: S106 - made up
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

    def key(self, object_: str) -> str:
        """The field that tells records apart."""
        return {"submissions": "conversionId", "email_events": "key"}.get(object_, "id")

    def load(self, object_: str, rows: Iterable[Row]) -> None:
        """Takes records as the API shows them; search has what is older than an hour at once."""
        kind = self.schema.types.get(object_)
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
        kind = self.schema.types.get(object_)
        if kind is not None:
            return changes.stamped(row, kind, at)
        return changes.happened(row, object_, at)

    def delete(self, object_: str, *ids: str) -> None:
        """Into the bin where there is one: lists of what is archived show it; else for good."""
        there, now = self.ledger.rows(object_), iso(self.clock.now())
        for key in ids:
            if object_ in changes.ONCE:
                continue
            if object_ in self.schema.types:
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

    def invent(self, object_: str, random: Random, old: Row | None = None) -> Row:
        """A new record, or a changed one; one from the bin comes back."""
        return changes.altered(self, object_, old, random) if old else changes.invented(self, object_, random)

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
