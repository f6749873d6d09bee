"""The simulator: one site."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from weft_vendors.atlassian import changes
from weft_vendors.atlassian.auth import CLASSIC, GRANULAR, Door
from weft_vendors.atlassian.catalogue import FIRST_DAY, field
from weft_vendors.atlassian.limits import Limits
from weft_vendors.atlassian.routes import guarded, refusal, tokens
from weft_vendors.atlassian.wire import moment
from weft_vendors.core import Row, Vendor
from weft_vendors.core.lagging import Lagging, Seen

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from starlette.responses import Response

    from weft_vendors.core.vendor import Answerer


class Atlassian(Vendor):
    """A site with three projects, whose viewer lives in Los Angeles."""

    name = "atlassian"
    own_faults = ("overlap", "slow")
    objects = ("issues", "issues", "issues", "issues", "versions", "sprints", "worklogs", "worklogs", "users", "pages")
    cloud = "1324a887-45db-1bf4-1e99-ef0ff456d421"
    zone = "America/Los_Angeles"
    """The time zone in the profile of whoever calls."""
    lag = 45.0
    """Seconds that a write takes at most to be found by search."""
    short = 0.2
    """How often a page holds fewer issues than it could."""
    feed_page = 1000
    """Worklogs on a page of their feeds."""
    admin = True
    """May the viewer see what administrators see?"""
    url = "https://messy.atlassian.net"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.index = Lagging()
        self.last: dict[str, int] = {}
        for object_, rows in FIRST_DAY.items():
            if not self.ledger.rows(object_):
                self.ledger.put(object_, rows, self.clock.now())
        for row in self.ledger.rows("issues").values():
            self.index.write(row["id"], row, None)
        self.door = Door(self.clock.now, "mia@messy.example", client="a1b2c3-app", secret="s3cr3t-of-the-app")  # noqa: S106 - made up
        self.limits = Limits(self.clock.now)
        self._given = {
            "email": self.door.email,
            "api_token": self.door.api_token(),
            "scoped_token": self.door.api_token(CLASSIC | GRANULAR),
            "service_token": self.door.service_token(),
            "client_id": self.door.client,
            "client_secret": self.door.secret,
            "refresh_token": self.door.refresh_token(),
            "cloud_id": self.cloud,
        }

    def credentials(self) -> dict[str, Any]:
        """A person's tokens, a service account's, and an app with a refresh token."""
        return dict(self._given)

    def routes(self) -> list[tuple[str, str, Answerer]]:
        """Everything, on the site and through the gateway."""
        return [*tokens(self), *guarded(self)]

    def failure(self, status: int) -> Response:
        """A refusal of the edge."""
        return refusal(status)

    def add_field(self, key: str, name: str, kind: str, custom: str) -> None:
        """One more custom field, as administrators make them between two runs."""
        self.ledger.put("fields", {key: field(key, name, kind, custom)}, self.clock.now())

    def fresh(self, keys: Iterable[str]) -> dict[str, Seen]:
        """Issues as they are, whatever the index knows."""
        return {key: Seen(row) for key in keys if (row := self.ledger.rows("issues").get(key))}

    def key(self, object_: str) -> str:
        """The field that tells records apart."""
        return "accountId" if object_ == "users" else "id"

    def load(self, object_: str, rows: Iterable[Row]) -> None:
        """Takes records as the API shows them; search has what is older than an hour at once."""
        if object_ != "issues":
            super().load(object_, rows)
            return
        whole = [changes.whole(self, row) for row in rows]
        super().load(object_, whole)
        now = self.clock.now()
        for row in whole:
            old = moment(row["fields"]["updated"]) < now - timedelta(hours=1)
            self.index.write(row["id"], row, None if old else now + timedelta(seconds=self.random.uniform(0, self.lag)))

    def stamped(self, object_: str, row: Row, at: datetime) -> Row:
        """A record that is written at that time."""
        return changes.stamped(object_, row, at)

    def delete(self, object_: str, *ids: str) -> None:
        """For good; people are only deactivated."""
        for key in ids:
            if object_ == "users":
                row = self.ledger.rows(object_)[key]
                super().load(object_, [{**row, "active": False, "displayName": "Former user"}])
                continue
            super().delete(object_, key)
            if object_ == "issues":
                self.index.write(key, None, self.clock.now() + timedelta(seconds=self.lag))

    def invent(self, object_: str, random: Random, old: Row | None = None) -> Row:
        """A new record, or a changed one."""
        return changes.altered(self, object_, old, random) if old else changes.invented(self, object_, random)

    def churn(self, count: int = 1) -> None:
        """Changes, those that only this system knows among them: moves, renames that touch no issue, bulk edits."""
        for _ in range(count):
            with self.ledger.lock:
                done = changes.own(self)
            if not done:
                super().churn()
