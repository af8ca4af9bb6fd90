"""Images that had to be scaled down or converted, kept in the project's state so that each is converted once."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import state_dir
from pipeline.files import write_atomically

if TYPE_CHECKING:
    from pipeline.rendering.images.convert_image import ConvertedImage

#: Changes when images are converted in another way.
_VERSION = 1
_FOLDER = "images"


@dataclass(frozen=True, slots=True)
class ImageFolder:
    """
    Keeps each image as a file, with what was done to it beside it as JSON. What cannot be read is made again.

    The folder is created for the first image: viewing an article creates no state.

    Args:
        root: The folder of the project.
    """

    root: Path

    def read(self, key: str) -> ConvertedImage | None:
        """Return the image kept under *key*, or None."""
        from pipeline.rendering.images.convert_image import ConvertedImage

        with suppress(OSError, ValueError, TypeError, KeyError):
            facts = json.loads(self._get_path(key, "json").read_text(encoding="utf-8"))
            size = facts["scaled_from"]
            content = self._get_path(key, facts["extension"]).read_bytes()
            return ConvertedImage(
                **facts
                | {
                    "content": content,
                    "changes": tuple(facts["changes"]),
                    "scaled_from": tuple(size) if size else None,
                }
            )
        return None

    def write(self, key: str, image: ConvertedImage) -> None:
        """Keep *image* under *key*; a disk that is full is no reason not to render."""
        facts = asdict(image)
        content = facts.pop("content")
        with suppress(OSError):
            (state_dir.create(self.root) / _FOLDER).mkdir(exist_ok=True)
            write_atomically(self._get_path(key, image.extension), content)
            write_atomically(self._get_path(key, "json"), json.dumps(facts).encode())

    def _get_path(self, key: str, extension: str) -> Path:
        return self.root / state_dir.NAME / _FOLDER / f"{key}-v{_VERSION}.{extension}"
