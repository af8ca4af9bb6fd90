"""The configuration: every key, its defaults, and how mistakes are message."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import (
    DEFAULT_CONFIG,
    AppealTable,
    Config,
    KnownNames,
    find_project_root,
    parse_condition,
    read_appeal,
    read_config,
)
from pipeline.errors import ConfigError
from pipeline.models.address import parse_ascii_address
from pipeline.models.article import Article, FrontMatter
from pipeline.project import Project

KNOWN = KnownNames(
    senders=["outbox", "recording"], themes=["default", "plain"], parse_address=parse_ascii_address
)
LEAST = '[publication]\nname = "The Tern"\nfrom = "letters@tern.example.org"\n'


def read(folder: Path, text: str, *, name: str = "handbill.toml") -> Config:
    (folder / name).write_text(text, encoding="utf-8")
    return read_config(folder, KNOWN)


def mistakes(folder: Path, text: str, *, name: str = "handbill.toml") -> list[str]:
    """Return the lines of the error, without the folder."""
    with pytest.raises(ConfigError) as caught:
        read(folder, text, name=name)
    return str(caught.value).replace(f"{folder}/", "").split("\n")


# What holds


def test_every_key_can_be_set(tmp_path: Path) -> None:
    """Each key of each table is read as what it is."""
    config = read(
        tmp_path,
        """
        [publication]
        name = "The Tern"
        from = "The Tern <letters@tern.example.org>"
        reply_to = "desk@tern.example.org"
        postal_address = "3 Slip Lane\\nOldhaven"
        website = "https://tern.example.org"
        language = "pt-BR"
        timezone = "Europe/Lisbon"
        unsubscribe = "mailto:leave@tern.example.org?subject=unsubscribe"
        unsubscribe_url = "https://tern.example.org/leave/{token}"

        [appeal]
        heading = "Keep it ringing"
        text = "One.\\n\\nTwo."
        bullets = ["a", "b"]
        button = "Give"
        url = "https://tern.example.org/give?a={amount}"
        amounts = [10, 7.5, 25]
        monthly = [3]
        currency = "EUR"
        refcode = "mar_26"
        match = "Doubled."
        deadline = 2026-12-31T18:00:00
        after_deadline = "Thanks."
        disclosure = "A charity."
        position = ["start", "after:3", "end"]
        source = "both"

        [notes]
        anchors = "web"

        [sender]
        default = "news"

        [senders.news]
        kind = "outbox"
        directory = "out"

        [store]
        url = "postgresql://handbill@db.tern.example.org/letters"
        password_env = "STORE_PASSWORD"

        [theme]
        name = "plain"
        """,
    )
    table = config.appeal
    assert table is not None

    assert "pt-BR" == config.publication.language
    assert "The Tern <letters@tern.example.org>" == config.publication.from_
    assert (Decimal(10), Decimal("7.5"), Decimal(25)) == table.amounts
    assert (Decimal(3),) == table.monthly
    assert datetime(2026, 12, 31, 18) == table.deadline  # noqa: DTZ001  # local to the publication
    assert ("start", "after:3", "end") == table.position
    assert "web" == config.notes.anchors
    assert "news" == config.sender.default
    assert {"directory": "out"} == config.senders["news"].options
    assert "STORE_PASSWORD" == config.store.password_env
    assert "plain" == config.theme.name


def test_defaults(tmp_path: Path) -> None:
    """A name and a sender are all that is needed."""
    config = read(tmp_path, LEAST)

    assert ("en", "UTC", "") == (
        config.publication.language,
        config.publication.timezone,
        config.publication.postal_address,
    )
    assert None is config.appeal
    assert ("mail", "outbox", "default") == (
        config.notes.anchors,
        config.sender.default,
        config.theme.name,
    )
    assert {} == config.senders


def test_defaults_of_an_appeal(tmp_path: Path) -> None:
    """An empty `[appeal]` is an ask at the end, in dollars, that wins over one found in the article."""
    table = read(tmp_path, LEAST + "[appeal]\n").appeal

    assert AppealTable() == table
    assert (None, "USD", ("end",), "auto") == (
        table.button,
        table.currency,
        table.position,
        table.source,
    )


def test_without_a_project_there_are_defaults() -> None:
    """Outside a project the outbox and the shipped theme hold."""
    assert ("outbox", "default", "mail") == (
        DEFAULT_CONFIG.sender.default,
        DEFAULT_CONFIG.theme.name,
        DEFAULT_CONFIG.notes.anchors,
    )
    assert None is DEFAULT_CONFIG.appeal


@pytest.mark.parametrize(
    ("written", "expected_value"),
    [
        ("2026-12-31", date(2026, 12, 31)),
        ('"2026-12-31"', date(2026, 12, 31)),
        ("2026-12-31T00:00:00", datetime(2026, 12, 31)),  # noqa: DTZ001
        ('"2026-12-31T18:00"', datetime(2026, 12, 31, 18)),  # noqa: DTZ001
        ("2026-12-31T18:00:00Z", datetime(2026, 12, 31, 18, tzinfo=UTC)),
    ],
)
def test_a_deadline_is_a_day_or_a_moment(
    tmp_path: Path, written: str, expected_value: date
) -> None:
    """A day stays a day, quoted or not, for it ends a day later than it begins."""
    table = read(tmp_path, f"{LEAST}[appeal]\ndeadline = {written}\n").appeal
    assert table is not None

    assert (type(expected_value), expected_value) == (type(table.deadline), table.deadline)


@pytest.mark.parametrize("written", ['"end"', '["end"]'])
def test_a_position_is_one_or_a_list(tmp_path: Path, written: str) -> None:
    """One position need not stand in brackets."""
    table = read(tmp_path, f"{LEAST}[appeal]\nposition = {written}\n").appeal
    assert table is not None

    assert ("end",) == table.position


def test_amounts_are_exact(tmp_path: Path) -> None:
    """Amounts never pass through binary floating point."""
    table = read(tmp_path, f"{LEAST}[appeal]\namounts = [0.1, 19.99, 1000000]\n").appeal
    assert table is not None

    assert ["0.1", "19.99", "1000000"] == list(map(str, table.amounts))


def test_it_may_stand_in_pyproject(tmp_path: Path) -> None:
    """The same tables below `[tool.handbill]`; whatever else stands there is nobody's matter."""
    text = '[project]\nname = "x"\n[tool.handbill]\n' + LEAST.replace("[", "[tool.handbill.")
    config = read(tmp_path, text, name="pyproject.toml")

    assert "The Tern" == config.publication.name


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    """Some editors write one."""
    assert "The Tern" == read(tmp_path, "\ufeff" + LEAST).publication.name


