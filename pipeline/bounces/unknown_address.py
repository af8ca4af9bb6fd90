"""
Whether a server's refusal says that the address does not exist, so that it must not be written to again.

An enhanced code says so by itself. Without one (cPanel, qmail, many providers) only words that leave no doubt do: an
address that is suppressed by mistake loses a reader, one that is tried again costs a refusal. Both yield to words
about anything else: spam, policy, reputation, a full mailbox, the sender.

Sources: RFC 3463 §3.2 and §3.3, RFC 7505 §4.2, RFC 5321 §4.2; the replies in the source of Postfix (`smtpd_check.c`),
Exim (`configure.default`), Dovecot (`lmtp-local.c`), qmail (`qmail-local.c`) and its patches; the error pages of Gmail
(support.google.com/a/answer/3726730), Yahoo (senders.yahooinc.com/smtp-error-codes), Exchange Online
(learn.microsoft.com, "NDR error codes"), Mail.ru, Yandex, QQ and 163; replies collected by the bounce parser Sisimai.
"""

from __future__ import annotations

import re

from pipeline.bounces.reply_text import MAX_REPLY_CHARACTERS, normalize_reply

#: No such mailbox or domain, invalid syntax, moved without a new address, disabled (RFC 3463 §3.2, §3.3); a domain that
#: accepts no mail (RFC 7505 §4.2).
_INVALID_ADDRESS_CODES = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})

#: Replies that refuse one recipient for good; 552 is a full mailbox or a message too large (RFC 5321 §4.2.3).
_REPLY_CODES = frozenset({550, 551, 553, 554})

#: Enhanced codes beside which words may still say that nobody is there. Yandex writes "550 5.7.1 No such user!".
_VAGUE_CODE = re.compile(r"5\.[0134]\.0|5\.1\.[1-9]0?|5\.2\.[01]|5\.4\.[0-9]|5\.5\.[0-9]|5\.7\.1")
#: How qmail and IronPort write an enhanced code: "(#5.1.1)".
_CODE_IN_WORDS = re.compile(r"#(5\.[0-9]{1,3}\.[0-9]{1,3})\b")
_SENDER_CODES = frozenset({"5.1.7", "5.1.8"})

#: What a refusal is about instead, whatever its code.
_OTHER_REASON = re.compile(
    r"spam|unsolicited|bulk|phish|virus|malware|blocked|block ?list|black ?list|\br?bls?\b|dnsbl"
    r"|reputation|polic(?:y|ies)|quota|\bfull\b|too (?:large|big|many)|exceed|storage|\bspace\b|\brate\b|throttl"
    r"|temporar|gr[ae]y ?list|\bspf\b|dkim|dmarc|sender address|sender verif|callback|callout|return[- ]path|mail from"
)

#: What makes words too vague to suppress an address that no code condemns.
_DOUBT = re.compile(
    r"sender|relay|access denied|denied|not (?:allowed|permitted|authori[sz]ed)|unauthori[sz]ed|forbidden|prohibited"
    r"|try again|later|content|attachment|authenticat|client|\b(?:ehlo|helo)\b|reverse|\bptr\b|\br?dns\b|\bip\b"
    r"|hostname|firewall|suspicious|abuse|preference|restrict|filter|suspend|inactive|lock|frozen|from address"
)

_WHO = (
    r"(?:users?|recipients?|addressees?|mail ?box(?:es)?|accounts?|e?-?mail addresses|e?-?mail address|address(?:es)?"
    r"|local[- ]parts?|user ?names?|mail ?drops?|alias(?:es)?|persons?|customers?)"
)


def _says(who: str, what: str, gap: int = 3) -> str:
    """Return a pattern: *what* is said of *who*, with up to *gap* words between."""
    return rf"\b(?:{who})[:,;]?(?: [^ ]{{1,60}}){{0,{gap}}}? (?:{what})"


