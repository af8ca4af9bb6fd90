"""
What a value says about consent: states, yes and no, in the words of other systems and several languages.

States and their words are those of Mailchimp, Kit, beehiiv, Buttondown, MailerLite, MailPoet, Klaviyo, Constant
Contact, Campaign Monitor, EmailOctopus, Sendy, Wix, Action Network, listmonk, Lemon Squeezy and Mailman.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from enum import IntEnum


class Standing(IntEnum):
    """Whether a subscriber may be sent to, by the other system; the greatest of several counts."""

    #: May be sent to.
    CONFIRMED = 0
    #: Has not consented yet, or nobody knows.
    UNCONFIRMED = 1
    #: Has unsubscribed.
    UNSUBSCRIBED = 2
    #: Must never be sent to: bounced, complained, blocked.
    SUPPRESSED = 3


_NOT_WORDS = re.compile(r"\W+")


def normalize_name(text: str) -> str:
    """Return *text* as the name of an attribute: lower case, without accents, `_` between words."""
    if text.isascii():  # nearly every cell of a file: a tenth of the time
        return _NOT_WORDS.sub("_", text.lower()).strip("_")
    lower = unicodedata.normalize("NFKD", text.strip().casefold())
    unaccented = "".join(character for character in lower if not unicodedata.combining(character))
    return _NOT_WORDS.sub("_", unaccented).strip("_")


def _index(words: str) -> frozenset[str]:
    return frozenset(map(normalize_name, words.split()))


#: Words of one state each. `_` stands for a space or hyphen.
_STATE_WORDS: Mapping[Standing, str] = {
    Standing.CONFIRMED: "confirmed subscribed subscriber active enabled opt_in opted_in optin optedin member free "
    "paid "
    "comped complimentary comp gift gifted founding regular premium trial trialed trialing past_due churned "
    "consented "
    "double_opt_in confirmed_opt_in single_opt_in explicit explicit_opt_in express granted allowed accepted approved "
    "valid reachable deliverable good ok subscribed_confirmed marketing_contact active_subscriber "
    "abonniert angemeldet aktiv bestatigt eingewilligt abonne abonnee inscrit inscrite actif active confirme "
    "suscrito suscrita activo activa confirmado confirmada inscrito ativo ativa subscrito assinante iscritto "
    "iscritta "
    "attivo attiva confermato ingeschreven geabonneerd actief aangemeld bevestigd prenumererar aktiverad tilmeldt "
    "pameldt zapisany aktywny potwierdzony prihlaseny aktivni подписан активен 購読中 已订阅",
    Standing.UNCONFIRMED: "unconfirmed pending unverified new unactivated inactive_unconfirmed not_confirmed "
    "never_subscribed "
    "not_subscribed non_subscriber nonsubscriber non_subscribed nonsubscribed awaiting_confirmation "
    "pending_confirmation waiting requires_verification needs_verification validating invited unknown not_set "
    "no_permissions_set no_permission_set implicit implied implied_opt_in transactional non_marketing_contact "
    "not_opted_in no_consent double_opt_in_pending opt_in_pending pending_opt_in confirmation_pending "
    "confirmation_sent opt_in_sent upcoming unbestatigt ausstehend en_attente non_confirme "
    "en_attente_de_confirmation "
    "pendiente no_confirmado pendente nao_confirmado in_attesa non_confermato onbevestigd niepotwierdzony",
    Standing.UNSUBSCRIBED: "unsubscribed unsubscribe inactive disabled opt_out opted_out optout optedout removed "
    "left "
    "cancelled canceled deleted archived paused stopped revoked withdrawn declined denied rejected redacted nomail "
    "no_mail no_email no_emails deactivated globally_unsubscribed global_unsubscribe list_unsubscribed "
    "unsubscribed_from_all expired lapsed by_user disabled_by_user by_moderator former do_not_email "
    "do_not_contact do_not_mail manually_unsubscribed user_unsubscribed admin_unsubscribed unsubscribed_by_admin "
    "abgemeldet ausgetragen inaktiv widerrufen gekundigt abbestellt geloscht desabonne desabonnee desinscrit "
    "desinscrite inactif inactive dado_de_baja dada_de_baja baja desuscrito cancelado cancelada inactivo inactiva "
    "descadastrado descadastrada inativo inativa cancelou disiscritto disiscritta disattivato cancellato inattivo "
    "uitgeschreven afgemeld inactief avregistrerad afmeldt avmeldt wypisany nieaktywny odhlaseny отписан неактивен "
    "退訂 已退订 購読解除",
    Standing.SUPPRESSED: "suppressed blocklisted blacklisted blocked block banned bounced bounce bouncing "
    "hard_bounced "
    "hard_bounce hardbounce hardbounced permanent_bounce soft_bounced soft_bounce cleaned complained complaint "
    "complainer spam spammy spam_complaint spam_report reported_spam marked_as_spam marked_spam junk abuse "
    "abuse_complaint invalid invalid_email invalid_address not_valid undeliverable undelivered unreachable "
    "undeliverable_address malicious quarantined dropped rejected_by_server temp_hold temporary_hold on_hold "
    "on_hold_bounce on_hold_opt_out by_bounces disabled_by_bounce do_not_send needs_attention deceased dead "
    "previous_bounce previous_spam_complaint previously_bounced erased forgotten never_mail "
    "unzustellbar gesperrt zuruckgewiesen beschwerde rebote rebotado bloqueado bloqueada invalide bloque rejete "
    "rimbalzato bloccato geblokkeerd geweigerd studsad zablokowany odbity недоставлен заблокирован",
}
_STANDINGS: Mapping[str, Standing] = {
    normalize_name(word): standing
    for standing, words in _STATE_WORDS.items()
    for word in words.split()
}
_YES = _index(
    "yes y true t 1 1_0 on x v ✓ ✔ checked checkbox_checked ja oui o si sì s sim vero vrai wahr verdadero "
    "verdadeiro waar "
    "tak ano igen evet да д так истина ναι כן نعم हाँ はい 是 예 kylla sant sand"
)
_NO = _index(
    "no n false f 0 0_0 off ✗ ✘ unchecked nein non não nao nee nej nei ne nie nem hayir нет н ні ложь οχι לא لا "
    "नहीं いいえ 否 "
    "아니오 ei falso faux falsch onwaar usant falsk"
)
#: What stands for an empty cell; the dates are the zero of MySQL, of Go and of Unix.
_BLANK = re.compile(
    r"(?:n/?a|none|n[u]ll|nil|undefined|unknown|never|blank|\(blank\)|\(none\)|-+|–|—|\[\s*\]|\{\s*\}|\\n"
    r"|0000-00-00(?:[ T].*)?|0001-01-01(?:[ T]00:00.*)?|1970-01-01(?:[ T]00:00(?::00.*)?)?)",
    re.IGNORECASE,
)
#: What the WordPress plug-in Newsletter writes: confirmed, subscribed only, unsubscribed, bounced, complained.
_INITIALS: Mapping[str, Standing] = {
    "c": Standing.CONFIRMED,
    "s": Standing.UNCONFIRMED,
    "u": Standing.UNSUBSCRIBED,
    "b": Standing.SUPPRESSED,
    "p": Standing.SUPPRESSED,
}


def is_blank(text: str) -> bool:
    """Whether *text* says nothing, like `N/A`, `[]` and `0000-00-00`."""
    return not text or _BLANK.fullmatch(text) is not None


def parse_yes_no(text: str) -> bool | None:
    """Return whether *text* means yes or no in one of many languages; None if neither."""
    name = normalize_name(text) or text
    return True if name in _YES else False if name in _NO else None


def parse_standing(text: str) -> Standing | None:
    """Return what *text*, a state of another system, says; None if it is not known."""
    name = normalize_name(text)
    if found := _STANDINGS.get(name):
        return found
    if name in _STANDINGS:
        return Standing.CONFIRMED
    yes_no = parse_yes_no(text)
    return None if yes_no is None else (Standing.CONFIRMED if yes_no else Standing.UNSUBSCRIBED)


def is_state_word(text: str) -> bool:
    """Whether *text* is a word for a state, and no plain yes or no."""
    return normalize_name(text) in _STANDINGS


#: Words that stand for a state only where nothing else can be meant: "free" may be a plan, "left" a side.
_EVERYDAY_WORDS = _index(
    "new left removed invalid paused cancelled canceled deleted archived expired lapsed declined denied rejected "
    "inactive "
    "disabled unknown pending waiting former stopped paid free trial implied invited upcoming dropped dead bounce "
    "block abuse junk spam inactif inactive inactivo inattivo inactief inaktiv baja cancelado cancelada cancellato "
    "transactional validating former not_set unreachable blocked banned revoked withdrawn redacted deceased implicit "
    "bloqueado bloqueada bloque invalide pendiente pendente cancelou erased forgotten"
)


def says_left(text: str) -> bool:
    """Whether *text*, in whatever column, can only mean that somebody left or must not be sent to."""
    name = normalize_name(text)
    standing = _STANDINGS.get(name, Standing.CONFIRMED)
    return standing > Standing.CONFIRMED and name not in _EVERYDAY_WORDS


def uses_initials(values: Iterable[str]) -> bool:
    """Whether *values* are the single initials of a state: C, S, U, B, P."""
    letters = {value.casefold() for value in values}
    return "c" in letters and letters <= _INITIALS.keys()


def parse_initial(text: str) -> Standing | None:
    """Return the state for a single initial, see `uses_initials()`."""
    return _INITIALS.get(text.casefold())


def are_states(values: Collection[str]) -> bool:
    """Whether all *values* are known states, and one of them is a word."""
    return bool(values) and all(parse_standing(value) is not None for value in values)