# How mistakes are message


def test_replies_and_icons_need_what_they_rest_on(tmp_path: Path) -> None:
    """Nobody is invited to write where nobody reads, and an icon needs an image."""
    text = LEAST.replace("[publication]", "[publication]\nreply_to = 'noreply@tern.example.org'")
    found = mistakes(tmp_path, f"{text}welcomes_replies = true\n[theme]\nlogo_with_name = true\n")

    assert [
        "it invites replies, and they go to noreply@tern.example.org. Set reply_to to an address that somebody reads.",
        "it shows logo above the name, and logo is missing. Set both.",
    ] == [line.partition("is invalid: ")[2] for line in found]


MANY = """\
[publication]
nam = "The Tern"
from = "no address"
website = "http://tern.example.org"

[appeal]
amounts = [10, "ten"]
source = "artcle"

[theme]
name = "plian"
"""
MESSAGES = [
    "[publication] name: this key is missing. Add it.",
    "[publication] nam: unknown key. Known: name, from, reply_to, postal_address, website, past_issues, "
    "subscribe_url, welcomes_replies, language, "
    'timezone, public_url, unsubscribe, unsubscribe_by_hand, unsubscribe_url. Did you mean "name"?',
    '[publication] from: "no address" is invalid: "no address" is not an email address: '
    "An email address must have an @-sign. Write it as name@example.org.",
    '[publication] website: "http://tern.example.org" is invalid: it must be an https:// address.',
    '[appeal] amounts.1: "ten" is invalid: expected a number.',
    '[appeal] source: "artcle" is not allowed. Allowed: auto, config, article, both. Did you mean "article"?',
    '[theme] name: "plian" is invalid: unknown name. Known: default, plain. Did you mean "plain"?',
]


