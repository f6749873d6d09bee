"""How one is let in, how often, and where: authentication, rate limits, the address of the interface."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from weft.connectors.openapi.decision import Decision
from weft.connectors.openapi.operations import alone
from weft.connectors.openapi.words import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from weft.connectors.openapi.operations import Operation
    from weft.connectors.openapi.refs import Refs

_SECRET: dict[str, Any] = {"type": "string", "format": "password"}
_ORDER = ("BearerAuthenticator", "ApiKeyAuthenticator", "BasicHttpAuthenticator", "OAuthAuthenticator")


class Access(Struct, frozen=True):
    """A component of the manifest and the configuration that it needs."""

    decision: Decision
    component: Mapping[str, Any] | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    """JSON Schemas of fields of the source's configuration."""


def authentication(refs: Refs, operations: Sequence[Operation]) -> Access:
    """The simplest way in that the document describes, else a token in a parameter or header of every operation."""
    components = refs.follow(refs.root.get("components"))
    schemes = refs.follow(components.get("securitySchemes")) or refs.follow(refs.root.get("securityDefinitions"))
    asked = alone(security) if isinstance(security := refs.root.get("security"), list) else ()
    uses = Counter(name for o in operations for name in (asked if o.security is None else o.security))
    wanted = [name for name in schemes if uses[name] * 2 > max(uses.values())] if uses else list(schemes)
    found = [a for name in wanted if (a := _scheme(refs, str(name), refs.follow(schemes.get(name)))) is not None]
    if found:
        return min(found, key=lambda a: (-a.decision.confidence, _ORDER.index(a.decision.value["kind"])))
    token = _parameter(operations)
    if token is not None:
        return token
    why = "the document describes no security" if not schemes else "none of its security schemes is known here"
    return Access(Decision("auth", {"kind": "NoAuth"}, 0.5 if not schemes else 0.2, (why,)))


def _scheme(refs: Refs, name: str, told: Mapping[str, Any]) -> Access | None:
    kind, scheme = str(told.get("type", "")).lower(), str(told.get("scheme", "")).lower()
    if kind == "basic" or (kind == "http" and scheme == "basic"):
        config = {
            "username": {"type": "string", "title": "User"},
            "password": {**_SECRET, "title": "Password or token"},
        }
        component = {"username": "{{ config.username }}", "password": "{{ config.password }}"}
        return _access("BasicHttpAuthenticator", component, config, (f"'{name}' is HTTP basic", 0.9))
    if kind == "http" and scheme == "bearer":
        return _bearer(f"'{name}' is a bearer token")
    if kind == "apikey" and isinstance(told.get("name"), str):
        return _key(name, told)
    if kind in ("oauth2", "openidconnect"):
        return _oauth(refs, name, told)
    return None


def _bearer(text: str, confidence: float = 0.9) -> Access:
    config = {"token": {**_SECRET, "title": "Token"}}
    return _access("BearerAuthenticator", {"apiToken": "{{ config.token }}"}, config, (text, confidence))


def _key(name: str, told: Mapping[str, Any]) -> Access | None:
    place, header = str(told.get("in", "")), str(told["name"])
    text = str(told.get("description", ""))
    if place == "header" and header.lower() == "authorization" and re.search(r"\bbearer\b", text + name, re.IGNORECASE):
        return _bearer(f"'{name}' is a bearer token in the header Authorization")
    into = {"header": "header", "query": "request_parameter"}.get(place)
    if into is None:
        return None
    prefix = (
        re.search(r"\b(token token=|SSWS |Token |Key |ApiKey |GenieKey |Klaviyo-API-Key )", text)
        if header.lower() == "authorization"
        else None
    )
    config = {"api_key": {**_SECRET, "title": "API key"}}
    component = {
        "apiToken": f"{prefix[1] if prefix else ''}{{{{ config.api_key }}}}",
        "injectInto": {"injectInto": into, "fieldName": header},
    }
    return _access("ApiKeyAuthenticator", component, config, (f"'{name}' is a key in the {place} '{header}'", 0.9))


def _oauth(refs: Refs, name: str, told: Mapping[str, Any]) -> Access:
    flows = refs.follow(told.get("flows")) or {str(told.get("flow", "")): told}
    grants = {plain(str(flow)): refs.follow(value) for flow, value in flows.items()}
    client = grants.get("client_credentials") or grants.get("application")
    code = grants.get("authorization_code") or grants.get("access_code")
    grant = client or code
    address = str((grant or {}).get("tokenUrl") or (grant or {}).get("refreshUrl") or "")
    if not address.startswith("http"):
        return _bearer(f"'{name}' is OAuth 2.0 without the address of its tokens: a token is asked for", 0.7)
    renewed = (grant or {}).get("refreshUrl") or "offline_access" in refs.follow((grant or {}).get("scopes"))
    if not client and not renewed and "refresh" not in f"{told.get('description')}".lower():
        return _bearer(
            f"'{name}' is OAuth 2.0, and nothing tells that its tokens are renewed: a token is asked for", 0.7
        )
    config: dict[str, Any] = {
        "client_id": {"type": "string", "title": "Client id"},
        "client_secret": {**_SECRET, "title": "Client secret"},
    }
    component: dict[str, Any] = {
        "tokenRefreshEndpoint": address,
        "clientId": "{{ config.client_id }}",
        "clientSecret": "{{ config.client_secret }}",
    }
    if client:
        component["grantType"] = "client_credentials"
    else:
        config["refresh_token"] = {**_SECRET, "title": "Refresh token"}
        component["refreshToken"] = "{{ config.refresh_token }}"
    return _access(
        "OAuthAuthenticator",
        component,
        config,
        (f"'{name}' is OAuth 2.0 with tokens from {address}", 0.9 if client else 0.8),
    )


