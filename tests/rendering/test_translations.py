"""Handbill speaks the letter's language, and a project can teach it any."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest
from babel import Locale
from babel.messages.pofile import read_po

from pipeline.errors import RenderError
from pipeline.files import find_shipped
from pipeline.models.article import Emphasis
from pipeline.models.edition import Edition
from pipeline.rendering import render
from pipeline.rendering.appeal.formats import format_amount
from pipeline.rendering.translations import (
    _NAMES,
    ENGLISH,
    find_placeholders,
    load_translations,
)
from tests.rendering.html_reader import Page
from tests.rendering.sample_issues import (
    APPEAL,
    ARABIC,
    PUBLICATION,
    article,
    html_of,
    inlines,
    issue_of,
    note,
    para,
    ref,
    shown,
    theme,
)
from tests.support import ROOT

CATALOGUES = sorted(find_shipped("locale").glob("*.po"))
WANTED = {"ar", "de", "es", "fr", "he", "hi", "ja", "pt", "pt-PT"}
NOTED = article(para("One.", ref(1), " Two.", ref(1)), notes=(note(1, "A note."),))


def catalogue(folder: Path, language: str, entries: str) -> Path:
    path = folder / f"{language}.po"
    path.write_bytes(dedent(entries).encode("utf-8", "surrogateescape"))
    return path


def edition_in(language: str, folder: Path | None = None) -> Edition:
    issue = issue_of(NOTED, language=language)
    return render(issue, theme(), catalogs=[folder] if folder else [])


# The catalogues


def test_the_promised_languages_are_there() -> None:
    """Beside English, which needs no catalogue, there is one for each language promised."""
    assert set() == WANTED - {path.stem for path in CATALOGUES}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_every_catalogue_is_whole(path: Path) -> None:
    """Each translates all words, or, for a country, some of those in its language's own catalogue; none twice."""
    with path.open("rb") as file:
        entries = [m for m in read_po(file, abort_invalid=True) if m.id]
    names = [m.context for m in entries]

    assert str(Locale.parse(path.stem.replace("-", "_"))).replace("_", "-") == path.stem
    assert len(set(names)) == path.read_text(encoding="utf-8").count("msgctxt")
    if "-" in path.stem:
        assert (path.parent / f"{path.stem.partition('-')[0]}.po").is_file()
        assert set() == set(names) - set(_NAMES)
    else:
        assert list(_NAMES) == names
    assert [getattr(ENGLISH, m.context or "") for m in entries] == [m.id for m in entries]
    for message in entries:
        assert isinstance(message.string, str) and message.string.strip() == message.string != ""
        assert not message.fuzzy
        assert find_placeholders(str(message.id)) == find_placeholders(message.string)


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_words_are_in_the_script_of_their_language(path: Path) -> None:
    """No word was left in English, nor put into the wrong catalogue: scripts and directions agree."""
    locale = Locale.parse(path.stem.replace("-", "_"))
    words = load_translations(path.stem, direction=locale.text_direction)
    edition = edition_in(path.stem)
    page = Page(shown(edition.html))
    span = [e for e in page.root.all("span") if e.attributes.get("lang") == "en"]

    assert frozenset() == words.untranslated
    assert ENGLISH.subscription_reason != words.subscription_reason
    assert [] == span
    assert words.notes in shown(edition.text)
    assert words.format_text("subscription_reason", publication=PUBLICATION.name) in shown(
        edition.text
    ).replace("\n", " ")
    assert () == edition.findings


def test_docs_list_every_word() -> None:
    """docs/reference/languages.md names each word with its English, for those who translate."""
    text = (ROOT / "docs" / "reference" / "languages.md").read_text(encoding="utf-8")

    for name in _NAMES:
        english = getattr(ENGLISH, name).replace("\u00a0", " ")
        assert f"| `{name}` | {english} |" in text


# Which catalogue a language takes


@pytest.mark.parametrize(
    ("language", "unsubscribe"),
    [
        ("en", "Unsubscribe"),
        ("en-GB", "Unsubscribe"),
        ("de-AT", "Abbestellen"),
        ("es-MX", "Darse de baja"),
        ("fr-CA", "Se désabonner"),
        ("pt-BR", "Cancelar a inscrição"),
        ("pt", "Cancelar a inscrição"),
        ("pt-PT", "Cancelar a subscrição"),
        ("pt-AO", "Cancelar a subscrição"),
        ("ar-EG", "إلغاء الاشتراك"),
        ("iw", "ביטול המינוי"),
    ],
)
def test_countries_take_the_words_of_their_language(language: str, unsubscribe: str) -> None:
    """A country without a catalogue takes that of its language; Angola and others take Portugal's before Brazil's."""
    words = load_translations(language)

    assert unsubscribe == words.unsubscribe
    assert frozenset() == words.untranslated


