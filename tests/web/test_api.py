"""The JSON API: what it reads and writes, for whom, and that it is what its description says."""

from __future__ import annotations

import base64
import io
import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from PIL import Image
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from werkzeug.test import TestResponse

from tests.web.conftest import Site
from wiki.accounts.tokens import Scope
from wiki.bootstrap import open_wiki
from wiki.config import load
from wiki.web.application import create_app

API = "/-/api/v1"
SIGNAL = "communications/signal"
PAGE = f"{API}/pages/{SIGNAL}"
SNAPSHOT = Path(__file__).with_name("api.json")
BEARER = re.compile(r'Bearer realm="[^"]+"(, error="invalid_token")?')


class Program:
    """A program that speaks to the API, for nobody or with a token of somebody."""

    def __init__(self, site: Site, name: str = "", *scopes: Scope) -> None:
        self.client = site.app.test_client(use_cookies=False)
        self.headers: dict[str, str] = {}
        if name:
            token, _ = site.wiki.accounts.tokens.create(site.person(name), "a program", scopes or {Scope.WRITE})
            self.headers = {"Authorization": f"Bearer {token}"}

    def __call__(self, method: str, path: str, status: int = 200, headers: Any = None, **more: Any) -> TestResponse:
        address = path if path.startswith("/-/") else API + path
        response = self.client.open(address, method=method, headers={**self.headers, **(headers or {})}, **more)
        assert response.status_code == status, f"{method} {path}: {response.status_code} {response.text[:600]}"
        assert "Set-Cookie" not in response.headers
        if status >= 400:
            assert response.mimetype == "application/problem+json", response.text[:200]
            assert response.json["status"] == status
            assert response.json["code"]
            assert response.json["title"]
            assert "didn't work (" not in response.json["title"], f"the code {response.json['code']} has no words"
        if status == 401:
            assert BEARER.fullmatch(response.headers["WWW-Authenticate"])
        return response


@pytest.fixture
def anybody(site: Site) -> Program:
    return Program(site)


@pytest.fixture
def bens(site: Site) -> Program:
    """A program with a token of an editor."""
    return Program(site, "ben")


@pytest.fixture
def anas(site: Site) -> Program:
    """A program with a token of a maintainer."""
    return Program(site, "ana")


def document(site: Site) -> dict[str, Any]:
    return dict(Program(site)("GET", "/-/api/openapi.json").json)


