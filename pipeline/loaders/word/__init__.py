"""
Load Word documents (.docx) by mammoth, notes included.

Comments and tracked deletions never reach an article: mammoth does not read them; a warning gives their number.
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.errors import LoadError
from pipeline.loaders.base import LoadResult, Source
from pipeline.loaders.word.docx import WordPackage, open_package
from pipeline.models.article import Dropped, Heading, LoadWarning
from pipeline.models.article_text import plain_text

_STYLES = """
p[style-name='Title'] => h1.title:fresh
p[style-name='Subtitle'] => p.subtitle:fresh
p[style-name='Quote'] => blockquote > p:fresh
p[style-name='Intense Quote'] => blockquote > p:fresh
p[style-name='Caption'] => p.caption:fresh
p[style-name='caption'] => p.caption:fresh
"""


class WordLoader:
    """Word documents."""

    media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    suffixes = (".docx",)

    def read(self, source: Source) -> LoadResult:
        """Turn the document in *source* into an article; its pictures are in `Article.files`."""
        from pipeline.loaders.html.read_page import read_fragment

        document = open_package(source.content, source.location)
        html, files = _convert(source)
        reading = read_fragment(html, base_url=None, location=source.location)
        return _add_properties(
            replace(reading, article=replace(reading.article, files=files)), document, html
        )


def _convert(source: Source) -> tuple[str, dict[str, bytes]]:
    """Return the document as HTML, and its pictures by the name they have there."""
    import io

    import mammoth

    files: dict[str, bytes] = {}

    def save(image: object) -> dict[str, str]:
        with image.open() as file:  # type: ignore[attr-defined]  # mammoth has no types
            content = file.read()
        ending = str(image.content_type).rpartition("/")[2].partition("+")[0]  # type: ignore[attr-defined]
        name = f"pictures/{len(files) + 1}.{ending}"
        files[name] = content
        return {"src": name}

    try:
        result = mammoth.convert_to_html(
            io.BytesIO(source.content),
            style_map=_STYLES,
            convert_image=mammoth.images.img_element(save),
        )
    except (
        Exception
    ) as error:  # mammoth raises whatever zipfile, its XML parser and a missing part raise
        raise LoadError(
            f"{source.location}: the Word document is damaged ({error}). Open it in Word and save it again."
        ) from error
    return str(result.value), files


def _add_properties(reading: LoadResult, document: WordPackage, html: str) -> LoadResult:
    """Add the document's properties, and warn about what was not converted."""
    article = reading.article
    title, blocks = article.title, article.blocks
    if title is None and blocks and isinstance(blocks[0], Heading) and blocks[0].level == 1:
        title, blocks = " ".join(plain_text(blocks[0].inlines).split()), blocks[1:]
    visible = [document.author or ""]
    dropped = []
    if title is None:
        title = document.title
        visible.append(title or "")
    elif document.title and document.title != title:
        dropped.append(Dropped(reason="word.title-property", text=document.title))
        visible.append(document.title)
    missing = document.find_missing(html)
    dropped += [Dropped(reason="word.not-converted", text=text) for text in missing]
    changed = replace(
        article,
        title=title,
        byline=article.byline or document.author,
        blocks=blocks,
        dropped=(*article.dropped, *dropped),
        warnings=(*article.warnings, *_warnings(document, len(missing))),
    )
    return replace(
        reading, article=changed, visible_text="\n".join((reading.visible_text, *visible, *missing))
    )


def _warnings(document: WordPackage, missing_count: int) -> list[LoadWarning]:
    text_boxes = "paragraph(s), perhaps in text boxes, could not be read and were left out."
    found = (
        ("word.comments", document.comments, "comment(s) were left out."),
        ("word.deletions", document.deletions, "tracked deletion(s) were left out."),
        ("word.not-converted", missing_count, text_boxes),
    )
    return [
        LoadWarning(code=code, message=f"{count} {what}") for code, count, what in found if count
    ]
