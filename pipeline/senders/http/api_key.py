"""Keys of services: read from the environment or a file, and kept out of every sentence."""

from __future__ import annotations

import os
import re
from pathlib import Path

from pipeline.errors import SendError

#: What can stand in a header as it is; anything else would be told by the HTTP library, with the key in its words.
_KEY = re.compile(r"[!-~]+")


def read_secret(
    *, env: str, file: str | os.PathLike[str] | None = None, option: str, of: str
) -> str:
    """
    Return a key.

    Args:
        env: The variable that holds it, unless there is a file.
        file: Its first line is the key.
        option: What the variable's name stands under in `[senders.NAME]`, for the sentence.
        of: Whose key it is.

    Raises:
        SendError: It is not there, or cannot be a key; what was found is not shown.
    """
    where = str(file) if file else f"The variable {env}"
    found = _from_file(Path(file), of) if file else os.environ.get(env)
    if not found or not found.strip():
        raise SendError(
            f"{where} holds no key of {of}. Set it, or name another with {option} in [senders.NAME]."
        )
    key = found.strip()
    if not _KEY.fullmatch(key):
        raise SendError(
            f"{where} holds something that is no key of {of}: it has spaces, line ends or letters beyond ASCII. "
            "Copy the key again."
        )
    return key


def _from_file(path: Path, of: str) -> str:
    try:
        return path.read_text(encoding="utf-8").strip().partition("\n")[0]
    except OSError as error:
        raise SendError(
            f"{path}: the key of {of} cannot be read ({error.strerror}). Check the path and its permissions."
        ) from error
    except UnicodeDecodeError:
        raise SendError(f"{path}: this is no text, and no key of {of}.") from None
