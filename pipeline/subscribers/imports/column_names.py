"""What the columns of somebody else's table mean: the names other systems and other languages give them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from enum import Enum

from pipeline.errors import ConfigError, suggest_name
from pipeline.models.subscriber import SubscriberState


class Column(Enum):
    """What a column can hold; any other is an attribute."""

    #: The address, alone or as `Name <address>`.
    EMAIL = "email"
    #: The whole name.
    NAME = "name"
    #: The first name; the whole one is put together.
    FIRST_NAME = "first_name"
    #: The last name.
    LAST_NAME = "last_name"
    #: A language tag.
    LANGUAGE = "language"
    #: An IANA time zone.
    ZONE = "zone"
    #: Tags, separated by commas or semicolons.
    TAGS = "tags"
    #: How the old system calls their state.
    STATE = "state"
    #: When consent was given.
    CONSENT_AT = "consent_at"
    #: The lists they are on elsewhere; left out, for the import says where they go.
    LISTS = "lists"
    #: Left out.
    IGNORE = "-"

    __hash__ = (
        object.__hash__
    )  # that of Enum is written in Python, and ten are asked for in each row


#: Names as `plain_name()` writes them.
_NAMES: Mapping[Column, str] = {
    Column.EMAIL: "email e_mail mail email_address e_mail_address e_mail_adresse emailadresse subscriber_email "
    "adresse_e_mail adresse_mail courriel correo correo_electronico correio endereco_de_e_mail user_email "
    "primary_email adresse address",
    Column.NAME: "name full_name fullname display_name nom_complet nombre_completo vollstandiger_name subscriber_name",
    Column.FIRST_NAME: "first_name firstname fname given_name vorname prenom nombre primeiro_nome",
    Column.LAST_NAME: "last_name lastname lname surname family_name nachname nom apellido apellidos sobrenome",
    Column.LANGUAGE: "language lang locale sprache langue idioma preferred_language",
    Column.ZONE: "zone timezone time_zone tz zeitzone fuseau_horaire zona_horaria fuso_horario",
    Column.TAGS: "tags tag labels etiquettes etiquetas schlagworte",
    Column.STATE: "state status subscription_status member_status subscriber_status statut estado",
    Column.LISTS: "list lists mailing_list mailing_lists groups",
    Column.CONSENT_AT: "consent_at consent consent_date subscribed_at signup_date opt_in_date optin_time confirmed_at "
    "confirm_time created_at date_added subscribe_date",
}
_BY_NAME = {name: column for column, names in _NAMES.items() for name in names.split()}

_NEVER = "suppressed"
#: What other systems call a state; those of the last line must never be written to.
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
        _NEVER,
    ),
}


def plain_name(written: str) -> str:
    """Return *written* as the name of an attribute: lower case, ASCII where there is some, `_` between words."""
    lower = unicodedata.normalize("NFKD", written.strip().casefold())
    plain = "".join(letter for letter in lower if not unicodedata.combining(letter))
    return re.sub(r"\W+", "_", plain).strip("_")


def state_of(written: str) -> SubscriberState | str | None:
    """Return the state another system calls *written*, "suppressed" for never again, null for a word not known."""
    found = _STATES.get(plain_name(written))
    return found if found in (None, _NEVER) else SubscriberState(found)


def read_header(header: Sequence[str], given: Mapping[str, str], where: str) -> list[Column | str]:
    """
    Return what each column of *header* holds: one of ours, or the name of an attribute.

    Args:
        given: What a person said some columns hold, by their names in the header.

    Raises:
        ConfigError: No column holds addresses, two hold the same, or *given* names a column that is not there.
    """
    names = [name.strip() for name in header]
    for name in given:
        if name not in names:
            raise ConfigError(f'{where}: there is no column "{name}".{suggest_name(name, names)}')
    meant = [_meaning(given.get(name, name)) for name in names]
    if Column.EMAIL not in meant:
        raise ConfigError(
            f"{where}, line 1: no column holds addresses: {', '.join(names)[:200]}. "
            'Name one "email", or say which it is: --column "Contact=email"'
        )
    for column in meant:
        if column is not Column.IGNORE and meant.count(column) > 1:
            twice = column.value if isinstance(column, Column) else column
            raise ConfigError(
                f"{where}, line 1: two columns hold the same, {twice}. "
                f'Leave one out: --column "{names[meant.index(column)]}=-"'
            )
    return meant


def _meaning(name: str) -> Column | str:
    plain = plain_name(name)
    if name == Column.IGNORE.value or not plain:
        return Column.IGNORE
    return _BY_NAME.get(plain, plain)
