"""Load formats that pandoc reads: OpenDocument, RTF, Org, reStructuredText, LaTeX, EPUB; needs the extra `pandoc`."""

from __future__ import annotations

import base64
import binascii
import re
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path, PurePath

from pipeline.errors import LoadError
from pipeline.loaders.base import LoadResult, Source
from pipeline.loaders.shared.archive_size import check_archive_size

_FORMATS = {
    ".odt": "odt",
    ".rtf": "rtf",
    ".org": "org",
    ".rst": "rst",
    ".tex": "latex",
    ".epub": "epub",
}
_TIMEOUT_S = 60
#: The most memory pandoc may use, an option of its runtime (pandoc manual, "A note on security").
_MEMORY_LIMIT = ("+RTS", "-M512M", "-RTS")
#: What pandoc exits with when that is used up (GHC's `HeapExhausted`).
_EXIT_OUT_OF_MEMORY = 251
#: The most bytes of a text format; a novel has a million.
_MAX_TEXT_BYTES = 16 * 1024 * 1024
_ARCHIVES = frozenset({"odt", "epub"})
_TEMPLATE = "$pagetitle$\n$for(author)$$author$$sep$, $endfor$\n\n$body$\n"
_DATA_URI = re.compile(r'src="data:image/([a-z]+)(?:\+[a-z]+)?;base64,([^"]*)"')


class PandocLoader:
    """Documents that pandoc converts to HTML."""

    media_type = "application/x-pandoc"
    suffixes = tuple(_FORMATS)

    def read(self, source: Source) -> LoadResult:
        """Turn *source* into an article; pictures inside it are in `Article.files`."""
        from pipeline.loaders.html.dom import get_fragment_text
        from pipeline.loaders.html.read_page import read_fragment

        converted = _run_pandoc(source, _FORMATS.get(PurePath(source.location).suffix.lower()))
        title, author, _, html = converted.split("\n", 3)
        html, files = _extract_images(html)
        reading = read_fragment(html, base_url=None, location=source.location)
        article = replace(
            reading.article,
            title=reading.article.title or get_fragment_text(title) or None,
            byline=reading.article.byline or get_fragment_text(author) or None,
            files=files,
        )
        visible = filter(None, (article.title, article.byline))
        return replace(
            reading, article=article, visible_text="\n".join((reading.visible_text, *visible))
        )


def _run_pandoc(source: Source, format: str | None) -> str:
    if format is None:
        raise LoadError(
            f"{source.location}: its ending does not say what it is. Pandoc reads {', '.join(_FORMATS)}."
        )
    check_archive_size(source.content, source.location)
    if format not in _ARCHIVES and len(source.content) > _MAX_TEXT_BYTES:
        raise LoadError(
            f"{source.location}: it is larger than {_MAX_TEXT_BYTES // 1024**2} MB. Save the article alone, "
            "with smaller pictures, or as .docx."
        )
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "article.html"
        template.write_text(_TEMPLATE, encoding="utf-8")
        options = ["--to=html5", "--sandbox", "--standalone", "--embed-resources", "--wrap=none"]
        command = [
            _find_pandoc(source),
            *_MEMORY_LIMIT,
            f"--from={format}",
            *options,
            f"--template={template}",
        ]
        try:
            done = subprocess.run(
                command, input=source.content, capture_output=True, timeout=_TIMEOUT_S, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise LoadError(
                f"{source.location}: pandoc takes longer than {_TIMEOUT_S} s. Save it as .docx."
            ) from error
    if done.returncode == _EXIT_OUT_OF_MEMORY:
        raise LoadError(
            f"{source.location}: pandoc needs more than 512 MB of memory for it. Save it as .docx, or copy its text."
        )
    if done.returncode:
        reason = " ".join(done.stderr.decode("utf-8", "replace").split())[:200]
        raise LoadError(
            f"{source.location}: pandoc cannot read it ({reason}). Save it as .docx, or copy its text."
        )
    return done.stdout.decode("utf-8", "replace")


def _find_pandoc(source: Source) -> str:
    try:
        import pypandoc
    except ImportError as error:
        ending = PurePath(source.location).suffix
        raise LoadError(
            f'{source.location}: reading {ending} needs pandoc. Install it: pip install "handbill[pandoc]"'
        ) from error
    return str(pypandoc.get_pandoc_path())


def _extract_images(html: str) -> tuple[str, dict[str, bytes]]:
    files: dict[str, bytes] = {}

    def extract(match: re.Match[str]) -> str:
        try:
            content = base64.b64decode(match[2], validate=True)
        except binascii.Error:
            return 'src=""'
        src = f"pictures/{len(files) + 1}.{match[1]}"
        files[src] = content
        return f'src="{src}"'

    return _DATA_URI.sub(extract, html), files
