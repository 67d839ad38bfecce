"""Runs every target for some seconds, guided by coverage where there is an atheris for this Python."""

from __future__ import annotations

import importlib.util
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
NAMES = ("front_matter", "settings", "markdown", "paths", "query", "merge", "forms", "typed")
MAX_BYTES = 4_096
GUIDED = importlib.util.find_spec("atheris") is not None


def main(arguments: list[str]) -> int:
    """``SECONDS [TARGET …]``; each target in a process of its own. Returns the exit status."""
    if arguments[:1] == ["--one"]:
        return _one(arguments[1], int(arguments[2]), Path(arguments[3]))
    seconds = arguments[0] if arguments else "300"
    if not GUIDED:
        print("There is no atheris for this Python: inputs are varied blindly, without a look at what they reach.")
    failed = 0
    for name in arguments[1:] or NAMES:
        with tempfile.TemporaryDirectory() as found:
            print(f"{name}: {seconds} s", flush=True)
            done = subprocess.run([sys.executable, "-m", "fuzz", "--one", name, seconds, found], check=False)
            crashes = sorted(Path(found).glob("crash-*")) + sorted(Path(found).glob("timeout-*"))
            for file in crashes:
                kept = CORPUS / name / file.name
                shutil.copyfile(file, kept)
                print(f"{name}: found {kept}; once it is mended, commit it.")
            failed |= bool(crashes) or done.returncode != 0
    return int(failed)


def _one(name: str, seconds: int, found: Path) -> int:
    if GUIDED:
        return _guided(name, seconds, found)
    return _blind(name, seconds, found)


def _guided(name: str, seconds: int, found: Path) -> int:
    import atheris

    with atheris.instrument_imports(include=["wiki"]):
        from fuzz.targets import TARGETS
    # What a target makes once (a wiki, a walk through its forms) is not to count as the time of the first input.
    TARGETS[name](b"")
    new = found / "new"
    new.mkdir()
    options = [f"-max_total_time={seconds}", f"-max_len={MAX_BYTES}", "-seed=1", "-timeout=20", "-verbosity=0"]
    atheris.Setup([name, *options, f"-artifact_prefix={found}/", str(new), str(CORPUS / name)], TARGETS[name])
    atheris.Fuzz()
    return 0


def _blind(name: str, seconds: int, found: Path) -> int:
    from fuzz.targets import TARGETS

    # The same inputs at every run.
    dice = random.Random(1)
    seeds = [file.read_bytes() for file in sorted((CORPUS / name).iterdir())]
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        data = varied(dice, seeds)
        try:
            TARGETS[name](data)
        except Exception:
            (found / f"crash-{random.randbytes(8).hex()}").write_bytes(data)
            raise
    return 0


def varied(dice: random.Random, seeds: list[bytes]) -> bytes:
    """One of the seeds with some of it changed, doubled, cut, or put together with another."""
    data = bytearray(dice.choice(seeds))
    for _ in range(dice.randint(1, 8)):
        place = dice.randint(0, len(data))
        match dice.randint(0, 4):
            case 0:
                data[place:place] = dice.randbytes(dice.randint(1, 4))
            case 1:
                del data[place : place + dice.randint(1, 16)]
            case 2:
                data[place:place] = data[place : place + dice.randint(1, 64)] * dice.randint(1, 8)
            case 3:
                other = dice.choice(seeds)
                start = dice.randint(0, len(other))
                data[place:place] = other[start : start + 200]
            case _:
                data[place:place] = dice.choice(
                    [b"\n---\n", b"[[", b"](", b"<", b"\0", b"../", b"//", b"%0a", b": ", b"```", b"\xe2\x80\xae"]
                )
    return bytes(data[:MAX_BYTES])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
