"""The roles of Word's paragraph and character styles, by their names in several languages and programs."""

from __future__ import annotations

import re
from enum import Enum


class Role(Enum):
    """What a paragraph is, besides text."""

    #: The title of the document.
    TITLE = "title"
    #: The line below it.
    SUBTITLE = "subtitle"
    #: Who wrote it.
    AUTHOR = "author"
    #: When.
    DATE = "date"
    #: A heading; its level is separate.
    HEADING = "heading"
    #: A quotation.
    QUOTE = "quote"
    #: Lines of code.
    CODE = "code"
    #: The caption of a picture or table.
    CAPTION = "caption"
    #: A line of a table of contents or index, with a page number.
    CONTENTS = "contents"
    #: The term of a definition.
    TERM = "term"
    #: A definition.
    DEFINITION = "definition"


#: Names in lower case, without spaces, hyphens and digits at the end.
_NAMES: dict[Role, str] = {
    Role.TITLE: (
        "title titel titre título titulo titolo tittel otsikko tytuł název заголовок название doctitle documenttitle "
        "haupttitel タイトル 标题 標題"
    ),
    Role.SUBTITLE: (
        "subtitle untertitel soustitre subtítulo subtitulo sottotitolo ondertitel undertitel undertittel undertitle "
        "alaotsikko podtytuł podtitul подзаголовок standfirst deck dek 副标题 副題 サブタイトル"
    ),
    Role.AUTHOR: "author authors autor autorin auteur auteurs autore byline verfasser författare forfatter",
    Role.DATE: "date datum fecha data dato",
    Role.QUOTE: (
        "quote intensequote blocktext blockquote blockquotation quotation quotations quotes zitat intensiveszitat "
        "blockzitat citation citationintense citationenbloc cita citadestacada citaçãointensa citação citazione "
        "citazioneintensa citaat duidelijkcitaat citat starktcitat sterktsitat sitat cytat цитата выделеннаяцитата "
        "extract pullquote footnoteblocktext texteenbloc"
    ),
    Role.CODE: (
        "sourcecode code codeblock htmlpreformatted macrotext macro preformattedtext preformatted verbatim quelltext "
        "quellcode codesource htmlvorformatiert htmlpréformaté"
    ),
    Role.CAPTION: (
        "caption imagecaption tablecaption figurecaption figure beschriftung légende légendeimage epígrafe leyenda "
        "legenda didascalia bijschrift beskrivning bildtext billedtekst bildetekst podpis название объекта"
    ),
    Role.CONTENTS: (
        "toc tocheading tableofcontents tableoffigures tableofauthorities toaheading index indexheading verzeichnis "
        "inhaltsverzeichnis inhaltsverzeichnisüberschrift abbildungsverzeichnis tm titretm tabledesmatières "
        "tabledesillustrations tdc títulotdc sommario titolosommario sumário inhopg kopvaninhoudsopgave innehåll "
        "innehållsförteckningsrubrik contents contentsheading oglavlenie оглавление"
    ),
    Role.TERM: "definitionterm listterm",
    Role.DEFINITION: "definition listdefinition definitiondescription",
}
_ROLES = {name: role for role, names in _NAMES.items() for name in names.split()}
_HEADING = re.compile(
    r"(?:heading|überschrift|uberschrift|berschrift|titre|título|titulo|titolo|kop|rubrik|overskrift|otsikko"
    r"|nagłówek|nadpis|заголовок|címsor|başlık|标题|標題|見出し|제목)([1-9])"
)
_CODE_CHARACTERS = frozenset(
    "verbatimchar htmlcode code codechar sourcetext htmltypewriter htmlkeyboard htmlsample inlinecode".split()
)
_IGNORED = re.compile(r"[\s\-_]+")


def find_role(name: str) -> tuple[Role, int] | None:
    """Return the role of paragraphs whose style is called *name*, and the level if it is a heading."""
    compact = _IGNORED.sub("", name.casefold())
    if heading := _HEADING.fullmatch(compact):
        return Role.HEADING, int(heading[1])
    role = _ROLES.get(compact) or _ROLES.get(compact.rstrip("0123456789"))
    is_numbered = compact[-1:].isdigit()
    if role is None or (is_numbered and role in {Role.TITLE, Role.SUBTITLE, Role.DATE}):
        return None
    return role, 0


def is_code_style(name: str) -> bool:
    """Whether characters in the style called *name* are code."""
    return _IGNORED.sub("", name.casefold()) in _CODE_CHARACTERS
