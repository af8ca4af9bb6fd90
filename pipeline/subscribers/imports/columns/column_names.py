"""Recognize the columns that other systems export, by their names in several languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from pipeline.subscribers.imports.columns.consent_values import normalize_name


class ImportColumn(StrEnum):
    """What a column contains; any other column is an attribute. Its members are hashed for every cell of a file."""

    #: The email address, alone or as `Name <address>`.
    EMAIL = "email"
    #: The full name.
    NAME = "name"
    #: The first name; joined with the last name.
    FIRST_NAME = "first_name"
    #: The last name.
    LAST_NAME = "last_name"
    #: A language tag.
    LANGUAGE = "language"
    #: An IANA time zone, or one as Windows or Rails call it.
    ZONE = "zone"
    #: Tags, separated by commas or semicolons.
    TAGS = "tags"
    #: The state in the other system, or whether somebody subscribed, unsubscribed or bounced.
    STATE = "state"
    #: When consent was given.
    CONSENT_AT = "consent_at"
    #: The lists they are on; used if the import itself names no list.
    LISTS = "lists"
    #: The lists they have unsubscribed from.
    UNSUBSCRIBED_LISTS = "unsubscribed_lists"
    #: Until when nothing is sent to them.
    PAUSED_UNTIL = "paused_until"
    #: Further attributes as a JSON object.
    ATTRIBUTES = "attributes"
    #: An attribute.
    ATTRIBUTE = "attribute"
    #: Ignored, because it tells where somebody was: IP addresses, positions, and what was guessed from them.
    POSITION = "position"
    #: Ignored.
    IGNORE = "-"

    __hash__ = object.__hash__  # that of Enum is written in Python, and each row hashes about ten


#: Names that mean nothing else, best first: of two such columns the first one counts, unless both are of the same rank.
_EMAIL_RANKS = (
    "email e_mail email_address emailaddress e_mail_address e_mail_adresse emailadresse email_adresse "
    "mailadresse mail_adresse subscriber_email adresse_e_mail adresse_email adresse_mail courriel correo_electronico "
    "endereco_de_e_mail endereco_de_email indirizzo_email indirizzo_e_mail e_mailadres emailadres user_email "
    "member_email "
    "contact_email customer_email e_post e_postadress epost sahkoposti adres_e_mail e_mailova_adresa "
    "электронная_почта "
    "メールアドレス 电子邮件 邮箱",
    "primary_email email1 email_1 main_email email_primary e_mail_1_value mail correo correio posta mejl почта メール",
    "address adresse subscriber abonnent abonne suscriptor assinante iscritto "
    "contact kontakt contacto recipient empfanger login username user_name user_login benutzername",
)
#: How many of those ranks need no look at the values.
_CERTAIN_EMAIL_RANKS = 2

#: Column names as `normalize_name()` returns them.
_NAMES: Mapping[ImportColumn, str] = {
    ImportColumn.NAME: "name full_name fullname display_name nom_complet nombre_completo vollstandiger_name "
    "subscriber_name contact_name member_name customer_name nome_completo volledige_naam naam",
    ImportColumn.FIRST_NAME: "first_name firstname fname given_name vorname prenom nombre primeiro_nome first "
    "voornaam nome imie fornamn fornavn name_first",
    ImportColumn.LAST_NAME: "last_name lastname lname surname family_name nachname nom apellido apellidos "
    "sobrenome last "
    "achternaam cognome nazwisko efternamn etternavn efternavn name_last familienname",
    ImportColumn.LANGUAGE: "language lang locale sprache langue idioma preferred_language lingua taal",
    ImportColumn.ZONE: "zone timezone time_zone tz zeitzone fuseau_horaire zona_horaria fuso_horario",
    ImportColumn.TAGS: "tags tag labels etiquettes etiquetas schlagworte tag_list user_tags can2_user_tags tag_names "
    "etichette",
    ImportColumn.LISTS: "list lists list_s mailing_list mailing_lists groups email_lists listen liste listes listas "
    "segments audiences newsletters",
    ImportColumn.UNSUBSCRIBED_LISTS: "unsubscribed_lists",
    ImportColumn.PAUSED_UNTIL: "paused_until",
    ImportColumn.ATTRIBUTES: "attributes attribs",
}
_COLUMN_BY_NAME = {name: column for column, names in _NAMES.items() for name in names.split()}
_EMAIL_RANK_BY_NAME = {
    name: rank for rank, names in enumerate(_EMAIL_RANKS) for name in names.split()
}

#: When consent was given, best first; the day on which an account was made is the last resort.
_CONSENT_DATES = (
    "consent_at consent consent_date consent_timestamp consent_given_at date_of_consent gdpr_consent_date "
    "einwilligung_am",
    "opt_in_date optin_time opt_in_time optin_date opt_in_at opt_in_timestamp subscribed_at subscribe_date "
    "subscribed_on subscription_date signup_date sign_up_date subscribed_date date_subscribed subscriber_since "
    "date_d_inscription anmeldedatum fecha_de_suscripcion fecha_de_alta can2_subscription_date joined joined_at "
    "date_joined join_date registered_at",
    "confirmed_at confirm_time confirmed_on confirmation_date confirmed_date date_confirmed verified_at",
    "created_at date_added created_on creation_date create_date created_date created date_created added_time "
    "added_on "
    "date_entered added_at entered entered_at erstellt_am",
)
CONSENT_DATE_RANKS = {
    name: rank for rank, names in enumerate(_CONSENT_DATES) for name in names.split()
}

#: Words that are a place's: "State" beside one of them is where somebody lives.
ADDRESS_WORDS = frozenset(
    "city town zip zipcode zip_code postcode postal_code plz postleitzahl street address address1 address_1 "
    "street_address "
    "address_line_1 country county ort stadt strasse ville code_postal ciudad codigo_postal direccion pais citta "
    "cap land "
    "pays province region billing_city mailing_city".split()
)
#: Names of columns that may be a state of the subscriber or a part of an address.
STATE_OR_PLACE = frozenset("state estado stato etat".split())

_PLACE_QUALIFIER = re.compile(
    r"(?:^|_)(?:(?:mailing|billing|shipping|home|work|postal|address|default_address|primary|street|other|us|ip|customer)"
    r"_state(?:_code|_province)?|state_(?:abbreviated|abbreviation|abbr|code|province|region|name|county|province_code)"
    r"|(?:province|region|county|city)_state)$"
)

#: Words for where somebody was, and what is guessed from it.
_POSITION_WORDS = frozenset(
    "ip ips ipaddress ipv4 ipv6 latitude longitude lat lng lon long geo geoip geolocation geolocated geoposition "
    "coordinates "
    "gmtoff dstoff breitengrad langengrad latitud longitud latitudine longitudine remote".split()
)
#: Columns that a system fills by a subscriber's IP address, if such an address is in the file too.
GUESSED_BY_IP = frozenset(
    "timezone time_zone tz zone cc region country_code country_by_ip city_by_ip geo_country location".split()
)
#: Columns that show that a system guessed the others: Mailchimp's and AWeber's.
SHOWS_GUESSING = frozenset("optin_ip confirm_ip latitude longitude gmtoff dstoff".split())


def split_words(heading: str) -> str:
    """Return the words of *heading* in lower case without accents, with `_` between them; `HasOptedOut` has three."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", heading)
    return normalize_name(spaced)


