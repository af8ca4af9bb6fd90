"""The API keys of providers: read from the environment or a file, and redacted from messages."""

from __future__ import annotations

import os
import re
from pathlib import Path

from pipeline.errors import SendError
from pipeline.files import check_secret_file
from pipeline.senders.redact import redact

#: What an HTTP header can hold; the HTTP library would quote anything else, and the key with it, in its error.
_KEY = re.compile(r"[!-~]+")


class ApiKeys:
    """The keys of one sender, each read once."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._keys: dict[str, str] = {}

    def get(self, variable: str, *, file: str | os.PathLike[str] | None = None, option: str) -> str:
        """
        Return a key, read once.

        Args:
            variable: The environment variable to read if there is no file.
            file: A file whose first line is the key.
            option: The option in `[senders.NAME]` that names the variable, for the error.

        Raises:
            SendError: The key is missing or malformed; the error does not quote it.
        """
        if option not in self._keys:
            self._keys[option] = self._read(variable, file, option)
        return self._keys[option]

    def redact(self, text: str) -> str:
        """Return *text* without the keys read so far."""
        return redact(text, *self._keys.values())

    def clear(self) -> None:
        """Forget the keys."""
        self._keys.clear()

    def _read(self, variable: str, file: str | os.PathLike[str] | None, option: str) -> str:
        service = self._service
        place = str(file) if file else f"The environment variable {variable}"
        key = (_read_file(Path(file), service) if file else os.environ.get(variable, "")).strip()
        if not key:
            raise SendError(
                f"{place} holds no key for {service}. Set it, or name another variable: {option} in [senders.NAME]."
            )
        if not _KEY.fullmatch(key):
            raise SendError(
                f"{place} does not hold a valid key for {service}: it contains spaces, line breaks or non-ASCII "
                "characters. Copy the key again."
            )
        return key


def _read_file(path: Path, service: str) -> str:
    try:
        if problem := check_secret_file(path):
            raise SendError(problem)
        return path.read_text(encoding="utf-8").strip().partition("\n")[0]
    except OSError as error:
        raise SendError(
            f"{path}: cannot read the key for {service} ({error.strerror}). Check the path and its permissions."
        ) from error
    except UnicodeDecodeError:
        raise SendError(f"{path}: not a text file, so it holds no key for {service}.") from None
