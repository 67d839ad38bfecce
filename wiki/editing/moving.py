"""Moving a page or a folder: files, redirects, protection and every link to them, in one commit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from wiki.accounts.roles import Permission
from wiki.catalog.catalog import Catalog
from wiki.config import Limits
from wiki.editing.deleting import attachments
from wiki.editing.edit import Actor, Attach, Edit, Saved, Write
from wiki.editing.editor import Editor
from wiki.editing.moved import Answers, Moved, moved
from wiki.editing.protecting import PROTECTION
from wiki.editing.relinking import facts, relinked
from wiki.editing.rights import require_path
from wiki.editing.yaml_files import rename_scalars, update_mapping
from wiki.errors import Invalid, NotFound, TooMany, Unavailable
from wiki.markup.front_matter import REMOVE, update
from wiki.pages.page import unsaved_page
from wiki.pages.path import PagePath
from wiki.pages.rendering import Rendering
from wiki.pages.settings import Settings
from wiki.pages.settings_store import SettingsStore
from wiki.pages.store import PageStore
from wiki.storage.repository import Repository

MAX_FILES = 2_000
REDIRECTS = PagePath("_wiki/redirects.yml")
SITE = PagePath("_wiki/site.yml")


@dataclass(frozen=True, slots=True)
class Moving:
    """Moves pages. Needs the catalog, which knows who links to them."""

    repository: Repository
    store: PageStore
    settings: SettingsStore
    catalog: Catalog
    rendering: Rendering
    editor: Editor
    max_bytes: int = Limits().page_bytes

    def move(self, old: str, new: str, actor: Actor, message: str = "", folder: bool = False) -> Saved:
        """Move the page at `old` with its attachments and translations, or with `folder` everything below it too.

        Raises Invalid for a target that can't be or is there already, NotFound, Denied where one of the paths is kept for
        others, and what `Editor.apply` raises.
        """
        return self.editor.apply_to_head(lambda head: self.write(old, new, head, actor, message, folder))

    def write(self, old: str, new: str, head: str, actor: Actor, message: str = "", folder: bool = False) -> Write:
        """The write that makes the move from the pages at `head`; its edits say what else it changes."""
        settings = self.settings.at(head)
        source, target = PagePath.lookup(old), PagePath.parse(new)
        _check(source, target, settings, folder)
        self.catalog.catch_up()
        moved = self._moved(source, target, head, settings, folder)
        for path in (*moved.pages.items(), *((source.text, target.text),)):
            require_path(actor, path[0], settings)
            require_path(actor, path[1], settings)
        edits = [*self._files(moved, head, settings), *self._links(moved, head)]
        edits += self._settings_files(moved, source, target, head, settings, folder)
        default = f"Move {source} to {target}"
        return Write(tuple(edits), message or default, actor, permission=Permission.MOVE)

    def _moved(self, source: PagePath, target: PagePath, head: str, settings: Settings, folder: bool) -> Moved:
        pages: dict[str, str] = {}
        files: dict[str, str] = {}
        folders: dict[str, str] = {}
        for old, new in _translations(source, target, settings.languages):
            if self.store.entry(old, head) is not None:
                pages[old.text] = new.text
            below = self.repository.entries(head, old.text) if folder else attachments(self.repository, head, old)
            for entry in below:
                if entry.kind != "blob":
                    raise Invalid("move.not_a_file", where="path", path=entry.path)
                path = PagePath.of_file(entry.path)
                place = new.text + entry.path[len(old.text) :]
                if path is not None:
                    pages[path.text] = place.removesuffix(".md")
                else:
                    files[entry.path] = place
                if len(pages) + len(files) > MAX_FILES:
                    raise TooMany("move.too_many", allowed=MAX_FILES)
            if folder:
                folders[old.text] = new.text
        if not pages:
            raise NotFound("page.not_found", path=source.text)
        places = [PagePath(path).file for path in pages.values()]
        for place in (*places, *files.values(), *folders.values(), *(f"{path}.md" for path in folders.values())):
            taken = self.repository.entry(head, place)
            if taken is not None and taken.path not in files and taken.path.removesuffix(".md") not in pages:
                raise Invalid("path.exists", where="path", path=place.removesuffix(".md"))
        names = {path: card.names for path, card in self.catalog.cards_of(list(pages)).items()}
        return moved(pages, files, folders, settings.languages, _remembered(self.catalog), names)

    def _files(self, moved: Moved, head: str, settings: Settings) -> Iterable[Edit | Attach]:
        """The files at their new places, and no longer at their old ones."""
        for old, new in moved.pages.items():
            before, after = PagePath(old), PagePath(new)
            text = self._text(before, head)
            if text is None:
                # No page that could be read: it goes along as it is.
                yield from self._file(before.file, after.file, head)
                continue
            page = self.store.get(before, head)
            text = relinked(text, page, after, moved, self.rendering)
            changes = _facts_of_place(page.fields, page.kind.id, before, after, text, settings)
            yield Edit(before, head, None, follows=True)
            yield Edit(after, head, update(text, changes, page.kind.order) if changes else text, follows=True)
        for old, new in moved.files.items():
            yield from self._file(old, new, head)

    def _file(self, old: str, new: str, head: str) -> Iterable[Attach]:
        yield Attach(old, None, follows=True)
        yield Attach(new, self.repository.read(head, old).data, follows=True)

    def _links(self, moved: Moved, head: str) -> Iterable[Edit]:
        """The pages that stay where they are and link to what moves.

        Raises Unavailable("catalog.busy") while it isn't known of all pages where they link to.
        """
        if not self.catalog.is_whole():
            raise Unavailable("catalog.busy", retry_after=10)
        for text in self.catalog.pages_linking([*moved.pages, *moved.files, *moved.folders]):
            path = PagePath(text)
            source = self._text(path, head) if text not in moved.pages else None
            if source is None:
                continue
            changed = relinked(source, self.store.get(path, head), path, moved, self.rendering)
            if changed != source:
                yield Edit(path, head, changed, follows=True)

    def _settings_files(
        self, moved: Moved, source: PagePath, target: PagePath, head: str, settings: Settings, folder: bool
    ) -> Iterable[Edit]:
        redirects = self._text(REDIRECTS, head) or ""
        yield Edit(REDIRECTS, head, update_mapping(redirects, redirect_changes(settings, moved)), follows=True)
        left = [entry.path for entry in self.repository.entries(head, source.text)]
        left = [file for file in left if file not in moved.files and file.removesuffix(".md") not in moved.pages]
        protected = _protection_changes(settings, moved, source, target, folder, bool(left))
        if protected:
            text = update_mapping(self._text(PROTECTION, head) or "", protected)
            yield Edit(PROTECTION, head, text, follows=True)
        rename = facts(moved)["see"]
        site = self._text(SITE, head) or ""
        changed = rename_scalars(site, {"home.start_here.*": rename, "menu.*.page": rename})
        if changed != site:
            yield Edit(SITE, head, changed, follows=True)

    def _text(self, path: PagePath, head: str) -> str | None:
        """The file of a page as it is, byte for byte; None where there is none or it is no text of a page's size."""
        entry = self.store.entry(path, head)
        if entry is None or self.repository.size(entry.id) > self.max_bytes:
            return None
        try:
            return self.repository.blob(entry.id).decode("utf-8")
        except UnicodeDecodeError:
            return None


