"""Finished answers: who gets them, when they end, and how they are sent."""

from __future__ import annotations

import gzip
import hashlib
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import brotli
import pytest
from werkzeug.test import Client, TestResponse, create_environ, run_wsgi_app

from tests.conftest import git
from tests.web.conftest import Browser, Site
from wiki.config import load
from wiki.errors import NotFound
from wiki.web import page_cache
from wiki.web.application import create_app
from wiki.web.page_cache import CACHEABLE, SESSION_COOKIE, TRUSTED_SECONDS, PageCache
from wiki.web.shelf import Shelf

PAGE = "communications/signal"
TEXT = "<p>Words that are the same for everybody.</p>" * 40


class Behind:
    """An application that counts how often it is asked, and the cache before it; `second` is another process's cache."""

    def __init__(
        self, folder: Path, build: str = "1", limit: int = 1_000_000, room: int = 1_000_000, forwarded: bool = False
    ) -> None:
        self.now = 0.0
        self.looks = 0
        self._head = "a" * 40
        self.asked = 0
        self.body = TEXT
        self.headers = [(CACHEABLE, "yes"), ("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-cache")]
        self.meanwhile: Callable[[], None] = lambda: None

        def cache(name: str) -> PageCache:
            shelf = Shelf(folder / name, build)
            return PageCache(self._answer, self._look, limit, room, shelf, forwarded, lambda: self.now, self._wait)

        self.cache = cache("answers.sqlite3")
        self.client = Client(self.cache, use_cookies=False)
        self.second = Client(cache("second.sqlite3"), use_cookies=False)

    @property
    def head(self) -> str:
        return self._head

    @head.setter
    def head(self, commit: str) -> None:
        """Somebody commits; what is asked afterwards is asked a while later."""
        self._head = commit
        self.now += 1

    def save(self) -> None:
        """Somebody commits, and what is asked next is asked at once."""
        self._head = hashlib.sha1(self._head.encode(), usedforsecurity=False).hexdigest()
        self.body = self._head

    def _look(self) -> str:
        self.looks += 1
        return self._head

    def _wait(self, seconds: float) -> None:
        self.now += seconds

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        assert environ["REQUEST_METHOD"] != "HEAD"
        self.asked += 1
        body = self.body.encode()
        self.meanwhile()
        start_response("200 OK", [*self.headers, ("Content-Length", str(len(body)))])
        return [body]

    def get(self, address: str = "/page", **headers: str) -> TestResponse:
        return self.client.get(address, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.fixture
def behind(tmp_path: Path) -> Behind:
    return Behind(tmp_path)


# Who gets them


def test_what_one_sees_who_is_signed_in_is_nobody_elses(site: Site, ben: Browser, stranger: Browser) -> None:
    assert stranger.get(f"/{PAGE}").text == site.browser().get(f"/{PAGE}").text
    mine = ben.get(f"/{PAGE}")
    assert "/-/account" in mine.text and "/-/account" not in stranger.get(f"/{PAGE}").text
    assert mine.headers["Cache-Control"] == "private, no-store" and CACHEABLE not in mine.headers
    ben.get("/tips")
    assert "/-/account" not in stranger.get("/tips").text
    ended = site.browser()
    ended.client.set_cookie(SESSION_COOKIE, "has ended")
    assert CACHEABLE not in ended.get(f"/{PAGE}").headers, "that mark never leaves the wiki"


def test_a_wiki_that_became_private_shows_strangers_nothing_it_had_finished_before(site: Site) -> None:
    assert site.browser().get(f"/{PAGE}").status_code == 200
    (site.wiki.config.instance_dir / "wiki.toml").write_text("[web]\nprivate = true\n")
    app = create_app(load(site.wiki.config.home, {}), site.clock)
    assert "Signal" not in app.test_client().get(f"/{PAGE}").text
    app.extensions["wiki"].close()


def test_no_host_and_no_scheme_gets_what_was_finished_for_another(stranger: Browser) -> None:
    for base in ("http://one.example", "http://two.example", "https://one.example"):
        answer = stranger.get("/sitemap.xml", base_url=base)
        assert f"<loc>{base}/" in answer.text
        assert ("Strict-Transport-Security" in answer.headers) == base.startswith("https:")


@pytest.mark.parametrize(
    "headers",
    [{"Authorization": "Bearer x"}, {"Cookie": "a=b; wiki_session=x"}, {"Range": "bytes=0-3"}],
    ids=["token", "session", "range"],
)
def test_who_shows_credentials_or_asks_for_a_part_is_always_passed_on(behind: Behind, headers: dict[str, str]) -> None:
    behind.get()
    behind.get(**headers)
    assert behind.asked == 2
    behind.body = "Another page."
    behind.get("/other", **headers)
    assert behind.get("/other").text == "Another page." and behind.asked == 4


def test_cookies_of_other_programs_on_the_host_change_nothing(behind: Behind) -> None:
    assert behind.get(Cookie="theme=dark; seen=1").text == behind.get().text
    assert behind.asked == 1


def test_what_is_sent_with_a_form_is_always_passed_on(behind: Behind) -> None:
    behind.get()
    assert behind.client.post("/page", data={"a": "b"}).status_code == 200
    assert behind.asked == 2


def test_only_what_is_marked_and_sets_no_cookie_is_kept(behind: Behind) -> None:
    mark, *rest = behind.headers
    behind.headers = rest
    behind.get()
    behind.headers = [mark, *rest, ("Set-Cookie", "wiki_session=x")]
    behind.get()
    behind.headers = [mark, *rest]
    assert CACHEABLE not in behind.get().headers and behind.asked == 3
    assert CACHEABLE not in behind.get().headers and behind.asked == 3


# When they end


def test_a_commit_ends_all_of_them(behind: Behind) -> None:
    behind.get()
    behind.head, behind.body = "b" * 40, "New."
    assert behind.get().text == "New."


def test_what_somebody_commits_into_while_it_is_made_is_sent_but_not_kept(behind: Behind) -> None:
    def commit() -> None:
        behind.head = "b" * 40

    behind.meanwhile = commit
    behind.get()
    behind.head, behind.meanwhile = "a" * 40, lambda: None
    behind.get()
    assert behind.asked == 2


def test_where_head_is_is_looked_at_again_after_a_moment_and_not_before(behind: Behind) -> None:
    behind.get()
    before = behind.looks
    for _ in range(100):
        behind.get()
    assert behind.looks == before
    behind.save()
    behind.now += TRUSTED_SECONDS
    assert behind.get().text == behind.head


def test_a_change_is_answered_when_nobody_shows_what_was_before_any_more(behind: Behind) -> None:
    for _ in range(3):
        assert behind.get().text == behind.second.get("/page").text == behind.body
        behind.meanwhile = behind.save
        behind.client.post("/page", data={"a": "b"})
        behind.meanwhile = lambda: None
        assert behind.get().text == behind.second.get("/page").text == behind.head


def test_what_changes_no_page_is_answered_without_waiting(behind: Behind) -> None:
    behind.client.post("/page", data={"a": "b"})
    assert behind.now == 0


def test_a_repository_that_is_away_is_the_applications_matter(behind: Behind, tmp_path: Path) -> None:
    def away() -> str:
        raise NotFound("storage.missing")

    cache = PageCache(behind._answer, away, 1_000_000, 1_000_000, Shelf(tmp_path / "other.sqlite3", ""))
    assert Client(cache).get("/page").text == TEXT


@pytest.fixture
def twins(site: Site) -> Iterator[tuple[Site, Site]]:
    """Two processes' applications on one home."""
    other = Site(site.wiki.config.home)
    yield site, other
    other.wiki.close()


def test_after_an_answered_save_no_other_process_shows_what_was_before(twins: tuple[Site, Site]) -> None:
    first, second = twins
    ben = first.browser("ben")
    for number in range(5):
        for site in twins:
            assert f"Line {number}." not in site.browser().get(f"/{PAGE}").text
        ben.post(f"/-/edit/{PAGE}", ben.edit(PAGE, body=f"Line {number}."))
        assert f"Line {number}." in second.browser().get(f"/{PAGE}").text


def test_what_another_git_does_to_the_branch_shows_at_once(site: Site, stranger: Browser) -> None:
    content = site.wiki.config.content_dir
    stranger.get(f"/{PAGE}")
    before = git(content, "rev-parse", "HEAD")
    file = content / f"{PAGE}.md"
    file.write_text(file.read_text() + "\nA line by git.\n")
    git(content, "-c", "user.name=A", "-c", "user.email=a@x", "commit", "-qam", "By git")
    assert "A line by git." in stranger.get(f"/{PAGE}").text
    git(content, "pack-refs", "--all")
    assert "A line by git." in stranger.get(f"/{PAGE}").text
    git(content, "checkout", "-q", "--detach", before)
    assert "A line by git." not in stranger.get(f"/{PAGE}").text


def test_head_is_right_while_others_move_the_branch_as_fast_as_they_can(site: Site) -> None:
    content, repository = site.wiki.config.content_dir, site.wiki.repository
    commits = git(content, "rev-list", "-n", "2", "HEAD").split()
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            repository.head()

    watching = threading.Thread(target=look)
    watching.start()
    try:
        for number in range(60):
            git(content, "update-ref", "HEAD", commits[number % 2])
            assert repository.head() == commits[number % 2]
    finally:
        done.set()
        watching.join()


# How they are sent


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("GZIP;q=0.5", "gzip"),
        ("br;q=0, gzip;q=1.0", "gzip"),
        ("br; q=0.0 , gzip ; q=0", None),
        ("br;q=0.1, gzip;q=0.9", "gzip"),
        ("*", "br"),
        ("*;q=0, gzip", "gzip"),
        ("identity, br;q=0.5", None),
        ("identity;q=0", None),
        ("", None),
        ("bread, gzippy", None),
        ("gzip;q=x", None),
    ],
)
def test_a_coding_is_sent_only_to_who_takes_it(behind: Behind, accepted: str, coding: str | None) -> None:
    answer = behind.get(Accept_Encoding=accepted)
    assert answer.headers.get("Content-Encoding") == coding
    text = {"br": brotli.decompress, "gzip": gzip.decompress}.get(coding or "", bytes)(answer.data)
    assert text.decode() == TEXT
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert "Accept-Encoding" in answer.headers["Vary"] and "Cookie" in answer.headers["Vary"]


