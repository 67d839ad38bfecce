"""The common part of DokuWiki's text as Markdown. What has no likeness is kept as a comment in the source, and named."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from wiki.importers import interwiki
from wiki.importers.conversion import MAX_DEPTH, Conversion, Converted, comment, escaped, fenced, linked, with_elements

_VERBATIM = re.compile(
    r"<(?P<tag>code|file|nowiki|html|php)\b(?P<attributes>[^>\n]{0,200})>"
    r"|%%(?P<plain>.*?)%%|''(?P<mono>[^\n]{1,500}?)''",
    re.DOTALL | re.IGNORECASE,
)
_HEADING = re.compile(r"\s?(={2,6})\s*+(.+)")
_LINK = re.compile(r"\[\[([^\[\]|\n]{1,2000})(?:\|([^\]\n]{0,2000}))?\]\]")
_MEDIA = re.compile(r"\{\{(\s?)([^{}|\n]{1,1000}?)(?:\s?\|([^}\n]{0,500}))?\s?\}\}")
_PLUGIN = re.compile(
    r"~~[\w:-]{1,100}~~|\{\{ ?(?P<name>\w+)>(?P<value>[^}\n]{0,500})\}\}"
    r"|<(?P<tag>[a-z]\w{1,20})\b(?P<attributes>[^>\n]{0,200})>",
    re.IGNORECASE,
)
_ITALIC = re.compile(r"(?<!:)//(?=\S)(.+?)(?<=\S)(?<!:)//")
_NOTE = re.compile(r"\(\((.+?)\)\)", re.DOTALL)
_KNOWN_TAGS = ("del", "sub", "sup")
# Tags of plugins whose text is a diagram's, a formula's or a table's source; that of all others is text.
_CODE_TAGS = (
    "csv",
    "ditaa",
    "bpmnio",
    "flowchart",
    "graphviz",
    "latex",
    "m",
    "math",
    "mermaid",
    "plantuml",
    "sql",
    "uml",
)
# What plugins call their boxes, as a box of ours.
_BOXES = {
    **dict.fromkeys(("important", "noteimportant"), "important"),
    **dict.fromkeys(("alert", "danger"), "caution"),
    **dict.fromkeys(("warning", "notewarning"), "warning"),
    **dict.fromkeys(("tip", "help", "noteclassic", "success"), "tip"),
    **dict.fromkeys(("info", "todo", "download", "box", "round", "note"), "note"),
}
_MOVIES = {"youtube": "https://www.youtube.com/watch?v=", "vimeo": "https://vimeo.com/"}


def to_markdown(
    text: str,
    path_of: Callable[[str], str],
    media_of: Callable[[str], str],
    shortcuts: Mapping[str, str] = interwiki.USUAL,
) -> Converted:
    """Convert a page. `path_of` gives the path of the page that an id (``ns:page``, ``.:page``) names from here,
    `media_of` the address of a file; `shortcuts` are the addresses of other sites by their short names."""
    return _Conversion(path_of, media_of, shortcuts).convert(text)


class _Conversion(Conversion):
    def __init__(
        self, path_of: Callable[[str], str], media_of: Callable[[str], str], shortcuts: Mapping[str, str]
    ) -> None:
        super().__init__()
        self._path_of = path_of
        self._media_of = media_of
        self._shortcuts = shortcuts
        self._depth = 0

    def convert(self, text: str) -> Converted:
        """The whole page."""
        text = text.replace("\r\n", "\n").replace("\x00", "")
        text = with_elements(text, _VERBATIM, self._verbatim)
        text = with_elements(text, _PLUGIN, self._plugin)
        # What has no end is not looked for one from each of its beginnings.
        text, end, rest = text.rpartition("))")
        text = _NOTE.sub(self._note, text + end) + rest
        return self.finished(self._blocks(text.split("\n")))

    def _verbatim(self, match: re.Match[str], inside: str, whole: str) -> str:
        if match["mono"] is not None:
            return self.keep(f"`{re.sub(r'%%|[*]{2}|__', '', match['mono']).strip()}`")
        tag = (match["tag"] or "nowiki").lower()
        text = match["plain"] if match["plain"] is not None else inside
        if tag == "nowiki":
            return self.keep(escaped(text))
        if tag in ("html", "php"):
            self.left(f"<{tag}>")
            return self.keep(comment(whole))
        language = match["attributes"].split()
        name = language[0] if language and re.fullmatch(r"[\w+-]+", language[0]) else ""
        return "\n" + self.keep(fenced(text, name)) + "\n"

    def _plugin(self, match: re.Match[str], inside: str, whole: str) -> str:
        tag, name = (match["tag"] or "").lower(), (match["name"] or "").lower()
        if tag in _KNOWN_TAGS:
            return whole
        if tag:
            return self._tag(tag, match["attributes"].lower().split(), inside)
        value, _, label = (match["value"] or "").partition("|")
        target = value.partition("&")[0].partition("?")[0].strip()
        if name in ("tag", "tags"):
            for word in re.findall(r'"[^"]+"|\S+', value):
                self.category(word.strip('"').replace("_", " "))
            return ""
        if name in ("page", "section", "include"):
            return f"[[{target}|{label}]]" if label else f"[[{target}]]"
        if name in _MOVIES and re.fullmatch(r"[\w-]{1,30}", target):
            return f"[[{_MOVIES[name]}{target}|{label or name}]]"
        if not whole.startswith("~~"):
            self.left(whole.partition(">")[0][:40])
        return self.keep(comment(whole))

    def _tag(self, tag: str, attributes: list[str], text: str) -> str:
        """What a plugin's tags surround; their text is kept, and a box stays a box."""
        if tag in _CODE_TAGS:
            self.left(f"<{tag}>")
            return "\n" + self.keep(fenced(text, tag)) + "\n" if "\n" in text else self.keep(f"`{text.strip()}`")
        if self._depth < MAX_DEPTH:
            self._depth += 1
            text = with_elements(text, _PLUGIN, self._plugin)
            self._depth -= 1
        words = ["note", *attributes] if tag == "note" else attributes if tag in ("wrap", "block", "div") else []
        kind = next((_BOXES[word] for word in reversed(words) if word in _BOXES), "")
        if kind and (tag == "note" or "\n" in text):
            return f"\n\n{self.keep(f':::{kind}')}\n\n{text.strip()}\n\n{self.keep(':::')}\n\n"
        if tag not in ("note", "wrap", "block", "div"):
            self.left(f"<{tag}>")
        return text

    def _note(self, match: re.Match[str]) -> str:
        return self.note(self._inline(match[1]))

    def _blocks(self, lines: list[str]) -> list[str]:
        found: list[str] = []
        table: list[str] = []
        before = ""
        for line in [*lines, ""]:
            if table and not line.lstrip().startswith(("|", "^")):
                found += ["", *self._table(table), ""]
                table = []
            heading = _HEADING.match(line)
            item = re.match(r"^( {2,}|\t+)([*-])\s?(.*)$", line)
            kind = "text"
            if heading:
                # Six signs are the first level there.
                title = heading[2].rstrip().rstrip("=").rstrip() or "="
                found += ["", f"{'#' * (7 - len(heading[1]))} {self._inline(title)}", ""]
            elif re.match(r"^\s?-{4,}\s*$", line):
                found += ["", "---", ""]
            elif item:
                kind = "list"
                depth = len(item[1].replace("\t", "  ")) // 2 - 1
                found.append(f"{'   ' * depth}{'-' if item[2] == '*' else '1.'} {self._inline(item[3])}")
            elif (line[:1] in ("^", "|") and line.count(line[0]) > 1) or re.match(r"^[|^].*[|^]\s*$", line):
                kind = "table"
                table.append(line.strip())
                before = kind
                continue
            elif line.startswith(">"):
                kind = "quote"
                found.append(f"{'>' * (len(line) - len(line.lstrip('>')))} {self._inline(line.lstrip('> '))}")
            elif re.match(r"^(?: {2}|\t)\s*\S", line) and "\x00" not in line and before != "list":
                found.append(f"    {line.replace(chr(9), '  ')[2:].rstrip()}")
            else:
                found.append(("" if before in ("text", "") or not line.strip() else "\n") + self._inline(line.strip()))
            if kind in ("list", "quote") and before == "text" and len(found) > 1 and found[-2].strip():
                found.insert(-1, "")
            before = kind if line.strip() else ""
        return found

    def _table(self, lines: list[str]) -> list[str]:
        """The lines of one table; a cell that spans columns is followed by empty ones."""
        rows: list[list[str]] = []
        heads: list[bool] = []
        for line in lines:
            line = _LINK.sub(self._link, _MEDIA.sub(self._media, line))
            # Each cell with the sign in front of it, which says whether it is one of a heading.
            cells = re.findall(r"([|^])([^|^]*)(?=[|^])", line)
            texts = [re.sub(r"(?<!\\)\|", r"\\|", self.restored(self._inline(text.strip()))) for _, text in cells]
            texts = [text.replace(":::", "").replace("<br>\n", "<br>") for text in texts]
            heads.append(all(sign == "^" for sign, _ in cells))
            if not heads[-1]:
                texts = [
                    f"**{text}**" if sign == "^" and text else text
                    for (sign, _), text in zip(cells, texts, strict=True)
                ]
            rows.append(texts)
        width = max(map(len, rows))
        written = [self.keep("| " + " | ".join(row + [""] * (width - len(row))) + " |") for row in rows]
        rule = "|" + " --- |" * width
        if heads[0]:
            return [written[0], rule, *written[1:]]
        return ["|" + "  |" * width, rule, *written]

    def _inline(self, text: str) -> str:
        text = _MEDIA.sub(self._media, text)
        text = _LINK.sub(self._link, text)
        text = re.sub(r"(?<![:\w])((?:https?|ftp)://[^\s<>\x00]+)", lambda match: self.keep(match[1]), text)
        text = _ITALIC.sub(r"*\1*", text)
        text = re.sub(r"__(?=\S)(.+?)(?<=\S)__", r"<u>\1</u>", text)
        text = re.sub(r"<del>(.*?)</del>", r"~~\1~~", text)
        return re.sub(r"\\\\\s", "<br>\n", re.sub(r"\\\\\s*$", "<br>", text))

    def _link(self, match: re.Match[str]) -> str:
        target, label = match[1].strip(), (match[2] or "").strip()
        if re.match(r"[a-z][a-z0-9+.-]*://|mailto:", target, re.IGNORECASE):
            return self.keep(f"[{label}](<{target}>)" if label else f"<{target}>")
        if re.fullmatch(r"[^\s@:]+@[^\s@:]+", target):
            return self.keep(f"[{label or target}](<mailto:{target}>)")
        if ">" in target or target.startswith("\\\\"):
            words = label or target.rpartition(">")[2]
            address = interwiki.address(self._shortcuts, target)
            if address:
                return self.keep(f"[{words}](<{address}>)")
            self.left(f"[[{target[:60]}]]")
            return words + self.keep(f" {comment(match.group())}")
        page, _, anchor = target.partition("#")
        path = self._path_of(page) if page else ""
        words = label or (page.rstrip(":").rpartition(":")[2] or page).replace("_", " ") or anchor
        ending = f"#{anchor.replace('_', ' ')}" if anchor else ""
        if page and not path:
            return words
        return self.keep(f"[[{linked(path)}{ending}|{words}]]")

    def _media(self, match: re.Match[str]) -> str:
        target, label = match[2].strip(), (match[3] or "").strip()
        target = target.partition("?")[0]
        if "://" in target:
            return self.keep(f"[{label or target}](<{target}>)")
        address = self._media_of(target)
        name = label or target.rpartition(":")[2]
        if not address:
            self.left(target[:80])
            return name
        image = re.search(r"\.(?:png|jpe?g|gif|webp)$", address, re.IGNORECASE)
        return self.keep(f"{'!' if image else ''}[{name}](<{address}>)")