def redirect_changes(settings: Settings, moved: Moved) -> dict[str, Any]:
    """What a move changes in the redirects: none leads to another, and none leads away from where a page is now."""
    changes: dict[str, Any] = {}
    for old, new in settings.redirects.items():
        if new in moved.pages:
            changes[old] = moved.pages[new]
    changes |= moved.pages
    for path in moved.pages.values():
        changes[path] = REMOVE
    return {old: new for old, new in changes.items() if new is not REMOVE or old in settings.redirects}


def _check(source: PagePath, target: PagePath, settings: Settings, folder: bool) -> None:
    if source.is_settings or target.is_settings:
        raise Invalid("move.settings", where="path")
    if source == target:
        raise Invalid("move.same", where="path")
    if folder and target.text.startswith(f"{source.text}/"):
        raise Invalid("move.into_itself", where="path")
    if folder and source.text in (*settings.category_ids, *settings.languages[1:]):
        # Its name stands in every page below it and in the settings; that is another kind of change.
        raise Invalid("move.category", where="path", path=source.text)


def _translations(
    source: PagePath, target: PagePath, languages: tuple[str, ...]
) -> Iterable[tuple[PagePath, PagePath]]:
    """The move itself, and for a page of the first language the same in each other language."""
    yield source, target
    if source.language(languages) == target.language(languages) == languages[0]:
        for language in languages[1:]:
            yield PagePath(f"{language}/{source}"), PagePath(f"{language}/{target}")


def _facts_of_place(
    fields: Mapping[str, Any], kind: str, old: PagePath, new: PagePath, text: str, settings: Settings
) -> dict[str, Any]:
    """The facts that say where a page is: its home category, and its kind where another is usual in the new place."""
    changes: dict[str, Any] = {}
    categories = fields.get("categories")
    home, away = (path.without_language(settings.languages).partition("/")[0] for path in (old, new))
    if isinstance(categories, list) and away in settings.category_ids and categories[:1] == [home] != [away]:
        changes["categories"] = [away, *(name for name in categories[1:] if name != away)]
    if fields and unsaved_page(new, text, settings).kind.id != kind:
        changes["kind"] = kind
    return changes


def _protection_changes(
    settings: Settings, moved: Moved, source: PagePath, target: PagePath, folder: bool, something_stays: bool
) -> dict[str, Any]:
    """Protection moves along: a move must not lift it. For pages that stay below the old path it stays as well."""
    changes: dict[str, Any] = {}
    for path, role in settings.protection.items():
        new = moved.pages.get(path) or moved.folders.get(path)
        if new is None and folder and path.startswith(f"{source.text}/"):
            new = target.text + path[len(source.text) :]
        if new is not None:
            changes[new] = role
            if not (path == source.text and something_stays):
                changes[path] = REMOVE
    return changes


def _remembered(catalog: Catalog) -> Answers:
    """The catalog's answers, each asked for once."""
    known: dict[str, list[tuple[int, str]]] = {}

    def answers(keys: Iterable[str]) -> Mapping[str, list[tuple[int, str]]]:
        wanted = list(keys)
        missing = [key for key in wanted if key not in known]
        if missing:
            found = catalog.answers(missing)
            known.update((key, found.get(key, [])) for key in missing)
        return {key: known[key] for key in wanted}

    return answers