def test_all_errors_are_reported_at_once_with_their_lines(tmp_path: Path) -> None:
    """Each mistake is a line: file, line, key, what was given, what is allowed, the nearest known name."""
    numbers = (1, 2, 3, 4, 7, 8, 11)
    expected_value = [
        f"handbill.toml:{n}, {words}" for n, words in zip(numbers, MESSAGES, strict=True)
    ]

    assert expected_value == mistakes(tmp_path, MANY)


def test_lines_are_right_in_pyproject_too(tmp_path: Path) -> None:
    """Lines are counted in the whole file, keys named as in a file of one's own."""
    text = '[project]\nname = "nam"\n\n' + MANY.replace("[", "[tool.handbill.", 1).replace(
        "\n[", "\n[tool.handbill."
    )
    numbers = (n + 3 for n in (1, 2, 3, 4, 7, 8, 11))
    expected_value = [
        f"pyproject.toml:{n}, {words}" for n, words in zip(numbers, MESSAGES, strict=True)
    ]

    assert expected_value == mistakes(tmp_path, text, name="pyproject.toml")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"{LEAST}language = 5\n", 4),
        (
            "publication.name = 'x'\npublication.from = 'x@e.example.org'\npublication.language = 5\n",
            3,
        ),
        ("[publication]\nname = 'x'\n'from' = 'x@e.example.org'\n\"language\" = 5\n", 4),
        ("publication = {name = 'x', from = 'x@e.example.org', language = 5}\n", 1),
        (f"# language = 1\n{LEAST}  language=5\n", 5),
        (f"{LEAST}postal_address = '''\nlanguage = 5\n'''\nlanguage = 5\n", 7),
        (f'{LEAST}postal_address = """\n[appeal]\n"""\nlanguage = 5\n', 7),
    ],
)
def test_the_line_is_found_however_it_is_written(tmp_path: Path, text: str, line: int) -> None:
    """Dotted keys, quoted keys, inline tables, comments and long texts do not confuse the count."""
    assert [
        f"handbill.toml:{line}, [publication] language: 5 is invalid: expected text in quotes."
    ] == mistakes(tmp_path, text)


def test_the_line_is_found_among_several_tables_of_one_name(tmp_path: Path) -> None:
    """Each entry of a list of tables has lines of its own."""
    variants = "".join(
        f"[[appeal.variants]]\nwhen = 'a = \"b\"'\n{key} = 'x'\n" for key in ("text", "headng")
    )
    (message,) = mistakes(tmp_path, f"{LEAST}[appeal]\n{variants}")

    assert message.startswith("handbill.toml:10, [appeal] variants.1.headng: unknown key. ")
    assert message.endswith('Did you mean "heading"?')


@pytest.mark.parametrize(
    ("written", "expected_value"),
    [
        ('donor = "monthly"', ("donor", ("monthly",))),
        (' donor="a, b" ', ("donor", ("a, b",))),
        ('c in ("GB","IE")', ("c", ("GB", "IE"))),
        ('c in ( "GB" , )', ("c", ("GB",))),
        ('c = ""', ("c", ("",))),
        *[
            (wrong, None)
            for wrong in (
                *("", "donor", "donor =", "donor = monthly", 'donor == "x"', 'donor != "x"'),
                *('1a = "x"', 'in ("x")', 'c in "x"', "c in ()", 'a = "x" and b = "y"'),
            )
        ],
    ],
)
def test_conditions_on_readers(
    written: str, expected_value: tuple[str, tuple[str, ...]] | None
) -> None:
    """A field with the value it is to have, or several; anything else is refused."""
    if expected_value:
        assert expected_value == parse_condition(written)
        return
    with pytest.raises(ValueError, match="it must be a field and its value"):
        parse_condition(written)


