"""One answer of an interface to a connector of one stream: the same recogniser, fed with what is seen."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from weft.connectors.openapi import document
from weft.connectors.openapi.recognise import Recognised
from weft.connectors.openapi.recognise import recognise as described
from weft.connectors.openapi.sample import records_in, schema_of
from weft.connectors.openapi.streams import words
from weft.errors import Invalid


class Lines(list[Any]):
    """Values of an answer in JSON Lines."""


def parse(content: bytes, name: str) -> Any:
    """Read an answer: JSON, YAML, or JSON Lines.

    Raises:
        Invalid: it is none of them.
    """
    try:
        return document.parse(content, name)
    except Invalid:
        with suppress(ValueError, RecursionError):
            rows = [json.loads(line) for line in content.decode("utf-8-sig").splitlines() if line.strip()]
            if rows:
                return Lines(rows)
        raise


def recognise(answer: Any, name: str, origin: str) -> Recognised:
    """Recognise the stream that an answer is a page of.

    Args:
        answer: parsed JSON.
        name: of the connector.
        origin: where it came from; the path of a URL is the stream's, its parameters are taken for those of paging.

    Raises:
        Invalid: it holds no list of objects.
    """
    parts = urlsplit(origin)
    web = parts.scheme in ("http", "https")
    path = parts.path if web and parts.path.strip("/") else f"/{name}"
    if records_in(answer, words(path)[-1]) is None:
        if _empty(answer):
            raise Invalid("the sample's list is empty", hint="Give an answer with records: they tell the fields.")
        raise Invalid(
            "the sample holds no list of objects",
            hint="Give the answer of a list: an array of objects, or an object with such an array in it.",
        )
    parameters = [
        {"name": key, "in": "query", "schema": {"type": "integer" if value.isdigit() else "string"}}
        for key, value in parse_qsl(parts.query)
    ]
    lines = isinstance(answer, Lines)
    shown = {"schema": schema_of(list(answer) if lines else [answer]), "example": answer}
    answers = {"200": {"content": {"application/jsonl" if lines else "application/json": shown}}}
    operation = {"summary": f"List {words(path)[-1]}", "parameters": parameters, "responses": answers}
    told = {
        "openapi": "3.1.0",
        "info": {"title": name},
        "servers": [{"url": f"{parts.scheme}://{parts.netloc}"}] if web else [],
        "paths": {path: {"get": operation}},
    }
    return described(told, name, origin)


def _empty(answer: Any) -> bool:
    return answer == [] or (isinstance(answer, dict) and [] in answer.values())
