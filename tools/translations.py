"""The words of the interface in other languages: wiki/translations/LANGUAGE/LC_MESSAGES/messages.po.

`python tools/translations.py extract` writes all words that code and templates mark to wiki/translations/messages.pot,
`update` brings the .po files in line with them (words that are new come in empty, words that have gone go), and
`compile` makes the .mo files that the program reads, where they are missing or older. Only the .po files are committed.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "wiki" / "translations"
TEMPLATE = FOLDER / "messages.pot"
MARKED = ("wiki", "templates")
# wiki/config.py says what a setting means in the second argument.
KEYWORDS = {**DEFAULT_KEYWORDS, "N_": None, "setting": (2,)}
WIDTH = 120
# No dates and no names: a file changes only where words change.
HEADER = """\
# The interface of Movement Tech Wiki. How to translate is told in tools/translations.py.
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"

"""


def extract() -> Catalog:
    """All messages that are marked in the code and the templates."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file, filename="babel.cfg")
    catalog = Catalog(charset="utf-8")
    found = extract_from_dir(ROOT, methods, options, keywords=KEYWORDS, directory_filter=_is_ours)
    for _, _, message, _, context in found:
        catalog.add(message, context=context)
    return catalog


def catalogs() -> Iterator[tuple[str, Path]]:
    """The languages that there are translations for, each with its file."""
    for path in sorted(FOLDER.glob("*/LC_MESSAGES/messages.po")):
        yield path.parent.parent.name, path


def read(path: Path, language: str) -> Catalog:
    """A .po file."""
    with path.open("rb") as file:
        return read_po(file, locale=language, charset="utf-8", abort_invalid=True)


def update(language: str, path: Path, template: Catalog) -> int:
    """Bring a .po file in line with the template. Returns how many of its messages are not translated."""
    catalog = read(path, language) if path.is_file() else Catalog(locale=language, charset="utf-8")
    catalog.update(template, no_fuzzy_matching=True)
    text = BytesIO()
    write_po(text, catalog, WIDTH, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
    header = HEADER.format(language=language, plurals=catalog.plural_forms)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(header + text.getvalue().decode().lstrip(), encoding="utf-8", newline="\n")
    return sum(1 for message in catalog if message.id and not _is_translated(message.string))


def compile_all() -> list[Path]:
    """Make the .mo files that are missing or older than their .po file. Returns those made."""
    made = []
    for language, path in catalogs():
        target = path.with_suffix(".mo")
        if target.is_file() and target.stat().st_mtime_ns >= path.stat().st_mtime_ns:
            continue
        # A program that is running never reads half a file.
        part = target.with_name(f"{target.name}.{os.getpid()}")
        with part.open("wb") as file:
            write_mo(file, read(path, language))
        part.replace(target)
        made.append(target)
    return made


def _is_ours(folder: str | os.PathLike[str]) -> bool:
    parts = Path(folder).resolve().relative_to(ROOT).parts
    return not parts or parts[0] in MARKED


def _is_translated(text: str | tuple[str, ...] | list[str]) -> bool:
    return all(text) if isinstance(text, tuple | list) else bool(text)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("do", choices=("extract", "update", "compile"))
    parser.add_argument("languages", nargs="*", help="update: languages to begin anew, such as pt")
    given = parser.parse_args()
    if given.do == "compile":
        for path in compile_all():
            print(path.relative_to(ROOT))
        return 0
    template = extract()
    if given.do == "extract":
        with TEMPLATE.open("wb") as file:
            write_po(file, template, WIDTH, no_location=True, omit_header=True, sort_output=True)
        print(f"{len(template)} messages in {TEMPLATE.relative_to(ROOT)}")
        return 0
    places = {**dict(catalogs()), **{name: FOLDER / name / "LC_MESSAGES" / "messages.po" for name in given.languages}}
    for language, path in places.items():
        missing = update(language, path, template)
        print(f"{language}: {len(template)} messages, {missing} to be translated")
    return 0


if __name__ == "__main__":
    sys.exit(main())
