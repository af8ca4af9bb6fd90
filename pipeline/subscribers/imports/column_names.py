"""Recognize the columns and states in files that other systems export, in several languages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from enum import Enum

from pipeline.errors import ConfigError, suggest_name
from pipeline.models.subscriber import SubscriberState


class ImportColumn(Enum):
    """What a column contains; any other column is an attribute."""

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
    #: An IANA time zone.
    ZONE = "zone"
    #: Tags, separated by commas or semicolons.
    TAGS = "tags"
    #: The state in the other system.
    STATE = "state"
    #: When consent was given.
    CONSENT_AT = "consent_at"
    #: The lists in the other system; ignored, because the import itself names the list.
    LISTS = "lists"
    #: Ignored.
    IGNORE = "-"

    __hash__ = object.__hash__  # that of Enum is written in Python, and each row hashes about ten


#: Column names as `normalize_name()` returns them.
_NAMES: Mapping[ImportColumn, str] = {
    ImportColumn.EMAIL: "email e_mail mail email_address e_mail_address e_mail_adresse emailadresse subscriber_email "
    "adresse_e_mail adresse_mail courriel correo correo_electronico correio endereco_de_e_mail user_email "
    "primary_email adresse address",
    ImportColumn.NAME: "name full_name fullname display_name nom_complet nombre_completo vollstandiger_name "
    "subscriber_name",
    ImportColumn.FIRST_NAME: "first_name firstname fname given_name vorname prenom nombre primeiro_nome",
    ImportColumn.LAST_NAME: "last_name lastname lname surname family_name nachname nom apellido apellidos sobrenome",
    ImportColumn.LANGUAGE: "language lang locale sprache langue idioma preferred_language",
    ImportColumn.ZONE: "zone timezone time_zone tz zeitzone fuseau_horaire zona_horaria fuso_horario",
    ImportColumn.TAGS: "tags tag labels etiquettes etiquetas schlagworte",
    ImportColumn.STATE: "state status subscription_status member_status subscriber_status statut estado",
    ImportColumn.LISTS: "list lists mailing_list mailing_lists groups",
    ImportColumn.CONSENT_AT: "consent_at consent consent_date subscribed_at signup_date opt_in_date optin_time "
    "confirmed_at confirm_time created_at date_added subscribe_date",
}
_COLUMN_BY_NAME = {name: column for column, names in _NAMES.items() for name in names.split()}

_SUPPRESSED = "suppressed"
#: Our state for the states of other systems.
_STATES: Mapping[str, str] = {
    **dict.fromkeys(
        "confirmed subscribed active enabled yes true 1 opt_in optin member free paid".split(),
        "confirmed",
    ),
    **dict.fromkeys(
        "unconfirmed pending unverified inactive_unconfirmed new".split(), "unconfirmed"
    ),
    **dict.fromkeys(
        "unsubscribed inactive disabled no false 0 opt_out optout removed left".split(),
        "unsubscribed",
    ),
    **dict.fromkeys(
        "suppressed blocklisted blacklisted blocked bounced hard_bounced cleaned complained complaint spam".split(),
        _SUPPRESSED,
    ),
}


def normalize_name(text: str) -> str:
    """Return *text* as the name of an attribute: lower case, without accents, `_` between words."""
    lower = unicodedata.normalize("NFKD", text.strip().casefold())
    unaccented = "".join(character for character in lower if not unicodedata.combining(character))
    return re.sub(r"\W+", "_", unaccented).strip("_")


def parse_state(text: str) -> SubscriberState | str | None:
    """Return the state for *text*, a word of another system; "suppressed" for suppressed, None if it is not known."""
    state = _STATES.get(normalize_name(text))
    return state if state in (None, _SUPPRESSED) else SubscriberState(state)


def read_header(
    header: Sequence[str], columns: Mapping[str, str], path: str
) -> list[ImportColumn | str]:
    """
    Return what each column of *header* contains: a known column, or the name of an attribute.

    Args:
        columns: What some columns contain, by heading; overrides what is recognized.
        path: Named in errors.

    Raises:
        ConfigError: No column contains addresses, two contain the same, or *columns* names an unknown heading.
    """
    headings = [heading.strip() for heading in header]
    for heading in columns:
        if heading not in headings:
            raise ConfigError(f'{path}: no column "{heading}".{suggest_name(heading, headings)}')
    found = [_recognize(columns.get(heading, heading)) for heading in headings]
    if ImportColumn.EMAIL not in found:
        raise ConfigError(
            f"{path}, line 1: no column contains email addresses: {', '.join(headings)[:200]}. "
            'Rename one to "email", or choose one: --column "Contact=email"'
        )
    for column in found:
        if column is not ImportColumn.IGNORE and found.count(column) > 1:
            name = column.value if isinstance(column, ImportColumn) else column
            raise ConfigError(
                f"{path}, line 1: two columns contain {name}. "
                f'Ignore one of them: --column "{headings[found.index(column)]}=-"'
            )
    return found


def _recognize(heading: str) -> ImportColumn | str:
    name = normalize_name(heading)
    if heading == ImportColumn.IGNORE.value or not name:
        return ImportColumn.IGNORE
    return _COLUMN_BY_NAME.get(name, name)
