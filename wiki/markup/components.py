"""What other programs put around blocks, each in tags of its own: notes, tabs, folded parts, code.

Hugo's `{{% alert %}}` … `{{% /alert %}}`, Jekyll's `{% highlight ruby %}` … `{% endhighlight %}`, MDX's `<TabItem label="Linux">` …
`</TabItem>`. They become the boxes that `callouts` gives a form; of those that we don't know the contents are shown, under their title.
"""

from __future__ import annotations

import re
from html import escape

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.utils import EnvType
from mdit_py_plugins.utils import is_code_block

from wiki.markup.block_lines import INTERRUPTS, text_of
from wiki.markup.callouts import KINDS
from wiki.markup.shortcodes import LAID_OUT, LIQUID, MDX, PICTURES, Tag, closings, tag_at

_FENCE = re.compile(r"`{3,}|~{3,}")
_NAMED_NOTES = frozenset(["alert", "admonition", "aside", "callout", "hint", "notice", "panel"])
_TABS = frozenset(["tab", "tab-item", "tabitem", "codetab", "tab-content"])
_FOLDED = frozenset(
    ["details", "expand", "collapse", "collapsible", "spoiler", "accordion", "accordionitem", "dropdown"]
)
_CODE = frozenset(("highlight", "code"))
AS_IT_IS = frozenset(("highlight", "code", "comment", "mermaid", "math", "katex"))
# Jekyll's own tags that don't stay: what they stand around does. Others are of a template, and are shown.
PLAIN = LAID_OUT | {"raw", "tabs", "tab-set"}
_OTHER_WORDS = {
    "primary": "note",
    "secondary": "note",
    "light": "note",
    "dark": "note",
    "green": "tip",
    "warn": "warning",
}
# Without a closing tag of their own.
_LONE = frozenset(("include", "include_relative", "alert", "callout", "note", "tip", "warning", "important"))


def install(md: MarkdownIt) -> None:
    """Teach `md` these tags."""
    md.block.ruler.before("fence", "component", component, INTERRUPTS)


