"""Whatever happens in git, a catalog that followed it step by step holds what one built from nothing holds."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import ANA, BEN, HOST, NOW, Story, git
from wiki.catalog.catalog import Catalog
from wiki.catalog.facets import Facets
from wiki.storage.objects import Person

NAMES = ("field/a", "field/b", "tips/a", "tips/index", "es/tips/a", "c", "tips/deep/er/d")
TITLES = ("A", "B", "Walk list", "a")
LINKS = (
    *("[[A]]", "[[Walk list]]", "[[tips/a]]", "[x](a.md)", "[x](/field/b)", "[x](../c.md)", "![p](p.png)"),
    *("[x](/tips)", "[x](/old)", "[x](deep/er/d)", "[[Nobody]]"),
)
page = st.builds(
    lambda title, tags, links, extra: (
        f"---\ntitle: {title}\ntags: [{', '.join(tags)}]\n{extra}---\n{' '.join(links)}\n"
    ),
    st.sampled_from(TITLES),
    st.lists(st.sampled_from(["x", "y", "Z"]), max_size=2, unique=True),
    st.lists(st.sampled_from(LINKS), max_size=4),
    st.sampled_from(
        ["", "aliases: [Old name, B]\n", "kind: tool\nurl: https://a.example\n", "alternatives: [field/b]\n"]
    ),
)
change = st.one_of(
    st.tuples(st.sampled_from([f"{name}.md" for name in NAMES]), st.one_of(page, page, st.none())),
    st.tuples(st.sampled_from(["tips/p.png", "field/a/p.png"]), st.sampled_from(["1", "2", None])),
    st.tuples(st.just("_wiki/redirects.yml"), st.sampled_from(["old: c\n", "old: tips/a\nc: field/a\n", "{}\n", None])),
    st.tuples(st.just("_wiki/site.yml"), st.sampled_from(["languages: [en, es]\n", "languages: [en]\n"])),
)
step = st.one_of(
    st.dictionaries(st.sampled_from([0, 1, 2]), change, min_size=1, max_size=3).map(lambda found: dict(found.values())),
    st.sampled_from(["back", "side"]),
)


def dump(catalog: Catalog) -> dict[str, Any]:
    """Everything a catalog holds, with paths in place of numbers."""
    rows = catalog.database.rows
    path = dict(rows("SELECT id, path FROM page"))
    path[0] = "(file)"
    names = [row[1] for row in rows("PRAGMA table_info(page)") if row[1] not in ("id", "version")]
    return {
        "page": sorted(map(repr, rows(f"SELECT {', '.join(names)} FROM page"))),
        "facet": sorted((path[id], *rest) for id, *rest in rows("SELECT * FROM facet")),
        "answer": sorted((path[id], *rest) for id, *rest in rows("SELECT page, key, rank, path FROM answer")),
        "link": sorted(
            (path[id], number, path.get(target, ""), *rest)
            for id, number, target, *rest in rows(
                "SELECT page, number, target, path, wanted, text, line, kind FROM link"
            )
        ),
        "link_key": sorted((path[id], *rest) for id, *rest in rows("SELECT * FROM link_key")),
        "file": sorted(rows("SELECT * FROM file")),
    }


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(step, min_size=1, max_size=7))
def test_catching_up_is_the_same_as_building_from_nothing(steps: list[Any]) -> None:
    with TemporaryDirectory() as folder:
        home = Path(folder)
        git(home, "init", "-q", "--bare", "-b", "main", "content")
        story = Story(home)
        # Its texts are read when everything else has happened.
        outline = story.new_catalog("outline.sqlite3")
        head: str | None = None
        for number, what in enumerate(steps):
            parents: tuple[str, ...] = ()
            files: dict[str, bytes | None] = {"c.md": f"# C {number}\n".encode()}
            base = head
            if isinstance(what, dict):
                files = {file: text.encode() if text is not None else None for file, text in what.items()}
            elif head is not None:
                before = story.repository.commit(head).parents
                if what == "back" and before:
                    # Somebody took the last commit away by force.
                    git(story.content, "update-ref", "refs/heads/main", before[0])
                    base = before[0]
                elif before:
                    # Somebody merged what happened here into a branch of their own, and pushed it.
                    git(story.content, "update-ref", "refs/heads/main", before[0])
                    base, parents = before[0], (head,)
                    mine, theirs = (story.repository.diff(base, head), {"field/b.md": f"# B {number}\n".encode()})
                    files = {
                        change.path: story.repository.blob(change.new_id) if change.new_id else None for change in mine
                    } | theirs
            who = (ANA, BEN)[number % 2]
            head = story.writer.commit(
                files,
                base=base,
                message=f"Step {number}",
                author=Person(who.display_name, f"{who.name}@users.noreply.{HOST}"),
                when=NOW + timedelta(minutes=number),
                other_parents=parents,
            )
            story.catalog.catch_up()
            outline.catch_up(texts=False)
            story.facets.values("tag")
        outline.read_texts()
        fresh = story.new_catalog("fresh.sqlite3")
        fresh.catch_up()
        assert dump(story.catalog) == dump(outline) == dump(fresh)
        for name in ("tag", "kind", "page_language"):
            assert story.facets.values(name) == Facets(fresh).values(name)
        story.close()
        outline.close()
        fresh.close()
