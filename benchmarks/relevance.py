"""How well the search ranks: nDCG@10, MRR and success@1 on judged queries, through the product's own engine.

    python benchmarks/relevance.py DOCS.jsonl QUERIES.jsonl QRELS.jsonl [--synonyms FILE.yml ...] [--json]
    python benchmarks/relevance.py seed benchmarks/data/queries.jsonl benchmarks/data/judgements.jsonl \
        --synonyms seed

- DOCS: {id, title, text} and optionally {path, language, summary, aliases, anchors}; text is plain or Markdown (also a whole
  page with front matter). Or a folder of pages; their ids are their paths.
- QUERIES: {id, text}.
- QRELS: {query, doc, grade}, or a TREC file of `query 0 doc grade` lines.

Usual other names of the keys (_id, doc_id, query_id, body, contents, relevance, score …) are understood. The gain is linear
(the grade itself, negative grades are 0), the discount 1 / log2(rank + 1), the ideal ranking that of all judged documents.
MRR and success@1 count a document of any grade above 0. Queries without such a document are left out. Times are CPU
milliseconds for one query (parse and rank, cold caches at first, best 1,000), median and 95th percentile; and CPU seconds
to build the index. `--without NAME` leaves out one ingredient of the ranking, `--bare` asks Whoosh as it comes.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.bare_whoosh import BareWhoosh
from wiki.markup import front_matter
from wiki.markup.markdown import Rendered, Renderer
from wiki.pages.page import Page, read_page
from wiki.pages.path import PagePath
from wiki.pages.settings import Settings
from wiki.pages.settings_files import read_settings
from wiki.search import ranking, reading, weighing
from wiki.search.documents import Document
from wiki.search.pages import document_of, synonyms_of
from wiki.search.query import parse
from wiki.search.synonyms import Synonyms
from wiki.search.whoosh_engine import WhooshEngine

DEPTH = 10
MAX_LEAD = 1_000
ID = ("id", "_id", "doc_id", "docid", "docno", "document", "doc", "path", "url")
QUERY_ID = ("id", "_id", "query_id", "query-id", "qid", "num", "topic")
TEXT = ("text", "body", "contents", "content", "abstract", "markdown")
QUERY_TEXT = ("text", "query", "title", "question", "description", "body")
JUDGED_QUERY = ("query", "query_id", "query-id", "qid", "topic", "q")
JUDGED_DOCUMENT = ("doc", "doc_id", "docid", "corpus-id", "document", "document_id", "docno", "path", "d")
GRADE = ("grade", "relevance", "score", "rel", "label", "gain", "judgement", "judgment")
MARKDOWN = re.compile(r"^---\n|^#{1,6} |\]\(|\[\[|\*\*|^```|^\s*[-*] \[|^> ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Figures:
    """The result of one run."""

    documents: int
    queries: int
    ndcg: float
    mrr: float
    success: float
    median_ms: float
    p95_ms: float
    build_s: float


def value(row: Mapping[str, Any], names: Sequence[str], default: Any = None) -> Any:
    """The first of several keys that a row has."""
    return next((row[name] for name in names if row.get(name) is not None), default)


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON-lines file, or of one JSON list."""
    text = path.read_text("utf-8")
    if text.lstrip().startswith("["):
        yield from json.loads(text)
        return
    yield from (json.loads(line) for line in text.splitlines() if line.strip())


def read_documents(path: Path) -> dict[str, Document]:
    """Documents by id."""
    renderer = Renderer()
    if path.is_dir():
        return read_pages(path, renderer)
    return {str(value(row, ID)): read_document(row, number, renderer) for number, row in enumerate(rows(path))}


def settings_of(folder: Path) -> Settings:
    """What the files in `_wiki/` say."""

    def text(name: str) -> str | None:
        file = folder / "_wiki" / f"{name}.yml"
        return file.read_text("utf-8") if file.exists() else None

    return read_settings(text)


