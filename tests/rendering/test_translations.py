"""Interface text is in the email's language, and a project can add any."""

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
from pipeline.models.article import Emphasis, Quote
from pipeline.models.edition import Edition
from pipeline.rendering import render
from pipeline.rendering.appeal.localized_formats import format_amount
from pipeline.rendering.interface_texts import ENGLISH
from pipeline.rendering.translations import _NAMES, find_placeholders, load_translations
from tests.rendering.html_reader import Page
from tests.rendering.sample_issues import (
    APPEAL,
    ARABIC,
    PUBLICATION,
    article,
    fill_sample,
    inlines,
    make_issue,
    note,
    para,
    ref,
    render_html,
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
    issue = make_issue(NOTED, language=language)
    return render(issue, theme(), catalogs=[folder] if folder else [])


# The catalogues


def test_documented_languages_have_a_catalog() -> None:
    """All but English, which needs none."""
    assert set() == WANTED - {path.stem for path in CATALOGUES}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_catalogs_are_complete(path: Path) -> None:
    """Each translates all texts, or, for a country, some of those of its language; none twice."""
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
def test_translations_are_in_their_language(path: Path) -> None:
    """No text stays English or is in the wrong catalog: scripts and directions agree."""
    locale = Locale.parse(path.stem.replace("-", "_"))
    words = load_translations(path.stem, direction=locale.text_direction)
    edition = edition_in(path.stem)
    page = Page(fill_sample(edition.html))
    span = [e for e in page.root.all("span") if e.attributes.get("lang") == "en"]

    assert frozenset() == words.untranslated
    assert ENGLISH.subscription_reason != words.subscription_reason
    assert {PUBLICATION.name, *PUBLICATION.postal_address.splitlines()} == {e.text() for e in span}
    assert words.notes in fill_sample(edition.text)
    assert words.format_text("subscription_reason", publication=PUBLICATION.name) in fill_sample(
        edition.text
    ).replace("\n", " ")
    assert () == edition.findings


def test_docs_list_every_text() -> None:
    """docs/reference/languages.md lists each text with its English."""
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
def test_regional_languages_use_their_parent(language: str, unsubscribe: str) -> None:
    """A country without a catalog uses that of its language; Angola and others use Portugal's before Brazil's."""
    words = load_translations(language)

    assert unsubscribe == words.unsubscribe
    assert frozenset() == words.untranslated


def test_missing_texts_come_from_the_parent() -> None:
    """What a country's catalog lacks comes from that of the language."""
    assert load_translations("pt-BR").image == load_translations("pt-PT").image == "Imagem"


def test_untranslated_language_is_a_finding() -> None:
    """The texts stay English, and a finding says what to do."""
    edition = edition_in("is")
    (finding,) = edition.findings

    assert "Unsubscribe" in fill_sample(edition.text)
    assert ("language.untranslated", "warning") == (finding.code, finding.severity.value)
    assert "locale/is.po" in finding.hint
    assert finding.message.endswith("stay English.")


# Words in another direction


def test_english_in_a_right_to_left_email_is_marked() -> None:
    """Persian has no catalog: each English text is marked as English and left to right."""
    page = Page(fill_sample(edition_in("fa").html))
    marked = [e.text() for e in page.root.all("span") if e.attributes.get("lang") == "en"]

    assert {"ltr"} == {e.attributes["dir"] for e in page.root.all("span") if "lang" in e.attributes}
    for said in (ENGLISH.notes, ENGLISH.unsubscribe):
        assert said in marked
    assert ENGLISH.subscription_reason.format(publication=PUBLICATION.name) in marked


def test_names_in_a_right_to_left_email_are_isolated() -> None:
    """Latin names and postal lines are isolated: a number at their end or start stays there."""
    publication = replace(
        PUBLICATION, name="The Tern 24", postal_address="12 Quay Street\nSkerrow\nميناء"
    )
    source = replace(ARABIC, byline="Mara Quill")
    page = Page(
        fill_sample(
            render(make_issue(source, language="ar", publication=publication), theme()).html
        )
    )
    isolated = [
        e.text()
        for e in page.root.all("span")
        if e.attributes.get("dir") == "ltr" and "byline" not in e.classes
    ]

    assert {"The Tern 24", "Mara Quill", "12 Quay Street", "Skerrow", "ada@example.org"} == set(
        isolated
    )


def test_names_in_the_text_part_are_isolated() -> None:
    """With isolate characters; none without mixed directions or next to URLs."""
    publication = replace(PUBLICATION, name="The Tern 24")
    text = fill_sample(
        render(make_issue(ARABIC, language="ar", publication=publication), theme()).text
    )

    assert "لأنك اشتركت في \u2068The Tern 24\u2069." in text
    assert "أُرسلت إلى \u2068ada@example.org\u2069." in text
    assert 4 == sum(text.count(mark) for mark in "\u2068\u2069")
    assert (
        "\u2068"
        not in fill_sample(edition_in("he").text).partition("The Tern")[2].partition("-- ")[0]
    )


def test_reference_after_a_number_is_separate() -> None:
    """In right-to-left text, "1929." and the reference 1 would be one number."""
    source = article(para("מאז 1929.", ref(1)), notes=(note(1, "כן."),), language="he")
    he = fill_sample(render(make_issue(source, language="he"), theme()).html)
    en = fill_sample(edition_in("en").html)

    assert '1929.\u2060\u200f<a name="fnref1">' in he
    assert "\u200f" not in en


def test_right_to_left_amounts_keep_their_currency() -> None:
    """Arabic writes UK£ after the number: a mark keeps the symbol with its characters; others need none."""
    assert "\u200f10\u00a0UK£\u200e" == format_amount(1000, "GBP", "ar")
    assert "£10" == format_amount(1000, "GBP", "en")
    assert "\u200e" not in format_amount(1000, "EUR", "ar")


def test_appeal_in_another_direction_is_isolated() -> None:
    """An English appeal in an Arabic email has its full stop at its own end."""
    page = Page(
        fill_sample(render(make_issue(ARABIC, language="ar", appeals=(APPEAL,)), theme()).html)
    )
    asked = [e.text() for cell in page.root.find_class("appeal") for e in cell.all("span")]

    assert APPEAL.heading in asked
    assert APPEAL.disclosure in asked


@pytest.mark.parametrize(
    ("language", "is_italic"),
    [
        *((language, True) for language in ("en", "ru", "el", "sr-Latn")),
        *((language, False) for language in ("ar", "he", "hi", "ja", "zh-Hant-TW", "fa-IR", "ko")),
    ],
)
def test_italics_depend_on_the_script(language: str, is_italic: bool) -> None:
    """Quotes and subtitles are italic only in scripts with italics; only there is extra spacing used."""
    source = article(Quote(blocks=(para("1929"),)), title="A bell", subtitle="Sub")
    html = fill_sample(render(make_issue(source, language=language), theme()).html)
    (quote,) = Page(html).root.find_class("quote")

    assert ("italic" if is_italic else "normal") == quote.styles["font-style"]
    assert is_italic == ("font-style:italic" in html) == ("letter-spacing" in html)


def test_emphasis_without_italics_is_bold() -> None:
    """A Latin title stays italic; Japanese is upright in an email in English too."""
    source = article(
        para(Emphasis(inlines=inlines("強い")), Emphasis(inlines=inlines("Wells and Waiting")))
    )
    one, other = Page(render_html(source, language="ja")).root.all("em")
    english = Page(render_html(source, language="en")).root.all("em")

    assert ("normal", "bold") == (one.styles["font-style"], one.styles["font-weight"])
    assert {} == other.styles
    assert [one.styles, {}] == [e.styles for e in english]


# A project's own catalogue


def test_project_can_add_a_language(tmp_path: Path) -> None:
    """Catalogs in the project's locale/ are used; missing texts stay English and are reported."""
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
    (finding,) = edition.findings

    assert "Skýringar\n" in fill_sample(edition.text)
    assert "Afskrá: " in fill_sample(edition.text)
    assert " notes," not in finding.message
    assert "read_online" in finding.message


@pytest.mark.parametrize("language", ["de", "de-AT", "en"])
def test_project_can_change_single_texts(tmp_path: Path, language: str) -> None:
    """A project's text overrides the shipped one, for a country too; the others stay."""
    catalogue(tmp_path, language, 'msgctxt "notes"\nmsgid "Notes"\nmsgstr "Fußnoten"\n')
    words = load_translations(language, folders=[tmp_path])

    assert "Fußnoten" == words.notes
    assert load_translations(language).unsubscribe == words.unsubscribe
    assert frozenset() == words.untranslated


def test_changed_catalog_is_read_again(tmp_path: Path) -> None:
    """A saved catalog is used for the next email."""
    path = catalogue(tmp_path, "de", 'msgctxt "notes"\nmsgid "Notes"\nmsgstr "Noten"\n')
    assert "Noten" == load_translations("de", folders=[tmp_path]).notes
    catalogue(tmp_path, "de", 'msgctxt "notes"\nmsgid "Notes"\nmsgstr "Fußnoten"\n')
    os.utime(path, ns=(1, 1))

    assert "Fußnoten" == load_translations("de", folders=[tmp_path]).notes


@pytest.mark.parametrize(
    ("entry", "message"),
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
def test_invalid_catalog_is_an_error(tmp_path: Path, entry: str, message: str) -> None:
    """The error has file and line, and what is allowed."""
    catalogue(tmp_path, "is", entry)

    with pytest.raises(RenderError) as error:
        edition_in("is", tmp_path)
    assert message in str(error.value)
    assert str(tmp_path / "is.po") in str(error.value)


def test_unfinished_translations_are_ignored(tmp_path: Path) -> None:
    """Empty and fuzzy entries are not used."""
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
