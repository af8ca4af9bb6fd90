"""
Recognize lines at the edges of a page by their shape and by stems of words: menus, buttons, boxes.

Sites word their buttons differently; the stems of what they do (share, listen, save, print, comment, subscribe) are few
in each language. Such a line counts only where buttons are: above the title, around the byline, after the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.loaders.text.boilerplate import web_phrases
from pipeline.loaders.text.chunks import find_urls, strip_bullet

#: In words; a longer line is no button.
_MAX_BUTTON = 6
_MAX_LABEL = 7
_MAX_ROW = 16
#: What buttons do, by stem.
_ACTION = re.compile(
    r"\b(?:shar(?:e|ing)\b|tweet|repost|restack|save (?:for|this|article|story)|gift (?:this|a|article)"
    r"|print(?:able)?\b|listen\b"
    r"|hear this|read aloud|[aá]udio|comment|convers[aà]|discuss|particip|partecip|follow (?:us|me)\b|subscri"
    r"|sign up|sign in|log ?in\b|log out"
    r"|your e-?mail|e-?mail address|type your|unsubscri|copy link|bookmark|download|report\b|repl(?:y|ies)\b"
    r"|likes?\b|claps?\b"
    r"|teilen|merk(?:en|liste)|verschenk|drucken|vorlesen|anhören|hören sie|kommentar|kommentier|diskutier"
    r"|antworten|melden"
    r"|abonnier|anmeld|registrier|ihre e-?mail|e-?mail-adresse|versenden|kopieren|eintragen"
    r"|partag|enregistr|imprim|écout|à voix haute|réag|répond|commentaire|s[’']abonn|abonn|s[’']inscri"
    r"|m[’']inscri|inscri"
    r"|connect(?:er|ez)|votre e-?mail|adresse e-?mail|copier|offrir cet|offrir l|sélections|signaler|favoris"
    r"|compart|guardar|escuch|oír\b|imprimir|comentario|responder|denunciar|suscri|apuntarme|tu correo"
    r"|correo electrónico"
    r"|inicia(?:r)? sesión|regalar|enlace|registra"
    r"|condivid|stamp|salva (?:per|articolo)|ascolt|comment[io]|rispond|segnala|iscriv|abbona|accedi"
    r"|la tua email|indirizzo email"
    r"|copia link|regala (?:questo|l)|partilh|compartilh|ouvir|ouça|comentário|denunciar|subscrev|assin|inscrev"
    r"|inicie sessão"
    r"|seu email|oferecer artigo|quero receber|delen|luister|reager|reactie|bewaar|opslaan|afdrukken|inloggen"
    r"|abonneer|aanmeld"
    r"|udostępn|posłucha|skomentuj|komentarz|zapisz|drukuj|zaloguj|subskryb)",
    re.I,
)
#: The names of places to share at.
_NETWORK = re.compile(
    r"\b(?:facebook|twitter|linkedin|whatsapp|telegram|reddit|bluesky|mastodon|threads|instagram|pinterest|pocket"
    r"|flipboard|e-?mail|mail|messenger|xing|signal|youtube|tiktok)\b",
    re.I,
)
#: A newsletter box: what it is called, where it arrives, how to leave it.
_NEWSLETTER = re.compile(
    r"\b(?:newsletters?|wochenbrief|rundbrief|boletín|infolettre|nieuwsbrief|inbox|postfach|boîte(?: mail)?\b"
    r"|tu correo|casella"
    r"|(?:no|seu) e-?mail\b|by email|mailbox|spam|unsubscribe|abbestell|kündbar|désinscri|darte de baja|cancellarti"
    r"|cancelar quando|wypisać|weekly email|mailing list|your email|ihre e-?mail|votre e-?mail|adresse e-?mail"
    r"|stories a week|story a week)",
    re.I,
)
#: Fields and buttons of a newsletter box.
_FIELD = re.compile(
    r"e-?mail|correo|subscri|subscr[ei]v|sign(?: me)? up|\bjoin\b|abonn|inscri|anmeld|eintrag|iscriv|suscri"
    r"|inscrev|assin"
    r"|apunt|receber|recib|recevoir|valider|envi[ae]r?\b|\binvia\b|aanmeld|zapisz|get it",
    re.I,
)
_ADVERTISING = re.compile(
    r"\b(?:advert\w*|sponsor\w*|gesponser\w+|patrocin\w+|anzeige|werbung|publicit[éà]|publicid\w+|pubblicità"
    r"|anunci\w*"
    r"|anúncio|annonce|annuncio|reclame|paid|bezahlte?r?|advertentie|reklama)\b",
    re.I,
)
_CONTINUES_BELOW = re.compile(
    r"(?:(?:the|der|die|das|l[’']|la|le|el|il|o|a|het|de) ?)?(?:article|story|text|artikel|beitrag|noticia"
    r"|artículo|articolo|notizia"
    r"|artigo|notícia|artykuł)(?: [^\W\d_]+){0,3} (?:below|unten|weiter|abajo|continúa|sotto|seguito|abaixo"
    r"|continua|suite|hieronder"
    r"|verder|poniżej)(?: [^\W\d_]+)?",
    re.I,
)
_CONTINUES = re.compile(
    r"\b(?:continu\w*|suite|weiter\w*|below|unten|abajo|skip|after|nach|après|tras|após|prosegue|content"
    r"|contenu|contenido"
    r"|contenuto|conteúdo|inhalt)\b",
    re.I,
)
#: How a line begins that links to another article.
_ALSO = re.compile(
    r"(?:(?:read|see|watch|listen|don[’']t miss|related|lesen|siehe|hören|lire|à lire|voir|à voir|à écouter|lee"
    r"|leer|lea|ver"
    r"|te puede|leia|veja|ouça|a não|leggi|vedi|guarda|ascolta|approfondisci|lees|zie|czytaj"
    r"|zobacz)\b(?: [^\W\d_’'-]+){0,3}"
    r"|(?:more|mehr|más|mais|plus|meer|dazu) (?:on this|on that|about this|dazu|zum thema|auch|sobre|sur ce"
    r"|sobre esto)"
    r"(?: [^\W\d_]+)?|(?:notre|nos|unsere?|our|nuestr[ao]s?|nostr[aoi]|nossa?s?|onze|nasz[ae]?) [^\W\d_]+)"
    r"\s?[:|–—]\s(?=\S)",
    re.I,
)
#: What offers of subscriptions say.
_OFFER = re.compile(
    r"^(?:new|neu|nouveau|nuevo|novità|novo|nieuw)\s?:|\b\d+ (?:months?|weeks?|monate?|wochen|mois|mes(?:es)?"
    r"|mesi|maanden|miesi\w+)\b|[€£$]\s?\d|\d\s?[€£$]"
    r"|\b(?:offer|angebot|offre|oferta|offerta|aanbieding)\b|\b(?:gratis|gratuit\w*|gratuito\w*|kostenlos)\b"
    r"|\b(?:free|freie) (?:articles?|artikel|delivery|trial)\b|\b(?:independent|libre|libero|livre"
    r"|unabhängige\w*) (?:journalis|presse)"
    r"|\b(?:journalisme|periodismo|giornalismo|jornalismo|presse) (?:libre|libero|livre|ind[ie]pend)",
    re.I,
)
_COUNT = re.compile(r"[\d.,]{1,7}[KkMm]?(?: [^\W\d_]{4,15})?|[^\W\d_]{4,15} ?\(\d{1,5}\)")
_SKIP_TARGET = re.compile(
    r"\b(?:skip|inhalt|content|contenu|contenid[oi]|contenut[oi]|conteúdo|navega\w+|naviga\w+|hauptmenü"
    r"|menu principal"
    r"|suchfeld|recherche|búsqueda|ricerca|pesquisa|footer|pied de page|pie de página|rodapé|seitenende|fußzeile"
    r"|inhoud|navigatie|treści|nawigacji)\b",
    re.I,
)
_BARS = re.compile(r"\s?[|·•›»]\s?")
_ARROWS = re.compile(r"\s?[>›»→]\s")
#: In words, of each of two entries.
_MAX_PAIR = 3
#: Separators of a menu on one line, and the fewest segments of one.
_SEPARATORS = re.compile(r"\s?[|·•›»▸→]\s?|\s/\s|\s>\s|\s[–—]\s|\t|\s{2}")
_MIN_SEGMENTS = 3
#: In words: the shortest run of a menu, and the length that no title of capitalized words has.
_MIN_RUN = 4
_LONG_RUN = 8
#: The number of entries that make a menu of words in lower case too; the longest entry in words.
_MANY_KNOWN = 3
_LONGEST_PHRASE = 4
_ENTRIES = (
    web_phrases.MENU
    | web_phrases.HOME
    | web_phrases.FOOTER
    | web_phrases.KICKERS
    | web_phrases.SECTIONS
)
_MAX_SEGMENT = 5


def is_offer(text: str) -> bool:
    """Whether *text* sells a subscription: "3 months for £1", "Sie haben noch 2 freie Artikel"."""
    return len(text) <= 80 and len(text.split()) <= 12 and _OFFER.search(text) is not None


def is_button(text: str) -> bool:
    """Whether *text* reads like a button or a form's field: "Save for later", "Ihre E-Mail-Adresse", "12 Likes"."""
    words = text.split()
    if len(text) > 60 or not words or len(words) > _MAX_BUTTON or text[-1] in ".?!:":
        return False
    return bool(_ACTION.search(text)) or (len(words) <= 3 and bool(_NETWORK.search(text)))


