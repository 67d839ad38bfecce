"""What a new wiki says of itself before anybody has written anything."""

from __future__ import annotations

from wiki.editing.yaml_files import update_mapping
from wiki.markup import yaml_tree
from wiki.markup.front_matter import REMOVE
from wiki.pages.path import SETTINGS
from wiki.resources import folder

SITE = f"{SETTINGS}/site.yml"
PROTECTION = f"{SETTINGS}/protection.yml"


def seed_site() -> str:
    """The text of site.yml as the seed has it."""
    return (folder("seed") / SITE).read_text("utf-8")


def empty_site() -> str:
    """The same for a wiki without the seed's pages: it isn't called like the seed; home page, menu and footer name none of its
    pages, and show where to write."""
    nothing = {"en": "", "es": ""}
    changes = {
        "name": "Our wiki",
        "tagline": nothing,
        "home": {"examples": [], "start_here": [], "text": nothing},
        "menu": [],
        "footer": {"text": nothing},
    }
    return update_mapping(seed_site(), changes)


def empty_protection() -> str:
    """The text of protection.yml for a wiki without the seed's pages: only the settings are protected."""
    text = (folder("seed") / PROTECTION).read_text("utf-8")
    protected = yaml_tree.parse(text)
    return update_mapping(text, {path: REMOVE for path in protected.value if path != SETTINGS} if protected else {})