def test_what_portugal_says_like_brazil_stands_once() -> None:
    """What a country's catalogue does not hold comes from that of the language."""
    assert load_translations("pt-BR").image == load_translations("pt-PT").image == "Imagem"


def test_a_language_without_words_is_told() -> None:
    """Where Handbill has no words, English stands, and a finding says so and what to do."""
    edition = edition_in("is")
    (told,) = edition.findings

    assert "Unsubscribe" in shown(edition.text)
    assert ("language.untranslated", "warning") == (told.code, told.severity.value)
    assert "locale/is.po" in told.hint
    assert told.message.endswith("stay English.")


# Words in another direction


def test_english_in_a_letter_from_the_right_keeps_its_order() -> None:
    """Persian has no catalogue: each English word is marked as English and runs from the left."""
    page = Page(shown(edition_in("fa").html))
    marked = [e.text() for e in page.root.all("span") if e.attributes.get("lang") == "en"]

    assert {"ltr"} == {e.attributes["dir"] for e in page.root.all("span") if "lang" in e.attributes}
    for said in (ENGLISH.notes, ENGLISH.back, ENGLISH.unsubscribe):
        assert said in marked
    assert ENGLISH.subscription_reason.format(publication=PUBLICATION.name) in marked


def test_names_in_a_letter_from_the_right_keep_their_order() -> None:
    """Latin names and postal lines are isolated: a number at their end or start stays there."""
    publication = replace(
        PUBLICATION, name="The Tern 24", postal_address="12 Quay Street\nSkerrow\nميناء"
    )
    source = replace(ARABIC, byline="Mara Quill")
    page = Page(
        shown(render(issue_of(source, language="ar", publication=publication), theme()).html)
    )
    isolated = [
        e.text()
        for e in page.root.all("span")
        if e.attributes.get("dir") == "ltr" and "byline" not in e.classes
    ]

    assert {"The Tern 24", "Mara Quill", "12 Quay Street", "Skerrow"} == set(isolated)


def test_names_in_the_text_part_keep_their_order() -> None:
    """In plain text isolating marks do the same; where one direction rules there are none, nor beside addresses."""
    publication = replace(PUBLICATION, name="The Tern 24")
    text = shown(render(issue_of(ARABIC, language="ar", publication=publication), theme()).text)

    assert "لأنك اشتركت في \u2068The Tern 24\u2069." in text
    assert 2 == sum(text.count(mark) for mark in "\u2068\u2069")
    assert "\u2068" not in shown(edition_in("he").text).partition("The Tern")[2].partition("-- ")[0]


def test_a_reference_behind_a_number_stays_behind_it() -> None:
    """From the right, "1929." and the reference 1 would be one number, the reference on its wrong side."""
    source = article(para("מאז 1929.", ref(1)), notes=(note(1, "כן."),), language="he")
    he = shown(render(issue_of(source, language="he"), theme()).html)
    en = shown(edition_in("en").html)

    assert '1929.\u200f<a name="fnref1">' in he
    assert "\u200f" not in en


def test_an_amount_from_the_right_keeps_its_currency_whole() -> None:
    """Arabic writes UK£ behind the figure: a mark keeps the sign with its letters; others need none."""
    assert "\u200f10\u00a0UK£\u200e" == format_amount(1000, "GBP", "ar")
    assert "£10" == format_amount(1000, "GBP", "en")
    assert "\u200e" not in format_amount(1000, "EUR", "ar")


def test_an_ask_in_another_direction_keeps_its_order() -> None:
    """An English ask in an Arabic letter has its full stop at its own end."""
    page = Page(shown(render(issue_of(ARABIC, language="ar", appeals=(APPEAL,)), theme()).html))
    asked = [e.text() for cell in page.root.of_class("appeal") for e in cell.all("span")]

    assert APPEAL.heading in asked
    assert APPEAL.disclosure in asked


@pytest.mark.parametrize(
    ("language", "is_italic"),
    [
        *((language, True) for language in ("en", "ru", "el", "sr-Latn")),
        *((language, False) for language in ("ar", "he", "hi", "ja", "zh-Hant-TW", "fa-IR", "ko")),
    ],
)
def test_italics_are_for_scripts_that_know_them(language: str, is_italic: bool) -> None:
    """Quotes and subtitles are slanted only where slanted letters are letters; nor are others set apart."""
    source = replace(ARABIC, subtitle="Sub")
    html = shown(render(issue_of(source, language=language), theme()).html)
    (quote,) = Page(html).root.of_class("quote")

    assert ("italic" if is_italic else "normal") == quote.styles["font-style"]
    assert is_italic == ("font-style:italic" in html) == ("letter-spacing" in html)