def is_button_row(text: str) -> bool:
    """Whether *text* is several buttons on one line."""
    words = text.split()
    if len(text) > 200 or not 2 <= len(words) <= _MAX_ROW or re.search(r"[.,:;!?]", text):
        return False
    entries = [entry.strip() for entry in _SEPARATORS.split(text) if entry.strip()]
    if len(entries) > 1 and all(map(is_button, entries)):
        return True
    found = len(_ACTION.findall(text)) + len(_NETWORK.findall(text))
    return found >= 2 and words[0][:1].isupper() and found * 4 >= len(words)


def is_count(text: str) -> bool:
    """Whether *text* is a number of likes or comments: "12", "1.2K", "3 commentaires", "Kommentare (12)"."""
    return len(text) <= 30 and _COUNT.fullmatch(text) is not None


def is_skip_link(text: str) -> bool:
    """Whether *text* leads past the menu: a few words with "content", "navigation" or the like."""
    return len(text) <= 60 and len(text.split()) <= _MAX_BUTTON and bool(_SKIP_TARGET.search(text))


def is_pair(text: str) -> bool:
    """Whether *text* is two short entries of a menu: "Sign in | Subscribe"."""
    entries = _BARS.split(text) if len(text) <= 80 else []
    return len(entries) == 2 and all(0 < len(entry.split()) <= _MAX_PAIR for entry in entries)


