"""Where what is asked may go, and what goes with it: redirects, hosts, TLS, proxies, secrets."""

from __future__ import annotations

import logging
import socket
import threading

import pytest

from manifests import Reader, source
from unit.connectors.rest.shop import CANARY, auth, errors, get, in_turn, refused
from web import Told, authority, proxy, web
from weft.connectors import dial
from weft.connectors.rest.http.guard import Guard
from weft.connectors.rest.http.message import Request
from weft.connectors.rest.http.network import Network
from weft.errors import Invalid, Unavailable, WeftError


def test_redirects_take_credentials_nowhere(asking, site, other):
    key = auth("ApiKeyAuthenticator", apiToken=CANARY, injectInto="key")
    hosts = (f"127.0.0.1:{site.port}", f"127.0.0.1:{other.port}")
    with asking(auth=key, hosts=hosts) as fetch:
        in_turn(site, Told(302, headers={"Location": "/there?x=1"}), Told())
        fetch.send(get(site, headers={"X-Own": CANARY}))
        assert (site.asked[-1].path, site.asked[-1].params) == ("/there", {"x": "1", "key": CANARY})
        in_turn(site, Told(307, headers={"Location": f"{other.url}/there"}))
        fetch.send(get(site, headers={"X-Own": CANARY, "Accept": "text/csv"}, params=(("p", CANARY),)))
        assert CANARY not in repr(other.asked[-1]) and other.asked[-1].headers["accept"] == "text/csv"
        for to, said in {
            "http://169.254.169.254/latest/meta-data": "shop.orders: GET /orders leads elsewhere: http://169.254.169.254 "
            "is not asked: this connector speaks with 127.0.0.1:",
            "file:///etc/passwd": "GET /orders leads elsewhere: an address to be asked begins with 'file:'",
            "gopher://127.0.0.1/x": "an address to be asked begins with 'gopher:'",
            f"http://user:{CANARY}@127.0.0.1:{other.port}/": "an address to be asked at '127.0.0.1' holds a user or a password",
            f"{other.url}@evil.example/": "holds a user or a password",
            "http://127.0.0.1:22/": "http://127.0.0.1:22 is not asked",
        }.items():
            in_turn(site, Told(302, headers={"Location": to}))
            assert said in (text := refused(Invalid, fetch, get(site))) and CANARY not in text
        in_turn(site, Told(302, headers={"Location": "/again"}))
        assert refused(Unavailable, fetch, get(site)) == (
            "shop.orders: GET /orders leads from one address to the next without end\n"
            "  5 of them were followed. Look at the base URL: what comes first may want a login."
        )
        post = Request("POST", f"{site.url}/orders", headers={"Content-Type": "x"}, body=b"secret")
        in_turn(site, Told(307, headers={"Location": f"{other.url}/there"}))
        assert "where what is sent does not belong" in refused(Unavailable, fetch, post)
        in_turn(site, Told(303, headers={"Location": "/there"}), Told())
        assert fetch.send(post).status == 200
        assert (site.asked[-1].method, site.asked[-1].body) == ("GET", b"")