def test_the_description_is_valid_and_names_every_address_of_the_api(site: Site) -> None:
    described = document(site)
    schemathesis.openapi.from_dict(described).validate()
    rules = {
        (method, re.sub(r"<(?:[^:<>]+:)?(\w+)>", r"{\1}", rule.rule.removeprefix(API)))
        for rule in site.app.url_map.iter_rules()
        if rule.rule.startswith(f"{API}/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert rules == {(method.upper(), path) for path, item in described["paths"].items() for method in item}


def test_what_programs_rely_on_is_the_one_written_down(site: Site) -> None:
    found = {
        f"{method.upper()} {path}": {
            "asks": sorted(f"{item['in']} {item['name']}" for item in operation["parameters"]),
            "takes": sorted(
                name
                for content in operation.get("requestBody", {}).get("content", {}).values()
                for name in content["schema"]["properties"]
            ),
            "answers": sorted(operation["responses"]),
            "token": operation["security"] == [{"token": []}],
        }
        for path, item in document(site)["paths"].items()
        for method, operation in item.items()
    }
    if os.environ.get("WIKI_WRITE_SNAPSHOTS"):
        SNAPSHOT.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
    assert found == json.loads(SNAPSHOT.read_text())


@pytest.mark.parametrize("name", ["", "ana"])
def test_whatever_a_program_sends_is_answered_as_the_description_says(site: Site, name: str) -> None:
    headers = {**Program(site, name).headers, "Accept-Encoding": "identity"}
    schema = schemathesis.openapi.from_wsgi("/-/api/openapi.json", site.app)
    checks = [
        not_a_server_error,
        status_code_conformance,
        content_type_conformance,
        response_headers_conformance,
        response_schema_conformance,
    ]
    known = {"path": [SIGNAL, "tips/first-hour-of-safety", "nothing"], "list": ["stale", "broken", "duplicates"]}
    for found in schema.get_all_operations():
        operation = found.ok()

        def ask(case: schemathesis.Case) -> None:
            # Nearly every path that is made up is one where nothing is, so every other one is one of a page.
            for place, names in known.items():
                if place in (case.path_parameters or {}) and len(str(case.path_parameters[place])) % 2:
                    case.path_parameters[place] = names[len(str(case.path_parameters)) % len(names)]
            case.call_and_validate(headers={**(case.headers or {}), **headers}, checks=checks)

        generated = schemathesis_given(operation, ask)
        generated()


def schemathesis_given(operation: Any, ask: Any) -> Any:
    """A hypothesis test of an operation that makes the same few cases at each run."""
    from hypothesis import given

    few = settings(
        max_examples=8,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    return few(given(case=operation.as_strategy())(lambda case: ask(case)))


def test_a_page_is_read_with_its_facts_and_its_text(site: Site, anybody: Program) -> None:
    page = anybody("GET", f"/pages/{SIGNAL}").json
    assert page["title"] == "Signal"
    assert page["fields"]["cost"]["level"] == "free"
    assert page["source"] == site.source(SIGNAL)
    assert page["source"].endswith(page["body"])
    assert "<h2" in page["html"]
    assert page["last_verified"] == "2026-02-01"
    older = anybody("GET", f"/pages/{SIGNAL}?at={page['revision']}").json
    assert older["source"] == page["source"]
    assert anybody("GET", "/pages/communications%2Fsignal").json == page


def test_a_page_that_was_moved_leads_on_and_one_that_was_deleted_is_gone(anas: Program, anybody: Program) -> None:
    seen = anybody("GET", f"/pages/{SIGNAL}")
    before, tag = seen.json, {"If-Match": seen.headers["ETag"]}
    anas("POST", f"/move/{SIGNAL}", json={"to": "tips/signal"})
    changes = {"source": before["source"] + "\nOne line more.\n", "base": before["revision"]}
    assert anas("PUT", f"/pages/{SIGNAL}", json=changes).json["path"] == "tips/signal"
    two_lines = {"source": changes["source"] + "\nTwo lines more.\n"}
    assert anas("PUT", f"/pages/{SIGNAL}", json=two_lines, headers=tag).json["path"] == "tips/signal"
    assert anas("PATCH", f"/pages/{SIGNAL}", json={"fields": {"url": None}}, headers=tag).json["path"] == "tips/signal"
    text = anybody("GET", "/pages/tips/signal").json["source"]
    assert "Two lines more." in text and "\nurl:" not in text
    moved = anybody("GET", f"/pages/{SIGNAL}", 301)
    assert moved.headers["Location"] == f"{API}/pages/tips/signal"
    page = anybody("GET", "/pages/tips/signal")
    anas("DELETE", "/pages/tips/signal?message=Twice", headers={"If-Match": page.headers["ETag"]})
    assert anybody("GET", "/pages/tips/signal", 410).json["code"] == "page.gone"
    assert anas("PUT", f"/pages/{SIGNAL}", 412, json=two_lines, headers=tag).json["code"] == "base.unknown"
    assert anybody("GET", "/history/tips/signal").json["items"][0]["touch"]["status"] == "D"


def test_a_page_asked_for_in_another_spelling_leads_on_as_in_the_browser(anybody: Program) -> None:
    revision = anybody("GET", f"/pages/{SIGNAL}").json["revision"]
    for query in ("", "?lang=es", f"?at={revision}"):
        elsewhere = anybody("GET", f"/pages/Communications/SIGNAL{query}", 301)
        assert elsewhere.headers["Location"] == f"{API}/pages/{SIGNAL}{query}"


def test_lists_are_narrowed_by_facts_as_in_the_browser(anybody: Program) -> None:
    every = anybody("GET", "/pages?kind=tool").json
    free = anybody("GET", "/pages?kind=tool&cost=free&per_page=1").json
    assert 0 < free["total"] < every["total"]
    assert len(free["items"]) == 1
    assert free["pages"] == free["total"]
    counted = {item["value"]: item["count"] for item in every["facets"]["cost"]}
    assert counted["free"] == free["total"]


def test_what_is_asked_wrongly_is_named(anybody: Program) -> None:
    wrong = anybody("GET", "/pages?page=0&sort=size&per_page=many", 422).json
    assert {problem["where"] for problem in wrong["problems"]} == {"page", "sort", "per_page"}
    assert anybody("GET", "/search", 422).json["problems"][0]["where"] == "q"
    anybody("GET", "/compare?page=communications/signal", 422)
    anybody("GET", "/compare?page=communications/signal&page=nothing", 404)


def test_search_finds_as_in_the_browser(site: Site, anybody: Program) -> None:
    found = anybody("GET", "/search?q=encrypted groups").json
    browser = site.browser().client.get("/-/search?q=encrypted groups&format=json").json
    assert [item["path"] for item in found["items"]] == [item["path"] for item in browser["results"]]
    assert found["items"][0]["path"] == SIGNAL
    assert "<mark>" in found["items"][0]["snippet"]
    assert anybody("GET", "/search?q=signel").json["suggestion"] == "signal"
    exactly = anybody("GET", "/search?q=signel&exact=true").json
    assert (exactly["suggestion"], exactly["items"]) == (None, [])


def test_the_kinds_say_which_facts_there_are_with_which_values(anybody: Program) -> None:
    kinds = {kind["id"]: kind for kind in anybody("GET", "/kinds").json["items"]}
    fields = {field["name"]: field for field in kinds["tool"]["fields"]}
    assert fields["cost.level"]["required"]
    assert "free" in [value["value"] for value in fields["cost.level"]["values"]]
    assert [field["name"] for field in fields["cost.prices"]["fields"]] == ["amount", "currency", "per", "note"]
    spanish = {kind["id"]: kind for kind in anybody("GET", "/kinds?lang=es").json["items"]}
    assert spanish["tool"]["label"] != kinds["tool"]["label"]


def test_what_strangers_read_is_kept_ready_and_need_not_be_sent_twice(site: Site, anybody: Program) -> None:
    first = anybody("GET", f"/pages/{SIGNAL}")
    assert first.headers["Cache-Control"] == "no-cache"
    again = anybody("GET", f"/pages/{SIGNAL}", 304, headers={"If-None-Match": first.headers["ETag"]})
    assert again.data == b""
    readers = Program(site, "chris", Scope.READ)
    own = readers("GET", f"/pages/{SIGNAL}")
    assert own.headers["Cache-Control"] == "private, no-store"
    assert "Authorization" in own.headers["Vary"]
    readers("GET", f"/pages/{SIGNAL}", 304, headers={"If-None-Match": own.headers["ETag"]})


def test_pages_of_other_sites_may_read_what_strangers_read_and_nothing_else(site: Site, bens: Program) -> None:
    anybody = Program(site)
    elsewhere = {"Origin": "https://elsewhere.example"}
    read = anybody("GET", f"/pages/{SIGNAL}", headers=elsewhere)
    assert read.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in read.headers
    assert "Access-Control-Allow-Origin" not in bens("GET", f"/pages/{SIGNAL}", headers=elsewhere).headers
    asked = anybody("OPTIONS", f"/pages/{SIGNAL}", headers={**elsewhere, "Access-Control-Request-Method": "PUT"})
    assert "Access-Control-Allow-Methods" not in asked.headers
    assert "Access-Control-Allow-Headers" not in asked.headers
    sent = bens("PATCH", f"/pages/{SIGNAL}", 403, headers=elsewhere, json={"body": "From elsewhere.\n"})
    assert sent.json["code"] == "form.foreign_origin"


def test_a_cookie_is_nothing_to_the_api(site: Site) -> None:
    ben = site.browser("ben").client
    assert ben.get(f"{API}/me").status_code == 401
    assert ben.patch(PAGE, json={"body": "By a cookie.\n"}).status_code == 401
    assert "Set-Cookie" not in ben.get(PAGE).headers


def test_a_whole_page_is_saved_on_the_version_that_was_read(site: Site, bens: Program) -> None:
    read = bens("GET", f"/pages/{SIGNAL}")
    source = read.json["source"].replace("Free messenger", "A free messenger")
    saved = bens("PUT", f"/pages/{SIGNAL}", headers={"If-Match": read.headers["ETag"]}, json={"source": source}).json
    assert saved["changed"]
    assert not saved["merged"]
    assert site.source(SIGNAL) == source
    assert saved["revision"] == site.head()
    change = bens("GET", "/recent?limit=1").json["items"][0]
    assert change["username"] == "ben"
    assert change["touches"][0]["path"] == SIGNAL
    again = bens("PUT", f"/pages/{SIGNAL}", json={"source": source, "base": saved["revision"]}).json
    assert not again["changed"]


def test_the_tag_that_the_page_cache_gave_is_good_as_a_base_too(site: Site, anybody: Program, bens: Program) -> None:
    read = anybody("GET", f"/pages/{SIGNAL}", headers={"Accept-Encoding": "br"})
    assert read.headers["ETag"].endswith('-br"')
    source = site.source(SIGNAL) + "\nOne more line.\n"
    bens("PUT", f"/pages/{SIGNAL}", headers={"If-Match": read.headers["ETag"]}, json={"source": source})


def test_changes_to_other_places_are_put_together_and_to_the_same_place_are_a_conflict(
    site: Site, bens: Program, anas: Program
) -> None:
    base = site.head()
    anas("PATCH", f"/pages/{SIGNAL}", json={"base": base, "fields": {"summary": "What Ana says."}})
    merged = bens("PATCH", f"/pages/{SIGNAL}", json={"base": base, "fields": {"platforms": ["web"]}}).json
    assert merged["merged"]
    assert "What Ana says." in site.source(SIGNAL)
    head = site.head()
    conflict = bens("PATCH", f"/pages/{SIGNAL}", 409, json={"base": base, "fields": {"summary": "What Ben says."}}).json
    assert "What Ana says." in conflict["current"]
    assert "What Ben says." in conflict["yours"]
    assert conflict["revision"] == head == site.head()
    assert conflict["fields"] == [{"name": "summary", "current": "What Ana says.", "yours": "What Ben says."}]


def test_only_the_lines_of_the_facts_that_are_named_change(site: Site, bens: Program) -> None:
    before = site.source(SIGNAL)
    changes = {"cost": {"as_of": "2026-03-01"}, "aliases": None, "url": "https://signal.org/en/"}
    bens("PATCH", f"/pages/{SIGNAL}", json={"base": site.head(), "fields": changes, "message": "Looked again"})
    after = site.source(SIGNAL)
    kept = set(before.splitlines()) & set(after.splitlines())
    assert set(before.splitlines()) - kept == {
        "aliases: [Signal Messenger, TextSecure]",
        "url: https://signal.org/",
        "  as_of: 2026-03-11",
    }
    assert set(after.splitlines()) - kept == {"url: https://signal.org/en/", "  as_of: 2026-03-01"}


def test_without_a_base_nothing_that_is_there_is_written(site: Site, bens: Program) -> None:
    before = site.head()
    assert bens("PUT", f"/pages/{SIGNAL}", 428, json={"source": "x"}).json["code"] == "base.missing"
    bens("PATCH", f"/pages/{SIGNAL}", 428, json={"body": "x"})
    anas = Program(site, "ana")
    anas("DELETE", f"/pages/{SIGNAL}", 428)
    bens("PUT", f"/pages/{SIGNAL}", 412, headers={"If-Match": '"something"'}, json={"source": "x"})
    bens("PUT", f"/pages/{SIGNAL}", 412, headers={"If-None-Match": "*"}, json={"source": "x"})
    bens("PUT", f"/pages/{SIGNAL}", 422, json={"source": "x", "base": "the one I had"})
    assert site.head() == before


def test_a_version_that_rewritten_history_does_not_hold_any_more_is_a_conflict_with_both_texts(
    site: Site, anas: Program, anybody: Program
) -> None:
    before, lost = site.head(), "f" * 40
    for answer in (
        anas("PUT", f"/pages/{SIGNAL}", 409, json={"source": "---\ntitle: Mine\n---\nMine.\n", "base": lost}),
        anas("PUT", f"/pages/{SIGNAL}", 409, headers={"If-Match": f'"{lost}-0"'}, json={"source": "Mine.\n"}),
        anas("PATCH", f"/pages/{SIGNAL}", 409, json={"body": "Mine.\n", "base": lost}),
        anas("POST", "/suggestions", 409, json={"edits": [{"path": SIGNAL, "base": lost, "body": "Mine.\n"}]}),
    ):
        assert answer.json["code"] == "edit.conflict"
        assert "Mine.\n" in answer.json["yours"] and "Free messenger" in answer.json["current"]
        assert answer.json["revision"] == before
    # A change that is here already needs nobody's decision, and facts that were not sent are not lost.
    kept = anas("PATCH", f"/pages/{SIGNAL}", 409, json={"fields": {"summary": "Mine."}, "base": lost}).json
    assert "platforms:" in kept["yours"] and [item["name"] for item in kept["fields"]] == ["summary"]
    assert anas("DELETE", f"/pages/{SIGNAL}?base={lost}", 409).json["current"] == site.source(SIGNAL)
    assert site.head() == before


def test_a_page_is_made_by_its_facts_or_as_a_whole_and_only_once(site: Site, bens: Program) -> None:
    facts = {"kind": "tip", "title": "Bring water", "summary": "Long days are dry.", "categories": ["tips"]}
    made = bens("POST", "/pages", 201, json={"path": "tips/bring-water", "fields": facts, "body": "Two litres.\n"})
    assert made.headers["Location"] == f"{API}/pages/tips/bring-water"
    assert site.source("tips/bring-water").endswith("---\n\nTwo litres.\n") or "Two litres." in site.source(
        "tips/bring-water"
    )
    assert bens("POST", "/pages", 409, json={"path": "tips/bring-water", "source": "x"}).json["code"] == "path.exists"
    source = "---\nkind: page\ntitle: New\nsummary: New.\n---\n\nText.\n"
    assert (
        bens("PUT", "/pages/a-new-page", 201, json={"source": source}).headers["Location"] == f"{API}/pages/a-new-page"
    )
    wrong = bens("POST", "/pages", 422, json={"path": "tips/x", "fields": {**facts, "summary": ""}}).json
    assert [problem["where"] for problem in wrong["problems"]] == ["summary"]
    assert bens("POST", "/pages", 422, json={"path": "Tips/X Y", "source": "x"}).json["problems"][0]["where"] == "path"


def test_a_page_is_said_to_be_still_true(site: Site, bens: Program) -> None:
    bens("POST", f"/verify/{SIGNAL}", json={})
    page = bens("GET", f"/pages/{SIGNAL}").json
    assert page["last_verified"] == "2026-03-01"
    assert page["fields"]["verified_by"] == "ben"


def test_a_file_is_attached_and_a_picture_loses_what_the_camera_wrote(bens: Program, anybody: Program) -> None:
    picture = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Camera of Rosa"
    Image.new("RGB", (8, 8), "red").save(picture, "JPEG", exif=exif)
    sent = {"file": (io.BytesIO(picture.getvalue()), "square.jpg"), "alt": "A red square"}
    made = bens("POST", f"/files/{SIGNAL}", 201, data=sent, content_type="multipart/form-data").json
    assert made["markdown"] == "![A red square](/communications/signal/square.jpg)"
    assert b"Camera of Rosa" not in anybody.client.get(made["url"]).data
    assert [item["path"] for item in anybody("GET", f"/files/{SIGNAL}").json["items"]][-1] == made["file"]
    no_words = {"file": (io.BytesIO(picture.getvalue()), "other.jpg")}
    refused = bens("POST", f"/files/{SIGNAL}", 422, data=no_words, content_type="multipart/form-data")
    assert refused.json["code"] == "file.alt_needed"
    bens("POST", f"/files/{SIGNAL}", 415, data=b"x", content_type="image/jpeg")
    bens("DELETE", f"/files/{made['file']}", query_string={"message": "A camera"})
    anybody("GET", f"/files/{made['file']}", 404)
    assert anybody.client.get(made["url"]).status_code == 410


def test_what_is_no_json_or_not_what_is_asked_for_is_refused(bens: Program) -> None:
    bens("PUT", f"/pages/{SIGNAL}", 415, data=b"source=x", content_type="application/x-www-form-urlencoded")
    bens("PUT", f"/pages/{SIGNAL}", 400, data=b"{", content_type="application/json")
    bens("PUT", f"/pages/{SIGNAL}", 400, data=b"[" * 100_000, content_type="application/json")
    bens("PUT", f"/pages/{SIGNAL}", 413, data=b" " * 40_000_000, content_type="application/json")
    wrong = bens("PUT", f"/pages/{SIGNAL}", 422, json={"source": 3, "minor": "yes", "sauce": ""}).json
    assert {problem["where"] for problem in wrong["problems"]} == {"source", "minor", "sauce"}
    bens("PUT", f"/pages/{SIGNAL}", 422, json=["source"])
    refused = bens("POST", f"/pages/{SIGNAL}", 405, json={})
    assert "PUT" in refused.headers["Allow"]


@pytest.mark.parametrize(
    ("method", "path", "body", "answers"),
    [
        ("GET", "/me", None, "401 200 200 200 200"),
        ("POST", "/pages", {"path": "X Y", "source": "x"}, "401 403 422 422 422"),
        ("PUT", f"/pages/{SIGNAL}", {"source": "x"}, "401 403 428 428 428"),
        ("PATCH", f"/pages/{SIGNAL}", {"body": "x"}, "401 403 428 428 428"),
        ("DELETE", f"/pages/{SIGNAL}", None, "401 403 403 428 428"),
        ("POST", f"/move/{SIGNAL}", {}, "401 403 403 422 422"),
        ("POST", "/verify/nothing", {}, "401 403 404 404 404"),
        ("POST", "/files/nothing", None, "401 403 404 404 404"),
        ("DELETE", f"/files/{SIGNAL}/nothing.png", None, "401 403 404 404 404"),
        ("GET", "/suggestions", None, "401 403 403 200 200"),
        ("POST", "/suggestions", {}, "422 422 422 422 422"),
        ("POST", "/suggestions/1/decision", {}, "401 403 403 422 422"),
        ("GET", "/suggestions/1", None, "404 404 404 404 404"),
        ("POST", "/suggestions/1/talk", {}, "404 404 404 404 404"),
        ("POST", "/suggestions/1/withdraw", {}, "404 404 404 404 404"),
    ],
)
def test_a_token_may_what_its_owner_may(site: Site, method: str, path: str, body: Any, answers: str) -> None:
    found = []
    for name in ("", "chris", "ben", "ana", "ada"):
        program = Program(site, name)
        found.append(program.client.open(API + path, method=method, headers=program.headers, json=body).status_code)
    assert " ".join(map(str, found)) == answers


def test_a_token_may_no_more_than_it_was_made_for(site: Site) -> None:
    site.wiki.suggestions.submit(_write(site))
    for scopes, reads, suggests, saves, reviews in (
        ({Scope.READ}, 200, 403, 403, 403),
        ({Scope.SUGGEST}, 200, 422, 403, 403),
        ({Scope.GIT}, 200, 403, 403, 403),
        ({Scope.WRITE}, 200, 422, 428, 200),
    ):
        program = Program(site, "ana", *scopes)
        program("GET", f"/pages/{SIGNAL}", reads)
        program("POST", "/suggestions", suggests, json={} if suggests == 422 else {"edits": []})
        refused = program("PUT", f"/pages/{SIGNAL}", saves, json={"source": "x"})
        assert saves != 403 or refused.json["code"] == "denied.scope"
        program("GET", "/suggestions", reviews)
        # What a reviewer sees of others, only a token for reviewing sees.
        program("GET", "/suggestions/1", 200 if reviews == 200 else 404)


def test_a_token_for_reading_says_nothing_in_its_owners_name(site: Site) -> None:
    reads, suggests = Program(site, "chris", Scope.READ), Program(site, "chris", Scope.SUGGEST)
    edits = [{"path": "tips/new", "source": "# New\n"}]
    own = f"/suggestions/{suggests('POST', '/suggestions', 201, json={'edits': edits}).json['number']}"
    reads("GET", own)
    for what in ("talk", "withdraw"):
        assert reads("POST", f"{own}/{what}", 403, json={"text": "Never mind."}).json["code"] == "denied.scope"
    assert suggests("POST", f"{own}/talk", json={"text": "Never mind."}).json["state"] == "open"
    assert suggests("POST", f"{own}/withdraw", json={}).json["state"] == "withdrawn"


def test_what_is_no_address_of_the_api_is_said_to_be_none_whatever_the_method(anybody: Program) -> None:
    """Nor does another method, or a page of that name, make one of it."""
    for path in ("/-/api", "/-/api/", "/-/api/v2/pages", f"{API}/nothing", f"{API}/nothing?at=HEAD", "/-/api/../x"):
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            assert anybody(method, path, 404, json={}).json["code"] == "api.unknown", (method, path)
    assert "PUT" in anybody("POST", PAGE, 405).headers["Allow"]
    assert anybody("GET", f"{API}/suggestions/1/withdraw", 405).json["code"] == "http.405"


def test_a_token_that_is_none_is_refused_and_guessing_is_slowed_down(site: Site, anybody: Program) -> None:
    for value in ("Bearer mtw_nothing", "Basic " + base64.b64encode(b"ben:x").decode(), "Bearer", ""):
        refused = anybody("GET", f"/pages/{SIGNAL}", 401, headers={"Authorization": value})
        assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]
    for _ in range(60):
        slow = anybody.client.get(PAGE, headers={"Authorization": "Bearer mtw_guess"})
    assert slow.status_code == 429
    assert int(slow.headers["Retry-After"]) > 0
    anybody("GET", f"/pages/{SIGNAL}")


def test_a_token_ends_when_it_is_revoked_and_with_the_rights_of_its_owner(site: Site, bens: Program) -> None:
    users, ben = site.wiki.accounts.users, site.person("ben")
    users.set_role(ben.id, next(role for role in type(ben.role) if role.value == "contributor"))
    bens("PUT", f"/pages/{SIGNAL}", 403, json={"source": "x"})
    site.wiki.accounts.tokens.revoke(ben, site.wiki.accounts.tokens.list(ben.id)[0].id)
    bens("GET", f"/pages/{SIGNAL}", 401)


def _write(site: Site) -> Any:
    from wiki.editing.edit import Edit, Write
    from wiki.pages.path import PagePath
    from wiki.suggestions.access import stranger

    source = site.source(SIGNAL).replace("Free messenger", "A messenger")
    return Write((Edit(PagePath(SIGNAL), site.head(), source),), "Shorter", stranger("Noor"))


def suggestion(site: Site, program: Program, **more: Any) -> dict[str, Any]:
    opened = program("GET", "/suggestions/opening").json["opened"]
    edit = {"path": SIGNAL, "base": site.head(), "fields": {"summary": "A messenger."}}
    return {"edits": [edit], "message": "Shorter", "credit": "Noor", "opened": opened, **more}


def test_a_stranger_suggests_under_the_rules_of_the_form_and_follows_it_by_its_key(
    site: Site, anybody: Program
) -> None:
    sent = suggestion(site, anybody)
    assert anybody("POST", "/suggestions", 422, json=sent).json["code"] == "spam.too_fast"
    site.clock.advance(seconds=10)
    assert anybody("POST", "/suggestions", 422, json={**sent, "website": "x"}).json["code"] == "spam.trap"
    links = " ".join(f"https://casino{number}.example" for number in range(9))
    many = [{**sent["edits"][0], "body": links}]
    assert anybody("POST", "/suggestions", 422, json={**sent, "edits": many}).json["code"] == "spam.links"
    made = anybody("POST", "/suggestions", 201, json={**sent, "note": "Please."}).json
    assert site.source(SIGNAL).find("A messenger.") == -1
    number = made["number"]
    anybody("GET", f"/suggestions/{number}", 404)
    key = {"Suggestion-Key": made["key"]}
    found = anybody("GET", f"/suggestions/{number}", headers=key).json
    assert found["author"] == "Noor"
    assert found["parts"][0]["facts"][0]["new"] == "A messenger."
    assert found["talk"][0]["text"] == "Please."
    assert anybody.client.get(made["url"]).status_code == 200
    anybody("POST", f"/suggestions/{number}/talk", headers=key, json={"text": "I looked it up."})
    gone = anybody("POST", f"/suggestions/{number}/withdraw", headers=key, json={"text": "Never mind."}).json
    assert gone["state"] == "withdrawn"


def test_suggestions_from_one_address_are_counted(site: Site, anybody: Program) -> None:
    sent = suggestion(site, anybody)
    site.clock.advance(seconds=10)
    for _ in range(site.wiki.config.limits.suggestions_per_hour):
        anybody("POST", "/suggestions", 201, json=sent)
    assert "Retry-After" in anybody("POST", "/suggestions", 429, json=sent).headers


def test_a_maintainer_decides_about_what_was_looked_at(site: Site, anas: Program) -> None:
    chris = Program(site, "chris", Scope.SUGGEST)
    edit = {"path": SIGNAL, "base": site.head(), "fields": {"summary": "A messenger."}}
    number = chris("POST", "/suggestions", 201, json={"edits": [edit], "message": "Shorter"}).json["number"]
    other = chris("POST", "/suggestions", 201, json={"edits": [{"path": "tips/new", "source": "# New\n"}]}).json[
        "number"
    ]
    waiting = anas("GET", "/suggestions").json["open"]
    assert [item["number"] for item in waiting] == [number, other]
    decide = f"/suggestions/{number}/decision"
    anas("POST", decide, 422, json={"decision": "approve"})
    anas("POST", decide, 409, json={"decision": "approve", "head": "f" * 40})
    assert chris("GET", f"/suggestions/{number}").json["head"] == waiting[0]["head"]
    approved = anas("POST", decide, json={"decision": "approve", "head": waiting[0]["head"]}).json
    assert approved["state"] == "approved"
    assert "summary: A messenger." in site.source(SIGNAL)
    declined = anas("POST", f"/suggestions/{other}/decision", json={"decision": "decline", "text": "Too short."}).json
    assert declined["talk"][-1]["text"] == "Too short."


@pytest.fixture
def private(story_home: Path) -> Iterator[Site]:
    found = Site(story_home)
    found.wiki.close()
    config = load(story_home, {})
    found.wiki = open_wiki(replace(config, web=replace(config.web, private=True)), found.clock)
    found.wiki.catch_up()
    found.app = create_app(wiki=found.wiki, clock=found.clock)
    yield found
    found.wiki.close()


def test_a_private_wiki_is_read_with_a_token_only(private: Site) -> None:
    anybody = Program(private)
    for path in ("/", "/pages", f"/pages/{SIGNAL}", "/search?q=signal", "/-/api/openapi.json", "/suggestions/opening"):
        anybody("GET", path, 401)
    anybody("POST", "/suggestions", 401, json={"edits": [{"path": "x", "source": "x"}]})
    reader = Program(private, "chris", Scope.READ)
    assert reader("GET", f"/pages/{SIGNAL}").json["title"] == "Signal"
    anybody("GET", f"/pages/{SIGNAL}", 401)
