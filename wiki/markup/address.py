"""What an address in a text is: a place in this wiki, a place outside, or something nobody should follow."""

from __future__ import annotations

import re
from urllib.parse import unquote

REL = "nofollow noopener noreferrer ugc"

OUTSIDE = frozenset(("http", "https", "mailto", "tel"))
WIKI = "wiki:"

SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
# Browsers skip these inside of addresses, and control characters and blanks around them.
SKIPPED = re.compile(r"[\t\n\r]")
AROUND = "".join(map(chr, range(33)))
TRACKING = re.compile(
    r"(?:utm_\w+|_hsenc|_hsmi|__hssc|__hstc|dclid|fbclid|gbraid|gclid|gclsrc|igsh|igshid|li_fat_id|mc_cid|mc_eid|"
    r"mkt_tok|msclkid|oly_anon_id|oly_enc_id|s_cid|ttclid|twclid|vero_id|wbraid|wickedid|yclid)(?:=.*)?",
    re.IGNORECASE,
)
ENCODED = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
# Decoding these would turn a letter of a name into a separator.
KEPT_ENCODED = re.compile(r"%(?:23|2[fF]|25|3[fF]|5[cC]|[01][0-9A-Fa-f]|7[fF])")


def external(address: str) -> str | None:
    """The address as it goes into a link if it leads outside of the wiki (without tracking parameters), else None."""
    tidy = SKIPPED.sub("", address).strip(AROUND)
    if tidy[:1] in ("/", "\\") and tidy[1:2] in ("/", "\\"):
        tidy = "https://" + tidy.lstrip("/\\")
    scheme = SCHEME.match(tidy)
    if scheme is None or scheme[1].lower() not in OUTSIDE:
        return None
    return without_tracking(tidy) if "?" in tidy else tidy


def is_dangerous(address: str) -> bool:
    """Whether the address has a scheme that is neither the wiki's nor a known outside one."""
    tidy = SKIPPED.sub("", address).strip(AROUND)
    scheme = SCHEME.match(tidy)
    return scheme is not None and scheme[1].lower() not in OUTSIDE and not tidy.startswith(WIKI)


def internal(address: str) -> str | None:
    """What a resolver is asked for: the decoded target of an address inside of the wiki; None for any other address.

    `#anchor` alone and `?query` alone stay on their page and need no resolving. In the target, percent-encoding is
    undone except where it hides a separator (`/ # ? %`, a backslash or a control character).
    """
    tidy = SKIPPED.sub("", address).strip(AROUND)
    if not tidy or tidy[0] in "#?" or external(tidy) is not None or is_dangerous(tidy):
        return None
    return ENCODED.sub(_decoded, tidy)


def without_tracking(address: str) -> str:
    """The address without the parameters that tell a site which campaign or person a visitor comes from."""
    base, _, rest = address.partition("?")
    query, hash_sign, fragment = rest.partition("#")
    kept = [part for part in query.split("&") if not TRACKING.fullmatch(part)]
    return base + ("?" + "&".join(kept) if kept and any(kept) else "") + hash_sign + fragment


def _decoded(match: re.Match[str]) -> str:
    pieces = KEPT_ENCODED.split(match[0])
    kept = KEPT_ENCODED.findall(match[0])
    try:
        decoded = [unquote(piece, errors="strict") for piece in pieces]
    except UnicodeDecodeError:
        return match[0]
    return "".join(piece + hidden for piece, hidden in zip(decoded, [*kept, ""], strict=True))
