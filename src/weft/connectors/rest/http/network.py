"""How a source's system is reached."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field, field_validator

from weft.kinds import Kind

_REFERENCE = "secret://"


def _aside(schema: dict[str, Any]) -> None:
    """In a form they stand apart: most sources need none of them."""
    for field in Network.model_fields.values():
        schema["properties"][str(field.alias)]["aside"] = True


class Network(Kind):
    """The part of a REST source that says which way leads to its system."""

    model_config = ConfigDict(json_schema_extra=_aside)

    private_network: bool = False
    """Whether the system may have an address of a private network, and be spoken to without TLS."""
    proxy: str = ""
    """URL of a proxy, `http://host:port`; default: what HTTPS_PROXY, HTTP_PROXY and NO_PROXY of the environment say."""
    proxy_user: str = ""
    """User of the proxy, or a secret:// reference to it."""
    proxy_password: str = Field("", json_schema_extra={"format": "password"})
    """A secret:// reference."""
    ca_file: str = ""
    """PEM file with certificate authorities to trust besides those of the system, relative to the mesh's folder."""
    connect_timeout: float = Field(10.0, gt=0, le=300)
    """Seconds until a connection stands."""
    read_timeout: float = Field(60.0, gt=0, le=7200)
    """Seconds without a byte; long reports need more."""
    longest_wait: float = Field(600.0, ge=0, le=86_400)
    """Seconds that one request may wait in all, for limits and for errors that may pass."""

    @field_validator("proxy_password")
    @classmethod
    def _referenced(cls, value: str) -> str:
        if value and not value.startswith(_REFERENCE):
            raise ValueError("it is given by reference only: secret://env/NAME or secret://vault/NAME")
        return value

    @field_validator("proxy")
    @classmethod
    def _plain(cls, value: str) -> str:
        if value and (not value.startswith(("http://", "https://")) or "@" in value):
            raise ValueError("a proxy is http://host:port; its user is given by 'proxyUser' and 'proxyPassword'")
        return value