def test_only_hosts_that_are_named_and_public_addresses(asking, site, told_private, monkeypatch):
    guard = Guard(("api.example.com", "*.shop.example", "own.example:8443", "bücher.example"))
    for good in (
        "https://api.example.com/x",
        "https://API.example.com./",
        "https://a.b.shop.example",
        "https://own.example:8443/",
        "https://xn--bcher-kva.example/",
    ):
        guard.check(good)
    for bad in (
        "https://api.example.com.evil.example/",
        "https://evilshop.example",
        "https://shop.example",
        "https://own.example/",
        "https://api.example.com:22/",
        "https://api.example.com\\@evil.example/",
        "https://api.example.com@evil.example/",
        "https://api.example.com%00.evil.example/",
        "https:///x",
        "https://api.examplе.com/",  # noqa: RUF001 - a Cyrillic letter
        "//api.example.com/",
    ):
        with pytest.raises(Invalid):
            guard.check(bad)
    for host in (
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "[::ffff:127.0.0.1]",
        "[::1]",
        "169.254.169.254",
        "localhost",
    ):
        said = told_private(host)
        assert "has an address of a private network, which this source does not allow\n" in said, host
        assert "'privateNetwork: true'" in said
    # The name is resolved once: what was looked at is what is connected to.
    answers = [[(socket.AF_INET, 1, 6, "", (address, 443))] for address in ("93.184.216.34", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: answers.pop(0))
    reached = []

    class Socket(socket.socket):
        def connect(self, address):
            reached.append(address)
            raise OSError("nobody there")

    monkeypatch.setattr(dial.socket, "socket", Socket)
    with pytest.raises(OSError):
        dial.dial("rebind.example", 443, private=False)
    assert reached == [("93.184.216.34", 443)] and len(answers) == 1


@pytest.fixture
def told_private(asking):
    def asked(host):
        with asking(hosts=(host,), network=Network()) as fetch:
            return refused(Invalid, fetch, Request("GET", f"http://{host}/"))

    return asked


def test_wrong_hosts(asking, site, told):
    one = source(site, "s: {path: /x, key: id}", baseUrl="http://[::1]:1")
    with pytest.raises(Unavailable, match=r"shop\.s: GET /x: (no way leads to )?http://\[::1\]:1"):
        Reader(one, told, "s").read()
    with asking(hosts=("nobody.invalid", "127.0.0.1:1")) as fetch:
        assert refused(Unavailable, fetch, Request("GET", "https://nobody.invalid/orders")) == (
            "shop.orders: GET /orders: the name of the host 'nobody.invalid' is not known, in 3 tries\n"
            "  Look at the base URL of the source, and whether this machine reaches it: a proxy is set by 'proxy'."
        )
        assert "http://127.0.0.1:1 refuses the connection, in 6 tries" in refused(
            Unavailable, fetch, Request("POST", "http://127.0.0.1:1/")
        )
    with asking(auth=auth("BearerAuthenticator", apiToken="x"), hosts=("api.example.com",), network=Network()) as fetch:
        assert refused(Invalid, fetch, Request("GET", "http://api.example.com/orders")) == (
            "shop.orders: GET /orders: credentials are not sent to http://api.example.com without TLS\n"
            "  Use https://, or say 'privateNetwork: true' if it lies in a network of your own."
        )
    said = {"tokenRefreshEndpoint": "http://api.example.com/token", "grantType": "client_credentials"}
    with asking(auth=auth("OAuthAuthenticator", **said), hosts=("api.example.com",), network=Network()) as fetch:
        secure = Request("GET", "https://api.example.com/orders")
        assert "shop: POST /token: credentials are not sent to http" in refused(Invalid, fetch, secure)
    with asking(network=Network(private_network=True, read_timeout=0.05)) as fetch:
        gate = threading.Event()
        site.answer = lambda _: (gate.wait(5), Told())[1]
        said = refused(Unavailable, fetch, get(site))
        gate.set()
        assert said == (
            f"shop.orders: GET /orders: {site.url} does not answer in time, in 6 tries\n"
            "  'readTimeout' of the source allows more."
        )


def test_tls(asking, told, tmp_path):
    import ssl

    made = authority(told.folder)
    mutual = auth("MutualTlsAuthenticator", clientCertificate=made.client[0], clientKey=made.client[1])
    network = Network(private_network=True, ca_file="ca.pem")
    with web(made.server) as secure:
        hosts = {"hosts": (f"127.0.0.1:{secure.port}",)}
        with asking(**hosts) as fetch:
            assert refused(Unavailable, fetch, get(secure)) == (
                f"shop.orders: GET /orders: the certificate of https://127.0.0.1:{secure.port} is not trusted "
                "(self-signed certificate in certificate chain)\n"
                "  If a certificate authority of your own made it, name its file by 'caFile'."
            )
        with asking(network=network, **hosts) as fetch:
            assert fetch.send(get(secure)).status == 200
        with asking(hosts=(f"127.0.0.1:{secure.port}",)) as fetch:
            plain = Request("GET", f"http://127.0.0.1:{secure.port}/orders")
            assert "the connection breaks off" in refused(Unavailable, fetch, plain)
        made.server.verify_mode, made.server.maximum_version = ssl.CERT_REQUIRED, ssl.TLSVersion.TLSv1_2
        with asking(network=network, **hosts) as fetch:
            assert f"{secure.port} wants a client's certificate that it trusts" in refused(
                Unavailable, fetch, get(secure)
            )
        with asking(network=network, auth=mutual, **hosts) as fetch:
            assert fetch.send(get(secure)).status == 200
    (told.folder / "ca.pem").write_text("nothing")
    with asking(network=network, hosts=("127.0.0.1",)) as fetch:
        assert refused(Invalid, fetch, Request("GET", "https://127.0.0.1/")).startswith(
            "shop.orders: 'ca.pem' holds no certificate authorities that can be read"
        )


def test_secrets_are_in_no_message_and_in_no_log(asking, site, caplog):
    from weft.connectors.rest.secret import Secret

    caplog.set_level(logging.DEBUG)
    config = {"key": Secret.of(f"{CANARY}/+", "secret://env/KEY"), "in": {"list": [Secret.of("canary-in-list", "x")]}}
    key = auth("ApiKeyAuthenticator", apiToken="{{ config.key }}", injectInto="api_key")
    handler = errors(responseFilters=[{"httpCodes": [400], "errorMessage": "no: {{ config.key }} {{ response.a }}"}])
    with asking(auth=key, config=config, errors=handler) as fetch:
        for answer in (
            Told(400, b'{"a": "canary-in-list", "errorCode": "canary-in-list"}'),
            Told(500, cut=0),
            Told(302, headers={"Location": f"http://evil.example/?{CANARY}"}),
            Told(200, b"<html>"),
        ):
            in_turn(site, answer)
            with pytest.raises(WeftError) as error:
                fetch.send(Request("GET", f"{site.url}/bot{CANARY}/+/get", params=(("token", f"{CANARY}/+"),)))
            assert "canary" not in f"{error.value} {error.value!r} {fetch} {fetch.__dict__}"
    assert "canary" not in caplog.text


def test_proxies(asking, site, told, monkeypatch):
    made = authority(told.folder)
    monkeypatch.setenv("WEFT_TEST_PROXY", CANARY)
    with web(made.server) as secure, proxy(site.port) as plain, proxy(secure.port) as tunnel:
        hosts = {"hosts": ("127.0.0.1:1", "localhost:2")}
        own = Network(
            private_network=True, proxy=plain.url, proxy_user="mia", proxy_password="secret://env/WEFT_TEST_PROXY"
        )
        plain.login = f"mia:{CANARY}"
        with asking(network=own, **hosts) as fetch:
            assert fetch.send(Request("GET", "http://127.0.0.1:1/orders")).status == 200
        assert plain.asked == ["GET http://127.0.0.1:1/orders"]
        tunneled = Network(private_network=True, ca_file="ca.pem", proxy=tunnel.url)
        with asking(network=tunneled, **hosts) as fetch:
            assert fetch.send(Request("GET", "https://127.0.0.1:1/orders")).status == 200
            tunnel.login = "x:y"
        assert tunnel.asked == ["CONNECT 127.0.0.1:1"]
        with asking(network=tunneled, **hosts) as fetch:
            assert refused(Unavailable, fetch, Request("GET", "https://127.0.0.1:1/orders")) == (
                "shop.orders: GET /orders: the proxy wants to know who asks\n  Set 'proxyUser' and 'proxyPassword'."
            )
        with asking(
            network=Network(proxy=plain.url), **hosts
        ) as fetch:  # a source does not choose a way round the guards
            for url in ("http://127.0.0.1:1/", "http://localhost:2/"):
                assert "has an address of a private network" in refused(Invalid, fetch, Request("GET", url))
        # The environment's proxy: whoever runs this machine may have it in a private network.
        monkeypatch.setenv("http_proxy", plain.url.replace("//", f"//mia:{CANARY}@"))
        monkeypatch.setenv("no_proxy", "localhost")
        plain.asked.clear()
        with asking(hosts=("api.example.com",), network=Network()) as fetch:
            assert fetch.send(Request("GET", "http://api.example.com/orders")).status == 200
        assert plain.asked == ["GET http://api.example.com/orders"]
        with asking(hosts=("127.0.0.2:80",), network=Network()) as fetch:
            assert "'127.0.0.2' has an address of a private network" in refused(
                Invalid, fetch, Request("GET", "http://127.0.0.2/")
            )
