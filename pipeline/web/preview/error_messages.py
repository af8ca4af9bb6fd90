"""Say in one message what went wrong, whatever was raised; HANDBILL_DEBUG prints the traceback in the terminal."""

from __future__ import annotations

import os
import traceback

from pipeline.errors import PipelineError, shorten_quotations

_ADVICE = (
    "Undo the last change, or save again. If it stays, run the command again with HANDBILL_DEBUG=1 "
    "to see the traceback in the terminal, and please report it."
)


def describe_error(error: BaseException) -> str:
    """Return what went wrong and what to do next; anything unforeseen is described by its type."""
    if isinstance(error, PipelineError):
        return str(error)
    if os.environ.get("HANDBILL_DEBUG"):
        traceback.print_exception(error)
    if isinstance(error, OSError):
        return f"{error.filename or 'A file'}: {error.strerror or error}. Check that it exists and can be read."
    if isinstance(error, SystemExit):
        return f"A plug-in ended the program (SystemExit: {error}). {_ADVICE}"
    message = shorten_quotations(str(error))
    return f"Unexpected error ({type(error).__name__}: {message}). {_ADVICE}"
