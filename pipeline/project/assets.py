"""Themes, logos and images: the files that rendering needs."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from pipeline.config import KnownNames
from pipeline.errors import ImageNotFoundError, RenderError
from pipeline.files import find_shipped
from pipeline.models.address import parse_ascii_address

if TYPE_CHECKING:
    from pipeline.config.schema import ThemeTable
    from pipeline.models.article import Article
    from pipeline.rendering import Theme


def list_known_names(root: Path) -> KnownNames:
    """Return the names that a configuration in *root* may choose from."""
    from pipeline.senders import SENDERS

    themes = {
        path.name
        for folder in _list_theme_folders(root)
        if folder.is_dir()
        for path in folder.iterdir()
        if path.is_dir() and not path.name.startswith(("_", "."))
    }
    return KnownNames(
        senders=SENDERS.list_names(), themes=sorted(themes), parse_address=parse_ascii_address
    )


def find_theme(table: ThemeTable, root: Path) -> Theme:
    """Return the theme of *table*, with its logo."""
    from pipeline.rendering import Logo, Theme

    logo = None
    if table.logo:
        logo = Logo(
            src=table.logo,
            dark_src=table.logo_dark,
            alt=table.logo_alt,
            width_px=table.logo_width,
            with_name=table.logo_with_name,
            read=lambda src: _read_logo(root / src),
        )
    return Theme.find(table.name, _list_theme_folders(root), logo=logo)


def read_image(src: str, article: Article, root: Path) -> bytes:
    """
    Read an image of *article*: one that was loaded with it, else a file.

    Only from the article's folder or the project: no article can mail other files.

    Raises:
        RenderError: It cannot be read.
    """
    from pipeline.loaders.fetch import is_url

    if content := article.files.get(src):
        return content
    if is_url(article.location) and src not in article.files:
        raise RenderError(
            f"{src}: the page does not give this image's URL. Save the page and the image."
        )
    folder = Path(article.location).parent
    path = next(filter(None, (_find_file(folder, name) for name in (src, unquote(src)))), None)
    if path is None:
        name = str(folder / src)
        name = name if len(name) <= 160 else f"{name[:159]}…"
        raise ImageNotFoundError(
            f"{name}: image not found. Put it there, or correct its name in the article."
        )
    if not any(path.is_relative_to(allowed.resolve()) for allowed in (folder, root)):
        raise RenderError(
            f"{src}: the image is outside the project. Copy it to the article's folder."
        )
    try:
        return path.read_bytes()
    except OSError as error:
        raise RenderError(f"{path}: the image cannot be read ({error.strerror}).") from error


def _find_file(folder: Path, name: str) -> Path | None:
    """Return the file *name*, None if it does not exist or no file can have this name."""
    with suppress(OSError, ValueError):
        path = (folder / name).resolve()
        return path if path.is_file() else None
    return None


def _list_theme_folders(root: Path) -> list[Path]:
    """Return the folders in which themes are looked up, the project's own first."""
    return list(dict.fromkeys([root / "templates", find_shipped("templates")]))


def _read_logo(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RenderError(
            f"{path}: the logo cannot be read ({error.strerror}). Correct its name in [theme] of the configuration."
        ) from error
