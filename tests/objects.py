"""Object stores for tests: S3 by moto, Azure Blob Storage by azurite; each in a process of its own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from proxy import between

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
BUCKET = "tables"
KEY, SECRET = "AKEYOFTHETEST", "secret-canary-0815"
ACCOUNT = "devstoreaccount1"
ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""The published key of the emulator's one account."""
S3 = """
import logging, sys
from moto.moto_server.werkzeug_app import create_backend_app
from werkzeug.serving import WSGIRequestHandler, run_simple
logging.getLogger("werkzeug").disabled = True
WSGIRequestHandler.protocol_version = "HTTP/1.1"
WSGIRequestHandler.disable_nagle_algorithm = True
run_simple("127.0.0.1", int(sys.argv[1]), create_backend_app("s3"), threaded=True)
"""
"""Moto's S3 alone, over connections that stay: its own command looks for all its services at each request."""


@dataclass(frozen=True)
class Objects:
    """A running object store with the bucket BUCKET."""

    scheme: str
    endpoint: str

    @property
    def options(self) -> dict[str, str]:
        """As delta-rs takes them."""
        return options(self.scheme, self.endpoint)

    def url(self, prefix: str, bucket: str = BUCKET) -> str:
        """Where a test keeps its tables."""
        return f"{self.scheme}://{bucket}/{prefix}"

    def more(self, bucket: str) -> None:
        """Another bucket."""
        _make(self.scheme, self.endpoint, bucket)


def options(scheme: str, endpoint: str) -> dict[str, str]:
    """What a client is told."""
    if scheme == "s3":
        return {
            "aws_endpoint": endpoint,
            "aws_region": "us-east-1",
            "aws_access_key_id": KEY,
            "aws_secret_access_key": SECRET,
            "aws_allow_http": "true",
            "aws_conditional_put": "etag",
        }
    return {
        "azure_endpoint": endpoint,
        "azure_storage_account_name": ACCOUNT,
        "azure_storage_account_key": ACCOUNT_KEY,
        "azure_allow_http": "true",
    }


@contextmanager
def s3() -> Iterator[Objects]:
    """S3 with conditional writes."""
    pytest.importorskip("moto", reason="no S3: moto is not installed")
    pytest.importorskip("obstore", reason="obstore is not installed")
    port = _free_port()
    command = [sys.executable, "-W", "ignore", "-c", S3, str(port)]
    with _process(command, port):
        found = Objects("s3", f"http://127.0.0.1:{port}")
        found.more(BUCKET)
        yield found


@contextmanager
def azure() -> Iterator[Objects]:
    """Azure Blob Storage; skipped where azurite is not installed (.ci/run does it)."""
    pytest.importorskip("obstore", reason="obstore is not installed")
    places = [
        os.environ.get("AZURITE", ""),
        str(ROOT / ".tools/azurite/node_modules/.bin/azurite-blob"),
        "azurite-blob",
    ]
    program = next((found for place in places if place and (found := shutil.which(place))), None)
    if program is None:
        pytest.skip("no Azure Blob Storage: azurite is not installed (npm install --prefix .tools/azurite azurite)")
    port = _free_port()
    command = [program, "--inMemoryPersistence", "--silent", "--skipApiVersionCheck", "--blobPort", str(port)]
    with _process(command, port), between(f"http://127.0.0.1:{port}/{ACCOUNT}", pages=True) as proxy:
        found = Objects("az", proxy.url)
        found.more(BUCKET)
        yield found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _process(command: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(process, port)
        yield
    finally:
        process.kill()
        process.wait()


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(600):
        assert process.poll() is None, "it ended at once"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("it does not answer")


def _make(scheme: str, endpoint: str, bucket: str) -> None:
    if scheme == "s3":
        urllib.request.urlopen(urllib.request.Request(f"{endpoint}/{bucket}", method="PUT")).close()
        return
    at = formatdate(usegmt=True)
    head = f"x-ms-date:{at}\nx-ms-version:2021-12-02\n/{ACCOUNT}/{ACCOUNT}/{bucket}\nrestype:container"
    text = "PUT" + "\n" * 12 + head
    signed = hmac.new(base64.b64decode(ACCOUNT_KEY), text.encode(), hashlib.sha256).digest()
    headers = {
        "x-ms-date": at,
        "x-ms-version": "2021-12-02",
        "Authorization": f"SharedKey {ACCOUNT}:{base64.b64encode(signed).decode()}",
    }
    url = f"{endpoint}/{bucket}?restype=container"
    urllib.request.urlopen(urllib.request.Request(url, method="PUT", headers=headers)).close()
