"""What a tree of processes has used, read from /proc; and what else ran on the machine."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from pathlib import Path

TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


def _stat(pid: int) -> list[str] | None:
    try:
        return (PROC / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None


def tree(root: int) -> list[int]:
    """A process and all below it."""
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (stat := _stat(int(entry.name))) is not None:
            children.setdefault(int(stat[1]), []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, [])
    return found


def cpu_ms(root: int) -> float:
    """CPU time that a tree has used so far, ended children included."""
    stats = (_stat(pid) for pid in tree(root))
    return sum(sum(map(int, stat[11:15])) for stat in stats if stat is not None) * TICK_MS


def is_starting(pid: int, root: int) -> bool:
    """Whether a process has been made only to become another program: until then its memory is that of who made it."""
    stat = _stat(pid)
    if stat is None or (maker := int(stat[1])) == root or pid == root:
        return False
    try:
        return (PROC / str(pid) / "cmdline").read_bytes() == (PROC / str(maker) / "cmdline").read_bytes()
    except OSError:
        return False


def is_git(pid: int) -> bool:
    """Whether a process is a git, or one that git has started."""
    try:
        return (PROC / str(pid) / "comm").read_text().startswith("git")
    except OSError:
        return False


def pss_mb(root: int, below: Path | None = None, git: bool | None = None) -> float:
    """Memory of a tree, what is shared counted once; with `below` only that of mapped files below a folder, with `git` that of
    git's processes, or of all others."""
    total, counted = 0, below is None
    for pid in tree(root):
        if is_starting(pid, root) or (git is not None and is_git(pid) != git):
            continue
        try:
            lines = (PROC / str(pid) / ("smaps_rollup" if below is None else "smaps")).read_text().splitlines()
        except OSError:
            continue
        for line in lines:
            if below is not None and re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
                counted = str(below) in line
            elif counted and line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


def load() -> float:
    """The machine's load average of the last minute."""
    return os.getloadavg()[0]


def machine() -> str:
    """The machine in one line."""
    info = (PROC / "cpuinfo").read_text()
    model = re.search(r"model name\s*: (.+)", info)
    memory = re.search(r"MemTotal:\s+(\d+)", (PROC / "meminfo").read_text())
    git = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout.split()[2]
    return (
        f"{model[1] if model else platform.machine()}, {os.cpu_count()} CPUs, "
        f"{int(memory[1]) / 1024 / 1024 if memory else 0:.0f} GB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}, git {git}"
    )
