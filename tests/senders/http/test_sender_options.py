"""The options of HTTP senders, and where their keys come from."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from inspect import signature
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ConfigError, SendError
from pipeline.project import Project
from pipeline.senders import SENDERS, open_sender
from pipeline.testing import sample_message
from tests.journey.command import CONFIG
from tests.senders.http.fake_providers import POSTMARK, PROVIDERS, SECRET, SES
from tests.senders.http.fake_service import serving

DOCS = Path(__file__).parents[3] / "docs" / "reference" / "providers.md"
SAMPLES = {
    name: block
    for block in re.findall(r"^```toml\n(.*?)^```", DOCS.read_text("utf-8"), re.M | re.S)
    for name in tomllib.loads(block)["senders"]
}


@pytest.mark.parametrize(("name", "sample"), SAMPLES.items(), ids=SAMPLES)
def test_every_documented_example_opens(tmp_path: Path, name: str, sample: str) -> None:
    """A table copied from docs/reference/providers.md opens as a sender; opening it needs no key and no network."""
    (tmp_path / "handbill.toml").write_text(f"{CONFIG}\n{sample}", encoding="utf-8")
    sender = Project.open(tmp_path).open_sender(name)
    (table,) = tomllib.loads(sample)["senders"].values()
    assert SENDERS.get_class(table["kind"]) is type(sender)


def test_every_option_is_documented() -> None:
    """docs/reference/providers.md documents each option of each sender."""
    text = DOCS.read_text(encoding="utf-8")
    options = {
        option
        for provider in PROVIDERS
        for option in signature(type(provider.open("https://example.org"))).parameters
    }
    assert [] == [
        option for option in options if f"`{option}`" not in text and f"`{option} = " not in text
    ]
    assert [] == [p.kind for p in PROVIDERS if p.kind not in SAMPLES]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"base_url": "http://api.example.org"}, "https://"),
        ({"base_url": "https://user:hunter2@api.example.org"}, "https://"),
        ({"base_url": "ftp://127.0.0.1"}, "https://"),
        ({"base_url": 7}, "https://"),
        ({"connections": 0}, "from 1 to 16"),
        ({"connections": 17}, "from 1 to 16"),
        ({"connections": True}, "from 1 to 16"),
        ({"timeout_s": 0}, "number of seconds"),
        ({"timeout_s": "long"}, "number of seconds"),
        ({"api_key_env": "pm-hunter2"}, "not the name of an environment variable"),
        ({"api_key_file": ""}, "Use a path"),
        ({"message_stream": "two words"}, "without spaces"),
        ({"api_key": "hunter2"}, 'does not know "api_key"'),
    ],
)
def test_invalid_options_are_rejected(options: dict[str, Any], expected: str) -> None:
    """At once, with the option's name; a key in the wrong place is not repeated."""
    with pytest.raises(ConfigError, match=re.escape(expected)) as caught:
        open_sender("postmark", **options)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "options", "expected"),
    [
        ("ses", {}, 'needs "region"'),
        ("ses", {"region": "Frankfurt"}, "eu-central-1"),
        ("ses", {"region": "eu-central-1", "access_key_env": "AKIA-1"}, "access_key_env"),
        ("mailgun", {"region": "eur"}, 'Did you mean "eu"'),
        ("sparkpost", {"transactional": "yes"}, "true or false"),
        ("mailjet", {"access_key_env": 3}, "access_key_env"),
    ],
)
def test_invalid_options_of_one_provider_are_rejected(
    monkeypatch: pytest.MonkeyPatch, kind: str, options: dict[str, Any], expected: str
) -> None:
    """Each with its own sentence."""
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    with pytest.raises(ConfigError, match=expected):
        open_sender(kind, **options)


def test_sparkpost_keeps_list_unsubscribe_in_transactional_messages() -> None:
    """Then our signature may cover it, and one-click unsubscribe works."""
    usual, transactional = open_sender("sparkpost"), open_sender("sparkpost", transactional=True)
    assert "list-unsubscribe" in usual.rewritten_headers
    assert usual.rewritten_headers - {"list-unsubscribe"} == transactional.rewritten_headers


