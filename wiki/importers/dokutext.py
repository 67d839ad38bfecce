"""The common part of DokuWiki's text as Markdown. What has no likeness is kept as a comment in the source, and named."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from wiki.importers import interwiki
from wiki.importers.conversion import Conversion, Converted, comment, escaped, fenced, linked

_VERBATIM = re.compile(
    r"<(?P<tag>code|file|nowiki|html|php)\b(?P<attributes>[^>\n]{0,200})>(?P<text>.*?)</(?P=tag)>|%%(?P<plain>.*?)%%|''(?P<mono>[^\n]{1,500}?)''",
    re.DOTALL | re.IGNORECASE,
)
_HEADING = re.compile(r"^\s?(={2,6})\s*(.+?)\s*=*\s*$")
_LINK = re.compile(r"\[\[([^\]|\n]{1,2000})(?:\|([^\]\n]{0,2000}))?\]\]")
_MEDIA = re.compile(r"\{\{(\s?)([^}|\n]{1,1000}?)(?:\s?\|([^}\n]{0,500}))?\s?\}\}")
_PLUGIN = re.compile(
    r"~~[\w:-]{1,100}~~|\{\{[\w]+>[^}\n]{0,500}\}\}|<(?P<tag>[a-z]\w{1,20})\b[^>\n]{0,200}>.*?</(?P=tag)>", re.DOTALL
)
_ITALIC = re.compile(r"(?<!:)//(?=\S)(.+?)(?<=\S)(?<!:)//")
_KNOWN_TAGS = ("del", "sub", "sup")


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

    def convert(self, text: str) -> Converted:
        """The whole page."""
        text = text.replace("\r\n", "\n").replace("\x00", "")
        text = _VERBATIM.sub(self._verbatim, text)
        text = _PLUGIN.sub(self._plugin, text)
        text = re.sub(r"\(\((.+?)\)\)", self._note, text, flags=re.DOTALL)
        return self.finished(self._blocks(text.split("\n")))

    def _verbatim(self, match: re.Match[str]) -> str:
        if match["mono"] is not None:
            return self.keep(f"`{match['mono'].strip()}`")
        tag = (match["tag"] or "nowiki").lower()
        text = match["plain"] if match["plain"] is not None else match["text"]
        if tag == "nowiki":
            return self.keep(escaped(text))
        if tag in ("html", "php"):
            self.left(f"<{tag}>")
            return self.keep(comment(match.group()))
        language = match["attributes"].split()
        name = language[0] if language and re.fullmatch(r"[\w+-]+", language[0]) else ""
        return "\n" + self.keep(fenced(text, name)) + "\n"

    def _plugin(self, match: re.Match[str]) -> str:
        if match["tag"] in _KNOWN_TAGS:
            return match.group()
        whole = match.group()
        if not whole.startswith("~~"):
            self.left(re.split(r"[\s>]", whole, maxsplit=1)[0][:40])
        return self.keep(comment(whole))

    def _note(self, match: re.Match[str]) -> str:
        return self.note(self._inline(match[1]))

    def _blocks(self, lines: list[str]) -> list[str]:
        found: list[str] = []
        before = ""
        for line in lines:
            heading = _HEADING.match(line)
            item = re.match(r"^( {2,}|\t+)([*-])\s?(.*)$", line)
            kind = "text"
            if heading:
                # Six signs are the first level there.
                found += ["", f"{'#' * (7 - len(heading[1]))} {self._inline(heading[2])}", ""]
            elif re.match(r"^\s?-{4,}\s*$", line):
                found += ["", "---", ""]
            elif item:
                kind = "list"
                depth = len(item[1].replace("\t", "  ")) // 2 - 1
                found.append(f"{'   ' * depth}{'-' if item[2] == '*' else '1.'} {self._inline(item[3])}")
            elif (line[:1] in ("^", "|") and line.count(line[0]) > 1) or re.match(r"^[|^].*[|^]\s*$", line):
                kind = "table"
                if before != "table":
                    found.append("")
                found += self._row(line, first=before != "table")
            elif line.startswith(">"):
                kind = "quote"
                found.append(f"{'>' * (len(line) - len(line.lstrip('>')))} {self._inline(line.lstrip('> '))}")
            elif re.match(r"^(?: {2}|\t)\s*\S", line) and "\x00" not in line and before != "list":
                found.append(f"    {line.strip()}")
            else:
                found.append(("" if before in ("text", "") or not line.strip() else "\n") + self._inline(line.strip()))
            if kind in ("list", "quote") and before == "text" and len(found) > 1 and found[-2].strip():
                found.insert(-1, "")
            before = kind if line.strip() else ""
        return found

    def _row(self, line: str, first: bool) -> list[str]:
        line = _LINK.sub(self._link, _MEDIA.sub(self._media, line.strip()))
        head = line.startswith("^")
        cells = [cell.strip() for cell in re.split(r"[|^]", line.strip("|^"))]
        texts = [re.sub(r"(?<!\\)\|", r"\\|", self.restored(self._inline(cell))).replace(":::", "") for cell in cells]
        written = self.keep("| " + " | ".join(texts) + " |")
        rule = "|" + " --- |" * len(cells)
        if not first:
            return [written]
        return [written, rule] if head else ["|" + "  |" * len(cells), rule, written]

    def _inline(self, text: str) -> str:
        text = _MEDIA.sub(self._media, text)
        text = _LINK.sub(self._link, text)
        text = re.sub(r"(?<![:\w])((?:https?|ftp)://[^\s<>\x00]+)", lambda match: self.keep(match[1]), text)
        text = _ITALIC.sub(r"*\1*", text)
        text = re.sub(r"__(?=\S)(.+?)(?<=\S)__", r"<u>\1</u>", text)
        text = re.sub(r"<del>(.*?)</del>", r"~~\1~~", text)
        return re.sub(r"\\\\(?:\s|$)", "<br>\n", text)

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
        words = label or (page.rpartition(":")[2] or page).replace("_", " ") or anchor
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