def _access(kind: str, component: Mapping[str, Any], config: Mapping[str, Any], why: tuple[str, float]) -> Access:
    return Access(Decision("auth", {"kind": kind}, why[1], (why[0],)), {"kind": kind, **component}, config)


def _parameter(operations: Sequence[Operation]) -> Access | None:
    """A token that most operations take as a parameter, since the document describes no security."""
    names = ("authorization", "x_api_key", "api_key", "apikey", "access_token", "token", "x_auth_token")
    places: dict[tuple[str, str], int] = {}
    for operation in operations:
        for p in operation.parameters:
            if p.place in ("header", "query") and plain(p.name) in names:
                places[p.name, p.place] = places.get((p.name, p.place), 0) + 1
    if not places:
        return None
    (name, place), count = max(places.items(), key=lambda pair: pair[1])
    if 2 * count < len(operations):
        return None
    text = f"{count} of {len(operations)} operations take '{name}' in the {place}"
    if name.lower() == "authorization":
        return _bearer(text)
    found = _key(name, {"in": place, "name": name})
    return found and Access(Decision("auth", found.decision.value, 0.7, (text,)), found.component, found.config)


def limits(operations: Iterable[Operation]) -> Decision:
    """Headers that tell how often one may ask, as far as the document names them."""
    names = {h for o in operations for h in o.headers}
    found: dict[str, str] = {}
    for name in sorted(names):
        said = plain(name)
        if "rate" not in said and "ratelimit" not in said.replace("_", "") and said != "retry_after":
            continue
        for word, what in (
            ("remaining", "remaining"),
            ("reset", "reset"),
            ("retry_after", "retry"),
            ("limit", "limit"),
        ):
            if said.endswith(word):
                found.setdefault(what, name)
                break
    refused = sum(1 for o in operations if "429" in o.statuses)
    evidence = [f"answers have the headers {', '.join(sorted(found.values()))}"] if found else []
    evidence += [f"{refused} operations answer 429 when asked too often"] if refused else []
    sure = 0.9 if found else 0.6
    return Decision("limits", {"headers": found}, sure, tuple(evidence) or ("the document tells no limits",))


def address(refs: Refs, origin: str) -> Access:
    """The interface's base address; what varies becomes configuration."""
    servers = refs.root.get("servers")
    server = refs.follow(servers[0]) if isinstance(servers, list) and servers else {}
    url = server.get("url")
    if isinstance(url, str) and url:
        return _server(url, refs.follow(server.get("variables")), refs, origin)
    host, base = refs.root.get("host"), refs.root.get("basePath")
    if isinstance(host, str) and host:
        schemes = refs.root.get("schemes")
        scheme = "http" if isinstance(schemes, list) and schemes == ["http"] else "https"
        text = f"{scheme}://{host}{base if isinstance(base, str) else ''}".rstrip("/")
        return Access(Decision("address", text, 0.95, ("the document's host",)))
    if isinstance(base, str) and base.strip("/"):
        return _asked(base, "the document tells a path alone")
    return _asked("", "the document names no server")


def _server(url: str, variables: Mapping[str, Any], refs: Refs, origin: str) -> Access:
    config: dict[str, Any] = {}
    for name in re.findall(r"\{([^{}]+)\}", url):
        told = refs.follow(variables.get(name))
        key = plain(name)
        config[key] = {"type": "string", "title": key.replace("_", " ").capitalize()}
        if isinstance(told.get("default"), str):
            config[key]["default"] = told["default"]
        if isinstance(told.get("description"), str):
            config[key]["description"] = told["description"]
        if isinstance(told.get("enum"), list):
            config[key]["enum"] = told["enum"]
        url = url.replace(f"{{{name}}}", f"{{{{ config.{key} }}}}")
    if not url.startswith("http") and not url.startswith("{{"):
        if origin.startswith("http") and url.startswith("/"):
            from urllib.parse import urljoin

            return Access(Decision("address", urljoin(origin, url).rstrip("/"), 0.8, ("beside the document",)))
        return _asked(url, "the document tells a path alone")
    if re.search(r"://(your|example|localhost|<)|your-", url):
        return _asked(re.sub(r"^https?://[^/]+", "", url), f"'{url}' is an example")
    text = "the document's server" + (", with parts that vary" if config else "")
    return Access(Decision("address", url.rstrip("/"), 0.9, (text,)), config=config)


def _asked(path: str, why: str) -> Access:
    config = {
        "url": {
            "type": "string",
            "format": "uri",
            "title": "Address",
            "description": "Where the interface is, as https://host.",
        }
    }
    return Access(Decision("address", f"{{{{ config.url }}}}{path.rstrip('/')}", 0.5, (why,)), config=config)
