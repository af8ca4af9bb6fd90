"""
Every error a user may meet, in one tree.

    PipelineError
    ├── ConfigError               a configuration, front matter or option that cannot be used
    ├── UnknownName               a loader, sender or theme nobody has heard of (also KeyError)
    ├── LoadError                 a source that cannot become an article
    │   ├── FetchError            it cannot be read at all
    │   └── UnplacedError         words of the source could not be placed in the article
    ├── RenderError               an issue that cannot become an edition
    │   ├── ImageNotFoundError    the file of an image does not exist
    │   └── ThemeError            the theme is broken; file and line are named
    ├── AddressError              not an email address (also ValueError)
    ├── ComposeError              an edition that cannot become a message for this recipient
    ├── StoreError                the database cannot be read or written
    ├── ScheduleError             an instant that cannot be planned for
    ├── MailboxError              a mailbox that cannot be read
    ├── StateError                a campaign that cannot do what is asked of it, as it stands
    └── SendError                 a sender that cannot do its work
        └── UnsupportedFeature    what this sender cannot express

A message says what was wrong, where, and the next thing to try. Entry points print it and exit 1; nothing here knows
about exit codes or printing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

#: The most that a message quotes of a value.
MAX_QUOTED_CHARACTERS = 80
#: A word that is longer is no path or URL that anybody typed.
_MAX_WORD_CHARACTERS = 255
_MAX_LINE_CHARACTERS = 2_000
_QUOTATION = re.compile(r"\"[^\"\n]*+\"|“[^“”\n]*+”")
_LONG_WORD = re.compile(rf"[^\s\"“”]{{{_MAX_WORD_CHARACTERS + 1},}}")


def shorten_quotations(message: str) -> str:
    """Return *message* with each quotation of at most `MAX_QUOTED_CHARACTERS`, and no endless word or line."""
    if len(message) <= MAX_QUOTED_CHARACTERS:
        return message
    message = _QUOTATION.sub(
        lambda match: match[0][0] + _shorten(match[0][1:-1]) + match[0][-1], message
    )
    message = _LONG_WORD.sub(lambda match: _shorten(match[0]), message)
    return "\n".join(
        line
        if len(line) <= _MAX_LINE_CHARACTERS
        else f"{_shorten(line)} {line[-_MAX_LINE_CHARACTERS // 4 :]}"
        for line in message.split("\n")
    )


def shorten_value(text: str) -> str:
    """Return *text* as a message quotes it: at most `MAX_QUOTED_CHARACTERS`, control characters as `\\x1b`."""
    start = text[: MAX_QUOTED_CHARACTERS + 1]
    return _shorten(
        "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in start)
    )


def _shorten(text: str) -> str:
    if len(text) <= MAX_QUOTED_CHARACTERS:
        return text
    return f"{text[: MAX_QUOTED_CHARACTERS - 1]}…"


class PipelineError(Exception):
    """
    Anything that went wrong in a way a person can do something about.

    What its message quotes is shortened: nobody reads 50,000 characters for the sentence around them.
    """

    def __init__(self, *arguments: object) -> None:
        super().__init__(
            *(shorten_quotations(each) if isinstance(each, str) else each for each in arguments)
        )


class ConfigError(PipelineError):
    """A configuration, front matter or option that cannot be used."""


class UnknownName(PipelineError, KeyError):
    """A name that is not in the table it was looked up in."""

    __str__ = Exception.__str__  # KeyError would show the repr of the sentence


class LoadError(PipelineError):
    """A source that cannot become an article."""


class FetchError(LoadError):
    """A source that cannot be read."""


class UnplacedError(LoadError):
    """Words of the source that could not be placed in the article."""

    def __init__(self, message: str, *, words: tuple[str, ...]) -> None:
        super().__init__(message)
        self.words = words


class RenderError(PipelineError):
    """An issue that cannot become an edition."""


class ImageNotFoundError(RenderError):
    """The file of an image does not exist."""


class ThemeError(RenderError):
    """A theme that cannot be used; the message names file and line."""


class AddressError(PipelineError, ValueError):
    """Not an email address."""


class ComposeError(PipelineError):
    """An edition that cannot become a message for this recipient."""


class StoreError(PipelineError):
    """
    A database that cannot be read or written.

    Attributes:
        temporary: Trying again later may help: the server is away, the disk is full, another process holds it.
    """

    def __init__(self, message: str, *, temporary: bool = False) -> None:
        super().__init__(message)
        self.temporary = temporary


class ScheduleError(PipelineError):
    """An instant that cannot be planned for: past, in a gap of the clock, or no instant at all."""


class MailboxError(PipelineError):
    """
    A mailbox that cannot be read.

    Attributes:
        temporary: Trying again later may help: it is away, or the connection broke.
    """

    def __init__(self, message: str, *, temporary: bool = False) -> None:
        super().__init__(message)
        self.temporary = temporary


class StateError(PipelineError):
    """A campaign that cannot do what is asked of it in the state it is in."""


class SendError(PipelineError):
    """
    A sender that cannot do its work.

    Attributes:
        temporary: Trying again later may help.
        uncertain: Nobody knows whether the message was taken; it must not be offered again unasked.
    """

    def __init__(self, message: str, *, temporary: bool = False, uncertain: bool = False) -> None:
        super().__init__(message)
        self.temporary = temporary
        self.uncertain = uncertain


class UnsupportedFeature(SendError):
    """What this sender cannot express. Nothing is dropped in silence."""


def suggest_name(name: str, known: Iterable[str]) -> str:
    """Return ` Did you mean "smtp"?` for the known name nearest to *name*, or nothing."""
    match = get_close_matches(name, list(known), n=1)
    return f' Did you mean "{match[0]}"?' if match else ""
