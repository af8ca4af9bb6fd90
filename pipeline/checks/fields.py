"""Fields that would stay empty or unresolved."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.edition import Edition, Field, Literal, Pieces, Place, flat
from pipeline.finding import Finding, Severity

#: The fields every recipient has; `name` may be empty.
KNOWN_FIELDS = ("name",)
_INTERNAL = ("unsubscribe_token",)
_LEFT = re.compile(r"\{\{.{0,60}?\}\}|\{%.{0,60}?%\}", re.DOTALL)


def check_fields(edition: Edition) -> Iterator[Finding]:
    """Yield the fields nobody can fill in, and what looks like one in the subject and was not read as one."""
    seen = set()
    for field in edition.fields:
        if field.name in _INTERNAL or (field.name, field.fallback) in seen:
            continue
        seen.add((field.name, field.fallback))
        yield from _check(field)
    for written in left_braces(_literal(edition.subject)):
        yield _unresolved(written, "the subject")
    if not _is_said(edition.subject):
        yield Finding(
            code="subject.missing",
            severity=Severity.ERROR,
            where="the subject",
            message="The letter has no subject.",
            hint="Give the article a title, its front matter a subject, or add --subject.",
        )


def left_braces(text: str) -> list[str]:
    """Return what in *text* looks like a field and was not read as one."""
    return [match[0] for match in _LEFT.finditer(text)]


def _check(field: Field) -> Iterator[Finding]:
    written = f"{{{{ {field.name} }}}}"
    where = "the subject" if field.place is Place.HEADER else "the text"
    if field.name not in KNOWN_FIELDS:
        yield Finding(
            code="field.unknown",
            severity=Severity.ERROR if field.fallback is None else Severity.WARNING,
            where=f"{written} in {where}",
            message=f"There is no field {field.name}."
            + (f' Every reader would see "{field.fallback}".' if field.fallback else ""),
            hint=f"Known: {', '.join(KNOWN_FIELDS)}. To show the braces themselves, set them as code.",
        )
    elif field.fallback is None:
        yield Finding(
            code="field.no-fallback",
            severity=Severity.WARNING,
            where=f"{written} in {where}",
            message="Readers whose name is not known cannot be sent this.",
            hint=f'Say what stands for it: {{{{ {field.name} | "reader" }}}}.',
        )


def _is_said(pieces: Pieces) -> bool:
    return any(isinstance(piece, Field) or piece.text.strip() for piece in flat(pieces))


def _literal(pieces: Pieces) -> str:
    return "".join(piece.text for piece in flat(pieces) if isinstance(piece, Literal))


def _unresolved(written: str, where: str) -> Finding:
    return Finding(
        code="field.unresolved",
        severity=Severity.ERROR,
        where=f"{written} in {where}",
        message="It looks like a field but cannot be read as one; readers would see the braces.",
        hint='Write {{ name }} or {{ name | "reader" }}.',
    )
