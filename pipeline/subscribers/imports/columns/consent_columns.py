"""
Which columns say whether somebody may be sent to, and how their values are read.

A column whose name looks like consent is never an attribute by accident: either its name and all of its values are
understood, or the import stops and asks. Names of systems that would be misunderstood by their words stand in a table;
every other name is understood by its words, in several languages.
"""

from __future__ import annotations

import re
from enum import Enum

from pipeline.subscribers.imports.columns.column_names import (
    CONSENT_DATE_RANKS,
    is_place,
    is_position,
    split_words,
)
from pipeline.subscribers.imports.columns.consent_values import (
    Standing,
    is_blank,
    parse_standing,
    parse_yes_no,
)
from pipeline.subscribers.imports.rows.import_dates import is_date


class ConsentColumn(Enum):
    """What a column says about consent, and how."""

    #: A word for the state.
    STATE = "state"
    #: Yes: subscribed. No: unsubscribed.
    SUBSCRIBED = "subscribed"
    #: Yes, or a date: unsubscribed.
    UNSUBSCRIBED = "unsubscribed"
    #: Yes, or a date: never send.
    SUPPRESSED = "suppressed"
    #: Yes, or a date: confirmed. No: unconfirmed.
    CONFIRMED = "confirmed"
    #: Any text: unsubscribed. The reason, campaign or address by which somebody left.
    UNSUBSCRIBE_REASON = "unsubscribe_reason"
    #: Any text: never send. The kind or the text of a bounce or complaint.
    SUPPRESSION_REASON = "suppression_reason"
    #: It looks like consent, and nobody knows what it means.
    UNCLEAR = "unclear"


#: Names that their words would misread, or that their words do not tell.
_KNOWN: dict[str, ConsentColumn | None] = {
    # Substack: whether they pay; whether they turned emails off
    "active_subscription": None,
    "subscription_type": None,
    "subscription_source": None,
    "email_disabled": ConsentColumn.UNSUBSCRIBED,
    "digest_enabled": None,
    # Handbill
    "unsubscribed_lists": None,
    "paused_until": None,
    # Ghost
    "subscribed": ConsentColumn.SUBSCRIBED,
    "deleted_at": ConsentColumn.UNSUBSCRIBED,
    "complimentary_plan": None,
    # phpList
    "is_this_subscriber_blacklisted": ConsentColumn.SUPPRESSED,
    "is_this_subscriber_confirmed": ConsentColumn.CONFIRMED,
    "did_this_subscriber_manually_confirm": None,
    "confirmed": ConsentColumn.CONFIRMED,
    "disabled": ConsentColumn.UNSUBSCRIBED,
    # CiviCRM: an email that bounced is put on hold
    "on_hold": ConsentColumn.SUPPRESSED,
    "email_on_hold": ConsentColumn.SUPPRESSED,
    "no_bulk_emails_user_opt_out": ConsentColumn.UNSUBSCRIBED,
    "no_bulk_emails": ConsentColumn.UNSUBSCRIBED,
    "do_not_trade": None,
    "is_deceased": ConsentColumn.SUPPRESSED,
    "deceased": ConsentColumn.SUPPRESSED,
    "deceased_date": ConsentColumn.SUPPRESSED,
    # NationBuilder
    "is_deceased_": ConsentColumn.SUPPRESSED,
    "banned_at": ConsentColumn.SUPPRESSED,
    # HubSpot
    "marketing_contact_status": ConsentColumn.STATE,
    "marketing_contact_until_next_update": None,
    "email_address_quarantine_reason": ConsentColumn.SUPPRESSION_REASON,
    "email_confirmation_status": ConsentColumn.STATE,
    "legal_basis_for_processing_contact_s_data": None,
    # Mailchimp, in the files of those who left and of those whose address is dead
    "unsub_time": ConsentColumn.UNSUBSCRIBED,
    "clean_time": ConsentColumn.SUPPRESSED,
    "clean_campaign_title": ConsentColumn.SUPPRESSION_REASON,
    "clean_campaign_id": ConsentColumn.SUPPRESSION_REASON,
    # Klaviyo, Wix, Squarespace, Constant Contact, AWeber
    "email_suppressions": ConsentColumn.SUPPRESSION_REASON,
    "deliverability_status": ConsentColumn.STATE,
    "stop_status": ConsentColumn.STATE,
    "stop_time": ConsentColumn.UNSUBSCRIBED,
    "email_permission_status": ConsentColumn.STATE,
    # MailPoet and others
    "is_active": ConsentColumn.SUBSCRIBED,
    "active": ConsentColumn.SUBSCRIBED,
    "enabled": ConsentColumn.SUBSCRIBED,
    "is_enabled": ConsentColumn.SUBSCRIBED,
    "aktiv": ConsentColumn.SUBSCRIBED,
    "actif": ConsentColumn.SUBSCRIBED,
    "activo": ConsentColumn.SUBSCRIBED,
    "ativo": ConsentColumn.SUBSCRIBED,
    "attivo": ConsentColumn.SUBSCRIBED,
    "inactive": ConsentColumn.UNSUBSCRIBED,
    "verified": ConsentColumn.CONFIRMED,
    "email_verified": ConsentColumn.CONFIRMED,
    "email_confirmed": ConsentColumn.CONFIRMED,
    "is_confirmed": ConsentColumn.CONFIRMED,
    "is_verified": ConsentColumn.CONFIRMED,
    "undeliverability_date": ConsentColumn.SUPPRESSED,
    "do_not_mail": ConsentColumn.SUPPRESSED,
    "member_status": ConsentColumn.STATE,
    "email_status": ConsentColumn.STATE,
    "can2_subscription_status": ConsentColumn.STATE,
}


