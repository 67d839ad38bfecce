"""What every answer says to the browser, and what a request may not make the wiki say or do."""

from __future__ import annotations

import json
import logging
import re
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Response
from flask.testing import FlaskClient
from werkzeug.serving import WSGIRequestHandler
from werkzeug.test import create_environ, run_wsgi_app

from tests.conftest import git
from tests.web.conftest import Site
from wiki.bootstrap import open_wiki
from wiki.config import load
from wiki.errors import Invalid
from wiki.resources import folder
from wiki.web import errors
from wiki.web.application import create_app

PAGE = "communications/signal"
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "object-src": "'none'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
EVERYTHING = (
    *(
        "/",
        f"/{PAGE}",
        f"/{PAGE}.md",
        f"/{PAGE}.json",
        "/field/spoke-app",
        "/nothing-here",
        "/%00",
        "/-/search?q=signal",
    ),
    *("/-/suggest?q=sig", "/-/feed.atom", "/-/export.csv", "/-/theme.css", "/robots.txt", "/-/health", "/-/admin"),
    *(
        "/-/static/nothing.css",
        "/-/content.git/info/refs?service=git-upload-pack",
        "/-/content.git/config",
        "/-/content.git",
        "/-/edit/x",
    ),
    *(f"/{PAGE}/groups.png", "/-/people/ben", "/manifest.webmanifest", "/-/login", "/-/review/1", "/-/diff/x?from=y"),
)


def held(response: Response | Any, address: str) -> None:
    """The headers that every answer has."""
    headers = response.headers
    policy = dict(
        part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";") if " " in part.strip()
    )
    if "sandbox" in headers["Content-Security-Policy"]:
        # A file of somebody's: nothing of it runs, whatever a browser takes it for.
        assert policy == {"default-src": "'none'"}, address
    else:
        assert {name: policy.get(name) for name in POLICY} == POLICY, address
    assert "unsafe" not in headers["Content-Security-Policy"], address
    assert headers["X-Content-Type-Options"] == "nosniff", address
    assert headers["Referrer-Policy"] == "no-referrer", address
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin", address
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin", address
    assert "geolocation=()" in headers["Permissions-Policy"], address
    assert "Cache-Control" in headers, address
    for name in ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Cache-Control"):
        assert len(headers.getlist(name)) == 1, (address, name)


@pytest.mark.parametrize("who", ["", "ada"])
def test_every_answer_has_the_headers_cached_ones_and_errors_too(site: Site, who: str) -> None:
    client = site.browser(who).client
    static = json.loads((folder("static") / "built" / "manifest.json").read_text())["main.css"]
    for address in (*EVERYTHING, f"/-/static/{static}"):
        first = client.get(address)
        held(first, address)
        again = client.get(address, headers={"Accept-Encoding": "br"})
        held(again, address)
        if again.headers.get("ETag"):
            unchanged = client.get(address, headers={"If-None-Match": again.headers["ETag"], "Accept-Encoding": "br"})
            if unchanged.status_code == 304:
                held(unchanged, address)
        for method in ("HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"):
            answer = client.open(address, method=method)
            assert answer.status_code < 500
            held(answer, f"{method} {address}")
            assert method == "HEAD" or answer.status_code != 200 or method == "OPTIONS", (method, address)
    for data in ({}, {"csrf_token": "x"}):
        held(client.post(f"/-/edit/{PAGE}", data=data), "POST")
    held(client.post("/-/login", headers={"Origin": "https://elsewhere.example"}), "POST from elsewhere")
    held(client.post("/-/login", data=b"x" * 20_000_000, content_type="text/plain"), "POST that is too large")


