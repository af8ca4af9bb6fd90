"""
Recognize the links that pages offer to readers: to accounts, cookie settings, other languages, the publisher.

Sites word them differently; the stems are few in each language.
"""

from __future__ import annotations

import re

#: In words.
_MAX_ACCOUNT = 4
_MAX_BUTTON = 6
_MAX_ROW = 16
#: What a reader does with an account: signs in, subscribes, searches, chooses an edition.
_ACCOUNT = re.compile(
    r"\b(?:menu|menú|menü|search|suche|recherche\w*|buscar|búsqueda|cerca|ricerca|pesquis\w*|zoeken|szukaj"
    r"|account|konto|compte|cuenta|conta|profil\w*|perfil|area riservata|mon espace|mein bereich"
    r"|log ?in|sign (?:in|up)|anmelden|einloggen|connexion|acceder|accedi|entrar|inloggen|zaloguj"
    r"|subscri\w+|abo|abonn\w+|abbona\w+|suscri\w+|assin\w+|member\w*|mitglied\w*"
    r"|editions?|ausgaben?|éditions?|edici[oó]n(?:es)?|edizion[ei]|edição|edições|edicola|kiosk|kiosque|quiosco"
    r"|e-?paper|today[’']s (?:paper|issue)|journal du jour|periódico de hoy|giornale di oggi|jornal de hoje"
    r"|cart|basket|warenkorb|panier|cesta|carrello|carrinho|winkelwagen|koszyk"
    r"|(?:try|test\w*|essa\w+|prueb\w+|prova|experiment\w+|probeer)(?: \S+)? (?:free|gr[aá]tis|gratuit\w*)"
    r"|free trial|jetzt testen|kostenlos testen|probeabo|skip links|sprungmarken|liens d[’']accès"
    r"|log out|abmelden|déconnexion|merkliste|newsletters?)(?!\w)",
    re.I,
)
#: What the buttons of a notice about cookies say.
_CONSENT = re.compile(
    r"\b(?:accept\w*|agree|reject|refuse|decline|allow|deny|manage|settings|preferences|options|customi[sz]e"
    r"|necessary"
    r"|essential|cookies?|okay|ok|fine|got it|learn more|more information|akzept\w+|zustimm\w+|einverstanden"
    r"|ablehn\w+|einstellungen|anpassen|notwendige\w*|erforderliche\w*|speichern|mehr erfahren|auswahl|accepte\w*"
    r"|refuse\w*|paramétr\w+|personnalis\w+|gérer|préférences|nécessaires|savoir plus|d[’']accord|acept\w+"
    r"|rechaz\w+|configur\w+|personaliz\w+|gestion\w+|opciones|preferencias|necesarias|más información"
    r"|accett\w+|rifiut\w+|personalizz\w+|gestisci|preferenze|necessari|scopri di più|aceit\w+|rejeit\w+|gerir"
    r"|opções|preferências|necessários|saber mais|saiba mais|accepteren|weiger\w*|instellingen|akceptuj\w*"
    r"|odrzu\w+|ustawienia)(?!\w)",
    re.I,
)
#: What footers link to.
_FOOTER_LINK = re.compile(
    r"(?:our |the |all )?(?:contact|legal|privacy|cookies?|terms|imprint|accessibility|advertis\w+|careers?"
    r"|vacancies|jobs"
    r"|press|masthead|newsroom|site ?map|code of (?:conduct|ethics)|syndication|permissions?|help(?: cent(?:re"
    r"|er))?|faqs?"
    r"|editorial (?:policy|team|standards)|corrections|complaints|subscriptions?|archives?|rss|impressum|datenschutz"
    r"|kontakt|agb|mediadaten|redaktion|verlag|leserservice|widerruf\w*|karriere|stellenangebote|abo\w*|presse"
    r"|mentions légales|confidentialité|contacts?|rédaction|cgu|cgv|recrutement|publicité|abonnements?|charte"
    r"|plan du site|données personnelles|aviso legal|privacidad|contacto|redacción|publicidad|suscripciones"
    r"|estatuto editorial|hemeroteca|ficha técnica|privacidade|contact?os|publicidade|assinaturas|termos|mapa do site"
    r"|note legali|contatti|redazione|pubblicità|abbonamenti|mappa del sito|informativa|termini|colofon|voorwaarden"
    r"|vacatures|redactie|adverteren|regulamin|kontakty?|redakcja|reklama|polityka)"
    r"(?: (?:us|with us|page|policy|notice|info(?:rmation)?|team|and|of|&|use|service|settings|conditions|und"
    r"|zum|kündigen"
    r"|im verlag|et|de|du|des|la|le|les|nos|cookies?|y|e|do|da|dos|das|di|sui|del|della|en|i|prywatności|condi\w+"
    r"|utili\w+|uso|privacy|privacidade|privacidad|service|confidentialité|site|data|offices?)){0,4}"
    r"|(?:work (?:with|for|at)|join|about|follow|meet|write (?:to|for)) (?:us|the team)|lavora con noi"
    r"|trabaja con nosotros"
    r"|trabalhe con(?:n)?osco|travailler avec nous|nous rejoindre|rejoignez-nous|werken bij|über uns|qui sommes-nous"
    r"|quiénes somos|quem somos|chi siamo|over ons|o nas|pol[ií]tica de \w+|apoio ao leitor|(?:nos|our"
    r"|unsere) (?:journalist\w*|authors|autor\w*|team)"
    r"|where to (?:buy|find us)|back to (?:the )?top|nach oben|haut de page|volver arriba|torna su|voltar ao topo"
    r"|(?:servizio|atención|apoio|service|serviço) (?:client\w*|lect\w+|lettor\w*|ao leitor|al lector|al cliente)",
    re.I,
)
#: Services for the reader of an article: to have it read out, to read it in another language.
_SERVICE = re.compile(
    r"(?:read|view|see|available|also available|lire|lisez|disponible|lesen|lies|auch|diesen|leer|lee|también|leggi"
    r"|leia|ler|lees|czytaj)\b.{0,40}\b(?:in|auf|en|em|op|po)(?: \S{1,12}){0,2}\s?:\s?\S"
    r"|(?:listen to|hear|play|écoute[rz]?|escuch[ae]r?|ascolta|ou[vç]\w+|luister|posłuchaj)\b.{0,40}"
    r"\b(?:article|story|post|episode|version|audio|artículo|noticia|articolo|artigo|notícia|artikel\w*|l[’']article"
    r"|cet article|artykułu)(?:\s?[(:·|–-].{0,20})?"
    r"|(?:artikel|beitrag|text) (?:an)?hören(?:\s?[(:·|–-].{0,20})?"
    r"|(?:this )?(?:article|story|post) (?:is )?(?:also )?available in .{2,60}"
    r"|(?:language|sprache|langue|idioma|lingua|taal|język)s?\s?:\s?\S.{0,60}",
    re.I,
)
#: A service and a list of languages.
_SERVICE_LIST = re.compile(
    r"(?:(?:diesen|diese|cet|cette|este|esta|questo|dit|ten) \S{1,12} )?"
    r"(?:read|view|see|lire|lisez|lesen|leer|lee|leggi|leia|ler|lees|czytaj)\b[^:.!?]{0,40}\b(?:in|auf|en|em|op|po)"
    r"(?: [^\s:]{1,12}){0,2}\s?:\s?\S",
    re.I,
)
#: Names of languages, in these languages: a line of two of them switches between them.
_LANGUAGE_NAMES = frozenset(
    "english deutsch français francais español espanol castellano italiano português portugues nederlands polski"
    " svenska norsk dansk suomi čeština slovenčina magyar română türkçe ελληνικά русский українська 中文 日本語 한국어"
    " العربية עברית català euskara galego en de fr es it pt nl pl".split()
)
_LANGUAGE_JOINTS = re.compile(r"[\s|·•/,;]+")


