"""
Word: .docx by mammoth, notes and all.

Comments and tracked deletions never reach an article: mammoth does not read them, and their number is told.
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.errors import LoadError
from pipeline.loaders.base import LoadResult, Source
from pipeline.loaders.html import read_fragment
from pipeline.loaders.word.docx import Document, open_document
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
        """
        Turn the document in *source* into an article; its pictures are in `Article.files`.

        Raises:
            LoadError: It is no Word document, damaged, or unpacks to more than a document can be.
        """
        document = open_document(source.content, source.location)
        html, files = _convert(source)
        reading = read_fragment(html, base_url=None, location=source.location)
        return _with_properties(
            replace(reading, article=replace(reading.article, files=files)), document, html
        )


def _convert(source: Source) -> tuple[str, dict[str, bytes]]:
    """Return the document as HTML, and its pictures by the name they have there."""
    import io

    import mammoth

    files: dict[str, bytes] = {}

    def keep(image: object) -> dict[str, str]:
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
            convert_image=mammoth.images.img_element(keep),
        )
    except (
        Exception
    ) as error:  # mammoth raises whatever zipfile, its XML parser and a missing part raise
        raise LoadError(
            f"{source.location}: the Word document is damaged ({error}). Open it in Word and save it again."
        ) from error
    return str(result.value), files


def _with_properties(reading: LoadResult, document: Document, html: str) -> LoadResult:
    """Add what the document's properties say, and tell what never was to be read."""
    article = reading.article
    title, blocks = article.title, article.blocks
    if title is None and blocks and isinstance(blocks[0], Heading) and blocks[0].level == 1:
        title, blocks = " ".join(plain_text(blocks[0].inlines).split()), blocks[1:]
    said = [document.author or ""]
    dropped = []
    if title is None:
        title = document.title
        said.append(title or "")
    elif document.title and document.title != title:
        dropped.append(Dropped(reason="word.title-property", text=document.title))
        said.append(document.title)
    lost = document.not_in(html)
    dropped += [Dropped(reason="word.not-converted", text=text) for text in lost]
    changed = replace(
        article,
        title=title,
        byline=article.byline or document.author,
        blocks=blocks,
        dropped=(*article.dropped, *dropped),
        warnings=(*article.warnings, *_warnings(document, len(lost))),
    )
    return replace(
        reading, article=changed, visible_text="\n".join((reading.visible_text, *said, *lost))
    )


def _warnings(document: Document, lost: int) -> list[LoadWarning]:
    told = []
    if document.comments:
        told.append(
            LoadWarning(
                code="word.comments", message=f"{document.comments} comment(s) were left out."
            )
        )
    if document.deletions:
        told.append(
            LoadWarning(
                code="word.deletions",
                message=f"{document.deletions} tracked deletion(s) were left out.",
            )
        )
    if lost:
        told.append(
            LoadWarning(
                code="word.not-converted",
                message=f"{lost} paragraph(s) could not be read, perhaps of text boxes; they are listed as left out.",
            )
        )
    return told
