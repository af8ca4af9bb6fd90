"""Whether somebody asks in words to be taken off a list; a person confirms it, so better ask once too often."""

from __future__ import annotations

import re

from pipeline.inbound.reading.own_words import find_own_words

#: Somebody who wants to leave writes little; in a longer message the words may be about anything.
_MAX_CHARACTERS = 700

_LISTS = (
    r"(?:newsletters?|mailing ?lists?|e-?mail lists?|lists?|liste[ns]?|verteiler|rundbrief|bulletin|infolettre|lettre"
    r"|bolet[ií]n|lista|boletim|nieuwsbrief|lijst|list[ya]|biuletyn|newsletter\w*|nyhetsbrev\w*|utskick|рассылк\w*"
    r"|розсилк\w*)"
)
_PHRASES = (
    # English
    r"\bun-?subscri(?:be|ption|bing)\b|\bde-?subscribe\b|\bopt(?:ing)?[ -]?(?:me )?out\b",
    r"\b(?:remove|delete|take|drop|strike|get) (?:me|us|my (?:e-?mail|address|name)\w*|this (?:e-?mail"
    r"|address)\w*)(?: \w+){0,3}"
    r" (?:from|off|out)\b",
    r"\b(?:please|kindly) (?:remove|delete) (?:me|us|my|this (?:e-?mail|address))\b",
    r"\b(?:stop|quit|cease|no longer|do(?: not|n[’']t)(?: want)?(?: to)?)(?: \w+){0,4} (?:sending|send|e-?mailing"
    r"|e-?mail|mailing|receive|writ\w+)"
    r"(?: \w+){0,3} (?:me|us|e-?mails?|mails?|these|this|any ?more|newsletters?)\b",
    r"\bcancel (?:my|the|this|our) (?:\w+ )?(?:subscription|newsletter|membership of)\b|\bno more (?:e-?mails?"
    r"|mails?|newsletters?)\b",
    # German
    r"\babmeld|\babbestell|\baustragen\b|\bk[üu]ndige\w*[^.\n]{0,40}(?:newsletter|abo)|\bkein\w* (?:weiteren? "
    r"|mehr )?(?:e-?mails?|newsletter|mails)\b",
    r"\b(?:newsletter|e-?mails?|mails|verteiler|zusendung\w*)[^.\n]{0,60}(?:nicht mehr|nicht l[äa]nger|stornier"
    r"|beenden|abmelden)",
    r"\b(?:aus|von) (?:(?:ihrem|eurem|dem|ihrer|eurer|der|deinem) )?(?:\w+ )?(?:verteiler|liste"
    r"|mailingliste)\w*[^.\n]{0,40}(?:l[öo]sch|entfern|streich|nehm)",
    r"\b(?:l[öo]schen|entfernen|streichen|nehmen) sie (?:mich|uns|meine|bitte)",
    # French
    r"\bd[ée]s[- ]?(?:inscri|abonn)|\b(?:retirer|retirez|supprimer|supprimez|enlever|enlevez|radier|radiez|rayer"
    r"|rayez|[ôo]ter)[ -]"
    r"(?:moi|nous|mon (?:e-?mail|adresse|nom|mail))",
    r"\bne (?:plus|pas)[^.\n]{0,40}(?:recevoir|envoyer|m'envoyer|re[çc]ois)|\bplus (?:recevoir|de (?:mails?"
    r"|newsletters?|courriels?))",
    # Spanish
    r"\bdar(?:me|nos)? de baja|\bd[ée](?:n|me|nme)? de baja|\bdar-?se de baja|\bbaja (?:de|del|en) (?:la "
    r"|el )?(?:lista|bolet[ií]n|newsletter|suscripci)",
    r"\b(?:elim[ií]n|b[óo]rr|qu[ií]t|s[áa]qu|retir)(?:en|e|ar|ame|enme|eme|arme|enos)\w*[^.\n]{0,40}(?:lista"
    r"|bolet[ií]n|correo|direcci)",
    r"\bno (?:quiero|deseo|queremos)[^.\n]{0,30}recibir|\bdejen? de (?:enviar|mandar|escribir)|\bcancelar (?:mi "
    r"|la )?suscripci|\bdesuscrib",
    # Portuguese
    r"\bdescadastr|\bcancelar? (?:a |minha |a minha )?(?:inscri|assinatura|subscri)"
    r"|\banular (?:a )?(?:minha )?subscri",
    r"\b(?:remov|retir|exclu|tir|apag)(?:am|em|er|ir|ar|a|e|am-me|em-me|a-me|e-me|er-me)\b[^.\n]{0,40}(?:lista|meu"
    r"|newsletter|boletim|e-?mail)",
    r"\bn[ãa]o (?:quero|desejo|pretendo|gostaria)[^.\n]{0,30}receber|\bparem? de (?:enviar|mandar)"
    r"|\bdeixar de receber",
    # Italian
    r"\bdisiscri|\bcancella(?:rmi|temi|mi|re|te)?\b[^.\n]{0,40}(?:iscrizione|lista|newsletter|indirizzo|mail"
    r"|abbonamento|mi\b)|\bcancell(?:armi|atemi)\b",
    r"\b(?:rimuov\w+|togli\w+|eliminat?e?mi|eliminar?mi)\b[^.\n]{0,40}(?:lista|newsletter|indirizzo|mail|mi\b"
    r"|mailing)|\brimuove(?:te|rmi|temi)\b",
    r"\bnon (?:voglio|desidero|vorrei|intendo)[^.\n]{0,20}(?:pi[uù] )?ricev|\bnon (?:inviate|mandate|scrivete)mi\b",
    # Dutch
    r"\bafmeld|\buitschrijv|\bschrijf (?:me|mij|ons) uit|\bmeld (?:me|mij|ons) af|\bopzeggen\b"
    r"|\bzeg\w* [^.\n]{0,40}(?:nieuwsbrief|abonnement)[^.\n]{0,20} op\b",
    r"\b(?:verwijder|haal|schrap)\w* (?:me|mij|ons|mijn)[^.\n]{0,40}|\bgeen (?:e-?mails?|mails?"
    r"|nieuwsbrie\w+)[^.\n]{0,20} (?:meer|ontvangen)",
    r"\bniet (?:meer|langer)[^.\n]{0,30}ontvangen|\bstop met (?:mailen|sturen)",
    # Polish
    r"\bwypis(?:a[ćc]|z|anie|uj[ęe])|\bwyrejestr|\brezygnuj|\bzrezygnowa|\busun(?:i[ęe]cie|[ąa][ćc]"
    r"|cie)[^.\n]{0,40}(?:adres|mnie|list|newsletter|subskry)",
    r"\bnie (?:chc[ęe]|[żz]ycz[ęe] sobie|chcemy)[^.\n]{0,40}(?:otrzymywa|dostawa)|\bprosz[ęe] (?:nie"
    r"|o nie)[^.\n]{0,20}(?:przysy[łl]a|wysy[łl]a)|\bodsubskry",
    r"\busu[ńn](?:cie)? mnie",
    # Swedish, Danish, Norwegian
    r"\bavregistrer|\bavprenumer|\bs[äa]g\w* upp[^.\n]{0,40}(?:nyhetsbrev|prenumer)|\bta bort (?:mig|oss|min)"
    r"|\bavsluta[^.\n]{0,40}(?:prenumer|nyhetsbrev)",
    r"\bafmeld\w*|\bframeld|\bmeld (?:meg|mig) (?:av|fra|af)|\bvill inte (?:l[äa]ngre )?ha|\binte l[äa]ngre (?:f[åa]"
    r"|ha|ta emot)|\bfler nyhetsbrev|\binte ha (?:fler|mer)",
    # Russian, Ukrainian
    r"отпи(?:сат|сыва|сит|ск|ши)|удалит\w*[^.\n]{0,40}(?:рассыл|списк|адрес|меня)|отказ\w*[^.\n]{0,30}рассыл"
    r"|не (?:хочу"
    r"|присылайте|шлите)[^.\n]{0,40}(?:получ|рассыл|пис|больше)",
    r"відпи(?:сат|сува|сіт|ші)|видаліт\w*[^.\n]{0,40}(?:розсил|списк|адрес|мене)|не (?:надсилайте"
    r"|хочу)[^.\n]{0,40}(?:розсил|лист|отрим)",
    # Czech
    r"\bodhl[áa]s|\bodepsat|\bodepi[šs]te|\bzru[šs]it odb[ěe]r",
    # Japanese, Chinese, Korean
    r"配信.{0,4}(?:停止|解除|止め|やめ|不要)|購読.{0,4}(?:解除|中止|停止|やめ)|退会|登録.{0,4}(?:解除|削除)"
    r"|解除(?:して|を)(?:ください|下さい|お願い)"
    r"|(?:メルマガ|メール|ニュースレター).{0,12}(?:解除|停止|不要|いりません|要りません|送らないで|送信しないで"
    r"|やめて|止めて)",
    r"退订|取消(?:订阅|訂閱)|不(?:想|要)再?(?:收到|接收)|수신 ?거부|구독 ?(?:취소|해지)|(?:메일"
    r"|뉴스레터).{0,12}(?:보내지 마|그만)",
    # Arabic, Hebrew, Hindi
    r"[إا]لغاء (?:ال)?[إا]?شتراك\w*|(?:[أا]زيلوني|احذفوني|[إا]زالتي|حذفي|شطبي)|(?:[إا]زالة|حذف) (?:بريدي|عنواني|اسمي)"
    r"|لا (?:[أا]ريد|[أا]رغب)[^.\n]{0,30}(?:تلقي|استلام|استقبال|رسائل)|(?:توقفوا|كفوا) عن [إا]رسال",
    r"(?:הסירו|להסיר|תסירו|הסר|למחוק|מחקו) (?:נא )?(?:אותי|אותנו|את (?:ה?כתובת|שמי|המייל))|(?:לבטל|ביטול"
    r"|בטלו)[^.\n]{0,20}(?:מנוי|הרשמה|רישום)"
    r"|(?:לא|איני|אינני)[^.\n]{0,20}(?:רוצה|מעוניי?ן|מעוניינת)[^.\n]{0,20}לקבל|(?:הפסיקו|תפסיקו) לשלוח",
    r"सदस्यता[^।\n]{0,20}(?:रद्द|समाप्त|हटा)|अनसब्सक्राइब|(?:मुझे|मेरा (?:नाम|ईमेल|पता))[^।\n]{0,30}(?:सूची"
    r"|लिस्ट)[^।\n]{0,20}(?:हटा|निकाल)"
    r"|(?:ईमेल|मेल|न्यूज़लेटर|समाचार)[^।\n]{0,20}(?:न भेज|मत भेज|नहीं चाहि|बंद कर)",
)
_ASKS = re.compile("|".join(f"(?:{phrase})" for phrase in _PHRASES), re.IGNORECASE)
#: The opposite, or about somebody else's leaving.
_KEEPS = re.compile(
    r"(?i)\b(?:do(?: not|n[’']t)|never|please don[’']t|did(?: not|n[’']t)|no reason to|not going to|wo(?:n[’']t"
    r"| not)|would(?:n[’']t| not)) (?:\w+ ){0,3}"
    r"(?:unsubscribe|remove me|take me off)|nicht abmelden|nicht austragen|pas (?:me )?d[ée]sinscri"
    r"|no (?:me )?(?:den|dar) de baja"
    r"|non (?:mi )?disiscri|niet afmelden|nie wypisuj|не отписыва"
)
_SUBJECT = re.compile(
    rf"(?i)^\s*(?:(?:re|aw|sv|antw|odp|rv|tr|fwd?)\s*:\s*)*(?:unsubscri\w*|remove(?: me)?|stop|leave|opt[- ]?out"
    rf"|abmeld\w+|abbestell\w+"
    rf"|austragen|k[üu]ndigung|d[ée]s(?:inscri|abonne)\w+|(?:darme de )?baja|descadastr\w+|cancelar\b.{{0,30}}"
    rf"|disiscri\w+|cancell\w+"
    rf"|afmeld\w*|uitschrijv\w+|wypis\w*|rezygnacja\b.{{0,30}}|avregistrera\w*|avprenumerera\w*|отпис\w+"
    rf"|відпис\w+)(?:\W+(?:\w+\W+){{0,3}}{_LISTS})?\W*$"
)


def is_unsubscribe_request(subject: str, text: str) -> bool:
    """Whether the writer asks, in the subject or in their own words, to get no more of our messages."""
    words = " ".join(find_own_words(text).split())
    if _KEEPS.search(words):
        return False
    if _SUBJECT.search(subject) and len(words) <= _MAX_CHARACTERS:
        return True
    return len(words) <= _MAX_CHARACTERS and _ASKS.search(words) is not None
