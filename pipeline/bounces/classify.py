"""
Tell why a message bounced.

A server's own reply counts more than the status that the returning server made of it, and clear words more than both:
"5.1.1 IP address blacklisted" and "5.1.1 Over quota" do exist. Whoever is called gone is not written to again, so that
takes a code or words that leave no doubt, and a reply to RCPT TO: a server that says "user unknown" only after it has
seen the whole message filters by content.

Sources: RFC 3463 and the IANA registry of enhanced status codes; learn.microsoft.com, "NDR error codes" (5.1.10,
5.1.351, 5.4.1, 5.7.x); support.google.com/a/answer/3726730; the reasons of the bounce parser Sisimai (BSD-2-Clause) and
the IANA rules of KumoMTA.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from pipeline.bounces.reply_text import normalize_reply
from pipeline.bounces.unknown_address import says_unknown_address
from pipeline.models.event import BounceClass


class SmtpStage(Enum):
    """Which command a server replied to."""

    #: Nothing yet, or EHLO.
    CONNECT = "connect"
    #: MAIL FROM: the sender.
    MAIL = "mail"
    #: RCPT TO: the recipient.
    RCPT = "rcpt"
    #: DATA or its end: the message.
    DATA = "data"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rejection:
    """
    What is known about a rejection.

    Args:
        text: The words of the server that rejected, else of the one that returned the message.
        code: The reply code.
        enhanced_code: The enhanced status code in that reply.
        status: The enhanced status code that the returning server gave.
        stage: What was replied to, None if it is not known.
    """

    text: str
    code: int | None = None
    enhanced_code: str | None = None
    status: str | None = None
    stage: SmtpStage | None = None


#: The address or its domain does not exist (RFC 3463 §3.2; Exchange Online).
_GONE_CODES = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.1.351"})
_FULL_CODES = re.compile(r"[45]\.2\.2|5\.2\.122")
_OURS_CODES = re.compile(r"[45]\.7\.\d+|5\.1\.[78]")
_CONTENT_CODES = re.compile(r"[45]\.6\.\d+|[45]\.3\.4|[45]\.2\.3")
_ELSEWHERE_CODES = re.compile(r"[45]\.4\.\d+|[45]\.3\.\d+|4\.\d+\.\d+")
#: Codes that say too little to contradict words.
_VAGUE_CODE = re.compile(r"5\.[01345]\.\d+|5\.2\.[01]")

_FULL = re.compile(
    r"(?:mail ?box|mail ?folder|inbox|account|user|recipient|spool|maildir)[^.;]{0,60}\bfull\b|\bfull (?:mail ?)?box"
    r"|(?:over|exceed\w{0,20}|out of|insufficient|not enough)[^.;]{0,40}(?:quota|mail ?box|storage|disk space)"
    r"|quota[^.;]{0,40}(?:exceed|full|reached|used)|shutoffquota|\boverquota\b"
    r"|mail ?box[^.;]{0,60}(?:exceed|too large|over(?: the)? (?:size|limit))|mailbox size limit"
    r"|not enough (?:storage )?space|storage space|(?:user|mailbox|account)[^.;]{0,40}(?:too many messages|limit)"
    r"|postfach[^.;]{0,40}voll|boite[^.;]{0,40}pleine|buzon[^.;]{0,40}lleno|casella[^.;]{0,40}piena"
    r"|caixa[^.;]{0,40}cheia"
    r"|skrzynk\w{0,20}[^.;]{0,40}pelna|ящик[^.;]{0,40}(?:переполнен|заполнен)|переповнен"
    r"|メールボックス.{0,20}(?:一杯|いっぱい|満杯|容量)|邮箱.{0,12}(?:已满|空间)|信箱.{0,12}已滿"
)
_RATE = re.compile(
    r"relay quota|daily quota|sending (?:quota|limit)|hourly|per (?:hour|day|minute)"
)
_OURS = re.compile(
    r"black ?list|block ?list|\bblocked\b|\brbls?\b|dnsbl|spamhaus|spamcop|barracuda|reputation|\bspf\b|dkim|dmarc"
    r"|reverse (?:dns|lookup|mapping)|\bp?rdns\b|\bptr\b|unverif|unauthenticated|not authenticated"
    r"|authentication (?:check|requir)"
    r"|smtp auth|sender (?:was |is )?(?:rejected|denied)|sender address|sender domain|sender verif|mail from"
    r"|purported"
    r"|polic(?:y|ies)|relay(?:ing)?\b|access denied|client host|your (?:ip|server|host|domain|network)"
    r"|\bips?\b[^.;]{0,60}(?:reject|limit|block|denied|refus|not allowed|invalid)|invalid ip|(?:frequency|rate) limit"
    r"|too many (?:connections|messages|recipients|invalid)|throttl|user complaints|unexpected volume|abuse"
    r"|unsolicited|\bspam\b|\bube\b|\bbulk\b|not (?:allowed|permitted|authori[sz]ed) to (?:send|relay)"
    r"|invalid domain name"
    r"|smtp server of your isp|host network not allowed"
)
_CONTENT = re.compile(
    r"virus|malware|message (?:size|is too|too|length|content|filtered)|too large|too big|size limit|attachment"
    r"|content (?:reject|filter|not)|media error|headers? (?:too|error)|8-bit data|rfc ?5?[38]22|non-?compliant"
    r"|multiple addresses in from|header error"
)
_ELSEWHERE = re.compile(
    r"timed? ?out|time limit|too many hops|hop count|loop(?:s|ing)?\b|lost connection|connection (?:refused|reset"
    r"|lost|dropped)"
    r"|could not connect|unable to connect|establish an smtp connection|network (?:error|is unreachable)"
    r"|no route to host"
    r"|retry timeout|giving up|queue too long|expired|temporar|try again later|later\b|system error|disk space"
    r"|unable to contact|service (?:currently )?unavailable|resources|configuration error|local error|pipe to"
)
#: The mailbox is there, but nobody may write to it, now or from outside.
_INACTIVE = re.compile(
    r"(?:mail ?box|account|user|recipient|address)[^.;]{0,60}(?:inactive|locked|frozen|suspend|on hold|not active)"
    r"|(?:account|mail ?box|user)[^.;]{0,40}\b(?:disabled|blocked)\b|\bdisabled (?:recipient|account|user|mail ?box)"
    r"|account is locked"
)
#: The domain of the address does not exist, or accepts no mail (RFC 7505).
_UNKNOWN_HOST = re.compile(
    r"host (?:or domain name )?not found|(?:unknown|no such|invalid) (?:host|domain)|host unknown"
    r"|domain (?:name )?not found"
    r"|nxdomain|(?:couldn't|could not|cannot) find any host|host \S+ not found|unrouteable (?:mail )?(?:address"
    r"|domain)"
    r"|(?:couldn't|could not|cannot) find a mail exchanger|no (?:valid )?mx(?: record)?(?:s)?\b|\bnull ?mx\b"
    r"|indicated no smtp service|domain is not reachable|domain[^.;]{0,40} does(?:n't| not) (?:accept"
    r"|receive) (?:e?-?mail|mail)"
    r"|domain (?:does not exist|doesn't exist|may not exist)|account or domain may not exist|bad destination (?:host"
    r"|system)"
    r"|unresolvable|name service error"
)
#: What the mail system that has the mailbox, and no other, says.
_OWN_DIRECTORY = re.compile(
    r"not listed in [^.;]{0,40}(?:directory|address book)|name is not recognized|not found by smtp address lookup"
    r"|mail\.local: unknown|ディレクトリのリストにありません|\bunknown user: \S"
)
#: A program that delivers to a mailbox failed: the words are its own.
_LOCAL_FAILURE = re.compile(
    r"couldn't create|cannot create|can't create|permission denied|no such file|procmail|pipe to"
)
#: Words for one who left, or that only mean the recipient beside a reply to RCPT TO.
_MOVED = re.compile(r"has moved|no forwarding|not our customer|no longer (?:here|with us|employed)")
_INVALID_RECIPIENT = re.compile(
    r"(?:invalid|illegal|bad|incorrect|no valid) (?:recipient|user|mail ?box|destination|(?:user )?address|rcpt)"
    r"|recipients? (?:address )?(?:is )?(?:invalid|not found|unknown)|\b(?<!sender )address rejected(?! ?:)"
    r"|not listed in|not found by smtp|notfound"
    r"|inactive email address|mailbox (?:is )?unavailable|no such|unknown (?:or illegal )?(?:user|recipient|address"
    r"|mailbox)"
    r"|user not found|name is not recognized|adresse destinataire invalide|not a valid|invalid address"
    r"|ディレクトリのリストにありません|(?:見つかり|みつかり|存在し)ません"
)


def classify_bounce(rejection: Rejection) -> BounceClass:
    """Return why the message bounced."""
    words = normalize_reply(rejection.text)
    code = rejection.enhanced_code or rejection.status or ""
    for check in (_classify_words, _classify_recipient, _classify_code):
        found = check(rejection, words, code)
        if found is not None:
            return found
    return BounceClass.UNKNOWN


def is_mailbox_inactive(text: str) -> bool:
    """Whether *text* says that the mailbox exists, but that nobody may write to it now."""
    return _INACTIVE.search(normalize_reply(text)) is not None


def _classify_words(_rejection: Rejection, words: str, code: str) -> BounceClass | None:
    """Return what clear words say, whatever the code."""
    if _FULL_CODES.fullmatch(code) or (_FULL.search(words) and not _RATE.search(words)):
        return BounceClass.FULL
    if _INACTIVE.search(words):
        return BounceClass.UNKNOWN
    if _is_directory_refusal(words, code):
        return None
    if _OURS.search(words) and not says_unknown_address(words):
        return BounceClass.OURS
    if _CONTENT.search(words):
        return BounceClass.CONTENT
    return BounceClass.ELSEWHERE if _LOCAL_FAILURE.search(words) else None


def _classify_recipient(rejection: Rejection, words: str, code: str) -> BounceClass | None:
    """Return whether the address does not exist, as far as that can be told; None if it is about something else."""
    if code.startswith("4") or (rejection.code or 500) < 500:
        return None
    if rejection.stage in {SmtpStage.CONNECT, SmtpStage.MAIL}:
        return None
    if _is_directory_refusal(words, code) and rejection.stage is not SmtpStage.DATA:
        return BounceClass.GONE
    names_nobody = says_unknown_address(words) or _INVALID_RECIPIENT.search(words) is not None
    has_gone_code = code in _GONE_CODES
    if rejection.stage is SmtpStage.DATA and names_nobody and not has_gone_code:
        return BounceClass.UNKNOWN
    if _UNKNOWN_HOST.search(words) or _MOVED.search(words):
        return BounceClass.GONE
    if has_gone_code and not (code == "5.1.1" and _ELSEWHERE.search(words)):
        return BounceClass.GONE
    own_code = rejection.enhanced_code or ""
    if names_nobody and (not own_code or _VAGUE_CODE.fullmatch(own_code)):
        # Only what was replied to RCPT TO is about the recipient alone; our own server knows its directory.
        is_certain = rejection.stage is SmtpStage.RCPT or _OWN_DIRECTORY.search(words)
        return BounceClass.GONE if is_certain else BounceClass.UNKNOWN
    return None


def _is_directory_refusal(words: str, code: str) -> bool:
    """Whether Exchange Online says that its directory lacks the recipient (5.4.1, "Recipient address rejected")."""
    return code == "5.4.1" and "recipient address rejected" in words and "access denied" in words


def _classify_code(rejection: Rejection, words: str, code: str) -> BounceClass | None:
    is_before_rcpt = rejection.stage in {SmtpStage.CONNECT, SmtpStage.MAIL}
    if is_before_rcpt and (rejection.code or 0) >= 500 and not _ELSEWHERE.search(words):
        return BounceClass.OURS  # it does not know yet whom the message is for
    if _OURS_CODES.fullmatch(code):
        return BounceClass.OURS
    if _CONTENT_CODES.fullmatch(code):
        return BounceClass.CONTENT
    if _ELSEWHERE_CODES.fullmatch(code) or _ELSEWHERE.search(words):
        return BounceClass.ELSEWHERE
    return None
