"""The donation appeal: where it begins, where it ends, and when it is cut off."""

from __future__ import annotations

import pytest

from pipeline.loaders.shared.find_appeal import extract_appeal, is_appeal_opening, is_donate_button
from pipeline.models.article import (
    Block,
    FoundAppeal,
    Heading,
    Link,
    List,
    LoadWarning,
    NoteRef,
    Paragraph,
    Rule,
    Text,
)
from pipeline.models.article_text import plain_text
from tests.loaders.text.outlines import outline_blocks, read_text


def p(text: str) -> Paragraph:
    return Paragraph(inlines=(Text(text=text),))


def h(text: str) -> Heading:
    return Heading(level=2, inlines=(Text(text=text),))


def ul(*items: str) -> List:
    return List(ordered=False, items=tuple((p(item),) for item in items))


BODY: tuple[Block, ...] = (
    p("The harbour of Port Adler was dug by hand in nine winters. " * 6),
    h("The first winter"),
    p("It was colder than anybody had known it to be, and the spades broke. " * 6),
)


def extract(
    *blocks: Block, notes_at: int | None = None
) -> tuple[list[str], FoundAppeal | None, list[str]]:
    """Return the rest after the body, the appeal, and the codes of the warnings."""
    rest, appeal, warnings = extract_appeal((*BODY, *blocks), notes_at=notes_at)
    assert BODY == rest[: len(BODY)]
    return outline_blocks(rest[len(BODY) :]), appeal, [warning.code for warning in warnings]


def lines(appeal: FoundAppeal | None) -> list[str]:
    assert appeal is not None
    return outline_blocks(appeal.blocks)


@pytest.mark.parametrize(
    ("heading", "text"),
    [
        ("Support our work", "We live on the donations of our readers."),
        (
            "Support The Harbour Gazette",
            "Your gift keeps the paper free. Please give what you can.",
        ),
        ("Donate", "Each month we print four thousand copies, and each of them costs money."),
        (
            "DONATE to the harbour fund.",
            "A new wall is needed before the winter, and stone is dear.",
        ),
        ("Become a member", "Members pay 5 € a month and support us all year."),
        ("Unterstützen Sie uns", "Wir schreiben unabhängig. Ihre Spende hilft uns dabei."),
        ("Jetzt spenden", "Mit 10 Euro im Monat bezahlen Sie eine Seite unserer Zeitung."),
        ("Soutenez-nous", "Notre journal vit des dons de ses lecteurs."),
        ("Faites un don", "Avec 5 euros par mois, vous payez une page de notre journal."),
        ("Apóyanos", "Vivimos de las donaciones de nuestros lectores y socios."),
        ("Haz una donación", "Con 5 euros al mes pagas una página de nuestro periódico."),
        ("Apoie o nosso jornal", "Vivemos das doações e das contribuições dos leitores."),
        ("Faça uma doação", "Com 5 € por mês você paga uma página do nosso jornal."),
        ("Sostienici", "Viviamo delle donazioni e del sostegno dei nostri lettori."),
        ("Fai una donazione", "Con 5 euro al mese paghi una pagina del nostro giornale."),
        ("Steun ons", "Wij leven van de donaties en de steun van onze lezers."),
        ("Doneer nu", "Met 5 euro per maand betaal je een pagina van onze krant."),
        ("Wesprzyj nas", "Utrzymujemy się z darowizn naszych czytelników."),
    ],
)
@pytest.mark.parametrize("kind", [h, p])
def test_languages(kind: object, heading: str, text: str) -> None:
    """A heading or short line that asks for support, with text about money below, is an appeal in every language."""
    start = kind(heading)  # type: ignore[operator]
    rest, appeal, warnings = extract(start, p(text))

    assert FoundAppeal(blocks=(start, p(text)), truncated=False) == appeal
    assert [] == rest
    assert [] == warnings