def test_each_coding_has_a_tag_of_its_own_and_the_same_one_always(behind: Behind, tmp_path: Path) -> None:
    tags = [behind.get(Accept_Encoding=coding).headers["ETag"] for coding in ("br", "gzip", "")]
    assert len(set(tags)) == 3 and not any(tag.startswith("W/") for tag in tags)
    other = Behind(tmp_path)
    assert [other.get(Accept_Encoding=coding).headers["ETag"] for coding in ("br", "gzip", "")] == tags


@pytest.mark.parametrize("form", ["{0}", "W/{0}", '"x", {0}', '"x" ,W/{0},"y"', "*"])
def test_who_has_it_is_told_so_with_the_headers_that_a_cache_needs(behind: Behind, form: str) -> None:
    for coding in ("", "br"):
        whole = behind.get(Accept_Encoding=coding)
        answer = behind.get(Accept_Encoding=coding, If_None_Match=form.format(whole.headers["ETag"]))
        assert answer.status_code == 304 and answer.data == b""
        for name in ("ETag", "Cache-Control", "Vary"):
            assert answer.headers[name] == whole.headers[name]
        assert "Content-Encoding" not in answer.headers and "Content-Type" not in answer.headers


def test_who_has_something_else_gets_the_whole(behind: Behind) -> None:
    tag = behind.get(Accept_Encoding="br").headers["ETag"]
    assert behind.get(If_None_Match=tag).status_code == 200
    for other in ('"x"', tag.strip('"'), tag[:-2] + '"', f'"x{tag}'):
        assert behind.get(Accept_Encoding="br", If_None_Match=other).status_code == 200


