"""Colours for code, as classes: a short list of languages, so that nobody picks the slowest of all lexers."""

from __future__ import annotations

from functools import cache
from html import escape
from time import thread_time

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES
from pygments.util import ClassNotFound

from wiki.markup.deadline import Deadline, TookTooLong

MAX_CHARS = 10_000
# Several lexers take quadratic time for long lines.
MAX_LINE = 400
LANGUAGES = frozenset(
    {"bash", "c", "cpp", "css", "csv", "diff", "go", "html", "http", "ini", "java", "javascript", "js", "json", "jsx"}
    | {"markdown", "md", "nginx", "php", "powershell", "py", "python", "r", "ruby", "rust", "sh", "shell", "sql"}
    | {"toml", "ts", "typescript", "xml", "yaml", "yml"}
)


class Colours:
    """Colours the code of one page for at most `seconds` of processor time; code that comes later stays plain."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds

    def html(self, code: str, language: str) -> str:
        """`code` as spans with Pygments' short classes; "" where it stays plain, for its language, size or time."""
        if language.lower() not in LANGUAGES or len(code) > MAX_CHARS or self._left <= 0:
            return ""
        lexer = _lexer(language.lower())
        if lexer is None or any(len(line) > MAX_LINE for line in code.split("\n")):
            return ""
        begun = thread_time()
        try:
            return _spans(code, lexer, Deadline(self._left))
        except TookTooLong:
            return ""
        finally:
            self._left -= thread_time() - begun


def _spans(code: str, lexer: Lexer, deadline: Deadline) -> str:
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
    # The list is ours; what Pygments knows changes with its versions.
    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
