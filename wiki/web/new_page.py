"""Pages that aren't there yet: what their form begins with, and the address that they get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from wiki.editing.forms import changes_from, new_source
from wiki.editing.signing import one_line
from wiki.editing.validation import check_page
from wiki.errors import Invalid, NotFound, Problem
from wiki.markup.front_matter import merge
from wiki.markup.line_ends import unix
from wiki.pages.kinds import KINDS, usual_kind
from wiki.pages.page import unsaved_page
from wiki.pages.path import PagePath, slug
from wiki.web.asked import path_of
from wiki.web.context import head, settings, wiki
from wiki.web.form import BLOB, NEW_KINDS, TRANSLATED_VERSION, Form, blank, fill_common, opened
from wiki.web.naming import to_send, typed_path, with_paths
from wiki.web.translations import gettext


def begun(path: str, folder: str, kind: str, title: str) -> Form:
    """The form of a new page, with the outline of its kind; whatever isn't asked for follows from the address."""
    path = path.strip("/")[:500]
    folder = folder.strip("/")[:300] or path.rpartition("/")[0]
    known = settings()
    if kind not in NEW_KINDS:
        place = folder or next(iter(known.category_ids), "")
        kind = usual_kind(f"{place}/x", known.category_ids) if place else "page"
    title = title[:200] or path.rpartition("/")[2].replace("-", " ").capitalize()
    fields: dict[str, Any] = {"kind": kind, "title": title}
    if folder in known.category_ids and KINDS[kind].field("categories"):
        fields["categories"] = [folder]
    if kind == "tool":
        fields["status"] = "active"
    outline = "\n".join(f"## {gettext(heading)}\n" for heading in KINDS[kind].outline)
    page = blank(PagePath(path or f"{folder}/new".strip("/")), fields, outline)
    return opened(page, "", is_new=True, path=path or (f"{folder}/" if folder else ""))


def translation_of(path: str, to: str) -> Form:
    """The form of a page's translation: the words of the original, to be written over, and of which version they are."""
    original = wiki().store.get(path_of(path), head())
    languages = settings().languages
    if original.path.is_settings or original.path.language(languages) != languages[0] or to not in languages[1:]:
        raise NotFound("page.not_found", path=path[:500])
    target = PagePath.parse(f"{to}/{original.path}")
    if wiki().store.entry(target, head()) is not None:
        raise Invalid("path.exists", where="path", path=target.text)
    of = {"of": original.path.text, "source": original.blob_id, "status": "human"}
    page = blank(target, {"kind": original.kind.id, "translation": of}, original.body)
    form = opened(page, "", is_new=True, path=target.text)
    form.facts = original.fields
    return form


def sent(path: str = "") -> Form:
    """What the form of a new page sent; `path` is the address it was sent to, where that is the page's own."""
    asked = path or one_line(request.form.get("path", ""), 1000)
    kind = KINDS.get(request.form.get("kind", "")) or KINDS[usual_kind(asked, settings().category_ids)]
    typed = with_paths(kind.fields, changes_from(kind, request.form.to_dict(flat=False), {}))
    fields = merge({"kind": kind.id, **_translation()}, typed)
    body = unix(request.form.get("body", ""))
    problems: tuple[Problem, ...] = ()
    try:
        target = typed_path(_path(asked, kind.id, fields))
        if wiki().store.entry(target, head()) is not None:
            problems = (Problem("path.exists", "path", {"path": target.text}),)
    except Invalid as error:
        problems = error.problems
        target = PagePath("new")
        asked = to_send(asked, error)
    form = opened(blank(target, fields, body), "", is_new=True, path=asked)
    form.source = new_source(kind, fields, body)
    form.problems = _with_the_others(problems, target, form.source) if problems else ()
    fill_common(form)
    return form


def _with_the_others(problems: tuple[Problem, ...], target: PagePath, source: str) -> tuple[Problem, ...]:
    """What is wrong with the address, and all else that is, so that nobody is sent back twice."""
    page = unsaved_page(target, source, settings())
    found = check_page(page, settings(), wiki().config.limits.page_bytes)
    no_title = any(problem.where == "title" for problem in found)
    # Without a title there is no address; the one says it where the other would not be understood.
    return (*(problem for problem in problems if not (no_title and problem.code == "path.empty")), *found)


def _translation() -> dict[str, Any]:
    """What the form of a new translation says it is a translation of; {} for other pages."""
    of, source = one_line(request.form.get("translation.of", ""), 500).strip("/"), request.form.get(TRANSLATED_VERSION)
    if not of or not BLOB.fullmatch(source or ""):
        return {}
    return {"translation": {"of": of, "source": source, "status": "human"}}


def _path(asked: str, kind: str, fields: Mapping[str, Any]) -> str:
    """The address for a new page: as asked, else its folder and its title."""
    text = asked.strip().strip("/")
    title = slug(str(fields.get("title") or ""))
    if text and not asked.strip().endswith("/"):
        return text
    folder = text or KINDS[kind].folder
    if not folder:
        categories = fields.get("categories")
        folder = str(categories[0]) if isinstance(categories, list) and categories else ""
    return f"{folder}/{title}".strip("/")
