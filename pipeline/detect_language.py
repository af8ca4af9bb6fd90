"""
Detect the language of a text by its script and its most frequent words.

Only languages that newsletters are written in often are known; what is uncertain stays unknown. A library would tell
more languages apart, at the price of a model of some megabytes and a dependency.
"""

# ruff: noqa: E501 - one language a line
from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

#: In characters; more does not change the result.
_MAX_TEXT = 30_000
#: In characters; a shorter text is not attributed to a script.
_MIN_CHARACTERS = 12
#: The share of characters of one script that makes a text one of that script.
_MIN_SHARE = 0.6
#: Frequent words, weighted by how few languages share them: in the text, compared with the next language, and for
#: each word of the text.
_MIN_SCORE, _MIN_LEAD, _MIN_DENSITY = 3.0, 1.6, 0.06
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")

#: The language of a script that only one common language has.
_BY_SCRIPT = {
    "HEBREW": "he", "GREEK": "el", "HANGUL": "ko", "HIRAGANA": "ja", "KATAKANA": "ja", "THAI": "th", "GEORGIAN": "ka",
    "ARMENIAN": "hy", "DEVANAGARI": "hi", "BENGALI": "bn", "TAMIL": "ta", "TELUGU": "te", "GUJARATI": "gu",
    "GURMUKHI": "pa", "KANNADA": "kn", "MALAYALAM": "ml", "SINHALA": "si", "KHMER": "km", "LAO": "lo", "MYANMAR": "my",
    "ETHIOPIC": "am", "TIBETAN": "bo", "CJK": "zh", "ARABIC": "ar", "CYRILLIC": "ru", "THAANA": "dv", "SYRIAC": "syr",
}  # fmt: skip
#: Other languages of those scripts; a text in one of them is not told to be wrong.
_OTHERS_BY_SCRIPT = {
    "HEBREW": "yi lad", "DEVANAGARI": "mr ne sa", "BENGALI": "as", "ETHIOPIC": "ti", "CJK": "ja yue wuu ko",
    "ARABIC": "fa ur ps sd ug ckb ku ks az pa dv", "CYRILLIC": "uk bg sr mk be kk ky mn tg uz tt az bs",
}  # fmt: skip
#: Characters that tell languages of one script apart.
_CHARACTERS = {
    "ARABIC": {"ur": "ٹڈڑےںھ", "ps": "ټډړښږ", "fa": "پچژگکی"},
    "CYRILLIC": {
        "uk": "іїєґ",
        "be": "ўі",
        "sr": "ђћџљњј",
        "mk": "ѓќѕџљњј",
        "kk": "әғқңөұү",
        "ru": "ыэё",
        "bg": "ъщ",
    },
}
_FREQUENT_WORDS = {
    "en": "the of and to in that was for it with as his on be at by had not are but from have they which this were an",
    "de": "der die und den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach wird bei einer um wie",
    "fr": "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont avec été cette ou l' d' qu' n' c' j' s'",
    "es": "de la que el en y a los del se las por un para con no una su al lo como más pero sus le ya o este sí porque esta entre cuando muy sin",
    "pt": "de que e o a do da em um para com não uma os no se na por mais as dos como mas ao ele das à seu sua ou quando muito já foi são também",
    "it": "di che e la il un a per in una mi sono ho non ma lo ha le si con cosa se io come da ci del della dei nel più gli era anche è alla delle l' d' un' dell' all' nell'",
    "nl": "de het een van en in is dat op te zijn met voor niet aan er om ook als dan maar bij uit nog naar door hij werd wordt deze heeft",
    "sv": "och att det i en som på är av för med den till inte har de ett om var jag men sig så från vi kan när nu hade efter också",
    "da": "og i at det er en til af på som med for den ikke der har de et om var jeg men sig så fra vi kan blev efter også havde hun hvad",
    "nb": "og i det er en til av på som med for den ikke at har de et om var jeg men seg så fra vi kan ble etter også hadde hun hva",
    "fi": "ja on ei että se hän oli mutta ovat kun niin joka myös tai olla ole mukaan kuin vain jos sen hänen mitä sitä nyt siitä jo ollut",
    "pl": "i w nie na się z do to że jest o jak za od po przez ale co tak był dla był są tylko oraz jego może które który już przy",
    "cs": "a se v na je že s z do o to i ve pro za by ale si po jako podle jsem tak jeho jsou který byl která bylo když nebo od",
    "sk": "a sa v na je že s z do o to aj vo pre za by ale si po ako podľa som tak jeho sú ktorý bol ktorá bolo keď alebo od",
    "hu": "a az és hogy nem is egy ez meg de volt csak már el mint még ki ha van azt vagy azonban minden volna szerint után",
    "ro": "și de în a la cu pe să nu o care din că este un mai se ce pentru au fost sunt ca sau dar lui al după când",
    "tr": "ve bir bu da de için ile çok daha olarak gibi olan ne o kadar sonra ama değil var en her ki yok mi ya göre oldu",
    "ca": "de la i que el en a els les per un del amb una no és al com més va seva dels o però aquest són seu també hi ha l' d'",
    "hr": "i u je se na da su za od a s kao koji ne o što iz biti bio nije ali koja bila ili po samo nakon kako",
    "sl": "in je v na se da za so ki z pa s ne kot po bil tudi od ali iz bo do ni še pri bila že kako",
    "lt": "ir kad į yra tai iš su bet apie kaip jis buvo savo po ar nuo ne už jo prie taip dar jau tik buvo",
    "lv": "un ir ka no uz par ar kas tas bija bet arī nav vai kā pēc to pie gan lai viņš tika",
    "et": "ja on ei et see oli ta mis kui ka ning oma või aga tema mida nii välja pärast siis veel",
    "id": "yang dan di itu dengan untuk tidak ini dari dalam akan pada juga saya ke karena tersebut bisa ada mereka oleh",
    "vi": "và của là có không cho được trong một người những với các này đã khi từ để về ra đến như",
    "ga": "agus an na ar go a is le i bhí sé do ag nach mar seo sin ó air faoi",
    "cy": "y yn a i ar o ac yr ei mae oedd am wedi bod gan eu fel hyn nid wrth",
    "eu": "eta da ez bat du ere izan zen dira baina hori bere dute egin zuen dela beste",
    "is": "og að í er á sem um til við var það ekki en með fyrir af hann því eru frá",
}
_WORDS = {language: set(words.split()) for language, words in _FREQUENT_WORDS.items()}
_SHARED = Counter(word for words in _WORDS.values() for word in words)
#: Languages that cannot be told apart by these words: the first stands for all.
_VARIANTS = {
    "no": "nb",
    "nn": "nb",
    "iw": "he",
    "bs": "hr",
    "sh": "hr",
    "ms": "id",
    "in": "id",
    "fil": "tl",
    "cnr": "hr",
}
#: Languages in Latin script that are not among those above and resemble one of them.
_UNKNOWN_LATIN = frozenset(
    "sr gl oc ast an lb fy li nds gsw sc scn vec co lmo fur ht la fo ia io eo".split()
)


