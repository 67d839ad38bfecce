"""Colours for code, as classes: a short list of languages, so that nobody picks the slowest of all lexers."""

from __future__ import annotations

from functools import cache
from html import escape

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES

from wiki.markup.deadline import Deadline

MAX_CHARS = 20_000
LANGUAGES = frozenset(
    {"bash", "c", "cpp", "css", "csv", "diff", "go", "html", "http", "ini", "java", "javascript", "js", "json", "jsx"}
    | {"markdown", "md", "nginx", "php", "powershell", "py", "python", "r", "ruby", "rust", "sh", "shell", "sql"}
    | {"toml", "ts", "typescript", "xml", "yaml", "yml"}
)


def html(code: str, language: str, deadline: Deadline) -> str:
    """`code` as spans with Pygments' short classes; "" for languages we don't colour and for very long code."""
    if language.lower() not in LANGUAGES or len(code) > MAX_CHARS:
        return ""
    lexer = _lexer(language.lower())
    if lexer is None:
        return ""
    out: list[str] = []
    for kind, text in lexer.get_tokens(code):
        deadline.check()
        while kind not in STANDARD_TYPES and kind.parent is not None:
            kind = kind.parent
        name = STANDARD_TYPES.get(kind, "")
        shown = escape(text, quote=False)
        out.append(f'<span class="{name}">{shown}</span>' if name and name != "w" else shown)
    return "".join(out)


@cache
def _lexer(language: str) -> Lexer | None:
    # The list is ours; "csv" and the like come and go with versions of Pygments.
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
