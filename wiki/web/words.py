"""What the codes, slugs and names of the core are called in the language of the request.

A code is looked up as it is, then by its family ("path.…"); a code without words shows a general sentence, and a test
names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wiki.editing.signing import one_line
from wiki.errors import Problem, WikiError
from wiki.pages.settings import Term
from wiki.web.context import localize, settings
from wiki.web.sentences import GENERAL, SENTENCES
from wiki.web.translations import Later, gettext

_ = Later

# What the core says in the parameters of a problem.
_EXPECTED: Mapping[str, Any] = {
    "mapping": _("lines of the form “name: value”"),
    "a mapping": _("lines of the form “name: value”"),
    "list": _("a list"),
    "a list": _("a list"),
    "text": _("plain text"),
    "true or false": _("true or false"),
}
_ROLES: Mapping[str, Any] = {
    "reader": _("reader"),
    "contributor": _("contributor"),
    "editor": _("editor"),
    "maintainer": _("maintainer"),
    "admin": _("administrator"),
}

# What a recorded price is for: the engine counts with these, so they are no vocabulary of the community.
_PER: Mapping[str, Any] = {
    "message": _("text message"),
    "minute": _("minute of a call"),
    "contact": _("contact"),
    "seat-month": _("seat, a month"),
    "month": _("month"),
    "year": _("year"),
    "once": _("one payment"),
    "percent": _("percent of a gift"),
}


def role_name(role: str) -> str:
    """What a role is called, as a part of a sentence; the word itself where it is no role."""
    return str(_ROLES.get(role, role))


def describe(problem: Problem | WikiError) -> str:
    """One sentence that says what is wrong, in the language of the request."""
    sentence = SENTENCES.get(problem.code) or GENERAL.get(problem.code.partition(".")[0])
    if sentence is None:
        return gettext("That didn't work (%(code)s).", code=problem.code)
    params: dict[str, Any] = {"line": getattr(problem, "line", 0) or 1, "reason": "", "expected": ""}
    params.update({key: _shown(value) for key, value in problem.params.items()})
    params["expected"] = str(_EXPECTED.get(params["expected"], params["expected"]))
    if "role" in params:
        params["role"] = role_name(params["role"])
    words = str(sentence)
    try:
        return words % params if "%(" in words else words
    except (KeyError, ValueError):
        return words


def field_label(kind: Any, where: str) -> str:
    """What a field is called in the form, for a list of problems; the name itself where nothing is declared."""
    parts = where.split(".")
    while parts:
        item = kind.field(".".join(part for part in parts if not part.isdigit()))
        if item is not None:
            return gettext(item.label)
        parts.pop()
    return {
        "body": gettext("Text"),
        "path": gettext("Address"),
        "kind": gettext("Kind of page"),
        "translation.of": gettext("Translation of"),
        "translation.source": gettext("Translated version"),
        "translation.status": gettext("Status of the translation"),
    }.get(where if where.startswith("translation.") else where.partition(".")[0], where)


def term_label(item: Any, slug: str) -> str:
    """The label of a value of a vocabulary in the language of the request."""
    return label_of(item, slug, settings().terms(item).get(slug))


def label_of(item: Any, slug: str, term: Term | None) -> str:
    """The same, by the term that stands for the value."""
    plain = str(_PER.get(slug, slug)) if item.name == "per" else slug
    return localize(term.label, plain) if term is not None else plain


def stakes() -> tuple[tuple[str, str], ...]:
    """What may connect people with a tool: value and label."""
    terms = settings().vocabulary.get("affiliations", {})
    return tuple((slug, localize(term.label, slug)) for slug, term in terms.items())


def stake(affiliation: str) -> str:
    """What connects somebody with a tool, in the language of the request."""
    term = settings().vocabulary.get("affiliations", {}).get(affiliation)
    return localize(term.label, affiliation) if term is not None else affiliation


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        shown = [str(item) for item in value[:30]]
        return ", ".join(shown) + ("…" if len(value) > 30 else "")
    return one_line(str(value), 300)
