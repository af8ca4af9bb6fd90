"""Which keys sign what, from the configuration to the bytes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import DkimTable
from pipeline.errors import ConfigError
from pipeline.mail.dkim.keys import generate_key
from pipeline.models.campaign import Campaign
from pipeline.project import Project
from pipeline.project.signing import choose_signing, read_keys
from pipeline.senders.outbox.outbox_sender import OutboxSender
from tests.mail.dkim_verifiers import dkimpy_verdicts, key
from tests.mail.samples import parsed

_CONFIG = """\
[publication]
name = "The Ferry"
from = "letters@ferry.example.org"
postal_address = "12 Quay Street"
unsubscribe_url = "https://ferry.example.org/leave/{token}"

[dkim]
"""


class ServiceWithoutMime(OutboxSender):
    """Stands for a service that writes messages of its own."""

    accepts_mime = False


class ServiceThatSigns(OutboxSender):
    """A sender that signs messages, and writes Message-ID again."""

    signs_list_unsubscribe = True
    rewritten_headers = frozenset({"message-id"})


class ServiceThatWritesFrom(OutboxSender):
    """Stands for one after which no signature of ours can be right."""

    rewritten_headers = frozenset({"from"})


def make(
    folder: Path, settings: str = "", *, pem: bytes | None = None, mode: int = 0o600
) -> Project:
    (folder / "handbill.toml").write_text(_CONFIG + settings, encoding="utf-8")
    (folder / "bell.md").write_text("# Bell\n\nIt rings.", encoding="utf-8")
    if pem is not None:
        write_key(folder / ".handbill/dkim-handbill.pem", pem, mode)
    return Project.open(folder)


def write_key(path: Path, pem: bytes, mode: int = 0o600) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(pem)
    path.chmod(mode)


def pem_of(kind: Any = "rsa", selector: str = "handbill") -> bytes:
    from cryptography.hazmat.primitives import serialization

    return key(kind, selector).private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def sent(project: Project, **options: Any) -> tuple[Campaign, bytes]:
    edition = project.render(project.edit(project.load(str(project.root / "bell.md"))))
    with project.open_sender("outbox") as sender:
        campaign = project.send(
            edition, project.parse_recipients(["ada@example.org"]), sender=sender, **options
        )
    assert campaign.digest == edition.digest
    (path,) = Path(campaign.outbox or "").glob("*.eml")
    return campaign, path.read_bytes()


def test_what_is_sent_tried_and_looked_at_is_signed(tmp_path: Path) -> None:
    """A send, a test and a sample go the same way: signed, with one-click; the test says so in its subject alone."""
    project = make(tmp_path, pem=pem_of())
    edition = project.render(project.edit(project.load(str(tmp_path / "bell.md"))))
    _, real = sent(project)
    _, test = sent(project, is_test=True)
    for content in (real, test, project.compose_sample(edition).message.content):
        assert [True] == dkimpy_verdicts(content, [key("rsa", "handbill")])
        assert "List-Unsubscribe=One-Click" == parsed(content)["List-Unsubscribe-Post"]
    assert "Bell" == parsed(real)["Subject"]
    assert "[Test] Bell" == parsed(test)["Subject"]
    assert _list_texts(real) == _list_texts(test)


def _list_texts(content: bytes) -> list[str]:
    """Return the text of each part of a message, without the tokens that only this message has."""
    parts = [part for part in parsed(content).walk() if part.get_content_maintype() == "text"]
    return [re.sub(r"\b[a-z2-7]{21,40}\b", "TOKEN", part.get_content()) for part in parts]


def test_a_campaign_goes_on_after_a_crash_with_signed_messages(tmp_path: Path) -> None:
    """A file in the outbox is known again, though the signature of the second attempt is another."""
    from dataclasses import replace

    project = make(tmp_path, pem=pem_of())
    edition = project.render(project.edit(project.load(str(tmp_path / "bell.md"))))
    message = project.compose_sample(edition).message
    later = replace(message, chunks=(message.content.replace(b"; t=17", b"; t=18", 1),))
    later = replace(later, chunks=(later.content.replace(b" b=", b" b=x", 1),))
    assert later.content != message.content
    with project.open_sender("outbox") as sender:
        (first,) = sender.send([message])
        (second,) = sender.send([later])
    assert first.response == second.response
    assert message.content == Path(first.response).read_bytes()


def test_without_the_table_nothing_is_signed(tmp_path: Path) -> None:
    """No [dkim], no signature, no one-click, no complaint."""
    project = make(tmp_path)
    (tmp_path / "handbill.toml").write_text(_CONFIG.removesuffix("[dkim]\n"))
    project = Project.open(tmp_path)
    content = sent(project)[1]
    assert b"DKIM-Signature" not in content
    assert b"List-Unsubscribe-Post" not in content
    assert [] == project.check_signing()


def test_two_keys_make_two_signatures(tmp_path: Path) -> None:
    """RSA for every receiver, Ed25519 beside it; each from its own place."""
    more = '[[dkim.keys]]\nselector = "ed"\nkey_file = "ed.pem"\n'
    project = make(tmp_path, more, pem=pem_of())
    write_key(tmp_path / "ed.pem", pem_of("ed25519", "ed"))
    keys = [key("rsa", "handbill"), key("ed25519", "ed")]
    assert [True, True] == dkimpy_verdicts(sent(project)[1], keys)


def test_a_key_in_the_environment_takes_the_files_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`HANDBILL_DKIM_KEY`, or a variable of one's own naming, on one line or several."""
    project = make(tmp_path)
    monkeypatch.setenv("HANDBILL_DKIM_KEY", pem_of().decode())
    assert [True] == dkimpy_verdicts(sent(project)[1], [key("rsa", "handbill")])
    monkeypatch.delenv("HANDBILL_DKIM_KEY")
    monkeypatch.setenv("LETTERS_KEY", pem_of().decode().replace("\n", "\\n"))
    project = make(tmp_path, 'key_env = "LETTERS_KEY"')
    assert [True] == dkimpy_verdicts(sent(project)[1], [key("rsa", "handbill")])


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o620, 0o666])
def test_a_key_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    """Who can read it can write in the publication's name."""
    project = make(tmp_path, pem=pem_of(), mode=mode)
    with pytest.raises(ConfigError, match="chmod 600"):
        sent(project)
    assert not (tmp_path / "outbox").exists()


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o440, 0o640])
def test_a_key_for_its_owner_and_group_is_taken(tmp_path: Path, mode: int) -> None:
    """Hosts that hand out secrets give them to a group."""
    assert b"DKIM-Signature" in sent(make(tmp_path, pem=pem_of(), mode=mode))[1]


