"""The language of an article is told by its text where the source names none, or a wrong one."""

# ruff: noqa: E501 - one text a line
from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.detect_language import detect_language
from pipeline.loaders.shared.article_language import set_language
from pipeline.models.article import Article, Paragraph, Text

TEXTS = {
    "en": "The ferry to the outer island was rowed by two sisters, and the book in which they wrote it down is in the harbour office.",
    "de": "Die Fähre zur Insel wurde von zwei Schwestern gerudert, und das Buch, in das sie es schrieben, liegt noch im Hafenamt.",
    "fr": "Deux sœurs ont fait passer le bac vers l’île pendant onze ans, et le livre qu’elles ont tenu est encore dans le bureau du port.",
    "es": "Las dos hermanas remaban hasta la isla, y el libro en que lo escribían está todavía en la oficina del puerto, pero no se lee.",
    "pt": "As duas irmãs remavam até a ilha, e o livro em que elas escreviam ainda está no escritório do porto, mas não foi lido.",
    "it": "Le due sorelle remavano fino all’isola, e il libro in cui lo scrivevano è ancora nell’ufficio del porto, ma non si legge più.",
    "nl": "De twee zussen roeiden naar het eiland, en het boek waarin zij dat schreven ligt nog in het havenkantoor, maar niet voor ons.",
    "sv": "De två systrarna rodde till ön, och boken som de skrev i finns ännu på hamnkontoret, men det är inte så att vi kan läsa den efter allt.",
    "da": "De to søstre roede ud til øen, og bogen, som de skrev i, ligger der endnu, men det er ikke noget, vi kan læse efter så lang tid; hun blev af med den, og man havde ikke ledt efter den.",
    "nb": "De to søstrene rodde ut til øya, og boken som de skrev i ligger der ennå, men det er ikke noe vi kan lese etter så lang tid; hun ble av med den, og jeg hadde ikke lett etter den.",
    "pl": "Dwie siostry wiosłowały na wyspę, a książka, w której to zapisały, jest do dziś w biurze portu, ale nie dla nas, tylko po to, że tak było.",
    "cs": "Dvě sestry veslovaly na ostrov a kniha, do které to zapsaly, je dodnes v kanceláři přístavu, ale jen pro ty, kteří ji znají, když se to stalo.",
    "fi": "Kaksi sisarta souti saarelle, ja kirja, johon he sen kirjoittivat, on vielä satamassa, mutta se ei ole ollut siitä kuin vain hetken.",
    "hu": "A két nővér evezett a szigetre, és a könyv, amelybe ezt írták, még ma is a kikötőben van, de nem olvasta el azt már senki, csak egy ember.",
    "tr": "İki kız kardeş adaya kürek çekti ve bunu yazdıkları kitap bugün de limanda duruyor, ama bir daha çok okunmadı, o kadar.",
    "ru": "Две сестры гребли к острову, и книга, в которую они это записывали, до сих пор лежит в порту, но мы её не читали.",
    "uk": "Дві сестри веслували до острова, і книга, в яку вони це записували, досі лежить у порту, але її ніхто не читав.",
    "bg": "Двете сестри гребяха към острова и книгата, в която са го записвали, още стои в пристанището, но никой не е чел първата част.",
    "el": "Οι δύο αδελφές κωπηλατούσαν ως το νησί και το βιβλίο τους είναι ακόμη στο λιμάνι.",
    "he": "שתי האחיות חתרו אל האי, והספר שבו כתבו זאת מונח עד היום בנמל.",
    "ar": "جدفت الأختان إلى الجزيرة والكتاب الذي كتبتا فيه ذلك ما زال في الميناء",
    "fa": "دو خواهر تا جزیره پارو می‌زدند و کتابی که در آن نوشتند هنوز در بندر است، پس چه شد",
    "hi": "दो बहनें द्वीप तक नाव खेती थीं और उनकी किताब आज भी बंदरगाह में है।",
    "ja": "二人の姉妹が島まで舟をこぎ、その記録は今も港にある。",
    "zh": "姐妹二人划船到岛上,记下此事的书至今仍在港口。",
    "ko": "두 자매가 섬까지 노를 저었고 그 기록은 아직 항구에 있다.",
    "th": "สองพี่น้องพายเรือไปที่เกาะ และสมุดบันทึกยังอยู่ที่ท่าเรือ",
}  # fmt: skip


def write_article(text: str, language: str | None = None) -> Article:
    """Return an article of three paragraphs of *text*."""
    return Article(
        language=language, blocks=(Paragraph(inlines=(Text(text=f"{text} {text} {text}"),)),)
    )


@pytest.mark.parametrize("language", TEXTS)
def test_detected(language: str) -> None:
    """One sentence is enough, whatever its script."""
    found = detect_language(TEXTS[language])
    assert language == (found and found.language)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1911",
        "Oars",
        "Nell Oddy, Wilmot Pask",
        "Lorem ipsum dolor sit amet " * 20,
        "x = y(z)\n" * 50,
    ],
)
def test_unknown(text: str) -> None:
    """Too little text, names, code and other languages stay unknown."""
    assert None is detect_language(text)


@pytest.mark.parametrize("language", TEXTS)
def test_missing_language(language: str) -> None:
    """An article without a language gets that of its text, without a warning."""
    found = set_language(write_article(TEXTS[language]), is_author=True)
    assert (language, ()) == (found.language, found.warnings)


@pytest.mark.parametrize("language", sorted(set(TEXTS) - {"en"}))
def test_wrong_language(language: str) -> None:
    """A page in the language of its theme, not of its text, is corrected with a warning."""
    found = set_language(write_article(TEXTS[language] * 2, "en-US"), is_author=False)
    assert (language, ["language.corrected"]) == (found.language, [w.code for w in found.warnings])


@pytest.mark.parametrize(
    ("language", "declared"),
    [("en", "en-GB"), ("pt", "pt-BR"), ("nb", "no"), ("nb", "nn-NO"), ("ru", "bg"), ("zh", "zh-Hant-TW"), ("es", "gl"), ("ar", "ckb")],
)  # fmt: skip
def test_right_language(language: str, declared: str) -> None:
    """A region, another name and a language that looks alike are not wrong."""
    article = write_article(TEXTS[language] * 2, declared)
    assert article == set_language(article, is_author=False)


def test_language_of_the_author() -> None:
    """What the author writes into the front matter stays; so does the language of a page with little text."""
    article = write_article(TEXTS["de"] * 2, "en")
    assert article == set_language(article, is_author=True)
    short = replace(article, blocks=(Paragraph(inlines=(Text(text=TEXTS["de"][:90]),)),))
    assert short == set_language(short, is_author=False)