def test_head_answers_with_the_headers_of_the_whole_and_without_it(behind: Behind) -> None:
    first = behind.client.head("/page")
    whole = behind.get()
    again = behind.client.head("/page")
    assert first.data == again.data == b""
    assert dict(first.headers) == dict(again.headers) == dict(whole.headers)
    behind.headers = behind.headers[1:]
    assert behind.client.head("/other").data == b""
    assert behind.asked == 2


def test_the_language_is_in_the_address_and_in_no_header(stranger: Browser) -> None:
    spanish = stranger.get("/-/recent?lang=es", headers={"Accept-Language": "en"})
    english = stranger.get("/-/recent", headers={"Accept-Language": "es"})
    assert '<html lang="es"' in spanish.text and '<html lang="en"' in english.text
    assert "Accept-Language" not in english.headers["Vary"]


# What a server can send at once


def environ(address: str = "/page", method: str = "GET", **headers: str) -> dict[str, Any]:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return create_environ(address, method=method, headers=given)


def test_what_is_sent_at_once_is_what_is_sent_otherwise(behind: Behind) -> None:
    tag = behind.get().headers["ETag"]
    behind.get(Accept_Encoding="br")
    asked = behind.asked
    for given in (
        environ(),
        environ(method="HEAD"),
        environ(Accept_Encoding="br"),
        environ(If_None_Match=tag),
        environ(If_None_Match='"other"'),
        environ(Cookie="theme=dark"),
    ):
        sent = behind.cache.at_once(dict(given))
        assert sent is not None
        parts, status, headers = run_wsgi_app(behind.cache, dict(given))
        assert (status, list(headers), b"".join(parts)) == (sent[0], sent[1], sent[2])
    assert behind.asked == asked


