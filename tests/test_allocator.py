"""What a server process asks of the allocators."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

# Twelve threads at once take memory that is too much for Python's own allocator; then the heaps are counted.
THREADS = """
import ctypes, os, sys, threading
from wiki import allocator

if sys.argv[1] == "sparing":
    allocator.spare()
together = threading.Barrier(12)

def take():
    together.wait()
    held = [bytes(20_000) for _ in range(50)]
    together.wait()
    del held

threads = [threading.Thread(target=take) for _ in range(12)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
out = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, out)
libc.fflush(out)
"""
# 40 MB of small pieces, of which all but the last are let go: that one keeps the heap from shrinking by itself.
HOLES = """
import os
from wiki import allocator

def size():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

held = [os.urandom(20_000) for _ in range(2_000)]
del held[:-1]
before = size()
allocator.give_back()
print(before - size())
"""
GRANIAN = """
import os
from wiki import allocator

allocator.spare_granian()
os.environ["_RJEM_MALLOC_CONF"] += ",confirm_conf:true"
import granian
"""
glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="any other allocator is left alone")


def run(program: str, *arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True, timeout=120
    ).stdout


@glibc
def test_many_threads_share_few_heaps() -> None:
    assert run(THREADS, "by default").count("<heap nr") > 2
    assert run(THREADS, "sparing").count("<heap nr") <= 2


@glibc
def test_what_lies_free_in_the_middle_is_given_back() -> None:
    assert int(run(HOLES)) > 20_000_000


def test_granian_keeps_no_memory_for_each_of_its_threads() -> None:
    """What jemalloc says of its settings when it is loaded; a name that it doesn't read would do nothing."""
    told = subprocess.run(
        [sys.executable, "-c", GRANIAN], capture_output=True, text=True, check=True, timeout=120
    ).stderr
    if "jemalloc" not in told:
        pytest.skip("this granian has another allocator")
    assert "Set conf value: tcache:false" in told and "Set conf value: narenas:1" in told