def _pattern(words: str) -> re.Pattern[str]:
    """Return a pattern for any of *words* at the start of a word."""
    return re.compile(r"(?:^|_)(?:" + "|".join(words.split()) + ")")


_LEFT = _pattern(
    r"unsub opt(?:ed)?_?out opt(?:ed)?_outs? off_list cancel(?:l?ed|l?ation)?(?:_|$) left$ left_(?:at|on|date|list) "
    r"leave(?:_|$) revo[ck] "
    r"withdr[ae]w declined removed(?:_|$) deleted(?:_|$) archived(?:_|$) objected objection abgemeldet abmeld "
    r"abbestell "
    r"austrag ausgetragen widerruf widerspr gekundigt kundig desabonn desinscri desist baja(?:_|$) dado_de_baja "
    r"desuscri "
    r"cancelado descadastr disiscri disattiv revoca uitschr uitgeschr afgemeld afmeld avregistr avanmal afmeldt "
    r"avmeldt "
    r"wypis odhlas отпис no_?mail(?:_|$) no_?emails?(?:_|$) globalunsub 退訂 退订 配信停止"
)
_BLOCKED = _pattern(
    r"bounc complain complaint spam block black(?:_)?list suppress "
    r"do_?not_?(?:contact|email|e_mail|mail|send|disturb|solicit) "
    r"dont_(?:contact|email|mail) don_t_(?:contact|email|mail) no_?contact(?:_|$) no_marketing no_newsletter "
    r"never_(?:email|mail|contact) "
    r"is_bad(?:_|$) bad_email email_bad undeliver invalid quarantin banned(?:_|$) on_hold(?:_|$) cleaned(?:_|$) "
    r"sperr gesperrt "
    r"gebloc unzustell rebot bloque bloc(?:co|cat|at) rejet rebond rimbalz plainte queja reclamo beschwer deceased "
    r"verstorben "
    r"nicht_kontakt keine_(?:werbung|e_?mails?|mails?|newsletter) kein_newsletter ne_pas_contacter no_contactar "
    r"nao_contatar dnc(?:_|$) dnm(?:_|$)"
)
_OPTED_IN = _pattern(
    r"opt(?:ed)?_?in(?:_|$) opt(?:ed)?_ins? double_opt doi(?:_|$) soi(?:_|$) consent permission accepts?(?:_|$) "
    r"accepted(?:_|$) "
    r"agree[ds]?(?:_|$) agreement allow(?:s|ed)?(?:_|$) subscrib(?!er) subscription newsletter mailings?$ "
    r"mailing_?list marketing "
    r"gdpr rgpd dsgvo avg(?:_|$) lgpd casl ccpa pecr contactable mailable emailable reachable deliverab "
    r"can_(?:e?mail|contact|send) "
    r"may_(?:e?mail|contact|send) ok_to ok_(?:email|mail|contact) is_(?:subscrib|opted|active) wants?(?:_|$) "
    r"receives?_(?:e?mail|news) "
    r"promotion(?:s|al)?(?:_|$) einwillig zustimm zugestimmt werbe(?:_|einwill|erlaub) werbung erlaubnis abonn "
    r"anmeld angemeldet "
    r"consentement consentimiento consentimento consenso inscri suscri subscri(?!b) iscri iscritt accord(?:_|$) acepta "
    r"aceita accetta "
    r"autorizza autoris autoriz permiso permesso permissao toestemming akkoord aangemeld ingeschr samtyck samtykke "
    r"prenumer tilmeld "
    r"pameld zgod subskryb souhlas odber соглас подпис 購読 同意 訂閱 订阅 许可"
)
_CONFIRMATION = _pattern(
    r"confirm verif validated bestatig confirma verifi potwierd подтвержд bevestig double_opt(?:_in)?$ 確認"
)
_STATUS = _pattern(
    r"status statut(?:_|$) estado$ stato$ state$ situacao estatus zustand tila статус 状态 ステータス"
)

