"""The sign-up page of one list, and the words on it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from flask import Response
from markupsafe import Markup

from pipeline.signup.open_lists import OpenList, OpenLists
from pipeline.subscribers.signups.signup_queries import hash_text
from pipeline.web.public.page_writer import PageTexts, PageWriter

_TEMPLATE = "signup.html"
_SCRIPT = Path(__file__).with_name("proof_of_work.js").read_text(encoding="utf-8")
#: The fields of the form; people leave the last one empty, programs do not.
ADDRESS, TOKEN, PROOF, TRAP = "address", "form", "proof", "remarks"


@dataclass(frozen=True, kw_only=True, slots=True)
class FormNotice:
    """
    What is said above a form that is shown again.

    Args:
        name: Of the text.
        address: In the text, and in the field if the visitor's own was misspelt.
    """

    name: str
    address: str = ""
    is_error: bool = True


class SignupPages:
    """
    Writes the sign-up pages.

    Args:
        lists: Those that anybody may join.
        proof_bits: How hard the proof of work is; 0 for none.
    """

    def __init__(self, writer: PageWriter, lists: OpenLists, *, proof_bits: int = 0) -> None:
        self._writer = writer
        self._lists = lists
        self.proof_bits = proof_bits
        self._hash_words = lru_cache(maxsize=256)(hash_text)

    def write_words(self, texts: PageTexts, chosen: OpenList) -> str:
        """Return the words that a visitor sees before they sign up, as they are kept with their consent."""
        lines = [
            self._writer.publication.name,
            chosen.title,
            *chosen.paragraphs,
            texts.plain("page_signup_address"),
            texts.plain("page_signup_button"),
            texts.plain("page_signup_promise"),
        ]
        return "\n".join(lines) + "\n"

    def hash_words(self, texts: PageTexts, chosen: OpenList) -> str:
        """Return the SHA-256 of these words."""
        return self._hash_words(self.write_words(texts, chosen))

    def render_form(
        self,
        texts: PageTexts,
        chosen: OpenList,
        token: str,
        form_key: str,
        *,
        notice: FormNotice | None = None,
        address: str = "",
    ) -> Response:
        """
        Return the page with the form.

        Args:
            form_key: What the proof of work is over.
            address: What is in its field.
        """
        others = [(each, get_path(each.name)) for each in self._lists.lists if each != chosen]
        status = 400 if notice and notice.is_error else 200
        return texts.render_template(
            _TEMPLATE,
            Markup.escape(chosen.title),
            status=status,
            script=_SCRIPT if self.proof_bits else "",
            text=texts.text,
            chosen=chosen,
            path=get_path(chosen.name),
            token=token,
            address=address,
            notice=texts.text(notice.name, **_get_values(notice)) if notice else None,
            is_error=bool(notice and notice.is_error),
            others=others,
            form_key=form_key,
            proof_bits=self.proof_bits,
            fields={"address": ADDRESS, "token": TOKEN, "proof": PROOF, "trap": TRAP},
        )

    def render_lists(self, texts: PageTexts) -> Response:
        """Return the page with all lists that anybody may join."""
        return texts.render_template(
            "signup_lists.html",
            texts.text("signup_all"),
            text=texts.text,
            lists=[(each, get_path(each.name)) for each in self._lists.lists],
        )


def get_path(list_name: str) -> str:
    """Return the path of the form of a list."""
    return f"/subscribe/{quote(list_name, safe='')}"


def _get_values(notice: FormNotice) -> dict[str, str]:
    return {"address": notice.address} if notice.address else {}
