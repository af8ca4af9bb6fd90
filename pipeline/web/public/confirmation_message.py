"""The message with a link that confirms something: built as an edition, and composed like every other message."""

from __future__ import annotations

from dataclasses import replace

from jinja2 import Environment, FileSystemLoader

from pipeline.models.edition import Edition, LiteralText
from pipeline.preferences.confirmations import Confirmation
from pipeline.subscribers.changes.confirmation_queries import ConfirmationKind
from pipeline.web.public.page_writer import TEMPLATES, PageTexts, PageWriter

_TEMPLATES = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
)
#: Per kind the texts of the subject, the paragraph, the button, and below it.
_TEXTS = {
    ConfirmationKind.ADDRESS: ("address_subject", "address_detail", "address_button", "ignore"),
    ConfirmationKind.DATA: ("data_subject", "data_detail", "data_button", "ignore"),
    ConfirmationKind.RESTORE: ("moved_subject", "moved_detail", "moved_button", None),
}


def build_confirmation_edition(
    confirmation: Confirmation, url: str, *, writer: PageWriter
) -> Edition:
    """
    Return the message of *confirmation* as an edition, in the subscriber's language.

    It has no unsubscribe link: it is sent once, and only because it was asked for.

    Args:
        url: Of the page that confirms.
    """
    texts = writer.in_language(confirmation.language)
    publication = replace(writer.publication, unsubscribe=None, unsubscribe_url=None)
    subject, detail, button, below = _TEXTS[confirmation.kind]
    title = _format(texts, subject, publication.name)
    html = _TEMPLATES.get_template("confirmation.html").render(
        language=texts.language,
        direction=texts.direction,
        publication=publication,
        title=title,
        detail=texts.html(f"message_{detail}", **_values(detail, publication.name)),
        button=texts.html(f"message_{button}"),
        below=texts.html(f"message_{below}") if below else "",
        url=url,
    )
    lines = [
        _format(texts, detail, publication.name),
        f"{_format(texts, button, publication.name)}:\n{url}",
        _format(texts, below, publication.name) if below else "",
        f"-- \n{publication.name}\n{publication.postal_address}".rstrip(),
    ]
    return Edition(
        publication=publication,
        title=title,
        language=texts.language,
        direction=texts.direction,
        subject=(LiteralText(text=title),),
        html=(LiteralText(text=html),),
        text=(LiteralText(text="\n\n".join(filter(None, lines)) + "\n"),),
        list_id=f"handbill.{publication.sender.domain}",
    )


def _format(texts: PageTexts, name: str, publication: str) -> str:
    return texts.plain(f"message_{name}", **_values(name, publication))


def _values(name: str, publication: str) -> dict[str, str]:
    return {"publication": publication} if name in _NAMING_THE_PUBLICATION else {}


#: The texts that name the publication.
_NAMING_THE_PUBLICATION = frozenset({"address_detail", "data_subject", "moved_detail"})
