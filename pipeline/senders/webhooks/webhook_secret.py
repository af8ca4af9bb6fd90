"""The secret that proves reports genuine: read from the environment or a file, and never quoted."""

from __future__ import annotations

import os
from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.files import check_secret_file

#: Shorter ones could be guessed.
_MIN_CHARACTERS = 16
_HELP = "Set up its webhook: handbill docs"
_PAGES = {"bounces": "webhooks", "gifts": "gifts"}


def read_webhook_secret(
    service: str,
    variable: str,
    file: str | os.PathLike[str] | None = None,
    *,
    what: str = "bounces",
) -> str:
    """
    Return the secret of *service*'s webhook.

    Args:
        variable: The environment variable to read if there is no *file*.
        file: A file that holds it.
        what: What is not heard without it.

    Raises:
        ConfigError: It is missing or too short. The error says that nothing is heard then.
    """
    text = (_read_file(Path(file), service, what) if file else os.environ.get(variable, "")).strip()
    place = str(file) if file else variable
    if not text:
        state = "is empty" if file else "is not set"
        raise not_heard_error(service, f"{place} {state}", what)
    if len(text) < _MIN_CHARACTERS:
        raise not_heard_error(
            service, f"the secret in {place} has fewer than {_MIN_CHARACTERS} characters", what
        )
    return text


def not_heard_error(service: str, reason: str, what: str = "bounces") -> ConfigError:
    """Return the error for a webhook that is not set up, or wrongly."""
    return ConfigError(
        f"Handbill does not hear {what} from {service}: {reason}. {_HELP} {_PAGES[what]}"
    )


def _read_file(path: Path, service: str, what: str) -> str:
    try:
        if problem := check_secret_file(path):
            raise not_heard_error(service, problem.rstrip("."), what)
        return path.read_text(encoding="utf-8")
    except OSError as error:
        reason = f"{path} cannot be read ({error.strerror})"
        raise not_heard_error(service, reason, what) from error
    except UnicodeDecodeError:
        raise not_heard_error(service, f"{path} is not a text file", what) from None