def is_account_link(text: str) -> bool:
    """Whether *text* is an entry of the menu for accounts: "Search this site", "US edition", "Mein Konto"."""
    words = len(text.split())
    if len(text) > 100 or words > _MAX_BUTTON * 2 or text[-1] in ".?!:":
        return False
    found = len(_ACCOUNT.findall(text))
    return found > 0 if words <= _MAX_ACCOUNT else found > 1 and found * 4 >= words


def is_footer_link(text: str) -> bool:
    """Whether *text* is a link of a footer: "Work with us", "Datenschutz", "Política de privacidade"."""
    return len(text) <= 60 and _FOOTER_LINK.fullmatch(text) is not None


def is_consent_button(text: str) -> bool:
    """Whether *text* is a button of a notice about cookies: "Only necessary", "Einstellungen"."""
    return len(text) <= 60 and len(text.split()) <= _MAX_BUTTON and bool(_CONSENT.search(text))


def is_reader_service(text: str) -> bool:
    """Whether *text* offers the article in another form: "Read this article in: Español", "Listen to this article"."""
    if len(text) > 120 or len(text.split()) > _MAX_ROW or text[-1] in ".!?":
        return False
    words = [word for word in _LANGUAGE_JOINTS.split(text.casefold()) if word]
    is_switch = len(words) > 1 and all(word in _LANGUAGE_NAMES for word in words)
    return (
        is_switch or _SERVICE.fullmatch(text) is not None or _SERVICE_LIST.match(text) is not None
    )
