"""
Placeholders for what must not pass through MJML, lxml and premailer, and for what is not known before sending.

Stashed HTML is restored after MJML has run. Fields and choices stay placeholders to the end, when the finished text is
split at them into pieces. A placeholder consists of letters and digits, so that no parser changes it, and contains a
nonce derived from the issue, so that no article can contain one, by chance or on purpose.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
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
    SplitCase,
    SplitChoice,
)


class PlaceholderStash:
    """
    The placeholders of one rendering.

    Args:
        seed: The whole issue as text; the nonce is derived from it.

    Attributes:
        nonce: A string that no text of the issue contains.
    """

    def __init__(self, seed: str) -> None:
        digest = hashlib.sha256(seed.encode("utf-8", "surrogatepass")).hexdigest()
        self.nonce = f"hb{digest[:16]}"
        self._html: list[str] = []
        self._fields: list[Field] = []
        # the number of branches of each choice, and what builds the choice from them
        self._choices: list[tuple[int, Callable[[list[Pieces]], Piece]]] = []
        self._html_pattern = re.compile(rf"{self.nonce}h(\d+)z")
        self._split_pattern = re.compile(
            rf"{self.nonce}f(?P<field>\d+)z|(?:<!--)?{self.nonce}(?P<part>[bme])(?P<choice>\d+)z(?:-->)?"
        )

    def stash_html(self, html: str) -> str:
        """Return a placeholder for finished *html*, for text or a double-quoted attribute."""
        self._html.append(html)
        return f"{self.nonce}h{len(self._html) - 1}z"

    def restore_html(self, html: str) -> str:
        """
        Return *html* with all stashed HTML restored.

        Raises:
            RenderError: A placeholder is missing from *html*.
        """
        found = self._html_pattern.findall(html)
        missing = set(map(str, range(len(self._html)))) - set(found)
        if missing:
            excerpt = self._html[int(min(missing, key=int))][:80]
            raise RenderError(
                f"MJML dropped a part of the email ({excerpt!r}). "
                "A template prints it where MJML ignores content; move it into an mj-text."
            )
        while self._html_pattern.search(html):
            html = self._html_pattern.sub(lambda match: self._html[int(match[1])], html)
        return html

    def add_field(self, name: str, fallback: str | None, context: FieldContext) -> str:
        """Return a placeholder for a field."""
        self._fields.append(Field(name=name, fallback=fallback, context=context))
        return f"{self.nonce}f{len(self._fields) - 1}z"

    def add_deadline_choice(self, until: datetime) -> list[str]:
        """Return the placeholders for the start, the middle and the end of a choice of two branches."""
        return self._add_choice(
            2,
            lambda branches: DeadlineChoice(until=until, before=branches[0], after=branches[1]),
        )

    def add_field_choice(self, name: str, cases: Sequence[tuple[str, ...]]) -> list[str]:
        """
        Return the placeholders for a choice by the recipient's value of the field *name*.

        Args:
            cases: The values of each case.

        Returns:
            One before each case, one before the default, and one at the end.
        """

        def build(branches: list[Pieces]) -> Piece:
            pairs = zip(cases, branches[:-1], strict=True)
            by_value = tuple(ChoiceCase(values=values, pieces=pieces) for values, pieces in pairs)
            return FieldChoice(name=name, cases=by_value, otherwise=branches[-1])

        return self._add_choice(len(cases) + 1, build)

    def add_split_choice(self, name: str, cases: Sequence[tuple[str, int]]) -> list[str]:
        """
        Return the placeholders for a choice by the recipient's draw of the split *name*.

        Args:
            cases: The code and the share in percent of each case.

        Returns:
            One before each case, one before the default, and one at the end.
        """

        def build(branches: list[Pieces]) -> Piece:
            pairs = zip(cases, branches[:-1], strict=True)
            shares = (SplitCase(code=c, percent=p, pieces=pieces) for (c, p), pieces in pairs)
            return SplitChoice(name=name, cases=tuple(shares), otherwise=branches[-1])

        return self._add_choice(len(cases) + 1, build)

    def _add_choice(self, branch_count: int, build: Callable[[list[Pieces]], Piece]) -> list[str]:
        number = len(self._choices)
        self._choices.append((branch_count, build))
        return [f"{self.nonce}{part}{number}z" for part in ("b", *"m" * (branch_count - 1), "e")]

    def replace_fields(
        self,
        text: str,
        escape: Callable[[str], str],
        context: FieldContext,
        *,
        has_fields: bool = True,
    ) -> str:
        """Return *text* escaped and, if it may have any, its fields replaced by placeholders."""
        if not has_fields:
            return escape(text)
        return "".join(
            escape(part)
            if isinstance(part, str)
            else self.add_field(part.name, part.fallback, context)
            for part in split_fields(text)
        )

    def fill_sample(self, text: str) -> str:
        """Return *text* about as wide as a recipient will see it: fields as their fallbacks, choices as nothing."""
        if self.nonce not in text:
            return text
        return self._split_pattern.sub(
            lambda m: (self._fields[int(m["field"])].fallback or "A reader") if m["field"] else "",
            text,
        )

    def split(self, text: str) -> Pieces:
        """
        Return *text* as pieces, split at its fields and choices.

        Raises:
            RenderError: A template prints the markers of a choice in the wrong order.
        """
        return self._parse(self._tokenize(text), end=None)

    def _tokenize(self, text: str) -> Iterator[LiteralText | Field | re.Match[str]]:
        start = 0
        for match in self._split_pattern.finditer(text):
            if match.start() > start:
                yield LiteralText(text=text[start : match.start()])
            yield self._fields[int(match["field"])] if match["field"] else match
            start = match.end()
        if start < len(text):
            yield LiteralText(text=text[start:])

    def _parse(
        self,
        tokens: Iterator[LiteralText | Field | re.Match[str]],
        *,
        end: tuple[str, str] | None,
    ) -> Pieces:
        """Return the pieces up to the marker *end*, None for the end of the text."""
        pieces: list[Piece] = []
        for token in tokens:
            if isinstance(token, LiteralText | Field):
                pieces.append(token)
            elif token["part"] == "b":
                branch_count, build = self._choices[int(token["choice"])]
                ends = [*"m" * (branch_count - 1), "e"]
                pieces.append(
                    build([self._parse(tokens, end=(part, token["choice"])) for part in ends])
                )
            elif (token["part"], token["choice"]) == end:
                return tuple(pieces)
            else:
                raise _wrong_order()
        if end:
            raise _wrong_order()
        return tuple(pieces)


def _wrong_order() -> RenderError:
    return RenderError(
        "The variants of an appeal cannot be told apart. "
        "Let the template print every part of email.parts in order, markers included."
    )