def read_pages(folder: Path, renderer: Renderer) -> dict[str, Document]:
    """The pages of a wiki as it hands them to the search; their ids are their paths."""
    settings = settings_of(folder)
    pages: list[tuple[Page, Rendered]] = []
    anchors: dict[str, list[str]] = {}
    for file in sorted(folder.rglob("*.md")):
        path = PagePath.of_file(str(file.relative_to(folder)))
        if path is not None:
            page = read_page(path, "", "", file.read_bytes(), settings)
            rendered = renderer.render(page.body)
            pages.append((page, rendered))
            for link in rendered.links:
                anchors.setdefault(link.target.strip("/").partition("#")[0], []).append(link.text)
    return {
        page.path.text: document_of(page, settings, rendered, tuple(anchors.get(page.path.text, ())))
        for page, rendered in pages
    }


def read_document(row: Mapping[str, Any], number: int, renderer: Renderer) -> Document:
    """One document as the wiki would hand it to the search."""
    fields: Mapping[str, Any] = row
    text = str(value(row, TEXT, ""))
    if text.startswith("---\n"):
        loaded = front_matter.load(text)
        fields, text = {**loaded.fields, **{key: kept for key, kept in row.items() if kept}}, loaded.body
    if MARKDOWN.search(text):
        rendered = renderer.render(text)
        body, lead = rendered.text, rendered.lead
    else:
        body = text
        lead = re.split(r"\n\s*\n", text.strip())[0][:MAX_LEAD]
    aliases = value(fields, ("aliases", "aka", "names"), ())
    address = str(value(row, ("path",), "") or value(row, ID, ""))
    return Document(
        path=address.removesuffix(".md").strip("/")
        if re.search(r"[a-z].*/|/.*[a-z]|^[a-z-]{3,}", address)
        else unnamed(number),
        title=str(fields.get("title") or ""),
        language=str(value(fields, ("language", "lang"), "en")),
        aliases=(aliases,) if isinstance(aliases, str) else tuple(map(str, aliases)),
        summary=str(fields.get("summary") or ""),
        lead=lead,
        body=body,
        anchors=tuple(map(str, row.get("anchors") or ())),
    )


def unnamed(number: int) -> str:
    """An address that says nothing, for a collection whose documents have numbers only."""
    letters = "".join(chr(ord("a") + int(digit)) for digit in f"{number:07d}")
    return f"zz{letters}"


def read_queries(path: Path) -> dict[str, str]:
    """Queries by id."""
    return {str(value(row, QUERY_ID)): str(value(row, QUERY_TEXT, "")) for row in rows(path)}


def read_judgements(path: Path) -> dict[str, dict[str, float]]:
    """Grades by query and document."""
    found: dict[str, dict[str, float]] = {}
    text = path.read_text("utf-8").lstrip()
    if text.startswith(("{", "[")):
        judged: Iterable[tuple[Any, Any, Any]] = (
            (value(row, JUDGED_QUERY), value(row, JUDGED_DOCUMENT), value(row, GRADE, 1)) for row in rows(path)
        )
    else:
        lines = (line.split() for line in text.splitlines() if line.strip())
        judged = ((line[0], line[2] if len(line) > 3 else line[1], line[-1]) for line in lines)
    for query, document, grade in judged:
        if re.fullmatch(r"-?\d+(\.\d+)?", str(grade)):
            found.setdefault(str(query), {})[str(document)] = float(grade)
    return found


def read_synonyms(paths: Sequence[Path]) -> Synonyms:
    """Groups from files with a list of lists or with `groups:`, or as the wiki in a folder has them."""
    if len(paths) == 1 and paths[0].is_dir():
        return synonyms_of(settings_of(paths[0]))
    groups: list[list[str]] = []
    for path in paths:
        found = yaml.safe_load(path.read_text("utf-8"))
        groups.extend(found["groups"] if isinstance(found, Mapping) else found)
    return Synonyms.build([[str(phrase) for phrase in group] for group in groups])


