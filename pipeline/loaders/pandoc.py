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

_FORMATS = {
    ".odt": "odt",
    ".rtf": "rtf",
    ".org": "org",
    ".rst": "rst",
    ".tex": "latex",
    ".epub": "epub",
}
_TIMEOUT_S = 60
_TEMPLATE = "$pagetitle$\n$for(author)$$author$$sep$, $endfor$\n\n$body$\n"
_DATA_URI = re.compile(r'src="data:image/([a-z]+)[^",]*;base64,([^"]*)"')


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
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "article.html"
        template.write_text(_TEMPLATE, encoding="utf-8")
        options = ["--to=html5", "--sandbox", "--standalone", "--embed-resources", "--wrap=none"]
        command = [_find_pandoc(source), f"--from={format}", *options, f"--template={template}"]
        try:
            done = subprocess.run(
                command, input=source.content, capture_output=True, timeout=_TIMEOUT_S, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise LoadError(
                f"{source.location}: pandoc takes longer than {_TIMEOUT_S} s. Save it as .docx."
            ) from error
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