def test_it_is_extracted_unchanged() -> None:
    """Paragraphs, lists, links, buttons and note references are extracted unchanged."""
    blocks = (
        h("Support us"),
        Paragraph(inlines=(Text(text="We live on donations."), NoteRef(note=1))),
        p("Your donations contribute to:"),
        ul("paper", "stamps", "the lamp"),
        Paragraph(inlines=(Link(href="https://give.example", inlines=(Text(text="Donate now"),)),)),
    )
    rest, appeal, _ = extract(*blocks)

    assert [] == rest
    assert FoundAppeal(blocks=blocks) == appeal


@pytest.mark.parametrize(
    "after",
    [(h("About the author"), p("Jane Doe keeps bees.")), (Rule(), p("Jane Doe keeps bees."))],
)
def test_where_it_ends(after: tuple[Block, ...]) -> None:
    """It ends at a heading about something else, or at a rule with nothing about money below."""
    rest, appeal, _ = extract(
        h("Support us"), p("We live on donations."), h("Give monthly"), p("Or once."), *after
    )

    assert ["h2 Support us", "p We live on donations.", "h2 Give monthly", "p Or once."] == lines(
        appeal
    )
    assert outline_blocks(after) == rest


def test_it_does_not_cross_the_notes() -> None:
    """Text after the notes is not part of an appeal before them."""
    rest, appeal, _ = extract(
        h("Support us"), p("We live on donations."), p("Jane Doe keeps bees."), notes_at=5
    )

    assert ["h2 Support us", "p We live on donations."] == lines(appeal)
    assert ["p Jane Doe keeps bees."] == rest


def test_it_may_follow_the_notes() -> None:
    """After the notes an appeal may be longer than the article."""
    long = [
        p("We live on the donations of our readers, and on nothing else in the world. " * 12)
    ] * 6
    _, appeal, _ = extract(h("Support us"), *long, notes_at=3)

    assert 7 == len(lines(appeal))


def test_the_rule_above_it_is_removed() -> None:
    """A rule between the text and the appeal is removed with the appeal."""
    rest, appeal, _ = extract(Rule(), h("Support us"), p("We live on donations."))

    assert [] == rest
    assert appeal is not None


@pytest.mark.parametrize(
    "blocks",
    [
        # about giving, but no call to action
        (h("Support for the wall grew"), p("By spring the guild had donated nine carts of stone.")),
        (h("Donations to the library"), p("In 1921 the donors gave 300 books.")),
        (p("The donor country sent two ships, and the guild contributed the crews."),),
        # another kind of gift
        (
            h("Donate blood"),
            p("Donors are needed in every month of the year, and gifts of time as well."),
        ),
        # a call to action, but nothing about money
        (h("Support systems"), p("The wall stands on larch piles.")),
        (h("Help the pilots"), p("Look out for the lamp.")),
        # only a button
        (p("Donate now"),),
    ],
)
def test_no_appeal(blocks: tuple[Block, ...]) -> None:
    """Text about gifts is not an appeal, and neither is a single button."""
    rest, appeal, warnings = extract(*blocks)

    assert appeal is None
    assert outline_blocks(blocks) == rest
    assert [] == warnings


def test_not_at_the_beginning() -> None:
    """A request for support at the top of an article stays there."""
    blocks = (h("Support us"), p("We live on donations."), *BODY, *BODY)

    assert (blocks, None, ()) == extract_appeal(blocks)


def test_closing_paragraph() -> None:
    """A closing paragraph that asks for money twice, or once with a link, is an appeal without a heading."""
    twice = p(
        "This paper is paid for by its readers. Please consider a donation, or become a member."
    )
    linked = Paragraph(
        inlines=(
            Text(text="If you liked this, please support us at "),
            Link(href="https://give.example", inlines=(Text(text="https://give.example"),)),
        )
    )
    once = p("You can help the pilots, says the board, by keeping your lamp lit.")

    assert [f"p {plain_text(twice).strip()}"] == lines(extract(twice)[1])
    assert FoundAppeal(blocks=(linked,)) == extract(linked)[1]
    assert extract(once)[1] is None


