"""Content codings of finished answers: which one somebody likes best, and how it is made."""

from __future__ import annotations

import gzip
from functools import lru_cache

import brotli

MAX_ACCEPTED = 300
MIN_COMPRESSED = 600
# What is put behind the tag of an answer: a strong tag names the very bytes, so each coding has its own.
MARKS = {"": "", "br": "-br", "gzip": "-gz"}
_COMPRESSIBLE = (
    "text/",
    "application/json",
    "application/atom+xml",
    "application/xml",
    "image/svg",
    "application/manifest",
)


def is_compressible(kind: str, size: int) -> bool:
    """Whether it is worth it to send so many bytes of a content type in a coding."""
    return size >= MIN_COMPRESSED and kind.startswith(_COMPRESSIBLE)


def compress(coding: str, body: bytes) -> bytes:
    """A body in a coding; "" leaves it as it is."""
    if coding == "br":
        return bytes(brotli.compress(body, quality=5))
    return gzip.compress(body, 6, mtime=0) if coding == "gzip" else body


@lru_cache(maxsize=256)
def best_coding(accepted: str) -> str:
    """The coding that an Accept-Encoding header likes best of those there are; "" for none."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, parameters = part.partition(";")
        weights[name.strip()] = _weight(parameters)
    others = weights.get("*", 0.0)
    best = max(("br", "gzip"), key=lambda coding: weights.get(coding, others))
    weight = weights.get(best, others)
    return best if weight > 0 and weight >= weights.get("identity", 0.0) else ""


def _weight(parameters: str) -> float:
    name, _, value = parameters.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