#: By language or server; compared without accents and in lower case.
_PHRASES = (
    # Postfix, Exim, Sendmail, Dovecot, Exchange, cPanel, hMailServer, Courier, Zimbra
    rf"(?:unknown|non-?existent|invalid) (?:or (?:illegal|unknown) )?(?:local |virtual )?{_WHO}\b",
    rf"no such (?:local |e?-?mail |virtual )?{_WHO}\b",
    # "The email account that you tried to reach does not exist" (Gmail)
    _says(_WHO, r"unknown\b|not (?:known|found|exist|present|recogni[sz]ed)\b|non-?existent\b", 7),
    _says(_WHO, r"does ?n[o']t exists?\b|does not exists?\b|(?:do not|don't) exist\b", 6),
    _says(_WHO, r"(?:could not|cannot|can't|can not) be found\b", 6),
    _says(_WHO, r"no longer (?:exists?|valid|in use|on server|accepts? mail|available)\b", 6),
    _says(_WHO, r"(?:is|was|been) (?:closed|deleted|terminated|discontinued|removed)\b", 6),
    rf"\bnot an? (?:known|valid|existing|registered|active) {_WHO}\b",
    r"\bno (?:mail ?box|account|user) (?:here )?(?:by|with|of|under) (?:that|this) (?:name|address)\b",
    r"\bno mail ?box (?:found|available for this user)\b",
    r"\bthere is no (?:one|user|account|mail ?box|person) (?:at|by|with|here|on|of|called|named)\b",
    r"\bno(?: ?one|body) (?:here )?(?:by|with|at|of) (?:that|this) (?:name|e?-?mail|address)",
    r"(?:recipient|destination) (?:e?-?mail )?(?:domain|host) (?:is )?(?:unknown|does not exist|not found)",
    r"disabled or discontinued|does(?:n't| not) have an? [^ ]{1,80} account",  # Yahoo, AOL
    r"not our (?:customer|user)",  # Comcast
    r"not in my validrcptto list",  # qmail
    r"message was not accepted -- invalid mailbox",  # Mail.ru
    r"resolver\.adr\.(?:ex)?recip(?:ient)?notfound",  # Exchange
    # German
    _says(
        r"benutzer|empfanger(?:adresse)?|(?:e-?)?mail-?adresse|adresse|adressat|postfach|konto|nutzer|mailbox",
        r"unbekannt|nicht (?:bekannt|gefunden|vorhanden)|existiert nicht|geloscht",
    ),
    r"unbekannter? (?:empfanger|benutzer|adressat|nutzer|mailadresse)",
    r"kein (?:solcher )?(?:benutzer|empfanger|postfach)\b",
    # French
    _says(
        r"utilisateur|destinataire|adresse|compte|boite(?: aux lettres| mail)?",
        r"inconnue?|inexistante?|introuvable|n'existe (?:pas|plus)|invalide",
    ),
    r"adresse d.au moins un destinataire invalide|(?:pas|aucun) (?:d')?(?:utilisateur|destinataire) (?:de|a) ce nom",
    # Spanish
    _says(
        r"usuario|destinatario|buzon|cuenta|direccion|casilla",
        r"desconocid[oa]|inexistente|no existe|no encontrad[oa]|no valid[oa]",
    ),
    r"no existe (?:el|la|ese|esa|este|esta|dich[oa]) (?:usuario|destinatario|buzon|cuenta|persona|direccion)",
    # Portuguese
    _says(
        r"usuario|utilizador|destinatario|caixa(?: postal| de correio)?|conta|endereco",
        r"desconhecid[oa]|inexistente|nao existe|nao encontrad[oa]",
    ),
    # Italian
    _says(
        r"utente|destinatario|casella(?: postale)?|indirizzo|account",
        r"sconosciut[oa]|inesistente|non esiste|non trovat[oa]|errato",
    ),
    r"nessun utente",
    # Dutch
    _says(
        r"gebruiker|geadresseerde|ontvanger|adres|postbus|mailbox",
        r"onbekend|niet (?:gevonden|bekend)|bestaat niet",
    ),
    r"onbekende (?:gebruiker|ontvanger|geadresseerde)",
    # Swedish, Danish, Norwegian, Finnish
    r"(?:okand|ukendt|ukjent) (?:anvandare|mottagare|bruger|modtager|bruker|mottaker)",
    _says(
        r"anvandaren?|mottagaren?|brugeren?|modtageren?|brukeren?|mottakeren?",
        r"finns inte|findes ikke|finnes ikke|okand|ukendt|ukjent",
    ),
    r"tuntematon (?:kayttaja|vastaanottaja)",
    _says(r"kayttajaa|vastaanottajaa", r"ei (?:loydy|ole)"),
    # Polish
    r"nie ma takiego (?:konta|uzytkownika|adresu|odbiorcy)|nieznany (?:uzytkownik|odbiorca)",
    _says(
        r"konto|uzytkownik|odbiorca|adres|skrzynka",
        r"nie istnieje|nieznany|nie znaleziono|nie zostala? znalezion[ya]",
    ),
    # Czech, Slovak, Hungarian, Romanian
    r"(?:neznamy|neexistujici|neexistujuci) (?:uzivatel|prijemce|prijemca|pouzivatel)",
    _says(r"schranka|adresat|uzivatel|prijemce|pouzivatel", r"neexistuje"),
    r"(?:ismeretlen|nincs ilyen) (?:felhasznalo|cimzett|postafiok)",
    _says(r"felhasznalo|cimzett", r"nem letezik"),
    _says(r"utilizator|destinatar|casuta|cont", r"necunoscut|inexistenta?|nu exista"),
    # Turkish, Greek
    _says(r"kullanici|alici|hesap|posta kutusu", r"bulunamad|yok\b|bilinm|mevcut degil"),
    r"bilinmeyen (?:kullanici|alici)",
    r"αγνωστος (?:χρηστης|παραληπτης)",
    _says(r"χρηστης|παραληπτης", r"δεν (?:υπαρχει|βρεθηκε)"),
    # Russian, Ukrainian
    r"(?:нет|немае) такого (?:пользователя|адреса|адресата|ящика|користувача)",
    _says(
        r"такого (?:пользователя|адреса|адресата|ящика|користувача)",
        r"нет|немае|не (?:существует|[иі]сну[еє])",
    ),
    _says(
        r"пользователь|получатель|адресат|ящик|адрес|користувач|одержувач|скринька",
        r"не (?:наиден|существует|знаидено|[иі]сну[еє])|неизвестен|нев[иі]домии",
    ),
    r"неизвестныи (?:пользователь|получатель|адресат)",
    # Chinese, Japanese, Korean
    r"(?:用户|用戶|收件人|邮箱|郵箱|邮件地址|帐号|账号|地址|收信人)(?:地址)?(?:不存在|不明|未找到|无效|無效)",
    r"(?:不存在|没有|沒有)(?:该|此|这个|這個|該)(?:用户|用戶|邮箱|郵箱|收件人)",
    r"(?:ユーザー?|宛先|メールアドレス|アドレス|受信者)[がは]?(?:存在しません|存在しない|不明|見つかりません)",
    r"존재하지 않는 (?:사용자|수신자|메일|계정|주소)|(?:사용자|수신자|계정)를 찾을 수 없",
)
_UNKNOWN = re.compile("|".join(f"(?:{phrase})" for phrase in _PHRASES))


def is_unknown_address(code: int | None, enhanced_code: str | None, response: str) -> bool:
    """
    Whether a refusal says beyond doubt that the address does not exist.

    Args:
        code: The reply code (RFC 5321 §4.2); None if it is not known, as in a delivery report.
        enhanced_code: The enhanced status code (RFC 3463), or None.
        response: The server's words, in any language.
    """
    if enhanced_code is None and (quoted := _CODE_IN_WORDS.search(response[:MAX_REPLY_CHARACTERS])):
        enhanced_code = quoted[1]
    words = normalize_reply(response)
    if _OTHER_REASON.search(words):
        return False
    if enhanced_code in _INVALID_ADDRESS_CODES:
        return True
    if code is not None and code not in _REPLY_CODES:
        return False
    if enhanced_code and (
        enhanced_code in _SENDER_CODES or not _VAGUE_CODE.fullmatch(enhanced_code)
    ):
        return False
    return says_unknown_address(words)


def says_unknown_address(words: str) -> bool:
    """Whether *words*, as `normalize_reply()` returns them, say that nobody is there, and nothing that casts doubt."""
    return _UNKNOWN.search(words) is not None and not _DOUBT.search(words)