def rank_email(heading: str) -> int | None:
    """Return how surely *heading* names email addresses, best first from 0; None if it does not."""
    rank = _EMAIL_RANK_BY_NAME.get(normalize_name(heading))
    return _EMAIL_RANK_BY_NAME.get(split_words(heading)) if rank is None else rank


def is_email_certain(rank: int) -> bool:
    """Whether an email column of that *rank* needs no look at its values."""
    return rank < _CERTAIN_EMAIL_RANKS


def recognize_name(heading: str) -> ImportColumn | None:
    """Return what a column called *heading* contains, None if its name does not tell."""
    for name in (normalize_name(heading), split_words(heading)):
        if name in _COLUMN_BY_NAME:
            return _COLUMN_BY_NAME[name]
        if name in CONSENT_DATE_RANKS:
            return ImportColumn.CONSENT_AT
    return None


def rank_consent_date(heading: str) -> int | None:
    """Return how surely a date called *heading* is that of consent, best first from 0; None if it is another date."""
    rank = CONSENT_DATE_RANKS.get(normalize_name(heading))
    return CONSENT_DATE_RANKS.get(split_words(heading)) if rank is None else rank


def is_place(heading: str) -> bool:
    """Whether *heading* names a state in the sense of a region."""
    return _PLACE_QUALIFIER.search(split_words(heading)) is not None


def is_position(heading: str) -> bool:
    """Whether *heading* names an IP address, a position, or what was guessed from them."""
    return not _POSITION_WORDS.isdisjoint(split_words(heading).split("_"))