def test_what_takes_any_work_or_is_not_for_strangers_is_not_sent_at_once(behind: Behind) -> None:
    assert behind.cache.at_once(environ()) is None
    behind.get()
    assert behind.cache.at_once(environ()) is not None
    for given in (
        environ("/other"),
        environ("/page?x=1"),
        environ(method="POST"),
        environ(Host="other.example"),
        environ(Accept_Encoding="gzip"),
        environ(Cookie="wiki_session=x"),
        environ(Authorization="Bearer x"),
        environ(Range="bytes=0-3"),
    ):
        assert behind.cache.at_once(given) is None
    behind.head = "b" * 40
    assert behind.cache.at_once(environ()) is None


def test_what_a_proxy_says_was_asked_for_is_told_apart_where_proxies_are_believed(tmp_path: Path) -> None:
    for believed in (True, False):
        behind = Behind(tmp_path / str(believed), forwarded=believed)
        for host in ("one.example", "two.example"):
            behind.get(X_Forwarded_Host=host, X_Forwarded_Proto="https")
        behind.get(X_Forwarded_Host="one.example", X_Forwarded_Proto="http")
        assert behind.asked == (3 if believed else 1)


# Where they are kept


def test_another_process_and_a_restart_find_what_was_made(behind: Behind, tmp_path: Path) -> None:
    behind.get()
    behind.get("/page?sort=title")
    other = Behind(tmp_path)
    assert other.get().data == behind.get().data and other.asked == 0
    # What stands in the query may be words of the reader's own; they are on no disk.
    other.get("/page?sort=title")
    assert other.asked == 1


def test_another_build_makes_its_own(behind: Behind, tmp_path: Path) -> None:
    behind.get()
    renewed = Behind(tmp_path, build="2")
    renewed.body = "Made by the new templates."
    assert renewed.get().text == "Made by the new templates."


def test_answers_of_former_commits_leave_the_file(behind: Behind, tmp_path: Path) -> None:
    for number in range(120):
        behind.get(f"/page-{number}")
    behind.head = "b" * 40
    for number in range(4):
        behind.get(f"/page-{number}")
    with sqlite3.connect(tmp_path / "answers.sqlite3") as database:
        assert database.execute("SELECT count(*) FROM answer").fetchone() == (4,)


def test_memory_is_bounded_and_what_is_asked_for_again_and_again_stays(tmp_path: Path) -> None:
    behind = Behind(tmp_path, limit=50_000)
    for number in range(200):
        behind.get("/often?x")
        behind.get(f"/page?{number}")
    kept = behind.cache._now[0]
    assert kept.size <= 50_000 and kept.size == sum(map(page_cache._size, kept.answers.values()))
    assert behind.asked == 201


def test_a_whole_wiki_is_kept_in_less_memory_than_its_pages_take(tmp_path: Path) -> None:
    behind = Behind(tmp_path, limit=50_000, room=10_000_000)
    behind.body = TEXT * 200
    for number in (*range(100), *range(100)):
        assert behind.get(f"/page-{number}").text == behind.body
    assert behind.asked == 100 and behind.cache._now[0].size == 0
    environ = create_environ("/page-7", "http://localhost/")
    assert behind.cache.at_once({**environ, "HTTP_IF_NONE_MATCH": "*"}) is not None


def test_where_the_room_is_full_memory_serves(tmp_path: Path) -> None:
    behind = Behind(tmp_path, room=len(TEXT) * 2)
    for number in (*range(5), *range(5)):
        assert behind.get(f"/page-{number}").text == TEXT
    assert behind.asked == 5


def test_words_of_readers_own_are_not_written_to_the_disk(behind: Behind) -> None:
    for address in ("/-/search?q=lawyer", "/-/suggest?q=lawyer", "/page?note=lawyer"):
        behind.get(address)
        behind.get(address)
    assert behind.asked == 3 and not behind.cache._now[0].placed