def component(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A tag on a line of its own, and everything up to the one that closes it."""
    position, last = state.bMarks[start] + state.tShift[start], state.eMarks[start]
    if is_code_block(state, start) or state.src[position : position + 1] not in ("{", "<"):
        return False
    tag = tag_at(state.src, position, last)
    if (
        tag is None
        or tag.is_end
        or (tag.form == LIQUID and not (box_of(tag) or tag.name in AS_IT_IS or tag.name in PLAIN))
    ):
        return False
    rest = state.src[tag.end : last].strip()
    if not rest and (words := _said(tag)):
        return silent or _put(state, start, tag, words)
    if tag.is_alone:
        return tag.form == MDX and not rest and (silent or _alone(state, start, tag))
    if rest:
        closing = closings(tag.form, tag.name).search(rest)
        inside = rest[: closing.start()].strip() if closing and closing["end"] else ""
        after = tag_at(rest, closing.start(), len(rest)) if inside and closing else None
        if after is None or not after.is_end or after.end != len(rest) or not box_of(tag):
            return False
        return silent or _put(state, start, tag, inside)
    close = _closing_line(state, start, end, tag)
    if close is None:
        return False
    if silent:
        return True
    # Words in front of the closing tag are still inside; the tag itself is then taken out of its line.
    shared = not state.src.startswith(("{", "<"), state.bMarks[close] + state.tShift[close])
    _show(state, start, start + 1, close + shared, tag)
    state.line = close + 1
    return True


def _closing_line(state: StateBlock, start: int, end: int, tag: Tag) -> int | None:
    # What isn't closed is looked for once, not again from each tag that opens one.
    unclosed = state.env.setdefault("unclosed", {})
    if start < unclosed.get((tag.form, tag.name), 0):
        return None
    pattern = closings(tag.form, tag.name)
    depth, fence = 1, ""
    for line in range(start + 1, end):
        state.env["deadline"].check()
        text = text_of(state, line)
        opened = _FENCE.match(text)
        if opened and tag.name not in AS_IT_IS:
            fence = opened[0] if not fence else "" if text.rstrip().startswith(fence) else fence
        elif not fence:
            for match in pattern.finditer(text):
                depth += -1 if match["end"] else 1
                if not depth:
                    return line
    unclosed[(tag.form, tag.name)] = end
    return None


def _show(state: StateBlock, start: int, first: int, last: int, tag: Tag) -> None:
    name = tag.name.lower()
    if tag.form != MDX and name in AS_IT_IS and not (name == "code" and _FENCE.match(text_of(state, first))):
        if name != "comment":
            fence = state.push("fence", "code", 0)
            language = tag.words[0] if name in _CODE and tag.words else tag.first("lang", "language")
            fence.info, fence.markup, fence.map = language if name in _CODE else name, "```", [start, last]
            fence.content = state.getLines(first, last, _indent(state, first, last), True)
        return
    names = tag.first("items")
    outside = state.env.get("tabs")
    if names and name in PLAIN:
        # `{{< tabs items="Linux,Mac" >}}` has the names of the tabs, which say none.
        state.env["tabs"] = [word.strip() for word in names.split(",")]
    around(state, start, first, last, *(box_of(tag, state.env) or ("", _title(tag))))
    state.env["tabs"] = outside


def around(state: StateBlock, start: int, first: int, last: int, word: str, title: str) -> None:
    """The blocks of these lines, in a box of this kind; without a word for it, under their title."""
    if word:
        box = state.push("container_box_open", "div", 1)
        box.info, box.map, box.block = f"{word}[{title}]" if title else word, [start, last], True
    else:
        state.level += 1
        if title:
            paragraph(state, start, f"**{title}**")
    before = state.parentType, state.lineMax, state.blkIndent
    state.parentType, state.lineMax, state.blkIndent = "component", last, _indent(state, first, last)
    state.md.block.tokenize(state, first, last)
    state.parentType, state.lineMax, state.blkIndent = before
    if word:
        state.push("container_box_close", "div", -1).block = True
    else:
        state.level -= 1


def _put(state: StateBlock, start: int, tag: Tag, words: str) -> bool:
    """A box with one paragraph in it."""
    word, title = box_of(tag, state.env) or ("note", "")
    box = state.push("container_box_open", "div", 1)
    box.info, box.map, box.block = f"{word}[{title}]" if title else word, [start, start + 1], True
    paragraph(state, start, words)
    state.push("container_box_close", "div", -1).block = True
    state.line = start + 1
    return True


def paragraph(state: StateBlock, line: int, words: str) -> None:
    """A paragraph with these words in Markdown."""
    state.push("paragraph_open", "p", 1).map = [line, line + 1]
    inline = state.push("inline", "", 0)
    inline.content, inline.map, inline.children = words, [line, line + 1], []
    state.push("paragraph_close", "p", -1)


def _title(tag: Tag) -> str:
    """What it is called, as Markdown; a link where it leads somewhere."""
    title, address = tag.first("title", "label", "header", "text"), tag.address
    return f"[{title}](<{address}>)" if title and address and not set("<>\n\\") & set(address) else title


def _alone(state: StateBlock, start: int, tag: Tag) -> bool:
    """A component without contents, apart from the lines that follow: a picture, a card that leads somewhere, another page by its
    name. Of others we don't know what they show."""
    if tag.name.lower() not in PICTURES and (words := _title(tag) if tag.address else tag.first("slug")):
        said = tag.first("description")
        paragraph(state, start, (words if tag.address else f"[[{words}]]") + (f" – {said}" if said else ""))
        state.line = start + 1
        return True
    html = state.push("html_block", "", 0)
    html.map = [start, start + 1]
    if source := tag.first("src", "img") if tag.name.lower() in PICTURES else "":
        html.content = f'<p><img src="{escape(source)}" alt="{escape(tag.first("alt", "title", "caption"))}"></p>\n'
    state.line = start + 1
    return True


def _said(tag: Tag) -> str:
    """What a lone tag says by itself, as `{% include note.html content="…" %}` does."""
    return tag.first("content", "text") if tag.form != MDX and tag.name.lower() in _LONE else ""


def box_of(tag: Tag, env: EnvType | None = None) -> tuple[str, str] | None:
    """The kind of box that a tag makes and its title; None where it makes none. With `env`, a tab takes its name from it."""
    name = tag.name.lower()
    title = tag.first("title", "header", "label", "summary")
    words = list(tag.words)
    if tag.form == LIQUID and name.startswith("include") and words:
        name = words.pop(0).rpartition("/")[2].removesuffix(".html").removesuffix(".md").lower()
    if name in _TABS:
        title = title or tag.first("name", "value") or (words[0] if words else "")
        if not title and env is not None and env.get("tabs"):
            title = env["tabs"].pop(0)
        return "tab", title or "…"
    if name in _FOLDED:
        return "details", title or tag.first("name") or (words[0] if words else "")
    kinds = (tag.first("type", "color", "level", "kind", "style", "context"), *words, name)
    kind = next((found for found in map(_kind, kinds) if found), "")
    if name in _NAMED_NOTES:
        return kind or "note", title or next((word for word in words if not _kind(word)), "")
    return (kind, title or next((word for word in words if not _kind(word)), "")) if _kind(name) else None


def _kind(word: str) -> str:
    word = _OTHER_WORDS.get(word.lower(), word.lower())
    return word if word in KINDS else ""


def _indent(state: StateBlock, first: int, last: int) -> int:
    """How far the lines are indented together."""
    depths = (state.sCount[line] for line in range(first, last) if not state.isEmpty(line))
    return max(min(depths, default=state.blkIndent), state.blkIndent)
