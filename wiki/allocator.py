"""How the allocators deal with the memory of a server process: the C library's, where it is glibc's, and granian's own.

By default each of many threads gets a heap of its own, and what is freed in the middle of one is not given back. Granian
brings jemalloc, which keeps a fifth of a megabyte for each thread besides.
"""

from __future__ import annotations

import ctypes
import os

HEAPS = 2
# From malloc.h.
_M_ARENA_MAX = -8
# Read when granian is loaded.
_JEMALLOC = "_RJEM_MALLOC_CONF"
_NOTHING_FOR_A_THREAD = "narenas:1,tcache:false"


def spare_granian() -> None:
    """Have granian keep no memory for each of its threads. Call it before granian is imported."""
    os.environ.setdefault(_JEMALLOC, _NOTHING_FOR_A_THREAD)


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
