"""What a new wiki says of itself before anybody has written anything."""

from __future__ import annotations

from wiki.editing.yaml_files import update_mapping
from wiki.pages.path import SETTINGS
from wiki.resources import folder

SITE = f"{SETTINGS}/site.yml"


def seed_site() -> str:
    """The text of site.yml as the seed has it."""
    return (folder("seed") / SITE).read_text("utf-8")


def empty_site() -> str:
    """The same for a wiki without the seed's pages: home page, menu and footer name none of them, and show where to write."""
    nothing = {"en": "", "es": ""}
    changes = {"home": {"examples": [], "start_here": [], "text": nothing}, "menu": [], "footer": {"text": nothing}}
    return update_mapping(seed_site(), changes)
