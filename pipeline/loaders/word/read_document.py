"""Turn a Word document into an article."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from pipeline.loaders.base import LoadResult, Markup, Source
from pipeline.loaders.shared.dates import read_date
from pipeline.loaders.word.conversion import convert, find_missing
from pipeline.loaders.word.elements import Element, W, get_text
from pipeline.loaders.word.header.byline import find_byline
from pipeline.loaders.word.header.owner_names import is_person_name
from pipeline.loaders.word.normalize import normalize
from pipeline.loaders.word.normalized import Normalized
from pipeline.loaders.word.package import WordPackage, list_kinds, open_package
from pipeline.loaders.word.tidy import check_converted, check_element_count, tidy
from pipeline.models.article import Block, Dropped, Heading, LoadWarning
from pipeline.models.article_text import plain_text


def read_document(source: Source) -> LoadResult:
    """Return the article in the document *source*."""
    from pipeline.loaders.html.read_page import read_fragment

    package = open_package(source.content, source.location)
    check_element_count(list(_list_parts(package)), source.location)
    comments, deletions = _count_comments(package), _count_deletions(package)
    before = _count_characters(_get_text(package))
    normalized = normalize(package)
    before.subtract(_count_characters(_get_text(package)))
    before.subtract(_count_characters("".join(normalized.removed)))
    for part in _list_parts(package):
        tidy(part)
    check_converted(list(_list_parts(package)), source.location)
    html, files = convert(package, source.location)
    missing = find_missing(package, html)
    lost = "".join(sorted((+before).elements())) if not missing else ""
    reading = read_fragment(html, base_url=None, location=source.location)
    reading = replace(reading, article=replace(reading.article, files=files))
    counts = (
        ("word.comments", comments, "comment(s) were left out."),
        (
            "word.deletions",
            deletions,
            "tracked deletion(s) were left out. In Word: Review, Accept All Changes, then save.",
        ),
        (
            "word.not-converted",
            len(missing) or bool(lost),
            "paragraph(s), perhaps in text boxes, could not be read and were left out. "
            "In Word, move their text into the document.",
        ),
    )
    warnings = [
        LoadWarning(code=code, message=f"{count:d} {what}") for code, count, what in counts if count
    ]
    return _add_properties(
        reading, package, normalized, [*missing, *filter(None, [lost])], warnings
    )


def _add_properties(
    reading: LoadResult,
    package: WordPackage,
    normalized: Normalized,
    missing: list[str],
    warnings: list[LoadWarning],
) -> LoadResult:
    """Add what the document's header and properties say, and what was left out."""
    article = reading.article
    title, blocks = _extract_title(article.title, article.blocks)
    dropped = [
        *normalized.dropped,
        *(Dropped(reason="word.not-converted", text=text) for text in missing),
    ]
    visible = [entry.text for entry in dropped]
    if title is None:
        title = package.title
        visible.append(title or "")
    elif package.title and package.title != title:
        dropped.append(Dropped(reason="word.title-property", text=package.title))
        visible.append(package.title)
    byline = ", ".join(normalized.authors)
    visible.append(byline)
    before = ""
    if not byline:
        before, byline, blocks = find_byline(blocks)
    if not byline and package.author and is_person_name(package.author):
        byline = package.author
        visible.append(byline)
        message = (
            f"The byline “{byline[:60]}” is the author in the file's properties: the text names none. "
            "If somebody else wrote it, put “By …” below the title."
        )
        warnings.append(LoadWarning(code="byline.from-properties", message=message))
    elif package.author and package.author != byline:
        dropped.append(Dropped(reason="word.author-property", text=package.author))
        visible.append(package.author)
    published = read_date(normalized.date) if normalized.date else None
    if published is not None:
        visible.append(published.isoformat())
    elif normalized.date:
        dropped.append(Dropped(reason="word.date", text=normalized.date))
        visible.append(normalized.date)
    subtitle = normalized.subtitle or article.subtitle
    changed = replace(
        article,
        title=title,
        subtitle=subtitle,
        byline=article.byline or byline or None,
        published=article.published or published,
        blocks=blocks,
        dropped=(*article.dropped, *dropped),
        warnings=(*article.warnings, *normalized.warnings, *warnings),
    )
    text = "\n".join((reading.visible_text, normalized.subtitle, *visible))
    markup = (*reading.markup, Markup(rule="word.byline", text=before))
    return replace(reading, article=changed, visible_text=text, markup=markup)


def _extract_title(
    title: str | None, blocks: tuple[Block, ...]
) -> tuple[str | None, tuple[Block, ...]]:
    if title is None and blocks and isinstance(blocks[0], Heading) and blocks[0].level == 1:
        return " ".join(plain_text(blocks[0].inlines).split()), blocks[1:]
    return title, blocks


def _count_comments(package: WordPackage) -> int:
    comments = package.parts.get("comments")
    return 0 if comments is None else len(comments.findall(f"{W}comment"))


def _count_deletions(package: WordPackage) -> int:
    return sum(
        any(text.text for text in deletion.iter(f"{W}delText"))
        for part in _list_parts(package)
        for deletion in part.iter(f"{W}del")
    )


def _count_characters(text: str) -> Counter[str]:
    """Count the characters of *text* without spaces; a raised or lowered one, as in formulas, is the same."""
    same = unicodedata.normalize("NFKC", text).replace("−", "-")
    return Counter("".join(same.split()))


def _get_text(package: WordPackage) -> str:
    return "".join(map(get_text, _list_parts(package)))


def _list_parts(package: WordPackage) -> Iterable[Element]:
    return [package.parts[kind] for kind in list_kinds(package.parts)]
