"""python -m bench.apis FOLDER [NAME ...]: recall and precision for each document, and what was wrong (`-v`)."""

from __future__ import annotations

import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from weft.connectors.openapi.document import parse
from weft.connectors.openapi.recognise import recognise

TRUTH = Path(__file__).parent / "truth"
RAW = "https://raw.githubusercontent.com"
ADDRESSES = {
    # The rules were made while looking at these.
    "jira": "https://dac-static.atlassian.com/cloud/jira/platform/swagger-v3.v3.json",
    "jira-agile": "https://dac-static.atlassian.com/cloud/jira/software/swagger.v3.json",
    "box": f"{RAW}/box/box-openapi/main/openapi.json",
    "slack": f"{RAW}/slackapi/slack-api-specs/master/web-api/slack_web_openapi_v2.json",
    # These were looked at only when the rules stood.
    "asana": f"{RAW}/Asana/openapi/master/defs/asana_oas.yaml",
    "twilio": f"{RAW}/twilio/twilio-oai/main/spec/json/twilio_api_v2010.json",
    "square": f"{RAW}/square/connect-api-specification/master/api.json",
    "netlify": f"{RAW}/netlify/open-api/master/swagger.yml",
    "adyen": f"{RAW}/Adyen/adyen-openapi/main/json/ManagementService-v3.json",
    "discord": f"{RAW}/discord/discord-api-spec/main/specs/openapi.json",
    # And this one when all of the others were done.
    "intercom": f"{RAW}/intercom/Intercom-OpenAPI/main/descriptions/2.14/api.intercom.io.yaml",
    # Tables of these were made before the recogniser saw them.
    "spotify": f"{RAW}/sonallux/spotify-web-api/main/official-spotify-open-api.yml",
    "xero": f"{RAW}/XeroAPI/Xero-OpenAPI/master/xero_accounting.yaml",
    "sentry": f"{RAW}/getsentry/sentry-api-schema/main/openapi-derefed.json",
    "sendgrid": f"{RAW}/sendgrid/sendgrid-oai/main/oai.json",
    "pagerduty": f"{RAW}/PagerDuty/api-schema/main/reference/REST/openapiv3.json",
    "workos": f"{RAW}/workos/openapi-spec/main/spec/open-api-spec.yaml",
    "klaviyo": f"{RAW}/klaviyo/openapi/main/openapi/stable.json",
    "mastodon": f"{RAW}/abraham/mastodon-openapi/main/dist/schema.json",
    "openai": f"{RAW}/openai/openai-openapi/master/openapi.yaml",
    # And these when the rules had followed from those.
    "lago": f"{RAW}/getlago/lago-openapi/main/openapi.yaml",
    "hetzner": f"{RAW}/MaximilianKoestler/hcloud-openapi/main/openapi/hcloud.json",
}


@dataclass
class Score:
    """Right, missed and wrong decisions."""

    right: int = 0
    missed: int = 0
    wrong: int = 0
    told: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.right / max(self.right + self.missed, 1)

    @property
    def precision(self) -> float:
        return self.right / max(self.right + self.wrong, 1)


def document(name: str, folder: Path) -> Path | None:
    """The document in the folder, downloaded when it is not there; none where that fails."""
    there = sorted(folder.glob(f"{name}.*"))
    if there:
        return there[0]
    address = ADDRESSES[name]
    path = folder / f"{name}{Path(address).suffix}"
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            path.write_bytes(answer.read())
    except OSError as error:
        print(f"{name}: skipped, {address} cannot be had ({error}); put it into {folder} as {path.name}")
        return None
    return path


def truth(name: str) -> dict[str, tuple[set[str], set[str]] | None]:
    """Right records paths and kinds of paging by path; None = either way."""
    found: dict[str, tuple[set[str], set[str]] | None] = {}
    for line in (TRUTH / f"{name}.tsv").read_text().splitlines():
        path, records, *paging = line.split("\t")
        found[path] = None if records == "?" else (set(records.split("|")), set(paging[0].split("|")))
    return found


def judged(name: str, path: Path) -> tuple[dict[str, Score], int]:
    """Scores of the decisions, and how many streams were found."""
    right = truth(name)
    found = recognise(parse(path.read_bytes(), path.name), name)
    streams = {s.path: s for s in found.streams if s.method == "get"}
    scores = {what: Score() for what in ("lists", "records", "paging")}
    for place, told in right.items():
        if told is None:
            streams.pop(place, None)
            continue
        stream = streams.pop(place, None)
        records = None if stream is None else ".".join(stream.records) or "$"
        style = None if stream is None else str(stream.paging.decision.value.get("style", "none"))
        for what, is_, good in (("records", records, told[0]), ("paging", style, told[1])):
            _count(scores[what], is_, good, f"{name} {place} {what}")
        _count(scores["lists"], None if stream is None else "list", {"list"}, f"{name} {place} list")
    for place in streams:
        scores["lists"].wrong += 1
        scores["lists"].told.append(f"{name} {place}: taken for a list")
    return scores, len(found.streams)


def _count(score: Score, told: str | None, good: set[str], where: str) -> None:
    if told is None:
        score.missed += 1
        score.told.append(f"{where}: missed")
    elif told in good or "*" in good:
        score.right += 1
    else:
        score.missed += 1
        score.wrong += 1
        score.told.append(f"{where}: {told}, right is {'|'.join(sorted(good))}")


def main(arguments: list[str]) -> None:
    loud = "-v" in arguments
    folder, *names = [a for a in arguments if a != "-v"]
    print(
        f"{'':12} {'lists':>7} {'recall':>7} {'precis.':>7} | records recall, precis. | paging recall, precis. | CPU s"
    )
    for name in names or ADDRESSES:
        path = document(name, Path(folder))
        if path is None:
            continue
        since = time.process_time()
        scores, _ = judged(name, path)
        lists, records, paging = (scores[what] for what in ("lists", "records", "paging"))
        print(
            f"{name:12} {lists.right + lists.missed:7} {lists.recall:7.2f} {lists.precision:7.2f} |"
            f" {records.recall:14.2f} {records.precision:8.2f} | {paging.recall:13.2f} {paging.precision:8.2f} |"
            f" {time.process_time() - since:5.2f}"
        )
        for line in (t for s in scores.values() for t in s.told) if loud else ():
            print("   ", line)


if __name__ == "__main__":
    main(sys.argv[1:])