@pytest.mark.parametrize(
    ("last", "truncated"),
    [
        (p("We need new stone."), False),
        (p("We need new stone and a boat for the"), True),
        (p("The board has said “we need new stone"), True),
        (p("We need new stone (and a boat"), True),
        (p("We need new stone, sand, rope, tar and lamps for Port"), True),
        (p("Donate now"), False),
        (p("Jane Doe, editor"), False),
        (p("Give at https://give.example/now"), False),
        (p("IBAN PL00 1234 5678 9012"), False),
        (ul("new stone", "a boat", "lamps"), False),
        (ul("new stone", "a boat for “the pilots", "lamps and “the"), True),
        (ul("New stone.", "A boat.", "Lamps for the wall and"), True),
        (ul("New stone.", "A boat.", "Lamps for the long wall"), True),
        (ul("new stone", "a boat", "lamps, rope, tar and every"), True),
        (ul("new stone", "a boat", "lamps for the long wall, rope,"), True),
        (ul("new stone", "a boat", "the rent of the house we keep with"), False),
        (ul("new stone", "a boat", "lamps for the wall and rope from"), True),
        (ul("new stone", "a boat", "the book called ‘Nine Winters"), True),
        (ul("new stone", "a boat", "the ‘90s ropes"), False),
        (ul("neue Steine", "ein Boot", "Lampen, damit die Mauer und ihre"), True),
        (ul("neue Steine", "ein Boot", "Lampen für die Mauer, weil"), True),
        (ul("des pierres", "un bateau", "des lampes pour que"), True),
        (p("Wir brauchen „neue Steine“."), False),
        (p("Wir brauchen „neue Steine"), True),
        (p("Il nous faut « des pierres"), True),
    ],
)
def test_truncation(last: Block, truncated: bool) -> None:
    """An appeal is cut off in an open quote or bracket, at a word that needs another, or without a full stop."""
    _, appeal, warnings = extract(h("Support us"), p("We live on donations."), last)

    assert appeal is not None
    assert truncated is appeal.truncated
    assert truncated is ("appeal.truncated" in warnings)


def test_the_warning_shows_the_end() -> None:
    """The warning for an appeal that is cut off shows its last words."""
    *_, warnings = extract_appeal(
        (*BODY, h("Support us"), p("We live on donations, and we have said “never"))
    )

    assert [LoadWarning] == [type(warning) for warning in warnings]
    assert "we have said “never" in warnings[0].message


@pytest.mark.parametrize(
    ("line", "is_gap"),
    [
        ("Expand the reach and coverage of", True),
        ("DONATE NOW to and get with the pilots!", True),
        ("Reisen der Redaktion zu den", True),
        ("Les voyages de la rédaction et de", True),
        ("Los viajes de la redacción para", True),
        ("It goes to and fro.", False),
        ("Lamps, rope and tar", False),
    ],
)
def test_gaps(line: str, is_gap: bool) -> None:
    """A line that a script of the page should have completed adds a warning and stays as it is."""
    _, appeal, warnings = extract(
        h("Support us"), p("Your donations contribute to:"), ul("Stone.", line, "Sand.")
    )

    assert f"    p {line}" in [f"  {one}" for one in lines(appeal)]
    assert is_gap is ("appeal.gap" in warnings)


@pytest.mark.parametrize(
    "text", ["Donate", "Donate now", "Jetzt spenden", "Faire un don", "Dona ahora"]
)
def test_buttons(text: str) -> None:
    """The label of a donation button is recognized; a sentence is not."""
    assert is_donate_button(text)
    assert not is_donate_button(f"{text} for the wall that we need")


def test_appeal_opening() -> None:
    """Only a short line can begin an appeal by itself."""
    assert is_appeal_opening("Support our work")
    assert not is_appeal_opening(
        "Support our work, said the guild, and we will keep the lamp lit for another hundred years"
    )


