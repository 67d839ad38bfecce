"""The few words that rendered text leaves to the faces, because they have to be in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

BLANK = re.compile(r'(data-t="([a-z]+)">)[^<]*(?=</)')


def fill(html: str, words: Mapping[str, str]) -> str:
    """`html` with the titles that no author wrote ("note", "tip", "important", "warning", "caution") from `words`."""
    if "data-t=" not in html:
        return html
    return BLANK.sub(lambda match: match[1] + escape(words[match[2]]) if match[2] in words else match[0], html)