def test_an_error_behind_which_nothing_works_is_answered_with_the_headers(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> str:
        raise RuntimeError("no template")

    monkeypatch.setattr(errors, "render_template", broken)
    client = site.browser().client
    for answer in (client.get("/nothing-here"), client.post("/nothing-here")):
        held(answer, "a page of bare words")
        assert answer.status_code >= 500


@pytest.mark.parametrize("address", ["/", f"/{PAGE}", "/nothing-here"])
def test_only_over_tls_is_a_browser_told_to_come_by_tls(site: Site, address: str) -> None:
    client = site.browser().client
    assert "Strict-Transport-Security" not in client.get(address).headers
    assert "max-age" in client.get(address, base_url="https://localhost").headers["Strict-Transport-Security"]
    # The answer for one is none for the other, though both are kept.
    assert "Strict-Transport-Security" not in client.get(address).headers


def client_of(home: Path, **settings: Any) -> FlaskClient:
    """A browser of the story wiki with other settings."""
    wiki = open_wiki(load(home, {}, settings))
    wiki.catch_up()
    return create_app(wiki=wiki).test_client()


ADDRESSED = ("/-/feed.atom", f"/-/history/{PAGE}.atom", f"/{PAGE}", "/sitemap.xml", "/robots.txt", "/-/opensearch.xml",
             "/-/toolkit/toolkits/first-meeting/sheet")  # fmt: skip


def test_where_the_wiki_has_an_address_of_its_own_no_request_changes_it(story_home: Path) -> None:
    client = client_of(story_home, **{"server.url": "https://wiki.example.org", "server.proxies": 1})
    lies = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "javascript", "Forwarded": "host=evil.example"}
    lies |= {"X-Original-URL": "/-/admin", "X-Rewrite-URL": "/-/admin", "X-Forwarded-Prefix": "/evil.example"}
    for address in ADDRESSED:
        for headers in (lies, {}):
            text = client.get(address, base_url="http://evil.example", headers=headers).text
            assert "evil.example" not in text, address
            assert "https://wiki.example.org/" in text, address
    assert client.get("/", base_url="http://x.example").headers["Strict-Transport-Security"]


def test_without_proxies_nobody_is_believed_about_host_and_scheme(site: Site) -> None:
    client = site.browser().client
    for address in ADDRESSED:
        text = client.get(address, headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}).text
        assert "evil.example" not in text
        assert "https://localhost" not in text
    # Nor is what one host was told told to another.
    assert "one.example" in client.get("/-/feed.atom", base_url="http://one.example").text
    assert "one.example" not in client.get("/-/feed.atom", base_url="http://two.example").text


def test_where_to_report_a_weakness_is_said_where_there_is_such_a_place(story_home: Path) -> None:
    address = "/.well-known/security.txt"
    assert client_of(story_home).get(address).status_code == 404
    said = client_of(story_home, **{"server.contact": "mailto:help@wiki.example.org"}).get(address).text
    assert "Contact: mailto:help@wiki.example.org\n" in said and "Expires: 20" in said
    for contact in ("http://wiki.example.org", "javascript:x", "mailto:a@b.example\nContact: mailto:c@d.example"):
        with pytest.raises(Invalid, match="config"):
            client_of(story_home, **{"server.contact": contact})
    page = story_home / "content" / "code-of-conduct.md"
    page.write_text("---\ntitle: How we treat each other\n---\nKindly.\n")
    git(page.parent, "add", page.name)
    git(page.parent, "commit", "-qm", "How we treat each other")
    assert "Contact: http://localhost/code-of-conduct\n" in client_of(story_home).get(address).text


