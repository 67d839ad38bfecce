"""Where things are after a move, and how a link is written that shall lead there."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from wiki.catalog.links import FOLDER, REDIRECT, WIKI, keys_of_link, keys_of_page, path_key
from wiki.pages.path import PagePath

Answers = Callable[[Iterable[str]], Mapping[str, list[tuple[int, str]]]]


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move does to paths: `pages`, `files` and `folders` map old paths to new ones; `answers` says what answers to
    keys of links before it, and `arriving` what answers to them by its new place."""

    pages: Mapping[str, str]
    files: Mapping[str, str]
    folders: Mapping[str, str]
    languages: tuple[str, ...]
    answers: Answers
    arriving: Mapping[str, list[tuple[int, str]]]

    def path(self, path: str) -> str:
        """Where what was at a path is after the move."""
        return self.pages.get(path) or self.files.get(path) or self.folders.get(path) or path

    def led_before(self, target: str, source: PagePath) -> str | None:
        """What a link of the page `source` led to before the move; None for nothing."""
        found = keys_of_link(target, source, self.languages)
        if found is None:
            return None
        answers = self.answers(found.keys)
        return next((answers[key][0][1] for key in found.keys if answers.get(key)), None)

    def leads_after(self, target: str, source: PagePath) -> str | None:
        """What a link of the page that is then at `source` leads to after it.

        That an address (no wiki link) may also be answered by a page's mere name is a kindness to people, not a way to
        write links.
        """
        found = keys_of_link(target, source, self.languages)
        if found is None:
            return None
        before = self.answers(found.keys)
        for key in found.keys:
            if not key.startswith("/") and not target.startswith(WIKI):
                continue
            here = sorted([*self._staying(before.get(key, [])), *self.arriving.get(key, [])])
            if here:
                return here[0][1]
        return None

    def _staying(self, answers: Iterable[tuple[int, str]]) -> Iterable[tuple[int, str]]:
        """The answers of what stays where it is."""
        gone = (self.pages, self.files, self.folders)
        return (
            (rank, path) for rank, path in answers if rank != REDIRECT and not any(path in moving for moving in gone)
        )

    def rewritten(self, target: str, old: PagePath, new: PagePath) -> str | None:
        """The target for a link that the page, then at `new`, needs to lead where it led from `old`; None if it does
        already, or led nowhere. Without the part after ``#``, and in the way in which it was written."""
        before = self.led_before(target, old)
        if before is None:
            return None
        after = self.path(before)
        if self.leads_after(target, new) == after:
            return None
        for attempt in _ways(target, old, new, after, before):
            if self.leads_after(attempt, new) == after:
                return attempt
        return None


def moved(
    pages: Mapping[str, str],
    files: Mapping[str, str],
    folders: Mapping[str, str],
    languages: tuple[str, ...],
    answers: Answers,
    names: Mapping[str, Sequence[str]],
) -> Moved:
    """What a move of these pages, files and folders (old paths to new ones) does; `names` are the title of each page and
    its other names, by its old path."""
    arriving: dict[str, list[tuple[int, str]]] = {}
    for path in (*files.values(), *folders.values()):
        arriving.setdefault(path_key(path), []).append((FOLDER, path))
    for old, path in pages.items():
        page = PagePath(path)
        title, *others = names.get(old) or ("",)
        for key, rank in keys_of_page(page, title, others, page.language(languages)).items():
            arriving.setdefault(key, []).append((rank, path))
    return Moved(pages, files, folders, languages, answers, arriving)


def _ways(target: str, old: PagePath, new: PagePath, path: str, before: str) -> Iterable[str]:
    """Targets that may lead from the page `new` to `path`, those most like the present one first."""
    is_wiki = target.startswith(WIKI)
    text = target.removeprefix(WIKI).partition("#")[0].partition("?")[0]
    ending = ".md" if text.endswith(".md") else "/" if text.endswith("/") else ""
    absolute = f"/{path}{ending}"
    if is_wiki:
        if "/" not in text:
            yield WIKI + path.rpartition("/")[2] + ending
        yield WIKI + path + ending
        yield WIKI + absolute
        return
    if not text.startswith("/"):
        if posixpath.normpath(text.removesuffix(".md")) == before:
            # It was written as seen from the top.
            yield path + ending
        dot = "./" if text.startswith("./") else ""
        folders = [new.folder, new.text]
        if posixpath.normpath(posixpath.join(old.text, text.removesuffix(".md"))) == before:
            # It was written as seen from the folder of the page's name, as attachments are.
            folders.reverse()
        for folder in folders:
            above, _, name = path.rpartition("/")
            to = posixpath.join(posixpath.relpath(above or ".", folder or "."), name).removeprefix("./")
            yield f"{dot}{to}{ending}"
    yield absolute
