"""What HTML may hold: the lists behind the sanitizer. AUTHOR_* is for persons, the rest for our own renderer too."""

from __future__ import annotations

from pygments.token import STANDARD_TYPES


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FORMATTING = _words("a b code em i s small strong u")
VOID = _words("br hr img input wbr col")
BLOCKS = _words(
    "blockquote dd details dl dt div figcaption figure h1 h2 h3 h4 h5 h6 hr li ol p pre section summary table ul"
)
AUTHOR_TAGS = _words(
    "a abbr b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure "
    "h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp small span strong sub summary sup table "
    "tbody td tfoot th thead tr u ul var wbr"
)
TAGS = AUTHOR_TAGS | {"input", "label", "section"}
DROPPED_WITH_CONTENT = frozenset(("script", "style"))
GLOBAL_ATTRIBUTES = frozenset(("class", "id", "title", "lang", "dir"))
AUTHOR_ATTRIBUTES = {
    "a": frozenset(("href",)),
    "img": frozenset(("src", "alt", "width", "height")),
    "abbr": frozenset(("title",)),
    "col": frozenset(("span",)),
    "colgroup": frozenset(("span",)),
    "td": frozenset(("colspan", "rowspan")),
    "th": frozenset(("colspan", "rowspan", "scope")),
    "ol": frozenset(("start", "reversed", "type")),
    "li": frozenset(("value",)),
    "details": frozenset(("open",)),
}
ATTRIBUTES = AUTHOR_ATTRIBUTES | {
    "a": frozenset(("href", "rel", "aria-labelledby")),
    "img": frozenset(("src", "alt", "width", "height", "loading")),
    "input": frozenset(("type", "checked", "disabled")),
    "div": frozenset(("role", "tabindex")),
    "pre": frozenset(("tabindex",)),
    "p": frozenset(("data-t",)),
    "summary": frozenset(("data-t",)),
}
CLASSES = _words(
    "admonition note tip important warning caution admonition-title align-left align-center align-right table-scroll "
    "heading heading-link footnotes footnotes-list footnote-item footnote-ref footnote-backref task-list task"
) | {name for name in STANDARD_TYPES.values() if name}