@dataclass(frozen=True, slots=True)
class DetectedLanguage:
    """
    The language of a text.

    Args:
        language: Its tag, such as "de".
        alternatives: Tags that the same evidence allows.
        is_clear: No other known language in the same script comes near.
    """

    language: str
    alternatives: frozenset[str] = frozenset()
    is_clear: bool = True

    def contradicts(self, declared: str) -> bool:
        """Whether a text of this language cannot be in *declared*, a tag such as "pt-BR"."""
        base = declared.replace("_", "-").split("-")[0].lower()
        base = _VARIANTS.get(base, base)
        return base not in {self.language, *self.alternatives}


def detect_language(text: str, *, is_part: bool = False) -> DetectedLanguage | None:
    """
    Return the language of *text*, or None if it is too short or too mixed to tell.

    With *is_part* the text is one of several: a few characters of a script that only one language has are enough.
    """
    text = text[:_MAX_TEXT]
    characters = [character for character in text if character.isalpha()]
    if len(characters) < (2 if is_part else _MIN_CHARACTERS):
        return None
    scripts = Counter(_get_script(character) for character in characters)
    script, count = scripts.most_common(1)[0]
    japanese = scripts["HIRAGANA"] + scripts["KATAKANA"]
    if script == "CJK" and japanese > 0.05 * count:
        script, count = "HIRAGANA", count + japanese
    elif script in {"HIRAGANA", "KATAKANA"}:
        count = japanese + scripts["CJK"]
    if count < _MIN_SHARE * len(characters):
        return None
    if script == "LATIN":
        return _detect_by_words(text)
    if len(characters) < _MIN_CHARACTERS and script in _OTHERS_BY_SCRIPT and script != "HEBREW":
        return None
    language = _BY_SCRIPT.get(script)
    if language is None:
        return None
    others = {_BY_SCRIPT[script], *_OTHERS_BY_SCRIPT.get(script, "").split()}
    return DetectedLanguage(
        _choose_by_characters(script, characters) or language, frozenset(others)
    )


def _get_script(character: str) -> str:
    """Return the first word of the Unicode name of *character*: "LATIN", "HEBREW", "CJK"."""
    return "LATIN" if character.isascii() else unicodedata.name(character, "").split(" ")[0]


def _choose_by_characters(script: str, characters: list[str]) -> str | None:
    """Return the language of *script* whose own characters are the most frequent in *characters*."""
    counts = Counter(character.lower() for character in characters)
    scores = {
        language: sum(counts[character] for character in own)
        for language, own in _CHARACTERS.get(script, {}).items()
    }
    best = max(scores, key=lambda language: scores[language], default=None)
    return best if best is not None and scores[best] >= 0.005 * len(characters) else None


def _detect_by_words(text: str) -> DetectedLanguage | None:
    words = [word.replace("’", "'") for word in _WORD.findall(text.lower())]
    counts = Counter(words)
    counts.update(word.partition("'")[0] + "'" for word in words if "'" in word)  # "l'", "d'"
    scores = {
        language: sum(counts[word] / _SHARED[word] for word in frequent)
        for language, frequent in _WORDS.items()
    }
    (best, score), (second, other) = Counter(scores).most_common(2)
    own = sum(counts[word] for word in _WORDS[best] - _WORDS[second])
    foreign = sum(counts[word] for word in _WORDS[second] - _WORDS[best])
    is_clear = score >= _MIN_LEAD * other or (own >= _MIN_SCORE and own >= 3 * foreign)
    if score < _MIN_SCORE or not is_clear or score < _MIN_DENSITY * len(words):
        return None
    close = {language for language in scores if scores[language] * 3 > score}
    return DetectedLanguage(best, frozenset(close | _UNKNOWN_LATIN), is_clear=close == {best})


def has_words_of(text: str, language: str) -> bool:
    """Whether *text* has at least two frequent words of *language*, a tag; none is known in other scripts."""
    base = language.replace("_", "-").split("-")[0].lower()
    own = _WORDS.get(_VARIANTS.get(base, base), set())
    return len(own.intersection(_WORD.findall(text.lower()))) > 1
