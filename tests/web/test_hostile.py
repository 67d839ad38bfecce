"""Attacks and accidents: addresses, revisions, forms, content that no editor saw, files of the index gone bad."""

from __future__ import annotations

import html
import os
import re
import xml.dom.minidom
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.conftest import git
from tests.web.conftest import Browser, Site

PAGE = "communications/signal"
SCRIPT = '"><svg/onload=alert(1)><img src=x onerror=alert(1)><script>alert(1)</script>{{7*7}}{% raise %}'
RAW = re.compile(r"<svg/onload|<img src=x|<script>alert|Traceback \(most recent")
PATHS = (
    "..%2f..%2fetc/passwd", "%252e%252e%252fx", "..%5cx", "a%00b", "a%0ab", ".GIT/config", "git~1/x", "con", "nul/x",
    "_wiki/../x", "%ef%bc%8e%ef%bc%8e/x", "a/" * 500 + "x", "x" * 3000, "%ff", "%c0%ae%c0%ae", "-Ox", "--output=x",
    "%2f%2fx", "%e2%80%aex", "...", "%20", "HEAD", quote(SCRIPT, safe=""), ".md", ".json", ".atom", "%1b[31m", f"{PAGE}.md",
)  # fmt: skip
VIEWS = (
    "/{}",
    "/-/edit/{}",
    "/-/history/{}",
    "/-/diff/{}",
    "/-/blame/{}",
    "/-/links-to/{}",
    "/-/tags/{}",
    "/-/people/{}",
)
REVISIONS = (
    "--output=x",
    "-Ofoo",
    "HEAD:../../x",
    "@{-1}",
    ":/x",
    "a" * 41,
    "0" * 40,
    "HEAD",
    "%00",
    "%ff",
    quote(SCRIPT),
)
WORDS = ("*", '""', "(a+)+$", "NEAR(", "x" * 10_000, "t " * 5_000, "-Ofoo", "\0", SCRIPT, "((((", "a~9 AND OR NOT", "٣")
FORMS = (
    "/-/edit/" + PAGE, "/-/new", "/-/preview", "/-/resolve/" + PAGE, "/-/login", "/-/register", "/-/review/1", "/-/tags",
    "/-/suggestions/1/own", "/-/drafts", "/-/account/profile", "/-/attach/" + PAGE, "/-/verify/" + PAGE,
    f"/-/account/tokens/{'9' * 30}/revoke", f"/-/account/sessions/{'9' * 30}/end", "/-/admin/people/ben/role",
)  # fmt: skip


def fetch(browser: Browser, address: str) -> str:
    """What is at an address: anything but a failure or what somebody typed as HTML."""
    response = browser.client.get(address)
    assert response.status_code < 500, f"{address[:200]}: {response.status_code}"
    html = response.get_data(as_text=True) if response.mimetype == "text/html" else ""
    assert not RAW.search(html), address[:200]
    target = response.headers.get("Location", "/")
    assert target.startswith("/") and not target.startswith(("//", "/\\")), target
    return html


@pytest.mark.parametrize("who", ["", "ben"])
def test_addresses(site: Site, who: str) -> None:
    browser = site.browser(who)
    for view in VIEWS:
        for path in PATHS:
            fetch(browser, view.format(path))


def test_revisions_words_and_numbers(stranger: Browser) -> None:
    for revision in REVISIONS:
        for address in (f"/{PAGE}?at=", f"/-/diff/{PAGE}?from=", f"/-/diff/{PAGE}?to=", f"/-/revert/{PAGE}?commit="):
            response = stranger.client.get(address + revision)
            assert response.status_code in (401, 404), (address, revision)
    for words in WORDS:
        fetch(stranger, f"/-/search?q={quote(words)}")
        fetch(stranger, f"/-/suggest?q={quote(words)}")
    for number in ("1000000000", "-1", "1e9", "9" * 30, "x", "%00", "²", "1&page=2"):
        for address in ("/-/search?q=a&page=", "/-/all?page=", "/-/recent?before=", f"/-/history/{PAGE}?before="):
            fetch(stranger, address + number)


