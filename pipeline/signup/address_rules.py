"""Which addresses may sign up, decided by the address alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pipeline.errors import AddressError
from pipeline.models.address import Address, parse_typed_address

#: Local parts that belong to a function or a machine (RFC 2142, and what list providers refuse).
_ROLES = frozenset(
    "abuse admin administrator bounce bounces compliance devnull dns ftp hostmaster inoc ispfeedback ispsupport "
    "list-request list-unsubscribe listserv mailer-daemon mailerdaemon majordomo news no-reply noc noreply "
    "phish phishing postmaster registrar root security spam sysadmin undisclosed-recipients unsubscribe usenet uucp "
    "webmaster www".split()
)
#: Domains that nobody means, by the one they mean.
_MEANT = {
    "gmail.com": (
        "gmial.com gmai.com gmal.com gmil.com gamil.com gnail.com gmaill.com gmail.co gmail.cm gmail.con "
        "gmail.comm gmail.vom gmail.om gmail.cim gmaul.com gmaik.com gmali.com"
    ),
    "hotmail.com": (
        "hotmial.com hotmal.com hotmai.com hotmil.com hotmail.co hotmail.con hotmail.cm hotamil.com hotnail.com "
        "homail.com hitmail.com"
    ),
    "outlook.com": "outlok.com outllok.com outloook.com outlook.co outlook.con outlook.cm oulook.com",
    "yahoo.com": "yaho.com yahooo.com yhoo.com yahoo.co yahoo.con yahoo.cm yaoo.com yahho.com",
    "icloud.com": "iclod.com icoud.com icloud.co icloud.con icloud.cm iclould.com",
    "gmx.de": "gmx.dee gxm.de gmc.de",
    "web.de": "wed.de web.dee",
    "t-online.de": "t-onlin.de t-onlie.de tonline.de t-online.dee",
    "orange.fr": "orage.fr orang.fr",
    "wanadoo.fr": "wandoo.fr wanado.fr",
    "libero.it": "libro.it libero.ti",
    "aol.com": "aol.co aol.con aol.cm",
    "comcast.net": "comcast.com comcat.net",
}
_TYPOS = {wrong: meant for meant, wrongs in _MEANT.items() for wrong in wrongs.split()}


class AddressProblem(Enum):
    """Why an address cannot sign up."""

    #: It is no address.
    INVALID = "invalid"
    #: It belongs to a function or a machine.
    ROLE = "role"
    #: Its domain is misspelt.
    TYPO = "typo"


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckedAddress:
    """
    An address that was typed.

    Args:
        address: What was understood; for a misspelt domain, what was probably meant.
        problem: None if it may sign up.
    """

    address: Address | None = None
    problem: AddressProblem | None = None


def check_signup_address(text: str, *, own: frozenset[str] = frozenset()) -> CheckedAddress:
    """
    Check an address that a visitor typed.

    Args:
        own: The inboxes of the publication itself, which cannot sign up.
    """
    try:
        address = Address(email=parse_typed_address(text.strip()).email)
    except AddressError:
        return CheckedAddress(problem=AddressProblem.INVALID)
    local, _, domain = address.email.rpartition("@")
    if domain in _TYPOS:
        meant = Address(email=f"{local}@{_TYPOS[domain]}")
        return CheckedAddress(address=meant, problem=AddressProblem.TYPO)
    if local.casefold().partition("+")[0] in _ROLES or address.inbox in own:
        return CheckedAddress(address=address, problem=AddressProblem.ROLE)
    return CheckedAddress(address=address)