_OTHER_CHANNEL = _pattern(
    r"sms(?:_|$) phone call(?:s|ing|ed)?(?:_|$) fax(?:_|$) whatsapp mobile(?:_|$) cell(?:_|$) "
    r"text(?:s|ing|_message)?(?:_|$) push(?:_|$) "
    r"telefon telephone tel(?:_|$) post(?:al|_|$) direct_mail snail donotcall handy(?:_|$) viber telegram "
    r"voice(?:_|$) robo"
)
_EMAIL = _pattern(r"e_?mails?(?:_|$) all(?:_|$) any(?:_|$)")
#: A number, link, name or other fact that says nothing by itself.
_COUNT = _pattern(
    r"counts?(?:_|$) number num(?:_|$) total anzahl nombre_de cantidad rate(?:_|$) score(?:_|$) percent sent(?:_|$) "
    r"opens clicks"
)
_LINK = _pattern(
    r"link(?:s)?(?:_|$) url(?:s)?(?:_|$) ids?(?:_|$) uuid guid hash token key(?:_|$) href"
)
_DETAIL = re.compile(
    r"_(?:source|method|form|text|type|page|site|campaign|by|version|language|lang|title|referrer|channel|medium|via|basis|"
    r"level|quelle|plan|tier|price|amount|period|interval|name|category|owner|frequency|preferences?|format|topics?|interests?|"
    r"expir\w*|renew\w*|ends?|end_date|ends_at)(?:_|$)"
)
_DATE = re.compile(
    r"(?:^|_)(?:date|at|time|on|timestamp|datetime|since|datum|am|fecha|data|le|dato|until|seit)(?:_|$)|(?:date|time|datum|timestamp)$"
)
_REASON = re.compile(
    r"_(?:reason|reasons|campaign|campaigns|title|cause|grund|raison|motivo|motif|comment|comments|feedback|message|source|method|"
    r"kind|type|category|code|error|note|notes|diagnostic|other|description|via|by)(?:_|$)"
)
_COUNTED = re.compile(
    r"(?:^|_)(?:bounces|complaints|blocks|unsubscribes|unsubs|opt_outs|e?mails?_bounced|rebotes)(?:_|$)"
)
_NEGATED = re.compile(
    r"(?:^|_)(?:not|non|never|nicht|pas|isn|hasn)_(?:\w{1,40}_)?(?:opt|unsub|bounc|block|black|suppress|abgemeldet)"
)
#: Statuses of money, work and family.
_OTHER_STATUS = _pattern(
    r"marital civil relationship family donor donation gift order payment billing employment job financial shipping "
    r"fulfil visa tax "
    r"stripe plan(?:_|$) invoice volunteer membership paid patron charge lead deal pipeline lifecycle life_cycle "
    r"call task ticket "
    r"vip loyalty citizen immigration housing voter registration_status education student military spender "
    r"customer_status "
    r"familien zivil beruf zahl spend mitglieds civil_state etat_civil estado_civil stato_civile"
)


