"""Texts as they would look, before they are stored. Anybody may send one, and one can be made to take seconds."""

from __future__ import annotations

from threading import BoundedSemaphore

from wiki.errors import Unavailable
from wiki.markup.markdown import Rendered
from wiki.web.context import wiki

# So many at a time in a process, of whose threads the others stay free for reading and saving. A usual text takes a few
# thousandths of a second, so nobody waits long.
SLOTS = BoundedSemaphore(2)
WAIT_SECONDS = 0.25


def preview(text: str) -> Rendered:
    """A text of somebody's as HTML. Raises Unavailable("preview.busy") where too many take long just now."""
    if not SLOTS.acquire(timeout=WAIT_SECONDS):
        raise Unavailable("preview.busy", retry_after=2)
    try:
        return wiki().rendering.render(text)
    finally:
        SLOTS.release()
