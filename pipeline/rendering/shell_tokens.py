"""
Stand-ins for what must not pass through MJML, lxml and premailer, and for what is not known yet.

*Held* HTML is put back after MJML has run. Fields and choices stay as stand-ins to the end, when the finished text is
split at them into pieces. A stand-in is letters and digits only, so that no parser touches it, and carries a nonce
derived from the issue, so that no article can hold one by chance or on purpose.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.errors import RenderError
from pipeline.markup import split_fields
from pipeline.models.edition import (
    ChoiceCase,
    DeadlineChoice,
    Field,
    FieldChoice,
    FieldContext,
    LiteralText,
    Piece,
    Pieces,
)


@dataclass(frozen=True, slots=True)
class _Choice:
    """A choice whose wordings are not known yet: how many there are, and what makes it of them."""

    count: int
    made_of: Callable[[list[Pieces]], Piece]


class StandIns:
    """
    The stand-ins of one rendering.

    Args:
        seed: The whole issue as text; the nonce is its digest.
    """

    def __init__(self, seed: str) -> None:
        nonce = hashlib.sha256(seed.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        self._nonce = f"hb{nonce}"
        self._held: list[str] = []
        self._fields: list[Field] = []
        self._choices: list[_Choice] = []
        self._held_in = re.compile(rf"{self._nonce}h(\d+)z")
        self._split_at = re.compile(
            rf"{self._nonce}f(?P<field>\d+)z|(?:<!--)?{self._nonce}(?P<part>[bme])(?P<choice>\d+)z(?:-->)?"
        )

    def hold(self, html: str) -> str:
        """Return a stand-in for finished *html*, for text or a double-quoted attribute."""
        self._held.append(html)
        return f"{self._nonce}h{len(self._held) - 1}z"

    def release(self, html: str) -> str:
        """
        Put everything held back into *html*.

        Raises:
            RenderError: Something held did not come out.
        """
        found = self._held_in.findall(html)
        missing = set(map(str, range(len(self._held)))) - set(found)
        if missing:
            shown = self._held[int(min(missing, key=int))][:80]
            raise RenderError(
                f"MJML lost a part of the mail ({shown!r}). "
                "A template has put it where MJML shows no content; move it into an mj-text."
            )
        while self._held_in.search(html):
            html = self._held_in.sub(lambda match: self._held[int(match[1])], html)
        return html

    @property
    def nonce(self) -> str:
        """What no text of the issue holds."""
        return self._nonce

    def field(self, name: str, fallback: str | None, place: FieldContext) -> str:
        """Return a stand-in for a field."""
        self._fields.append(Field(name=name, fallback=fallback, context=place))
        return f"{self._nonce}f{len(self._fields) - 1}z"

    def by_instant(self, until: datetime) -> list[str]:
        """Return stand-ins for the beginning, the turn and the end of a choice of two wordings."""
        return self._marks(
            2, lambda made: DeadlineChoice(until=until, before=made[0], after=made[1])
        )

    def by_field(self, name: str, cases: Sequence[tuple[str, ...]]) -> list[str]:
        """
        Return stand-ins for a choice by the reader's value of the field *name*.

        Args:
            cases: The values of each case.

        Returns:
            What stands before the wording of each case, before that for everybody else, and at the end.
        """

        def choice(made: list[Pieces]) -> Piece:
            pairs = zip(cases, made[:-1], strict=True)
            named = tuple(ChoiceCase(values=values, pieces=pieces) for values, pieces in pairs)
            return FieldChoice(name=name, cases=named, otherwise=made[-1])

        return self._marks(len(cases) + 1, choice)

    def _marks(self, count: int, made_of: Callable[[list[Pieces]], Piece]) -> list[str]:
        number = len(self._choices)
        self._choices.append(_Choice(count, made_of))
        return [f"{self._nonce}{part}{number}z" for part in ("b", *"m" * (count - 1), "e")]

    def with_fields(
        self,
        text: str,
        escape: Callable[[str], str],
        place: FieldContext,
        *,
        has_fields: bool = True,
    ) -> str:
        """Return *text* escaped, with stand-ins for the fields in it, if it may have any."""
        if not has_fields:
            return escape(text)
        return "".join(
            escape(part) if isinstance(part, str) else self.field(part.name, part.fallback, place)
            for part in split_fields(text)
        )

    def as_shown(self, text: str) -> str:
        """Return *text* about as wide as a reader will see it: a field as its fallback, marks of choices as nothing."""
        if self._nonce not in text:
            return text
        return self._split_at.sub(
            lambda m: (self._fields[int(m["field"])].fallback or "A reader") if m["field"] else "",
            text,
        )

    def split(self, text: str) -> Pieces:
        """
        Return *text* as pieces, split at its fields and choices.

        Raises:
            RenderError: A template has set the marks of a choice in another order than they were given.
        """
        return self._until(None, self._tokens(text))

    def _tokens(self, text: str) -> Iterator[LiteralText | Field | re.Match[str]]:
        end = 0
        for match in self._split_at.finditer(text):
            if match.start() > end:
                yield LiteralText(text=text[end : match.start()])
            yield self._fields[int(match["field"])] if match["field"] else match
            end = match.end()
        if end < len(text):
            yield LiteralText(text=text[end:])

    def _until(
        self, stop: tuple[str, str] | None, tokens: Iterator[LiteralText | Field | re.Match[str]]
    ) -> Pieces:
        pieces: list[Piece] = []
        for token in tokens:
            if isinstance(token, LiteralText | Field):
                pieces.append(token)
            elif token["part"] == "b":
                choice, number = self._choices[int(token["choice"])], token["choice"]
                stops = [*"m" * (choice.count - 1), "e"]
                pieces.append(choice.made_of([self._until((s, number), tokens) for s in stops]))
            elif (token["part"], token["choice"]) == stop:
                return tuple(pieces)
            else:
                raise _in_disorder()
        if stop:
            raise _in_disorder()
        return tuple(pieces)


def _in_disorder() -> RenderError:
    return RenderError(
        "The wordings of an ask are not told apart. "
        "Let the template print every part of letter.parts in its order, marks too."
    )
