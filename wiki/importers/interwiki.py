"""DokuWiki's short names for other sites: ``[[wp>Labor union]]`` is a page of Wikipedia."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

FILES = ("interwiki.conf", "interwiki.local.conf")
MAX_BYTES = 100_000
# What every DokuWiki knows of itself; its other sellers and search engines are no loss.
USUAL = {
    "doku": "https://www.dokuwiki.org/",
    "rfc": "https://www.rfc-editor.org/rfc/rfc",
    "wp": "https://en.wikipedia.org/wiki/{NAME}",
    **{f"wp{code}": f"https://{code}.wikipedia.org/wiki/{{NAME}}" for code in ("de", "es", "fr", "pl", "ru")},
    "wpjp": "https://ja.wikipedia.org/wiki/{NAME}",
    "wpmeta": "https://meta.wikipedia.org/wiki/{NAME}",
}


def load(pages: Path) -> dict[str, str]:
    """The addresses by short name of the DokuWiki whose ``pages`` folder this is: the usual ones, and those in its
    ``conf`` folder where that came along."""
    found = dict(USUAL)
    for folder in (pages.parent / "conf", pages.parent.parent / "conf"):
        for file in (folder / name for name in FILES):
            if file.is_file() and not file.is_symlink() and file.stat().st_size <= MAX_BYTES:
                for line in file.read_text("utf-8", "replace").splitlines():
                    name, _, address = line.partition("#")[0].strip().partition(" ")
                    if address.strip().startswith(("https://", "http://")):
                        found[name.lower()] = address.strip()
    return found


def address(shortcuts: Mapping[str, str], link: str) -> str:
    """Where ``wp>Labor union`` leads; empty for a short name that nobody knows."""
    short, _, name = link.partition(">")
    pattern = shortcuts.get(short.strip().lower(), "")
    name, _, anchor = name.strip().partition("#")
    if not pattern or any(holder in pattern for holder in ("{HOST}", "{PORT}", "{PATH}", "{QUERY}", "{SCHEME}")):
        return ""
    whole = quote(name, safe="")
    plain = quote(name.replace(" ", "_"), safe="/:()',")
    filled = pattern.replace("{URL}", whole).replace("{NAME}", plain)
    if filled == pattern:
        filled += quote(name, safe="/:")
    return filled + (f"#{quote(anchor.replace(' ', '_'), safe='')}" if anchor else "")