ASK = LEAST + "[appeal]\n"
NOT_A_LINE = "Allowed: one line, without control characters."
NOT_A_ZONE = 'it must be a time zone like "Europe/London".'
NOT_A_POSITION = 'it must be "start", "end" or "after:N" (after N paragraphs).'
NOT_A_DEADLINE = "it must be a date or a date and time: 2026-12-31 or 2026-12-31T18:00:00."


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (LEAST.replace("The Tern", ""), '[publication] name: "" is invalid: it must not be empty.'),
        (
            LEAST.replace("The Tern", "a\\nb"),
            f'[publication] name: "a\\nb" is not allowed. {NOT_A_LINE}',
        ),
        (f'{LEAST}timezone = "Mars/Olympus"', f'timezone: "Mars/Olympus" is invalid: {NOT_A_ZONE}'),
        (f'{LEAST}timezone = "EST"', 'Name a city\'s time zone: "America/New_York".'),
        (f'{LEAST}timezone = "../etc"', f'timezone: "../etc" is invalid: {NOT_A_ZONE}'),
        (f'{LEAST}language = "klingon"', 'it must be a language tag like "en" or "pt-BR".'),
        (f'{LEAST}unsubscribe = "leave@e.example.org"', 'it must begin with "mailto:".'),
        (f'{LEAST}unsubscribe = "mailto:nobody"', '"nobody" is not an email address'),
        (
            f'{LEAST}unsubscribe_url = "https://e.example.org/"',
            "it must contain {token} exactly once",
        ),
        (f'{LEAST}unsubscribe_url = "http://x/{{token}}"', "it must be an https:// address."),
        (f'{LEAST}website = "https://"', "it must be an https:// address."),
        (f"{ASK}bullets = 'a'", '[appeal] bullets: "a" is invalid: expected a list in [ ].'),
        (f"{ASK}amounts = [0]", "[appeal] amounts.0: 0 is invalid: expected a number above 0."),
        (f"{ASK}amounts = [-2.5]", "amounts.0: -2.5 is invalid: expected a number above 0."),
        (f"{ASK}amounts = [true]", "[appeal] amounts.0: true is invalid: expected a number."),
        (f"{ASK}amounts = [inf]", "[appeal] amounts.0: Infinity is invalid: expected a number."),
        (
            f'{ASK}processor = "actblu"',
            "unknown name. Known: actionnetwork, actblue, anedot, blackbaud, classy, donorbox, "
            "fundraiseup, givebutter, kofi, liberapay, opencollective, paypal, raisely, stripe. "
            'Did you mean "actblue"?',
        ),
        (f"{ASK}match_times = 1", "[appeal] match_times: 1 is invalid: expected a number above 1."),
        (f"{ASK}raised = -1", "[appeal] raised: -1 is invalid: expected a number of at least 0."),
        (f"{ASK}utm = 3", "[appeal] utm: 3 is invalid: expected a table."),
        (
            f"{ASK}[appeal.utm]\nmedum = 'x'",
            "utm.medum: unknown key. Known: source, medium, campaign.",
        ),
        (
            f"{ASK}[[appeal.variants]]\nwhen = 'donor'",
            """it must be a field and its value, 'donor = "monthly"'""",
        ),
        (f"{ASK}[[appeal.positions]]\nat = 'after:0'", NOT_A_POSITION),
        (f"{ASK}currency = 'Euro'", '"Euro" is invalid: it must be a currency code like "EUR".'),
        (
            f"{ASK}refcode = 'a b'",
            '"a b" is not allowed. Allowed: up to 20 lower-case letters, digits and _.',
        ),
        (f"{ASK}position = 'after:0'", f'"after:0" is invalid: {NOT_A_POSITION}'),
        (f"{ASK}position = ['end', 'x']", f'[appeal] position.1: "x" is invalid: {NOT_A_POSITION}'),
        (f"{ASK}position = 3", "[appeal] position: 3 is invalid: expected a list in [ ]."),
        (f"{ASK}deadline = 18:00:00", f"deadline: 18:00:00 is invalid: {NOT_A_DEADLINE}"),
        (f"{ASK}deadline = 'soon'", f'[appeal] deadline: "soon" is invalid: {NOT_A_DEADLINE}'),
        (f"{LEAST}[notes]\nanchors = 'none '", 'mail, web, none. Did you mean "none"?'),
        (f"{LEAST}[sender]\ndefault = 'outbx'", 'outbox, recording. Did you mean "outbox"?'),
        (f"{LEAST}[sender]\ndefault = 'x'\n[senders.y]\nkind = 'outbox'", "y, outbox, recording."),
        (f"{LEAST}[senders.y]\ndirectory = 'x'", "[senders] y.kind: this key is missing. Add it."),
        (f"{LEAST}[senders]\ny = 3", "[senders] y: 3 is invalid: expected a table."),
        (
            f"{LEAST}[store]\nurl = 'postgresql://me:plum-jam@host/x'",
            '[store] url: "postgresql://me:…@host/x" is invalid: do not write the password here',
        ),
        (
            f"{LEAST}[apeal]\nheading = 'x'",
            "apeal: unknown key. Known: publication, appeal,",
        ),
        ("publication = 3", "publication: 3 is invalid: expected a table."),
        ("[appeal]", "the table [publication] is missing. Add it, with name and from."),
        ("", "the table [publication] is missing. Add it, with name and from."),
    ],
)
def test_each_mistake_is_one_clear_line(tmp_path: Path, written: str, message: str) -> None:
    """One mistake is one line that says what was given and what is allowed, in plain words."""
    (line,) = mistakes(tmp_path, written)

    assert message in line
    assert not re.search(r"pydantic|validat|Input should|function-|tuple|str_|Decimal\(", line)