def test_stress_in_a_script_without_italics_is_upright() -> None:
    """There stress is bold; a Latin title stays slanted, and so is all stress in a letter in Latin letters."""
    source = article(
        para(Emphasis(inlines=inlines("強い")), Emphasis(inlines=inlines("Wells and Waiting")))
    )
    one, other = Page(html_of(source, language="ja")).root.all("em")
    english = Page(html_of(source, language="en")).root.all("em")

    assert ("normal", "bold") == (one.styles["font-style"], one.styles["font-weight"])
    assert {} == other.styles
    assert [{}, {}] == [e.styles for e in english]


# A project's own catalogue


def test_a_project_adds_a_language(tmp_path: Path) -> None:
    """Words in the project's locale/ are taken; what it does not translate stays English and is told."""
    catalogue(
        tmp_path,
        "is",
        """\
        msgctxt "notes"
        msgid "Notes"
        msgstr "Skýringar"

        msgid "Unsubscribe"
        msgstr "Afskrá"
        """,
    )
    edition = edition_in("is", tmp_path)
    (told,) = edition.findings

    assert "Skýringar\n" in shown(edition.text)
    assert "Afskrá: " in shown(edition.text)
    assert " notes," not in told.message
    assert "read_online" in told.message


@pytest.mark.parametrize("language", ["de", "de-AT", "en"])
def test_a_project_changes_single_words(tmp_path: Path, language: str) -> None:
    """A project's word wins over the shipped one, for a country too; the others stay."""
    catalogue(tmp_path, language, 'msgctxt "notes"\nmsgid "Notes"\nmsgstr "Fußnoten"\n')
    words = load_translations(language, folders=[tmp_path])

    assert "Fußnoten" == words.notes
    assert load_translations(language).unsubscribe == words.unsubscribe
    assert frozenset() == words.untranslated


def test_a_changed_catalogue_is_read_again(tmp_path: Path) -> None:
    """Whoever saves a catalogue sees the new words in the next letter."""
    path = catalogue(tmp_path, "de", 'msgctxt "notes"\nmsgid "Notes"\nmsgstr "Noten"\n')
    assert "Noten" == load_translations("de", folders=[tmp_path]).notes
    catalogue(tmp_path, "de", 'msgctxt "notes"\nmsgid "Notes"\nmsgstr "Fußnoten"\n')
    os.utime(path, ns=(1, 1))

    assert "Fußnoten" == load_translations("de", folders=[tmp_path]).notes


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ('msgctxt "notse"\nmsgid "Notes"\nmsgstr "x"', 'is.po:2: Handbill has no text "notse".'),
        ('msgid "Buy"\nmsgstr "x"', 'is.po:1: Handbill has no text "Buy".'),
        ('msgctxt "note"\nmsgid "N"\nmsgstr "Nóta"', '"note" must contain {number}. Correct it.'),
        ('msgctxt "note"\nmsgid "N"\nmsgstr "{nr}"', '"note" must contain {number}. Correct it.'),
        (
            'msgctxt "note"\nmsgid "N"\nmsgstr "{number"',
            '"note" must contain {number}. Correct it.',
        ),
        (
            'msgctxt "note"\nmsgid "N"\nmsgstr "{number!r}"',
            '"note" must contain {number}. Correct it.',
        ),
        ('msgctxt "notes"\nmsgid "N"\nmsgstr "{x}"', '"notes" must contain no {…}. Correct it.'),
        (
            'msgctxt "alphabet"\nmsgid "a"\nmsgstr "aa"',
            '"alphabet" must contain several characters',
        ),
        ("Notes = Nótur", "is.po:1: not a valid gettext catalog"),
        ('msgid "Notes"\nmsgstr "\udcff"', "not a valid gettext catalog"),
    ],
)
def test_a_broken_catalogue_is_refused(tmp_path: Path, entry: str, told: str) -> None:
    """What cannot be used is named with its file and line, and what is allowed."""
    catalogue(tmp_path, "is", entry)

    with pytest.raises(RenderError) as error:
        edition_in("is", tmp_path)
    assert told in str(error.value)
    assert str(tmp_path / "is.po") in str(error.value)


def test_unfinished_translations_are_passed_over(tmp_path: Path) -> None:
    """What is empty or marked as uncertain is not shown to readers."""
    catalogue(
        tmp_path,
        "is",
        """\
        msgctxt "notes"
        msgid "Notes"
        msgstr ""

        #, fuzzy
        msgctxt "image"
        msgid "Image"
        msgstr "Mynd?"
        """,
    )
    words = load_translations("is", folders=[tmp_path])

    assert ENGLISH.notes == words.notes
    assert ENGLISH.image == words.image
    assert {"notes", "image"} <= words.untranslated
