"""Backends of django-anymail, opened without a Django project."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from pipeline.errors import SendError

_OF = "The sender anymail"


@cache
def _configure_django() -> None:
    """Settle what Django must have settled, once for the process; a Django of somebody else's stays as it is."""
    from django.conf import settings

    if not settings.configured:
        settings.configure(ANYMAIL={}, USE_I18N=False, USE_TZ=True)


def make_backend(path: str, settings: Mapping[str, Any]) -> Any:  # Any: Django has no types
    """
    Return the backend at *path*.

    Raises:
        SendError: It is not there, or does not know a setting, or misses one.
    """
    from anymail import exceptions
    from django.core.mail.backends.base import BaseEmailBackend
    from django.utils.module_loading import import_string

    _configure_django()

    class Leftovers(BaseEmailBackend):  # type: ignore[misc]  # Django has no types
        """Stands after anymail's classes, where settings arrive that none of them asked for."""

        def __init__(self, fail_silently: bool = False, **left: object) -> None:
            if left := {k: v for k, v in left.items() if k != "requests_timeout"}:
                raise SendError(
                    f"{_OF}: {path} does not know {', '.join(sorted(left))}. See its settings in anymail's "
                    "documentation, in lower case and without the service's name."
                )
            super().__init__(fail_silently=fail_silently)

    try:
        backend = import_string(path)
        return type("Backend", (backend, Leftovers), {})(**settings)
    except (ImportError, TypeError) as error:
        raise SendError(f"{_OF}, backend: {path} cannot be used: {error}.") from error
    except exceptions.AnymailConfigurationError as error:
        words = str(error).partition("\n")[0]
        raise SendError(
            f"{_OF}: {path} needs a setting more. Add it to settings or, for a key, to secrets_env. In anymail's "
            f"words: {words}"
        ) from error