def test_decimal_numbers_of_a_configuration_are_accepted() -> None:
    """TOML's numbers arrive as decimals."""
    sender: Any = open_sender("postmark", timeout_s=Decimal("2.5"))
    assert 2.5 == sender.timeout_s


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (None, "The environment variable POSTMARK_SERVER_TOKEN holds no key for Postmark"),
        ("", "holds no key"),
        ("  \n", "holds no key"),
        (f"{SECRET}\r\nX-Evil: 1", "does not hold a valid key"),
        (f"{SECRET}é", "does not hold a valid key"),
    ],
)
def test_an_invalid_key_is_rejected_and_not_leaked(
    monkeypatch: pytest.MonkeyPatch, held: str | None, expected: str
) -> None:
    """Nothing is request of the service, and the sentence names the variable."""
    monkeypatch.delenv("POSTMARK_SERVER_TOKEN", raising=False)
    if held is not None:
        monkeypatch.setenv("POSTMARK_SERVER_TOKEN", held)
    with serving(POSTMARK.accept_all) as service, POSTMARK.open(service) as sender:
        with pytest.raises(SendError, match=expected) as caught:
            list(sender.send([sample_message()]))
        assert [] == service.requests
    assert not caught.value.temporary
    assert SECRET not in str(caught.value)


def test_a_key_is_read_from_a_file_of_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative path counts from the project; the file wins over the variable; its first line is the key."""
    monkeypatch.setenv("POSTMARK_SERVER_TOKEN", "another")
    (tmp_path / "token").write_text(f"{SECRET}\nsecond line\n")
    (tmp_path / "token").chmod(0o600)
    with serving(POSTMARK.accept_all) as service:
        table = (
            f'[senders.it]\nkind = "postmark"\napi_key_file = "token"\nbase_url = "{service.url}"\n'
        )
        (tmp_path / "handbill.toml").write_text(f"{CONFIG}\n{table}", encoding="utf-8")
        with Project.open(tmp_path).open_sender("it") as sender:
            list(sender.send([sample_message()]))
            assert SECRET not in repr(sender)
        assert SECRET == service.requests[0].headers["x-postmark-server-token"]


@pytest.mark.parametrize(("mode", "is_refused"), [(0o644, True), (0o620, True), (0o440, False)])
def test_a_key_open_to_others_is_refused(tmp_path: Path, mode: int, is_refused: bool) -> None:
    """As a DKIM key is; a group may read it. The command that helps is named, the secret is not."""
    file = tmp_path / "token"
    file.write_text(SECRET)
    file.chmod(mode)
    sender = open_sender("postmark", api_key_file=file, base_url="http://127.0.0.1:9")
    with sender, pytest.raises(SendError) as caught:
        list(sender.send([sample_message()]))
    assert is_refused == (f"chmod 600 {file}" in str(caught.value))
    assert SECRET not in str(caught.value)


def test_a_missing_key_file_is_reported(tmp_path: Path) -> None:
    """With its path and the reason."""
    with (
        pytest.raises(SendError, match=r"token: cannot read the key for Postmark \(No such file"),
        open_sender("postmark", api_key_file=tmp_path / "token") as sender,
    ):
        list(sender.send([sample_message()]))


def test_ses_signs_for_its_region_and_sends_the_session_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The region comes from the variable, the token from its own."""
    for name, value in SES.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "passing")
    with serving(SES.accept_all) as service:
        with open_sender("ses", base_url=service.url, configuration_set="letters") as sender:
            list(sender.send([sample_message()]))
        (request,) = service.requests
    assert "/us-west-2/ses/aws4_request" in request.headers["authorization"]
    assert "passing" == request.headers["x-amz-security-token"]
    assert "letters" == request.json["ConfigurationSetName"]