def counts_something(heading: str) -> bool:
    """Whether *heading* may count bounces or complaints, so that whole numbers are no states."""
    return _COUNTED.search(split_words(heading)) is not None


def classify(heading: str) -> ConsentColumn | None:
    """Return what a column called *heading* says about consent; None if nothing."""
    name = split_words(heading)
    if name in _KNOWN:
        return _KNOWN[name]
    if is_place(heading) or is_position(heading) or is_of_another_channel(heading):
        return None
    if re.fullmatch(r"e?mail[2-9]_is_bad", name):
        return None
    return _classify_by_words(name)


def is_of_another_channel(heading: str) -> bool:
    """Whether *heading* is about telephone, text messages or paper, and not about emails."""
    name = split_words(heading)
    return _OTHER_CHANNEL.search(name) is not None and _EMAIL.search(name) is None


def _classify_by_words(name: str) -> ConsentColumn | None:
    left, blocked = _LEFT.search(name), _BLOCKED.search(name)
    opted_in = _OPTED_IN.search(name)
    if not (left or blocked or opted_in):
        if _CONFIRMATION.search(name):
            return None if _LINK.search(name) or _COUNT.search(name) else ConsentColumn.CONFIRMED
        return _classify_status(name)
    if _LINK.search(name) or _COUNT.search(name):
        return None
    if _NEGATED.search(name):
        return ConsentColumn.UNCLEAR
    if left or blocked:
        if _STATUS.search(name):
            return ConsentColumn.STATE
        if _REASON.search(name):
            return ConsentColumn.SUPPRESSION_REASON if blocked else ConsentColumn.UNSUBSCRIBE_REASON
        return ConsentColumn.SUPPRESSED if blocked else ConsentColumn.UNSUBSCRIBED
    if name in CONSENT_DATE_RANKS:
        return None
    if _STATUS.search(name):
        return ConsentColumn.STATE
    if opted_in and _DETAIL.search(name, opted_in.end() - 1):
        return None
    return ConsentColumn.CONFIRMED if _CONFIRMATION.search(name) else ConsentColumn.SUBSCRIBED


def _classify_status(name: str) -> ConsentColumn | None:
    is_other = any(words.search(name) for words in (_OTHER_STATUS, _LINK, _COUNT, _DATE))
    return ConsentColumn.STATE if _STATUS.search(name) and not is_other else None


_BY_YES_NO = {
    ConsentColumn.SUBSCRIBED: (Standing.CONFIRMED, Standing.UNSUBSCRIBED),
    ConsentColumn.UNSUBSCRIBED: (Standing.UNSUBSCRIBED, Standing.CONFIRMED),
    ConsentColumn.SUPPRESSED: (Standing.SUPPRESSED, Standing.CONFIRMED),
    ConsentColumn.CONFIRMED: (Standing.CONFIRMED, Standing.UNCONFIRMED),
}
_REASONS = {
    ConsentColumn.UNSUBSCRIBE_REASON: Standing.UNSUBSCRIBED,
    ConsentColumn.SUPPRESSION_REASON: Standing.SUPPRESSED,
}


def interpret(kind: ConsentColumn, text: str) -> Standing | None:
    """
    Return what the value *text* of a column of that *kind* says; None for an empty one.

    Raises:
        ValueError: It is not known.
    """
    if is_blank(text):
        return None
    yes_no = parse_yes_no(text)
    if kind in _REASONS:
        return None if yes_no is False else _REASONS[kind]
    if kind is ConsentColumn.STATE:
        found = parse_standing(text)
    elif yes_no is not None:
        found = _BY_YES_NO[kind][0 if yes_no else 1]
    else:
        found = parse_standing(text)
        if found is None and is_date(text):
            found = _BY_YES_NO[kind][0]
    if found is None:
        raise ValueError(text)
    return found