def ndcg(ranked: Sequence[str], grades: Mapping[str, float]) -> float:
    """Normalised discounted cumulative gain of the first ten, linear gain."""

    def gained(gains: Iterable[float]) -> float:
        return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))

    ideal = sorted((max(grade, 0.0) for grade in grades.values()), reverse=True)[:DEPTH]
    return gained(max(grades.get(document, 0.0), 0.0) for document in ranked[:DEPTH]) / gained(ideal)


def measure(
    documents: Mapping[str, Document],
    queries: Mapping[str, str],
    judgements: Mapping[str, Mapping[str, float]],
    synonyms: Synonyms,
    engine_of: Callable[[Path], Any] = WhooshEngine,
) -> Figures:
    """Index the documents in a temporary folder, rank every judged query, and take the means."""
    names = {document.path: name for name, document in documents.items()}
    gains, ranks, times = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        engine = engine_of(Path(folder) / "index")
        started = time.process_time()
        engine.rebuild("0", documents.values(), len(documents))
        build = time.process_time() - started
        engine.commit()
        for query, text in queries.items():
            grades = judgements.get(query, {})
            if not any(grade > 0 for grade in grades.values()):
                continue
            started = time.process_time()
            found = engine.rank(parse(text), synonyms)
            times.append(1000 * (time.process_time() - started))
            ranked = [names[path] for path, _ in found.hits]
            gains.append(ndcg(ranked, grades))
            ranks.append(next((n for n, name in enumerate(ranked, 1) if grades.get(name, 0) > 0), 0))
    if not gains:
        raise SystemExit("no query has a judged document")
    times.sort()
    return Figures(
        documents=len(documents),
        queries=len(gains),
        ndcg=sum(gains) / len(gains),
        mrr=sum(1 / rank for rank in ranks if rank) / len(ranks),
        success=sum(rank == 1 for rank in ranks) / len(ranks),
        median_ms=times[len(times) // 2],
        p95_ms=times[min(int(len(times) * 0.95), len(times) - 1)],
        build_s=build,
    )


def leave_out(name: str) -> None:
    """Switch one ingredient off."""
    if name in weighing.FIELDS:
        weighing.FIELDS[name] = (0.0, weighing.FIELDS[name][1])
    elif name in ("pairs", "names", "place", "synonyms"):
        setattr(ranking, f"{name.removesuffix('s').upper()}_SHARE", 0.0)
    elif name == "correction":
        reading.correction = lambda *_: None
    elif name == "joined":
        reading._joined = lambda snapshot, words: []
    elif name == "favours":
        ranking.PREFERRED_LANGUAGE = 1.0
        ranking.WHOLE_NAMES_AMONG = 0
    else:
        raise SystemExit(f"no such ingredient: {name}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    for name in ("documents", "queries", "judgements"):
        parser.add_argument(name, type=Path)
    parser.add_argument(
        "--synonyms",
        type=Path,
        action="append",
        default=[],
        help="YAML file of groups, or the wiki in a folder; repeatable",
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--bare", action="store_true", help="ask Whoosh as it comes instead of the product's search")
    parser.add_argument(
        "--without", action="append", default=[], metavar="NAME", help="leave out an ingredient; repeatable"
    )
    given = parser.parse_args()
    for name in given.without:
        leave_out(name)
    figures = measure(
        read_documents(given.documents),
        read_queries(given.queries),
        read_judgements(given.judgements),
        read_synonyms(given.synonyms),
        BareWhoosh if given.bare else WhooshEngine,
    )
    if given.json:
        print(json.dumps(asdict(figures)))
        return
    print(f"documents  {figures.documents:8d}")
    print(f"queries    {figures.queries:8d}")
    print(f"nDCG@10    {figures.ndcg:8.4f}")
    print(f"MRR        {figures.mrr:8.4f}")
    print(f"success@1  {figures.success:8.4f}")
    print(f"ms a query {figures.median_ms:8.2f}  (95th percentile {figures.p95_ms:.2f})")
    print(f"build, s   {figures.build_s:8.2f}")


if __name__ == "__main__":
    main()