def test_long_values_are_cut(tmp_path: Path) -> None:
    """What was given is shown up to sixty characters."""
    (line,) = mistakes(tmp_path, f'{LEAST}language = "{"x" * 500}"')

    assert len(line) < 200
    assert "x…" in line


@pytest.mark.parametrize("name", ["handbill.toml", "pyproject.toml"])
def test_invalid_toml_is_reported(tmp_path: Path, name: str) -> None:
    """Broken TOML is message with the parser's line; so is a file in another encoding."""
    (line,) = mistakes(tmp_path, '[tool.handbill]\n[publication]\nname = "a\nb"\n', name=name)
    assert re.fullmatch(rf"{name}: invalid TOML: .*line 3.*\. Fix that line and try again\.", line)

    (tmp_path / name).write_bytes('[tool.handbill]\nname = "é"\n'.encode("latin-1"))
    with pytest.raises(ConfigError, match=rf"{name}: the file is not UTF-8"):
        read_config(tmp_path, KNOWN)


ANYTHING = st.recursive(
    st.one_of(st.integers(), st.text(max_size=5), st.booleans(), st.floats()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["name", "from", "kind", "amounts", "x"]), inner, max_size=3
        ),
    ),
    max_leaves=5,
)


@given(ANYTHING, st.sampled_from([*AppealTable.model_fields, "x"]))
def test_no_value_makes_a_traceback(value: Any, key: str) -> None:
    """Whatever stands where, the answer is a table or sentences."""
    try:
        read_appeal(None, {key: value}, KNOWN, "bell.md")
    except ConfigError as error:
        assert all(line.startswith("bell.md, [appeal] ") for line in str(error).split("\n"))


