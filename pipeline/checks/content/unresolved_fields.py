"""Fields that would stay empty or unresolved."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pipeline.checks.findings import error, warning
from pipeline.models.edition import (
    ADDRESS_FIELD,
    Edition,
    Field,
    FieldContext,
    Pieces,
    flatten,
    is_internal,
)
from pipeline.models.finding import Finding
from pipeline.models.subscriber import DONOR, DONOR_SINCE

#: The fields that every subscriber may have a value for.
_BUILT_IN_FIELDS = ("name", "language")
_ADDRESS_FIELDS = ("address", "email", "mail", ADDRESS_FIELD)


def check_fields(edition: Edition, known_fields: Collection[str] | None) -> Iterator[Finding]:
    """
    Yield the fields without a value.

    Args:
        known_fields: Those that subscribers have values for, besides name and language; None if not known.
    """
    custom = (name for name in known_fields or () if name not in _BUILT_IN_FIELDS)
    known = (*_BUILT_IN_FIELDS, *custom)
    seen = set()
    for field in edition.fields:
        yield from _check_link_field(field)
        if is_internal(field.name):
            continue
        if field.context is FieldContext.CHOICE:
            if known_fields is not None and field.name not in known:
                yield warning(
                    code="field.unknown",
                    where=f"{field.name}, which selects the appeal",
                    message="No subscriber has a value for this field, so everybody gets the default appeal.",
                    hint=f"Known fields: {', '.join(known)}. Check `when` in [[appeal.variants]].",
                )
        elif (field.name, field.fallback) not in seen:
            seen.add((field.name, field.fallback))
            yield from _check_field(field, known)
    if _is_blank(edition.subject):
        yield error(
            code="subject.missing",
            where="the subject",
            message="There is no subject, so inboxes show “(no subject)” and filters suspect spam.",
            hint="Add a title to the article, a subject to its front matter, or use --subject.",
        )


def _check_field(field: Field, known: Collection[str]) -> Iterator[Finding]:
    part = "the subject" if field.context is FieldContext.HEADER else "the text"
    where = f"{{{{ {field.name} }}}} in {part}"
    if field.name not in known:
        effect = f" Every reader would see “{field.fallback}”." if field.fallback else ""
        yield (error if field.fallback is None else warning)(
            code="field.unknown",
            where=where,
            message=f"“{field.name}” is not a known field.{effect}",
            hint=f"Known fields: {', '.join(known)}. To show the braces themselves, format them as code.",
        )
    elif field.fallback is None:
        yield warning(
            code="field.no-fallback",
            where=where,
            message=f"Recipients without a value for “{field.name}” cannot be sent this newsletter.",
            hint=f'Add a fallback: {{{{ {field.name} | "reader" }}}}.',
        )


def _check_link_field(field: Field) -> Iterator[Finding]:
    is_in_url = field.context in (FieldContext.HTML_URL, FieldContext.TEXT_URL)
    if is_in_url and field.name.casefold() in _ADDRESS_FIELDS:
        yield error(
            code="field.address-in-link",
            where=f"{{{{ {field.name} }}}} in a link",
            message="The link would contain the reader's email address, which ends up in the logs of other servers.",
            hint="Remove the field from the link.",
        )
    if is_in_url and field.name in (DONOR, DONOR_SINCE):
        yield error(
            code="field.donor-in-link",
            where=f"{{{{ {field.name} }}}} in a link",
            message="The link would tell whether the reader gave, which ends up in the logs of other servers.",
            hint="Remove the field from the link.",
        )


def _is_blank(pieces: Pieces) -> bool:
    return not any(isinstance(piece, Field) or piece.text.strip() for piece in flatten(pieces))
