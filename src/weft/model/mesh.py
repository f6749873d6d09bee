"""weft's own documents about the mesh: Mesh, Domain, Person, Team, ServiceAccount."""

from typing import Any, Literal

from pydantic import Field

from weft.model.noun import Noun
from weft.model.problem import Position
from weft.model.storage import StorageOptions

MemberRole = Literal["owner", "steward", "producer", "consumer"]


class EngineSettings(Noun):
    """Limits of one question and of the landing; each has a default."""

    workers: int = Field(2, ge=1, le=64)
    """Worker processes kept ready for questions."""
    threads: int = Field(2, ge=1, le=256)
    """Threads of one question or one landing; files land in one while it is less than 3, streams always."""
    memory: int = Field(512, ge=64)
    """Memory of one question in MB; a worker that passes it is stopped."""
    landing_memory: int = Field(208, ge=64)
    """Memory of DuckDB's buffers while landing, in MB."""
    seconds: float = Field(60.0, gt=0)
    """Time of one question in seconds."""
    rows: int = Field(1_000_000, ge=1)
    """Rows of one answer."""
    bytes: int = Field(1_000_000_000, ge=1)
    """Bytes of one answer as Arrow."""
    kept: int = Field(10_000, ge=0)
    """Budget of kept governed files in MB."""
    upkeep: float = Field(10.0, ge=0)
    """Seconds that a run may spend afterwards on compaction, retention and vacuum; 0 = none."""
    fetched: int = Field(20_000, ge=0)
    """Budget of data files that were fetched from buckets, in MB."""


class Mesh(Noun):
    """mesh.yaml: name, storage, registry, engine."""

    name: str
    description: str = ""
    storage: str = ".weft/tables"
    """Folder of the tables, relative to the mesh's folder; or s3://bucket/prefix, az://container/prefix."""
    storage_options: StorageOptions = StorageOptions()
    """How a bucket is reached."""
    registry: str = "sqlite:///.weft/registry.db"
    """sqlite:///PATH (relative to the mesh's folder) or postgresql://user@host/database; never with a password."""
    registry_password: str = ""
    """Reference of the password of a PostgreSQL registry: secret://env/NAME."""
    stance: Literal["closed", "open"] = "closed"
    """closed: one's own domains and what is granted; open: members read what is at most internal."""
    purposes: tuple[str, ...] = ()
    """What data may be read for; `--purpose` takes one of them."""
    council: tuple[str, ...] = ()
    """Ids of the people who decide on global rules."""
    lineage: str = ""
    """Where OpenLineage events go after each run: the URL of an endpoint, or a file below the mesh's folder."""
    bad_rows: int = Field(365, ge=0)
    """Days for which rows in quarantine and those that broke a rule are kept, where the contract states no retention;
    0 = for ever."""
    engine: EngineSettings = EngineSettings()
    position: Position | None = None


class Member(Noun):
    """A person or team with a role in a domain."""

    member: str
    """A person's id (e-mail), or `team:<name>`."""
    role: MemberRole = "consumer"


class Domain(Noun):
    """A part of the company that owns its data."""

    name: str
    title: str = ""
    purpose: str = ""
    owner: str = ""
    """Id of the accountable person."""
    stewards: tuple[str, ...] = ()
    members: tuple[Member, ...] = ()
    storage: str = ""
    """Where its tables lie, when not where the mesh's do: s3://bucket/prefix, az://container/prefix, a folder."""
    storage_options: StorageOptions = StorageOptions()
    """How that bucket is reached; nothing is taken over from the mesh."""
    position: Position | None = None


class Person(Noun):
    """Somebody who may read; id is the e-mail."""

    id: str
    name: str = ""
    roles: tuple[str, ...] = ()
    """Mesh-wide roles, matched against the roles of contracts and policies."""
    attributes: dict[str, Any] = Field(default_factory=dict)
    """For row filters: `regions: [EMEA]`."""
    active: bool = True
    position: Position | None = None


class Team(Noun):
    """People who share roles."""

    name: str
    members: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    attributes: dict[str, Any] = Field(default_factory=dict)
    position: Position | None = None


class ServiceAccount(Noun):
    """A program that reads; owned by a domain."""

    name: str
    domain: str = ""
    roles: tuple[str, ...] = ()
    attributes: dict[str, Any] = Field(default_factory=dict)
    active: bool = True
    position: Position | None = None