def test_a_missing_key_stops_a_send_and_not_a_look(tmp_path: Path) -> None:
    """Sending says where the key should be; a sample is unsigned, and the finding says why."""
    project = make(tmp_path)
    edition = project.render(project.edit(project.load(str(tmp_path / "bell.md"))))
    with pytest.raises(ConfigError, match=r"dkim-handbill\.pem: no key found .* dkim keygen"):
        sent(project)
    assert b"DKIM-Signature" not in project.compose_sample(edition).message.content
    (finding,) = project.check_signing()
    assert "dkim.unusable" == finding.code
    assert "dkim keygen" in finding.message


def test_a_service_that_writes_its_own_messages_is_reported(tmp_path: Path) -> None:
    """No signature is pretended where none can survive."""
    project = make(tmp_path, pem=pem_of())
    for service in (ServiceWithoutMime(tmp_path), ServiceThatWritesFrom(tmp_path)):
        assert project.get_signing(service).signer is None
        (finding,) = project.check_signing(service)
        assert "dkim.not-applied" == finding.code
    assert [] == project.check_signing()


def test_a_service_that_signs_allows_one_click_by_itself(tmp_path: Path) -> None:
    """Its signature covers the way to leave; what it rewrites ours does not cover."""
    by = choose_signing(ServiceThatSigns(tmp_path), "ferry.example.org", [key("rsa")])
    assert by.covers_unsubscribe
    assert by.signer is not None
    assert "message-id" not in by.signer.signed_fields
    assert choose_signing(ServiceThatSigns(tmp_path), "ferry.example.org", []).covers_unsubscribe
    assert not choose_signing(OutboxSender(tmp_path), "ferry.example.org", []).covers_unsubscribe


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ([{"selector": "b"}], "set either key_file or key_env"),
        ([{"selector": "b", "key_file": "b", "key_env": "B"}], "set either"),
        ([{"selector": "handbill", "key_file": "b"}], "is used for two keys"),
        ([{"selector": "b", "key_env": "NOT_SET"}], "variable NOT_SET, which is not set"),
    ],
)
def test_contradictory_settings_are_reported(tmp_path: Path, keys: list[Any], message: str) -> None:
    """Each key has one place and a selector of its own."""
    write_key(tmp_path / ".handbill/dkim-handbill.pem", pem_of())
    with pytest.raises(ConfigError, match=message):
        read_keys(DkimTable.model_validate({"keys": keys}), tmp_path)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ('domain = "a b"', "domain"),
        ('selector = "a/b"', "letters, digits, dots and dashes"),
        ('selector = "a; d=evil.example"', "letters, digits, dots and dashes"),
        ('selector = "a%s"', "letters, digits, dots and dashes"),
        ('key_env = "a-b"', "name of an environment variable"),
        ('key_file = "-----BEGIN PRIVATE KEY-----S3CR3T"', "path of a file"),
        ("key_file = '''-----BEGIN RSA PRIVATE KEY-----\nS3CR3T'''", "path of a file"),
        ('key_env = "-----BEGIN PRIVATE KEY-----S3CR3T"', "name of an environment variable"),
        ('key = "S3CR3T"', "unknown key"),
    ],
)
def test_no_setting_leads_out_of_the_signature_or_shows_a_key(
    tmp_path: Path, settings: str, message: str
) -> None:
    """What stands in the signature is checked, and a key pasted in the wrong place is not printed."""
    with pytest.raises(ConfigError, match=message) as caught:
        make(tmp_path, settings)
    assert "S3CR3T" not in str(caught.value)
    assert "[dkim]" in str(caught.value)


def test_an_international_domain_is_signed_for_in_ascii(tmp_path: Path) -> None:
    """`d=` holds the name as the DNS has it."""
    project = make(tmp_path, 'domain = "Fähre.example"')
    assert "xn--fhre-loa.example" == project.dkim.domain


def test_a_new_key_for_each_selector_can_be_made(tmp_path: Path) -> None:
    """What `generate_key()` makes is what `read_keys()` reads."""
    project = make(tmp_path, pem=generate_key("ed25519"))
    assert ["ed25519-sha256"] == [found.algorithm for found in project.dkim.keys]