def test_single_button_in_copied_text_is_boilerplate() -> None:
    """A donation button above the title or at the very end is dropped by a named rule."""
    prose = "The harbour of Port Adler was dug by hand in nine winters, and nobody saw it filled."
    article = read_text(
        "\n\n".join(["Donate", "The Port Nobody Needed", prose, prose, "Donate now"])
    ).article

    assert article.appeal is None
    assert [("boilerplate.button", "Donate"), ("boilerplate.button", "Donate now")] == [
        (one.reason, one.text) for one in article.dropped
    ]


@pytest.mark.parametrize(
    ("heading", "text"),
    [
        (
            "Please help us go on",
            "All of this is free. Readers like you pay for it: please donate.",
        ),
        ("Before you go", "One story costs £40. Your gift, however small, pays for the next."),
        ("Can you spare a pound?", "Our printer wants his money. Please give what you can today."),
        ("We rely on you", "No company pays for these pages, and your donations do."),
        ("Helft uns", "Alle Texte sind frei. Bitte spenden Sie noch heute."),
        ("Wir brauchen Sie", "Mit Ihrer Spende bezahlen wir den Druck."),
        ("Nous avons besoin de vous", "Le journal est gratuit : faites aujourd’hui un don."),
        ("Necesitamos tu ayuda", "Todo es gratis: haz hoy una donación."),
        ("Abbiamo bisogno di te", "Il giornale è gratuito: fai oggi una donazione."),
        ("Precisamos de si", "O jornal é gratuito: faça hoje uma doação."),
        ("Help ons verder", "De krant is gratis: doe vandaag een gift."),
        ("Pomóżcie nam", "Gazeta jest za darmo: wpłać dziś dowolną kwotę."),
    ],
)
def test_other_words(heading: str, text: str) -> None:
    """A line that asks for help begins an appeal if the text below asks for a gift."""
    _, appeal, _ = extract(p(heading), p(text))

    assert [f"p {heading}", f"p {text}"] == lines(appeal)


@pytest.mark.parametrize(
    ("heading", "text"),
    [
        ("Help the lighthouse survive", "“Please donate,” says the poster at the gate."),
        ("Please help us", "The sign is from 1911 and nobody knows who painted it on the door."),
        ("Before you go", "Take a coat, a lamp and a map of the sands with you."),
        ("Helfen Sie uns", "„Spenden Sie jetzt“, so stand es auf dem Zettel am Hafentor."),
        ("Aidez la mer", "Les pêcheurs ramassent les filets perdus depuis trois hivers."),
        ("Ayúdanos a mirar", "El faro se ve desde la torre los domingos por la mañana."),
        ("Help with the harvest", "Your contribution is a day of work. Please donate blood, too."),
    ],
)
def test_articles_about_giving(heading: str, text: str) -> None:
    """Quoted appeals, other kinds of help and other gifts stay in the article."""
    rest, appeal, _ = extract(h(heading), p(text))

    assert appeal is None
    assert [f"h2 {heading}", f"p {text}"] == rest


@pytest.mark.parametrize(
    ("last", "truncated"),
    [
        (ul("New stone.", "A boat", "Lamps for the wall.", "Ropes for every"), True),
        (ul("New stone.", "A boat.", "Lamps.", "Rope for all of the pilots of Port"), True),
        (ul("New stone", "A boat", "Rope and tar for the pilots, including"), True),
        (ul("New stone", "A boat", "Rope, tar,"), True),
        (ul("Neue Steine", "Ein Boot", "Seile für"), True),
        (p("Your donations pay for:"), True),
        (p("Vos dons paient l’encre, le papier et les timbres de ce journal, sans"), True),
        (ul("New stone", "A boat", "Rope"), False),
        (ul("New stone.", "A boat.", "Rope."), False),
        (p("Thank you! – The editors"), False),
    ],
)
def test_cut_off_in_a_list_or_sentence(last: Block, truncated: bool) -> None:
    """An appeal is cut off where its last sentence or list item lacks the end that the others have."""
    _, appeal, _ = extract(h("Support us"), p("We live on donations."), last)

    assert appeal is not None
    assert truncated is appeal.truncated
