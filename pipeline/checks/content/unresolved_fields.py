"""Fields that would stay empty or unresolved."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from pipeline.models.edition import Edition, Field, FieldContext, LiteralText, Pieces, flatten
from pipeline.models.finding import Finding, Severity

#: The fields every reader may have a value for.
KNOWN_FIELDS = ("name", "language")
_ADDRESSES = ("address", "email", "mail")
_INTERNAL = ("unsubscribe_token",)
_LEFT = re.compile(r"\{\{.{0,60}?\}\}|\{%.{0,60}?%\}", re.DOTALL)


def check_fields(edition: Edition, known_fields: Collection[str] | None) -> Iterator[Finding]:
    """
    Yield the fields nobody can fill in, and what looks like one in the subject and was not read as one.

    Args:
        known_fields: Those the audience has values for, besides `KNOWN_FIELDS`; null if nobody has been asked yet.
    """
    known = (*KNOWN_FIELDS, *(name for name in known_fields or () if name not in KNOWN_FIELDS))
    seen = set()
    for field in edition.fields:
        if field.name in _INTERNAL:
            continue
        yield from _in_a_link(field)
        if field.context is FieldContext.CHOICE:
            yield from _decides(field, known) if known_fields is not None else ()
        elif (field.name, field.fallback) not in seen:
            seen.add((field.name, field.fallback))
            yield from _check(field, known)
    for written in find_unread_fields(_literal(edition.subject)):
        yield _unresolved(written, "the subject")
    if not _is_said(edition.subject):
        yield Finding(
            code="subject.missing",
            severity=Severity.ERROR,
            where="the subject",
            message="The letter has no subject.",
            hint="Give the article a title, its front matter a subject, or add --subject.",
        )


def find_unread_fields(text: str) -> list[str]:
    """Return what in *text* looks like a field and was not read as one."""
    return [match[0] for match in _LEFT.finditer(text)]


def _check(field: Field, known: Collection[str]) -> Iterator[Finding]:
    written = f"{{{{ {field.name} }}}}"
    where = f"{written} in {'the subject' if field.context is FieldContext.HEADER else 'the text'}"
    if field.name not in known:
        yield Finding(
            code="field.unknown",
            severity=Severity.ERROR if field.fallback is None else Severity.WARNING,
            where=where,
            message=f"There is no field {field.name}."
            + (f' Every reader would see "{field.fallback}".' if field.fallback else ""),
            hint=f"Known: {', '.join(known)}. To show the braces themselves, set them as code.",
        )
    elif field.fallback is None:
        yield Finding(
            code="field.no-fallback",
            severity=Severity.WARNING,
            where=where,
            message=f"Readers whose {field.name} is not known cannot be sent this.",
            hint=f'Say what stands for it: {{{{ {field.name} | "reader" }}}}.',
        )


def _decides(field: Field, known: Collection[str]) -> Iterator[Finding]:
    if field.name not in known:
        yield Finding(
            code="field.unknown",
            severity=Severity.WARNING,
            where=f"{field.name}, which decides between two asks",
            message="No reader has a value for it, so everybody gets the ask of those without one.",
            hint=f"Known: {', '.join(known)}. Look at `when` in [[appeal.variants]].",
        )


def _in_a_link(field: Field) -> Iterator[Finding]:
    if (
        field.context in (FieldContext.HTML_URL, FieldContext.TEXT_URL)
        and field.name.casefold() in _ADDRESSES
    ):
        yield Finding(
            code="field.address-in-link",
            severity=Severity.ERROR,
            where=f"{{{{ {field.name} }}}} in a link",
            message="The address of a reader would stand in a link, and so in the logs of every server on its way.",
            hint="Take the field out of the link.",
        )


def _is_said(pieces: Pieces) -> bool:
    return any(isinstance(piece, Field) or piece.text.strip() for piece in flatten(pieces))


def _literal(pieces: Pieces) -> str:
    return "".join(piece.text for piece in flatten(pieces) if isinstance(piece, LiteralText))


def _unresolved(written: str, where: str) -> Finding:
    return Finding(
        code="field.unresolved",
        severity=Severity.ERROR,
        where=f"{written} in {where}",
        message="It looks like a field but cannot be read as one; readers would see the braces.",
        hint='Write {{ name }} or {{ name | "reader" }}.',
    )
