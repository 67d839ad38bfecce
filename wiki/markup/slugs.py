"""Names for headings that an address can end with."""

from __future__ import annotations

import re
import unicodedata

NOT_IN_A_SLUG = re.compile(r"[^\w\- ]")
MAX_CHARS = 80
# What the page around the text (templates/base.html, templates/pages/) calls its own parts.
TAKEN = ("main", "q", "keys", "theme", "said", "facts-title", "see-alternatives", "see-guides")


def slug(text: str) -> str:
    """The text in lower case, letters of every script kept, blanks as hyphens, without other signs; never empty."""
    folded = unicodedata.normalize("NFC", text).lower()
    return NOT_IN_A_SLUG.sub("", folded).strip().replace(" ", "-")[:MAX_CHARS].strip("-_") or "section"


class Slugs:
    """Slugs of one text, each used once: the second "Cost" becomes `cost-1`, and so does what is taken already."""

    def __init__(self) -> None:
        self._next: dict[str, int] = dict.fromkeys(TAKEN, 1)

    def given(self, name: str) -> str:
        """The name that the author gave a heading, as it is written, where it is free."""
        if name in self._next:
            return self.take(name)
        self._next[name] = 1
        return name

    def take(self, text: str) -> str:
        """The next free slug for a heading that says `text`. The time doesn't grow with the number of equal ones."""
        base = found = slug(text)
        while found in self._next:
            found = f"{base}-{self._next[base]}"
            self._next[base] += 1
        self._next[found] = 1
        return found
