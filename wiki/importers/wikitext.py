"""The common part of MediaWiki's text as Markdown. What has no likeness is kept as a comment in the source, and named."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from wiki.importers import interwiki
from wiki.importers.conversion import MAX_DEPTH, Conversion, Converted, comment, escaped, fenced, linked, with_elements
from wiki.importers.templates import as_wikitext, facts_of, note_of, parsed

MAX_COLUMNS = 300
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_VERBATIM = re.compile(
    r"<(?P<tag>nowiki|pre|code|source|syntaxhighlight|math|gallery|poem|ref)\b(?P<attributes>[^>]{0,300}?)(?P<empty>/)?>",
    re.IGNORECASE,
)
# What is only for pages that take this one in, and the tags around what is for both.
_FOR_OTHERS = re.compile(r"<(?P<tag>includeonly)\b[^>]{0,100}>", re.IGNORECASE)
_TAKEN_IN = re.compile(r"</?(?:noinclude|onlyinclude|includeonly)\s*/?>", re.IGNORECASE)
_LINK = re.compile(
    r"\[\[([^\[\]|\n]{1,500})(?:\|([^\[\]\n]{0,2000}(?:\[\[[^\[\]\n]{0,500}\]\][^\[\]\n]{0,2000}){0,5}))?\]\]([a-z]{0,40})"
)
_EXTERNAL = re.compile(r"\[((?:https?|ftp|mailto):[^\s\]]{1,2000})(?:\s++([^\]\n]{1,2000}))?\s*+\]")
_MAGIC = re.compile(r"__(?:NO|FORCE)?(?:TOC|EDITSECTION|GALLERY|INDEX|TITLECONVERT|CONTENTCONVERT|NEWSECTIONLINK)__")
_NAME = re.compile(r"\bname\s*=\s*[\"']?([^\"'>/]{1,200})")
_WIKIPEDIA = ("w", "wikipedia")
# Languages whose links to the same page there are the usual ones.
_LANGUAGE = re.compile(
    r"ar|ca|cs|da|de|el|en|eo|es|et|eu|fa|fi|fr|gl|he|hi|hr|hu|id|it|ja|ko|nl|no|pl|pt|ro|ru|sk|sv|tr|uk|vi|zh"
)
_SPAN = re.compile(r"\b(row|col)span\s*=\s*[\"']?(\d{1,3})", re.IGNORECASE)
_CELL_ATTRIBUTES = re.compile(r"^(?:\s*+[\w-]++\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s|]++))++\s*+\|(?!\|)")


@dataclass(frozen=True, slots=True)
class Namespaces:
    """The words before a colon that mean a category, a file, or something else that is no page of text."""

    category: frozenset[str] = frozenset(("category",))
    file: frozenset[str] = frozenset(("file", "image", "media"))
    other: frozenset[str] = frozenset()


def to_markdown(text: str, path_of: Callable[[str], str], namespaces: Namespaces = Namespaces()) -> Converted:
    """Convert a page. `path_of` gives the path of the page with a title; empty where that is none of ours."""
    return _Conversion(path_of, namespaces).convert(text)


class _Conversion(Conversion):
    def __init__(self, path_of: Callable[[str], str], namespaces: Namespaces) -> None:
        super().__init__()
        self._path_of = path_of
        self._namespaces = namespaces
        self._named: dict[str, str] = {}

    def convert(self, text: str) -> Converted:
        """The whole page."""
        text = text.replace("\r\n", "\n").replace("\x00", "")
        text = _COMMENT.sub("", text)
        text = with_elements(text, _VERBATIM, self._verbatim)
        text = _TAKEN_IN.sub("", with_elements(text, _FOR_OTHERS, lambda match, inside, whole: ""))
        text = re.sub(r"<references\b[^>]{0,200}/?>|</references>", "", text, flags=re.IGNORECASE)
        text = self._templates(text)
        text = _MAGIC.sub("", text)
        return self.finished(self._blocks(self._tables(text.split("\n"))))

    def _comment(self, what: str, name: str) -> str:
        self.left(name)
        return self.keep(comment(self.restored(what)))

    def _verbatim(self, match: re.Match[str], text: str, whole: str) -> str:
        tag = match["tag"].lower()
        if tag == "nowiki":
            return self.keep(escaped(text))
        if tag == "ref":
            name = _NAME.search(match["attributes"])
            key = name[1].strip() if name else ""
            if not text.strip():
                return self._named.get(key, "")
            mark = self.note(self._inline(self._templates(text)))
            return self._named.setdefault(key, mark) if key else mark
        if tag == "poem":
            return text.replace("\n", "<br>\n")
        if tag == "math":
            formula = " ".join(text.split())
            return self.keep(f"`` {formula} ``" if "`" in formula else f"`{formula}`")
        if tag == "gallery":
            return self._comment(whole, f"<{tag}>")
        if tag == "code" and "\n" not in text:
            return self.keep(f"`` {text.strip()} ``" if "`" in text else f"`{text.strip()}`")
        language = re.search(r"lang\s*=\s*\"?([\w+-]+)", match["attributes"])
        return "\n" + self.keep(fenced(text, language[1] if language else "")) + "\n"

    def _templates(self, text: str, level: int = 0) -> str:
        """Text with what its templates, which may hold others, say; those that we don't know as comments."""
        parts: list[str] = []
        depth = start = place = 0
        for match in re.finditer(r"\{\{|\}\}", text):
            if match.group() == "{{":
                if depth == 0:
                    parts.append(text[place : match.start()])
                    start = match.start()
                depth += 1
            elif depth:
                depth -= 1
                if depth == 0:
                    place = match.end()
                    is_alone = (not start or text[start - 1] == "\n") and text[place : place + 1] in ("", "\n")
                    parts.append(self._template(text[start:place], is_alone, level))
        return "".join(parts) + text[start if depth else place :]

    def _template(self, whole: str, is_alone: bool, level: int) -> str:
        template = parsed(whole[2:-2])
        note, facts = (note_of(template), facts_of(template)) if is_alone else (None, [])
        said = as_wikitext(template)
        if level < MAX_DEPTH and note:
            text = self.restored(self._inline(self._templates(note[1], level + 1)))
            return "\n" + self.keep(f"> [!{note[0]}]\n> " + text.replace("\n", "\n> ")) + "\n"
        if level < MAX_DEPTH and facts:
            rows = [[f"'''{key}'''", self._templates(value, level + 1).replace("\n", "<br>")] for key, value in facts]
            return "\n".join(["", self._row(["", ""]), self.keep("| --- | --- |"), *map(self._row, rows), ""])
        if level < MAX_DEPTH and said is not None:
            return self._templates(said, level + 1)
        name = re.split(r"[|}\n]", whole[2:], maxsplit=1)[0].strip()
        return self._comment(whole, f"{{{{{name[:60]}}}}}")

    def _tables(self, lines: list[str]) -> list[str]:
        found: list[str] = []
        table: list[str] = []
        depth = 0
        for line in lines:
            opens = line.lstrip(" :").startswith("{|")
            if opens or depth:
                depth += opens
                table.append(line.strip())
                if line.lstrip().startswith("|}"):
                    depth -= 1
                if depth == 0:
                    found += self._table(table)
                    table = []
            else:
                found.append(line)
        return found + table

    def _table(self, lines: list[str]) -> list[str]:
        """One table as Markdown; one that holds another is kept as it was."""
        whole = "\n".join(lines)
        if whole.count("{|") > 1 or len(lines) > 5_000:
            return ["", self._comment(whole, "{| |}"), ""]
        rows: list[list[str]] = [[]]
        # How many rows more a cell reaches down, by its column.
        reaching: dict[int, int] = {}
        has_head = False
        caption = ""
        for line in lines[1:]:
            if line.startswith("|}"):
                break
            if line.startswith("|+"):
                caption = _CELL_ATTRIBUTES.sub("", line[2:]).strip()
            elif line.startswith("|-"):
                rows.append([])
            elif line.startswith(("|", "!")):
                has_head = has_head or (line.startswith("!") and len([row for row in rows if row]) <= 1)
                parts = re.split(r"\|\||!!", line[1:]) if line.startswith("!") else line[1:].split("||")
                for part in parts:
                    self._cell(rows[-1], part, reaching)
            elif rows[-1] and line:
                rows[-1][-1] += f"<br>{line}"
        rows = [row for row in rows if row]
        if not rows:
            return []
        width = max(map(len, rows))
        if width > MAX_COLUMNS:
            return ["", self._comment(whole, "{| |}"), ""]
        rows = [[*row, *[""] * (width - len(row))] for row in rows]
        head, body = (rows[0], rows[1:]) if has_head else ([""] * width, rows)
        written = [self._row(head), "|" + " --- |" * width, *map(self._row, body)]
        return [
            "",
            *([self.keep(f"**{self.restored(self._inline(caption))}**"), ""] if caption else []),
            *written,
            "",
        ]

    def _cell(self, row: list[str], part: str, reaching: dict[int, int]) -> None:
        """Add a cell to a row: below one that reaches down, and to the right of one that is wide, are empty ones."""
        while reaching.get(len(row), 0):
            reaching[len(row)] -= 1
            row.append("")
        attributes = _CELL_ATTRIBUTES.match(part)
        spans = {
            kind.lower(): min(int(count), 100) for kind, count in _SPAN.findall(attributes[0] if attributes else "")
        }
        for column in range(max(spans.get("col", 1), 1)):
            if spans.get("row", 1) > 1:
                reaching[len(row)] = spans["row"] - 1
            row.append("" if column else _CELL_ATTRIBUTES.sub("", part).strip())

    def _row(self, cells: list[str]) -> str:
        # The row is finished here: its bars are not to be read again, and those in links are not its own.
        texts = [re.sub(r"(?<!\\)\|", r"\\|", self.restored(self._inline(cell))) for cell in cells]
        return self.keep("| " + " | ".join(texts) + " |")

    def _blocks(self, lines: list[str]) -> list[str]:
        found: list[str] = []
        was_list = False
        for line in lines:
            level, title = _heading(line)
            marks = re.match(r"^([*#:;]+)\s*(.*)$", line)
            if level:
                found += ["", f"{'#' * level} {self._inline(title)}", ""]
            elif re.match(r"^-{4,}\s*$", line):
                found += ["", "---", ""]
            elif marks:
                if not was_list and found and found[-1].strip():
                    found.append("")
                found += self._item(marks[1], marks[2])
            else:
                if was_list and line.strip():
                    found.append("")
                # A line that begins with a blank is code to MediaWiki, as four are to Markdown.
                code = line.startswith(" ") and line.strip() and "\x00" not in line
                if code and found and found[-1].strip() and not found[-1].startswith("    "):
                    found.append("")
                found.append(f"    {line[1:]}" if code else self._inline(line.strip()))
            was_list = bool(marks)
        return found

    def _item(self, marks: str, text: str) -> list[str]:
        text = self._inline(text)
        kind, depth = marks[-1], len(marks) - 1
        if kind == ";":
            term, colon, meaning = text.partition(" : ")
            return ["", term, *([f": {meaning.strip()}"] if colon else [])]
        if kind == ":":
            return [f": {text}"] if marks == ":" else ["    " * depth + text]
        margin = "".join("   " if mark == "#" else "  " for mark in marks[:-1])
        return [f"{margin}{'1.' if kind == '#' else '-'} {text}"]

    def _inline(self, text: str) -> str:
        text = _LINK.sub(self._link, text)
        text = _EXTERNAL.sub(self._external, text)
        text = re.sub(r"'{5}(?=\S)(.+?)(?<=\S)'{5}", r"***\1***", text)
        text = re.sub(r"'{3}\s*(?=\S)(.+?)(?<=\S)\s*'{3}", r"**\1**", text)
        return re.sub(r"'{2}\s*(?=\S)(.+?)(?<=\S)\s*'{2}", r"*\1*", text)

    def _external(self, match: re.Match[str]) -> str:
        address, label = match[1], (match[2] or "").strip()
        return self.keep(f"[{label}](<{address}>)" if label else f"<{address}>")

    def _link(self, match: re.Match[str]) -> str:
        target, label, ending = match[1].strip(), match[2], match[3]
        space, colon, name = target.lstrip(":").partition(":")
        space = space.strip().casefold().replace("_", " ")
        if colon and space in self._namespaces.category and not target.startswith(":"):
            self.category(name.strip().replace("_", " "))
            return ""
        if colon and space in self._namespaces.file:
            caption = (label or "").rpartition("|")[2].strip()
            shown = (
                self._inline(caption)
                if caption and not re.fullmatch(r"thumb|left|right|\d*px|frameless|frame", caption)
                else ""
            )
            return f"{shown} {self._comment(match.group(), target[:80])}".strip()
        if colon and not target.startswith(":") and _LANGUAGE.fullmatch(space) and not label:
            # The same page in another language is said beside a page there, not in its text.
            return ""
        if colon and (space in _WIKIPEDIA or (_LANGUAGE.fullmatch(space) and target.startswith(":"))):
            site = "en" if space in _WIKIPEDIA else space
            address = interwiki.address(
                interwiki.USUAL | {"at": f"https://{site}.wikipedia.org/wiki/{{NAME}}"}, f"at>{name}"
            )
            return self.keep(f"[{(label or name).strip() + ending}](<{address}>)")
        target = target.lstrip(":")
        page, _, anchor = target.partition("#")
        words = (label if label and label.strip() else target.replace("_", " ")).strip() + ending
        path = self._path_of(page) if page else ""
        if colon and not path and space in self._namespaces.other:
            self.left(f"[[{target[:60]}]]")
            return words
        if page and not path:
            return words
        anchor = f"#{anchor.strip().replace('_', ' ')}" if anchor.strip() else ""
        return self.keep(f"[[{linked(path)}{anchor}|{words}]]")


def _heading(line: str) -> tuple[int, str]:
    """The level and the words of a heading, which has as many signs before it as behind; level 0 for other lines."""
    line = line.rstrip()
    before, behind = (len(line) - len(line.lstrip("=")), len(line) - len(line.rstrip("=")))
    level = min(before, behind, 6, max((len(line) - 1) // 2, 0))
    return level, line[level : len(line) - level].strip()