@pytest.mark.parametrize("who", ["", "ben"])
def test_forms_of_nonsense(site: Site, who: str) -> None:
    client, head = site.browser(who).client, site.head()
    form = "application/x-www-form-urlencoded"
    for address in FORMS:
        for data, kind in (
            (b"\xff\xfe%%%=&&&", form),
            (b"csrf_token=x.y&body=%ff&title=%ff&path=../../x&base=--output=x&next=//x", form),
            (b"&".join(b"f%d=1" % number for number in range(5_000)), form),
            (b"x=1", form + "; charset=utf-16"),
            (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
            (b'{"a":', "application/json"),
        ):
            assert client.post(address, data=data, content_type=kind).status_code < 500, address
        for headers in ({"Origin": "https://evil.example"}, {"Origin": "http://[x"}, {"Sec-Fetch-Site": "cross-site"}):
            assert client.post(address, headers=headers).status_code in (401, 403, 404), address
    assert site.head() == head


def test_no_unmerged_text_by_way_of_a_form(site: Site, stranger: Browser) -> None:
    fields = stranger.edit(PAGE, body=["A text that only a reviewer may see: elderberry."], message=["More"])
    site.clock.advance(minutes=1)
    stranger.post(f"/-/edit/{PAGE}", {**fields, "do": "save"})
    hidden = git(site.wiki.config.content_dir, "rev-parse", "refs/suggestions/1/head")
    other, sent = site.browser(), {"csrf_token": fields["csrf_token"], "message": "m", "path": PAGE}
    for base, head in ((hidden, site.head()), (site.head(), hidden), (hidden[:10], hidden[:10])):
        for more in ({}, {"body": "x"}, {"section": "x"}, {"source": "---\ntitle: x\n---\nx\n"}):
            for what in ("preview", "diff", "save"):
                for address in (f"/-/edit/{PAGE}", f"/-/resolve/{PAGE}"):
                    data = {**sent, **more, "do": what, "base": base, "head": head}
                    response = other.client.post(address, data=data)
                    assert response.status_code < 500
                    assert "elderberry" not in response.get_data(as_text=True), (address, data)


def tree(folder: Path, *entries: tuple[str, str, str]) -> str:
    kinds = {"040000": "tree", "160000": "commit"}
    rows = "".join(f"{mode} {kinds.get(mode, 'blob')} {id}\t{name}\0" for mode, name, id in entries)
    return git(folder, "mktree", "-z", "--missing", given=rows)


def test_content_that_no_editor_saw(site: Site, stranger: Browser) -> None:
    folder = site.wiki.config.content_dir

    def blob(text: str) -> str:
        return git(folder, "hash-object", "-w", "--stdin", given=text)

    fine = blob("---\ntitle: Fine\n---\nHi\n")
    front = "\n".join(f"{name}: '{SCRIPT}'" for name in ("title", "summary", "kind", "website", "content_license"))
    shapes = "title: [a]\nsummary: {a: b}\ntags: {a: b}\nkind: 7\nlast_verified: 3000-01-01\ncost: [1]\nexperiences: [1, {text: [2]}]\ntranslation: {of: [1]}"
    bomb = "a: &a [x, x]\n" + "\n".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]" for n in range(20)
    )
    files = {
        "evil.md": f"---\n{front}\n---\n{SCRIPT}\n\n[a](javascript:alert(1))\n", "shapes.md": f"---\n{shapes}\n---\nx",
        "bomb.md": f"---\n{bomb}\n---\n", "deep.md": f"---\nx: {'[' * 100}{']' * 100}\n---\n", "nul.md": "a\0b",
        "tag.md": "---\ntitle: !!python/object/apply:os.system [x]\n---\n", "one.md": "word " * 150_000,
        "quotes.md": ">" * 3_000, "brackets.md": "[" * 20_000,
    }  # fmt: skip
    rows = [("100644", name, blob(text)) for name, text in files.items()]
    names = (
        "new\nline.md",
        "quo\"te'.md",
        "<b>.md",
        "bell\x07.md",
        "CON.md",
        "-x.md",
        "a b.md",
        "UPPER.md",
        "upper.md",
        "{{7}}.md",
        "es.md",
    )
    rows += [("100644", name, fine) for name in names]
    rows += [("120000", "link.md", blob("/etc/passwd")), ("160000", "sub.md", "1" * 40)]
    below = tree(folder, ("100644", "x.md", fine))
    for _ in range(70):
        below = tree(folder, ("040000", "d", below))
    rows.append(("040000", "cellar", below))
    present = [line.split(None, 3) for line in git(folder, "ls-tree", "HEAD").splitlines()]
    rows += [(mode, name, id) for mode, _, id, name in present]
    commit = site.head()
    root = tree(folder, *rows)
    for when, author, subject in (
        ("32503680000 +0000", SCRIPT.replace("<", "").replace(">", ""), SCRIPT), ("-300000000 +0000", "N" * 10_000, "M" * 100_000),
        ("1700000000 +9999", "", "a\x08\x0c]]> & <\x1b"), ("1700000000 +0000", "x", "\n\nSuggestion: 7\nReverts: zzz\n"),
    ):  # fmt: skip
        own = f"{author} <a@b> {when}"
        raw = f"tree {root}\nparent {commit}\nauthor {own}\ncommitter {own}\n\n{subject}"
        commit = git(folder, "hash-object", "-w", "-t", "commit", "--literally", "--stdin", given=raw)
        root = tree(
            folder, *(row for row in rows if row[1] != "evil.md"), ("100644", "evil.md", blob(f"{SCRIPT} {when}"))
        )
    git(folder, "update-ref", "HEAD", commit)
    site.wiki.catch_up()
    assert site.wiki.is_current()
    ben = site.browser("ben")
    for name in [*files, *names, "link.md", "sub.md", "cellar/" + "d/" * 70 + "x.md"]:
        path = quote(name.removesuffix(".md"))
        for view in ("/{}", "/{}.md", "/{}.json", "/-/edit/{}", "/-/history/{}", "/-/diff/{}", "/-/blame/{}"):
            fetch(ben, view.format(path))
    for address in (
        "/",
        "/-/all",
        "/-/recent",
        "/-/tags",
        "/-/attention",
        "/-/search?q=fine",
        "/-/search?q=word",
        "/glossary",
    ):
        fetch(stranger, address)
    for address in ("/-/feed.atom", "/-/history/evil.atom", "/sitemap.xml"):
        xml.dom.minidom.parseString(stranger.client.get(address).data)
    ben.post(f"/-/edit/{PAGE}", {**ben.edit(PAGE, body=["It still saves."]), "do": "save"})
    assert "It still saves." in (folder / f"{PAGE}.md").read_text("utf-8")