def test_the_server_of_flask_writes_down_nobody(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    handler = WSGIRequestHandler.__new__(WSGIRequestHandler)
    handler.client_address = ("192.0.2.7", 4711)
    with caplog.at_level(logging.INFO, "werkzeug"):
        handler.log("info", '"GET /communications/signal HTTP/1.1" 200 -')
        handler.log_error("Bad request syntax")
    assert not caplog.records


@pytest.mark.parametrize("host", ['a"><b>', "a b", "a/b", "x@y", "a,b", "\t", ".", "a..b", "a" * 300])
def test_a_host_that_is_none_is_refused(site: Site, host: str, caplog: pytest.LogCaptureFixture) -> None:
    assert site.browser().client.get("/-/feed.atom", headers={"Host": host}).status_code == 400
    # Nobody fills a log with what they ask.
    assert not caplog.records


@pytest.mark.parametrize("host", ["xn--strae-oqa.example", "xn--bcher-kva.example", "xn--", "xn--a.b"])
def test_a_host_with_letters_of_its_own_is_named_as_browsers_name_it(site: Site, host: str) -> None:
    for address in (f"/{PAGE}", "/-/feed.atom"):
        # Without the test client, which can't read such names itself.
        body, status, _ = run_wsgi_app(site.app, create_environ(address, headers={"Host": host}))
        assert status == "200 OK"
        assert f"http://{host}/".encode() in b"".join(body)


def test_an_address_longer_than_any_page_is_refused_without_a_page_full_of_it(site: Site) -> None:
    for address in ("/a" * 5_000, "/-/search?" + "q=x&" * 5_000):
        answer = site.browser().client.get(address)
        assert answer.status_code == 414
        assert "That is too large" in answer.text
        assert len(answer.data) < 1_000


@pytest.mark.parametrize(
    ("said", "status"), [({"HTTP_TRANSFER_ENCODING": "chunked"}, 411), ({"CONTENT_LENGTH": "4000"}, 400)]
)
def test_half_a_form_is_not_saved_as_the_whole(site: Site, said: dict[str, str], status: int) -> None:
    """The line breaks, and the server says no more than that nothing comes any longer: what did come is a part of a text."""
    ben = site.browser("ben")
    address, head = f"/-/edit/{PAGE}?mode=source", site.head()
    fields = {**ben.form(address, 'name="base"'), "source": "---\nkind: page\nsummary: A page.\n---\nHalf of it."}
    answer = ben.client.post(
        address,
        input_stream=BytesIO(urlencode(fields, doseq=True).encode()),
        content_type="application/x-www-form-urlencoded",
        environ_overrides={"wsgi.input_terminated": True, **said},
    )
    assert answer.status_code == status
    assert site.head() == head
    # The whole of it would have been taken.
    ben.post(address, fields)


def test_a_form_comes_back_to_the_wikis_own_address_whatever_host_a_proxy_puts_in(story_home: Path) -> None:
    client = client_of(story_home, **{"server.url": "https://wiki.example.org"})
    form = client.get("/-/login", base_url="http://10.0.0.7:8000").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', form)
    assert token
    for origin, status in (
        ("https://wiki.example.org", 401),
        ("http://10.0.0.7:8000", 401),
        ("https://evil.example", 403),
    ):
        answer = client.post(
            "/-/login",
            data={"csrf_token": token[1], "name": "nobody-here", "password": "x"},
            headers={"Origin": origin},
            base_url="http://10.0.0.7:8000",
        )
        assert answer.status_code == status, origin


@pytest.mark.parametrize(
    "target",
    ["//x.example", "/\\x.example", "/%09/x.example", "/\t/x.example", "\\\\x.example", "https:x.example", "/%5cx.example",
     "///x.example", "/%2f%2fx.example", "javascript:x", "/\r\nSet-Cookie: a=b", "//x.example/%2f..", "/\u2028/x", "http:///x"],
)  # fmt: skip
def test_no_redirect_leaves_the_wiki(site: Site, target: str) -> None:
    """After signing in, after each change, and for addresses that lead on: always one slash, never a second."""
    signed_in, stranger = site.browser("ben"), site.browser()
    answers = [
        signed_in.client.get("/-/login", query_string={"next": target}),
        signed_in.client.post(f"/-/verify/{PAGE}", data={"csrf_token": signed_in.token(), "next": target}),
        stranger.client.get("/" + target.lstrip("/")),
        stranger.client.get(target if target.startswith("/") else f"/{target}"),
        stranger.client.get(f"{target if target.startswith('/') else '/' + target}/..//"),
    ]
    for answer in answers:
        location = answer.headers.get("Location", "/")
        assert re.match(r"/(?![/\\]|%(?:09|2f|5c))", location, re.IGNORECASE) or location == "/", (target, location)
        assert "\n" not in location
        assert "a" not in answer.headers.get("Set-Cookie", "").partition("=")[0].split()


def test_a_parameter_given_twice_is_one_choice_for_all(site: Site) -> None:
    """No check looks at the first while the work is done with the second."""
    ben = site.browser("ben")
    token = ben.token()
    head = site.head()
    for data in (
        [("csrf_token", "wrong"), ("csrf_token", token)],
        [("csrf_token", ""), ("csrf_token", token)],
    ):
        answer = ben.client.post(f"/-/verify/{PAGE}", data="&".join(f"{name}={value}" for name, value in data),
                                 content_type="application/x-www-form-urlencoded")  # fmt: skip
        assert answer.status_code != 303
    answer = ben.client.get(f"/{PAGE}?at={head}&at=--output=x&from=a&from=b")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "application/xml", "multipart/form-data", "", "a" * 9000]
)
def test_no_other_type_of_content_gets_by_the_token_of_a_form(site: Site, kind: str) -> None:
    """What a page elsewhere can send without asking (text/plain and the like) holds no token, so it changes nothing."""
    ben = site.browser("ben")
    token, head = ben.token(), site.head()
    for body in (json.dumps({"csrf_token": token}), f"csrf_token={token}", f"--x\r\ncsrf_token={token}"):
        answer = ben.client.post(f"/-/verify/{PAGE}", data=body, content_type=kind)
        assert answer.status_code in (303, 400, 415, 422), kind
        assert answer.status_code != 303 or kind == "", kind
    assert site.head() == head


def test_a_method_can_not_be_put_in_another_by_a_header_or_a_field(site: Site) -> None:
    ada = site.browser("ada")
    head = site.head()
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        ada.client.get(f"/-/delete/{PAGE}", headers={name: "POST"})
        ada.client.post(f"/{PAGE}?_method=DELETE", headers={name: "DELETE"}, data={"_method": "DELETE"})
    assert site.head() == head