# Where it is found


def test_the_nearest_folder_upward_counts(tmp_path: Path) -> None:
    """A project is found from any folder below it; a pyproject.toml without the table is not one."""
    below = tmp_path / "a/b"
    below.mkdir(parents=True)
    (tmp_path / "handbill.toml").write_text(LEAST)
    (below / "pyproject.toml").write_text('[project]\nname = "handbill-like"\n')

    assert tmp_path == find_project_root(below)
    (tmp_path / "a/pyproject.toml").write_text("[tool.handbill]\n")
    assert tmp_path / "a" == find_project_root(below)


def test_two_configurations_in_one_folder_are_an_error(tmp_path: Path) -> None:
    """Nobody could tell which one holds."""
    (tmp_path / "handbill.toml").write_text(LEAST)
    (tmp_path / "pyproject.toml").write_text("[tool.handbill]\n")

    with pytest.raises(ConfigError) as caught:
        find_project_root(tmp_path)

    assert (
        f"{tmp_path}: has both handbill.toml and [tool.handbill] in pyproject.toml. Remove one of them."
        == str(caught.value)
    )


@pytest.mark.parametrize(
    "text", ["tool = 3 # handbill\n", "[tool]\nhandbill = 3\n", "# handbill\n"]
)
def test_what_is_no_table_is_no_configuration(tmp_path: Path, text: str) -> None:
    """A pyproject.toml that only mentions the name is nobody's configuration."""
    (tmp_path / "pyproject.toml").write_text(text)

    assert tmp_path != find_project_root(tmp_path)


def test_a_folder_without_a_configuration_is_reported(tmp_path: Path) -> None:
    """Opening a folder that holds none says how to start one."""
    with pytest.raises(ConfigError, match="handbill init"):
        Project.open(tmp_path)


# Front matter


def test_front_matter_lies_over_the_configuration() -> None:
    """An article overrides single keys of the ask; the others stay."""
    base = AppealTable.model_validate(
        {"heading": "Old", "amounts": [5], "position": "start"}, context=KNOWN
    )
    table = read_appeal(base, {"heading": "New", "amounts": [10, 7.5]}, KNOWN, "bell.md")

    assert ("New", (Decimal(10), Decimal("7.5")), ("start",)) == (
        table.heading,
        table.amounts,
        table.position,
    )


def test_front_matter_may_have_its_own_appeal() -> None:
    """Without `[appeal]` the front matter's is all there is."""
    assert "New" == read_appeal(None, {"heading": "New"}, KNOWN, "bell.md").heading


def test_mistakes_in_front_matter_name_the_article() -> None:
    """They are message like those of a file, under the same keys, with the article in place of file and line."""
    with pytest.raises(ConfigError) as caught:
        read_appeal(
            None,
            {"headng": "x", "amounts": "ten", "deadline": None},
            KNOWN,
            "bell.md, front matter",
        )

    assert [
        'bell.md, front matter, [appeal] amounts: "ten" is invalid: expected a list in [ ].',
        "bell.md, front matter, [appeal] headng: unknown key. Known: heading, text, bullets, button, url, "
        "processor, amounts, monthly, suggested, currency, values, refcode, match, match_times, goal, raised, "
        "raised_since, deadline, after_deadline, disclosure, one_click, position, positions, variants, utm, source. "
        'Did you mean "heading"?',
    ] == str(caught.value).split("\n")


def test_an_issue_is_not_made_of_mistaken_front_matter(tmp_path: Path) -> None:
    """The error of an article's own ask names the article."""
    (tmp_path / "handbill.toml").write_text(LEAST)
    article = Article(
        title="T", location="bell.md", front_matter=FrontMatter(appeal={"amounts": ["x"]})
    )

    with pytest.raises(ConfigError) as caught:
        Project.open(tmp_path).edit(article)

    assert 'bell.md, front matter, [appeal] amounts.0: "x" is invalid: expected a number.' == str(
        caught.value
    )