READ = (
    "/",
    f"/{PAGE}",
    "/-/recent",
    f"/-/history/{PAGE}",
    "/-/all",
    "/-/tags",
    "/-/health",
    "/nothing-here",
    "/-/suggest?q=sig",
)


@pytest.mark.parametrize("how", ["noise", "nothing", "gone"])
@pytest.mark.parametrize("names", ["catalog.sqlite3*", "history.sqlite3*", "rendered.sqlite3*", "*.seg"])
def test_derived_files_go_bad_while_running(site: Site, names: str, how: str) -> None:
    stranger = site.browser()
    fetch(stranger, "/-/search?q=signal")
    for file in [*site.wiki.config.index_dir.rglob(names)]:
        if file.name.endswith("-shm"):
            continue
        if how == "noise":
            file.write_bytes(os.urandom(max(5_000, file.stat().st_size)))
        elif how == "nothing":
            # A mapped file that shrinks would end any process; it is replaced, as an editor or a restore does.
            file.unlink()
            file.touch()
        else:
            file.unlink()
    for address in READ:
        response = stranger.client.get(address)
        # What is being made again says so; what doesn't need it answers.
        waits = any(word in address for word in ("suggest", "history", "recent"))
        assert response.status_code in (200, 404) or (response.status_code == 503 and waits), address
    assert stranger.client.get("/-/search?q=signal").status_code in (200, 503)
    site.wiki.catch_up()
    assert site.wiki.is_current()
    assert "Signal" in fetch(stranger, "/-/search?q=signal")