def is_trail(text: str) -> bool:
    """Whether *text* is a breadcrumb trail, whatever it begins with: "News > Coast > The sea wall"."""
    crumbs = [crumb.strip() for crumb in _ARROWS.split(text)] if len(text) <= 200 else []
    return len(crumbs) > 1 and all(0 < len(crumb.split()) <= _MAX_PAIR for crumb in crumbs[:-1])


def is_menu_line(text: str) -> bool:
    """Whether *text* is a menu on one line: several short entries with the same separator between them."""
    if len(text) > 1000 or next(find_urls(text), None):
        return False
    entries = [entry for entry in _SEPARATORS.split(strip_bullet(text)) if entry.strip()]
    if len(entries) < _MIN_SEGMENTS:
        return False
    return all(len(entry.split()) <= _MAX_SEGMENT and entry[-1] not in ".!" for entry in entries)


def is_menu_run(text: str) -> bool:
    """Whether *text* is a menu that lost its separators: many capitalized words, or two entries of menus, in a row."""
    text = text.removesuffix("?").rstrip()
    words = text.split()
    if len(words) < _MIN_RUN or not text[-1].isalnum() or re.search(r"[,:;!?.“”„«»\"]", text):
        return False
    known = _count_known_phrases([word.casefold() for word in words])
    if sum(word[:1].isupper() for word in words) < len(words) * 0.75:
        return known >= _MANY_KNOWN
    return len(words) >= _LONG_RUN or known >= 2


def _count_known_phrases(words: Sequence[str]) -> int:
    """Return how many entries of menus and footers stand in a row of words."""
    found = i = 0
    while i < len(words):
        for length in range(_LONGEST_PHRASE, 0, -1):
            if " ".join(words[i : i + length]) in _ENTRIES:
                found += 1
                i += length - 1
                break
        i += 1
    return found


def is_newsletter_text(text: str) -> bool:
    """Whether a short text invites to a newsletter."""
    return len(text) <= 200 and len(text.split()) <= 25 and _NEWSLETTER.search(text) is not None


def is_field(text: str) -> bool:
    """Whether *text* is a field or a button of a newsletter box."""
    return len(text) <= 60 and len(text.split()) <= _MAX_BUTTON and _FIELD.search(text) is not None


def is_advertising(text: str) -> bool:
    """Whether *text* is the label of an advertisement: one word, or with "continues below"."""
    words = text.split()
    if len(text) > 80 or not words or len(words) > _MAX_LABEL or text[-1] in ".?!":
        return False
    if _CONTINUES_BELOW.fullmatch(text):
        return True
    return bool(_ADVERTISING.search(text)) and (len(words) == 1 or bool(_CONTINUES.search(text)))


def is_link_to_other(text: str) -> bool:
    """Whether *text* is a label and the title of another article: "Read more: A pier for Fenwick"."""
    match = _ALSO.match(text) if len(text) <= 200 else None
    return match is not None and len(text[match.end() :].split()) <= 18 and text[-1] not in ".;:,"
