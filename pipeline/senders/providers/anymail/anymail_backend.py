"""Backends of django-anymail, without a Django project."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from pipeline.errors import SendError

_SENDER = "The sender anymail"


@cache
def _configure_django() -> None:
    """Configure Django once per process, unless an application has done so."""
    from django.conf import settings

    if not settings.configured:
        settings.configure(ANYMAIL={}, USE_I18N=False, USE_TZ=True)


def make_backend(path: str, settings: Mapping[str, Any]) -> Any:  # Any: Django has no types
    """
    Return the backend at *path*.

    Raises:
        SendError: It does not exist, or a setting is unknown or missing.
    """
    from anymail import exceptions
    from django.core.mail.backends.base import BaseEmailBackend
    from django.utils.module_loading import import_string

    _configure_django()

    class UnknownSettings(BaseEmailBackend):  # type: ignore[misc]  # Django has no types
        """The last base class, which receives the settings that anymail's classes did not use."""

        def __init__(self, fail_silently: bool = False, **unused: object) -> None:
            if unused := {k: v for k, v in unused.items() if k != "requests_timeout"}:
                raise SendError(
                    f"{_SENDER}: {path} does not know {', '.join(sorted(unused))}. See its settings in anymail's "
                    "documentation; write them in lower case and without the provider's name."
                )
            super().__init__(fail_silently=fail_silently)

    try:
        backend = import_string(path)
        return type("Backend", (backend, UnknownSettings), {})(**settings)
    except (ImportError, TypeError) as error:
        raise SendError(f"{_SENDER}, backend: cannot use {path}: {error}.") from error
    except exceptions.AnymailConfigurationError as error:
        message = str(error).partition("\n")[0]
        raise SendError(
            f"{_SENDER}: {path} needs another setting. Add it to settings or, for a key, to secrets_env. Anymail says: "
            f"{message}"
        ) from error