@pytest.mark.parametrize("fields", ["{nonsense", "[" * 100_000, "[" * 5_000 + "]" * 5_000, "[" * 900 + "]" * 900])
def test_a_draft_that_the_editor_did_not_write_is_no_error(site: Site, fields: str) -> None:
    ben = site.browser("ben")
    ben.client.post("/-/drafts", data={"csrf_token": ben.token(), "key": "k", "fields": fields})
    assert ben.client.get("/-/drafts?key=k").status_code in (200, 204)


def test_no_pages_to_be_found_is_said_in_words(site: Site) -> None:
    content = site.wiki.config.content_dir
    content.rename(content.with_name("elsewhere"))
    response = site.browser().client.get(f"/{PAGE}")
    assert response.status_code == 503
    assert "The wiki can't be read just now" in html.unescape(response.get_data(as_text=True))
    spanish = html.unescape(site.browser().client.get("/es/communications/signal").text)
    assert '<html lang="es">' in spanish and "No se puede leer el wiki" in spanish
    content.with_name("elsewhere").rename(content)
    fetch(site.browser(), f"/{PAGE}")


def test_an_address_that_forms_are_sent_to_says_so_to_whoever_only_looks(stranger: Browser) -> None:
    for address in ("/-/preview", f"/-/verify/{PAGE}", f"/-/resolve/{PAGE}"):
        answer = stranger.get(address, 405)
        assert "POST" in answer.headers["Allow"]
        assert "This can't be done that way" in answer.text
    stranger.get("/-/nothing-of-this-name", 404)


UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
TITLE = r'"ab\e[31m\0c\u202etxt.exe\u2066\L\x9bz\uffff"'
TIP = "---\nkind: tip\ntitle: {0}\nsummary: {0}\ntags: [{0}]\nauthor: {0}\n---\n{1}\n"


def test_nothing_unseen_that_somebody_committed_turns_a_title_a_name_or_a_difference_around(site: Site) -> None:
    """Controls and overrides of the direction: left out of titles, facts, names and subjects, shown where texts are judged."""
    content = site.wiki.config.content_dir
    for text in ("pay alice", "pay \x9becila\x1b"):
        (content / "tips" / "odd.md").write_text(TIP.format(TITLE, text))
        (content / "tips" / "headed.md").write_text(f"# Head\x1b[31m\x07ed\n\n{text}\n")
        (content / "tips" / "turned.md").write_text(f"# Turned\n\n{text} \u202e\n")
        git(content, "add", "--all")
        name = "Mal\u202eory \x1b[31m\x9b"
        git(
            content,
            "-c",
            f"user.name={name}",
            "commit",
            "-qm",
            "An \u202eodd\x1b[31m subject\n\nMore \u2066\x07 of it.",
        )
    stranger, found = site.browser(), []
    views = ("/{}", "/{}.json", "/-/history/{}", "/-/history/{}.atom", "/-/blame/{}", "/-/diff/{}", "/-/links-to/{}")
    lists = (
        "/tips",
        "/-/all",
        "/-/tags",
        "/-/recent",
        "/-/feed.atom",
        "/-/attention/stubs",
        "/-/export.csv",
        "/-/search?q=odd",
    )
    for address in (*lists, *(view.format(path) for view in views for path in ("tips/odd", "tips/headed"))):
        answer = stranger.get(address)
        found += [
            f"{address}: {answer.text[part.start() - 40 : part.end() + 9]!r}" for part in UNSEEN.finditer(answer.text)
        ]
    assert not found, "\n".join(found[:20])
    assert "<title>ab [31m ctxt.exe z ·" in stranger.get("/tips/odd").text
    # Whoever looks at what changed sees that something is there.
    changed = html.unescape(re.sub("<[^>]+>", "", stranger.get("/-/diff/tips/turned").text))
    assert "pay \ufffdecila\ufffd \ufffd" in changed
    assert "pay \ufffdecila\ufffd \ufffd" in stranger.get("/-/blame/tips/turned").text
