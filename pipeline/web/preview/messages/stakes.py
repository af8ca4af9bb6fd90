"""What findings endanger: sending itself, gifts, the text, links, the inbox, the looks, or access for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class Stake(Enum):
    """What a finding endangers; the most costly first, as the page lists them."""

    #: It is not sent, not delivered, or sent without what the law and mail servers ask for.
    SENDING = "Sending and delivery"
    #: Readers who want to give cannot.
    DONATIONS = "Donations"
    #: Words, notes or pictures of the article are lost, guessed or out of place.
    CONTENT = "What the article says"
    #: Links lead nowhere, elsewhere, or tell others who clicked.
    LINKS = "Links"
    #: What readers see before they open it.
    INBOX = "Inbox"
    #: It looks wrong in some email clients.
    APPEARANCE = "How it looks"
    #: Some readers cannot read it.
    ACCESSIBILITY = "Accessibility"


_CODES: Mapping[Stake, str] = {
    Stake.SENDING: "subject.missing text.missing text.differs size.message article.draft config dkim unsubscribe "
    "postal-address publication spam charset",
    Stake.DONATIONS: "appeal",
    Stake.CONTENT: "field note load markdown word source feed embed byline date order title list html.forbidden "
    "image.missing image.not-shown image.unreachable image.unsafe image.format image.converted size.shortened "
    "size.no-web-version heading.title-twice heading.title-missing",
    Stake.LINKS: "link anchor",
    Stake.INBOX: "subject preheader text.preheader",
    Stake.APPEARANCE: "size image client outlook style layout dark font html table text",
    Stake.ACCESSIBILITY: "image.alt-missing image.alt-filename image.alt-long heading contrast text.small text.tight "
    "link.generic-text link.empty-text link.same-text link.not-underlined language direction table.role-missing "
    "button viewport",
}
#: By code, else by what the code begins with: `link` for `link.mismatch`.
_STAKES = {code: stake for stake, codes in _CODES.items() for code in codes.split()}


def find_stake(code: str) -> Stake:
    """Return what the finding *code* endangers; a plug-in's code that is not known here endangers the looks."""
    return _STAKES.get(code) or _STAKES.get(code.partition(".")[0]) or Stake.APPEARANCE
