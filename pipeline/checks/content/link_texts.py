"""Words that say nothing about where a link leads, in the languages Handbill speaks."""

from __future__ import annotations

_BY_LANGUAGE = {
    "en": "click here | click | here | tap here | this | this link | link | this page | this article | more | "
    "read more | learn more | find out more | see more | more info | more information | details | go | read | "
    "continue | continue reading | download | website | web page | url",
    "fr": "cliquez ici | cliquer ici | clique ici | ici | ce lien | lien | cette page | plus | en savoir plus | "
    "lire plus | lire la suite | voir plus | plus d'infos | plus d'informations | détails | suite | site",
    "de": "klicken sie hier | klicke hier | klick hier | hier klicken | hier | dieser link | diesem link | link | "
    "diese seite | mehr | weiterlesen | mehr lesen | mehr erfahren | mehr dazu | mehr infos | details | weiter",
    "es": "haz clic aquí | haga clic aquí | clic aquí | pulse aquí | aquí | este enlace | enlace | esta página | más | "
    "leer más | saber más | ver más | más información | seguir leyendo | detalles | sitio",
    "pt": "clique aqui | clicar aqui | aqui | este link | esta ligação | link | esta página | mais | leia mais | "
    "ler mais | saiba mais | saber mais | ver mais | mais informações | continuar a ler | detalhes | site",
    "it": "clicca qui | clicchi qui | cliccare qui | qui | questo link | link | questa pagina | leggi di più | "
    "scopri di più | continua a leggere | più informazioni | dettagli",
    "nl": "klik hier | hier | deze link | link | deze pagina | lees meer | meer lezen | meer informatie | meer",
    "ar": "اضغط هنا | انقر هنا | إضغط هنا | هنا | هذا الرابط | الرابط | رابط | المزيد | اقرأ المزيد | للمزيد | "
    "لمعرفة المزيد | هذه الصفحة | تفاصيل",
    "he": "לחצו כאן | לחץ כאן | לחצי כאן | כאן | הקישור | קישור | הקישור הזה | קישור זה | עוד | קרא עוד | "
    "קראו עוד | למידע נוסף | מידע נוסף | לפרטים | לפרטים נוספים",
    "hi": "यहाँ क्लिक करें | यहां क्लिक करें | यहाँ | यहां | यह लिंक | लिंक | और पढ़ें | अधिक जानकारी | और",
    "ja": "こちら | こちらをクリック | ここをクリック | ここ | 詳細 | 詳しくはこちら | 続きを読む | "
    "もっと見る | リンク",
}

#: All of them, folded.
VAGUE_LINK_TEXTS = frozenset(
    words.strip().casefold() for line in _BY_LANGUAGE.values() for words in line.split("|")
)
