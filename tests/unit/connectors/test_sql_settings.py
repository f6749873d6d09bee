"""What a source and a stream may say."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from weft.connectors.sql.kind import Sql, SqlStream
from weft.connectors.sql.target import target
from weft.errors import Invalid
from weft.mesh.open import KNOWN


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:///in/crm.db", "the database 'in/crm.db'"),
        ("sqlite:////srv/crm.db", "the database '/srv/crm.db'"),
        ("postgresql://db.example/crm", "the database 'crm' on db.example"),
        ("postgres://db.example:6543/crm?sslmode=require", "the database 'crm' on db.example:6543"),
        ("postgresql://[::1]:5432/crm", "the database 'crm' on [::1]:5432"),
        ("mariadb://db.example:3307/crm", "the database 'crm' on db.example:3307"),
        ("mysql:///crm?socket=/run/my", "the database 'crm' on /run/my"),
        ("sqlserver://db.example/crm", "the database 'crm' on db.example"),
        ("postgresql:///crm?host=/run/pg", "the database 'crm' on /run/pg"),
    ],
)
def test_urls(url, shown):
    assert target(url).shown == shown


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("oracle://h/db", "'oracle' is no known system"),
        ("crm.db", "is no known system"),
        ("sqlite://crm.db", "a SQLite URL is"),
        ("sqlite:///crm.db?mode=rwc", "a SQLite URL is"),
        ("sqlite:///", "a SQLite URL is"),
        ("postgresql://h", "names no database"),
        ("postgresql://h:port/db", "cannot be read"),
        ("postgresql://u:hunter2@h/db", "holds a password"),
        ("postgresql://h/db?options=-csearch_path%3Dx", "the URL sets 'options', allowed are"),
        ("postgresql://h/db?password=hunter2", "the URL sets 'password'"),
        ("sqlserver://h;Driver=x/db", "may not hold"),
        ("sqlserver://h/db?driver=/tmp/evil.so", "may not hold"),
        ("sqlserver://h/db?Trusted_Connection=yes", "the URL sets 'Trusted_Connection', allowed are"),
        ("postgresql://h/db?service=x", "the URL sets 'service'"),
    ],
)
def test_wrong_urls(url, message):
    with pytest.raises(ValidationError, match=message) as error:
        Sql(url=url)
    assert "hunter2" not in str(error.value)


def test_secrets_go_into_the_uri_and_nowhere_else():
    place = target("postgresql://me@h:1/my db?sslmode=require")
    assert place.uri("", "p@:/?#") == (
        "postgresql://me:p%40%3A%2F%3F%23@h:1/my%20db?connect_timeout=15&application_name=weft&sslmode=require"
    )
    assert place.uri("you", "").startswith("postgresql://you@h:1/")
    with pytest.raises(ValidationError, match="by reference only") as error:
        Sql(url="postgresql://h/db", password="hunter2")
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"table": "a", "query": "SELECT 1"}, "exclude each other"),
        ({"refresh": "incremental"}, "needs a 'cursor'"),
        ({"lookBack": "1 day"}, "needs a 'cursor'"),
        ({"lookBack": "1 day", "cursor": "a", "refresh": "full"}, "needs a 'cursor' and an incremental"),
        ({"lookBack": "soon", "cursor": "a"}, "neither a number nor a duration"),
        ({"tabel": "a"}, "Extra inputs"),
    ],
)
def test_wrong_streams(settings, message):
    with pytest.raises(ValidationError, match=message):
        SqlStream.model_validate(settings)


def test_streams_are_written_in_camel_case():
    stream = SqlStream.model_validate({"schema": "shop", "lookBack": 5, "cursor": "id", "key": ["id"]})
    assert (stream.schema_name, stream.look_back, stream.key) == ("shop", "5", ("id",))


def test_the_kinds_are_known():
    assert {"Files", "Sql"} <= set(KNOWN.names())
    assert KNOWN.get("sql") is Sql
    with pytest.raises(Invalid, match=r"known are .*Files, "):
        KNOWN.get("soap")


@pytest.mark.parametrize("name", ["files", "sql"])
def test_forms_come_from_the_kinds(name):
    kind = KNOWN.get(name)
    streams = kind.model_construct().stream_schema()
    for schema in (kind.model_json_schema(), streams.model_json_schema()):
        assert all("description" in field for field in schema["properties"].values())
