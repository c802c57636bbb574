"""What a caller of `$export` does: kicks off, and fetches every file of the manifest."""

import json
from collections.abc import Callable
from typing import Any

from werkzeug.test import TestResponse

from tests.exports.fhir_layers import Json

ASYNC = {"Prefer": "respond-async", "Accept": "application/fhir+json"}
HERE = "http://localhost:8000"
Caller = Callable[..., TestResponse]


def kick_off(call: Caller, path: str = "/api/fhir/$export", **more: Any) -> str:
    answer = call(path, **more)
    assert answer.status_code == 202, answer.text
    return answer.headers["Content-Location"]


def files_of(call: Caller, manifest: Json) -> list[Json]:
    found = []
    for each in manifest["output"]:
        answer = call(each["url"])
        assert answer.content_type.startswith("application/fhir+ndjson")
        lines = [json.loads(line) for line in answer.text.splitlines()]
        assert {line["resourceType"] for line in lines} == {each["type"]}
        assert len(lines) == each["count"]
        found += lines
    return found
