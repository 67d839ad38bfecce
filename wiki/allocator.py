"""How the C library's allocator deals with the memory of a server process, where it is glibc's; any other is left alone.

By default each of many threads gets a heap of its own, and what is freed in the middle of one is not given back.
"""

from __future__ import annotations

import ctypes

HEAPS = 2
# From malloc.h.
_M_ARENA_MAX = -8


def spare() -> None:
    """Let the threads of this process share few heaps. Call it before they are started."""
    if (set_option := getattr(_library(), "mallopt", None)) is not None:
        set_option(_M_ARENA_MAX, HEAPS)


def give_back() -> None:
    """Give the system what lies free."""
    if (trim := getattr(_library(), "malloc_trim", None)) is not None:
        trim(0)


def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None)
