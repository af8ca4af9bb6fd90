"""
Secrets stay where they were put.

They are planted: the password of a relay, the keys of services, the key of signatures, the secret of the project. Then
messages are sent, refused, tried and previewed, with every log at DEBUG, by servers that repeat all they receive.
Nothing that was printed, logged, answered or written contains a secret in any of its forms.

A sender that comes with a secret adds a line to `PLANTED`.
"""

from __future__ import annotations

import base64
import json
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import cli
from pipeline.senders.http.service_response import ServiceResponse
from pipeline.senders.redact import redact
from tests.doctor.dns_server import DnsServer
from tests.journey.command import CONFIG, make_project
from tests.mail.dkim_verifiers import key
from tests.mail.test_dkim_keys import PEM, PKCS8
from tests.senders.http.fake_providers import POSTMARK, PROVIDERS, SECRET, Provider
from tests.senders.http.fake_service import RecordedRequest, Reply, serving
from tests.senders.smtp.smtp_sink import PIPELINING, Moment, Sink

PROJECT_SECRET = "hb-project-0123456789abcdef"
PASSWORD = "hb-password-0123456789abcdef"


@dataclass(frozen=True)
class PlantedSecret:
    """
    A secret in its place.

    Args:
        settings: What stands in handbill.toml, with `{address}` for where the server is.
        environment: Variables.
        secrets: What must not be seen.
        server: Runs what it is sent to for a block, and yields its address: one that repeats what it was told and
            refuses, or one that takes everything.
    """

    name: str
    settings: str
    environment: Mapping[str, str]
    secrets: tuple[str, ...]
    server: Callable[[bool], AbstractContextManager[str]]
    files: Mapping[str, str] = field(default_factory=dict)


SEND = ("send", "tide.md", "--to", "ada@example.org")


def planted_key(provider: Provider) -> PlantedSecret:
    """A provider with its key in a variable."""
    options = {**provider.options, "base_url": "{address}"}
    lines = [f"{name} = {json.dumps(value)}" for name, value in options.items()]
    return PlantedSecret(
        name=provider.kind,
        settings="\n".join([f'[senders.planted]\nkind = "{provider.kind}"', *lines]),
        environment=provider.environment,
        secrets=tuple(v for name, v in provider.environment.items() if v.startswith("hb-secret")),
        server=lambda refuses: _service(provider, refuses=refuses),
    )


@contextmanager
def _service(provider: Provider, *, refuses: bool) -> Iterator[str]:
    def repeating(requested: RecordedRequest) -> Reply:
        told = f"{dict(requested.headers)} {provider.environment}"
        words = {"message": told, "Message": told, "ErrorMessage": told, "error": told}
        return Reply({**words, "errors": [{"message": told}], "name": told, "code": told}, 401)

    with serving(repeating if refuses else provider.accept_all) as service:
        yield service.url


@contextmanager
def _relay(refuses: bool) -> Iterator[str]:
    plain = base64.b64encode(f"\0account\0{PASSWORD}".encode()).decode()
    repeated = f"535 5.7.8 {PASSWORD} AUTH PLAIN {plain}"

    def script(moment: Moment) -> str | None:
        return (repeated if refuses else "235 2.7.0 Ok") if moment.step == "AUTH" else None

    with Sink(script, features=(*PIPELINING, "AUTH PLAIN")) as sink:
        yield str(sink.port)


_RELAY = """
[senders.planted]
kind = "smtp"
host = "127.0.0.1"
port = {address}
security = "none"
username = "account"
"""

KEY = {"SERVICE_KEY": SECRET}

PLANTED = [
    *map(planted_key, PROVIDERS),
    PlantedSecret(
        name="smtp, a variable",
        settings=_RELAY + 'password_env = "RELAY_PASSWORD"',
        environment={"RELAY_PASSWORD": PASSWORD},
        secrets=(PASSWORD,),
        server=_relay,
    ),
    PlantedSecret(
        name="smtp, a file",
        settings=_RELAY + 'password_file = "password"',
        environment={},
        secrets=(PASSWORD,),
        server=_relay,
        files={"password": PASSWORD},
    ),
    PlantedSecret(
        name="anymail",
        settings="""
[senders.planted]
kind = "anymail"
backend = "anymail.backends.postmark.EmailBackend"
settings = { api_url = "{address}" }
secrets_env = { server_token = "SERVICE_KEY" }
""",
        environment=KEY,
        secrets=(SECRET,),
        server=lambda refuses: _service(replace(POSTMARK, environment=KEY), refuses=refuses),
    ),
]
BY_RELAY = next(planted for planted in PLANTED if planted.name == "smtp, a variable")


def pem() -> str:
    from cryptography.hazmat.primitives.serialization import NoEncryption

    return key("rsa").private.private_bytes(PEM, PKCS8, NoEncryption()).decode()


def secret_forms(secret: str) -> set[str]:
    """Return what a secret looks like encoded, quoted or in a repr."""
    found = {secret, quote(secret, safe=""), repr(secret)[1:-1], json.dumps(secret)[1:-1]}
    for shift in range(
        3
    ):  # in base64 with anything before it; the first and last characters depend on what is there
        encoded = base64.b64encode(b"\0" * shift + secret.encode()).decode().rstrip("=")
        found.add(encoded[4:-4])
    return found


def pem_forms(text: str) -> set[str]:
    """Return the forms of each line of a PEM text: half a key is too much."""
    return {form for line in text.splitlines()[1:-2] for form in secret_forms(line)} | {
        text.strip()
    }


@pytest.mark.parametrize(
    ("planted", "refuses"),
    [*((planted, True) for planted in PLANTED), (PLANTED[0], False), (BY_RELAY, False)],
    ids=lambda value: getattr(value, "name", "refused" if value else "taken"),
)
def test_no_secret_is_printed_logged_or_written(
    planted: PlantedSecret,
    refuses: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whatever a server repeats and whatever is logged, no secret appears."""
    caplog.set_level(logging.DEBUG)
    with planted.server(refuses) as address, DnsServer({}) as names:
        settings = planted.settings.replace("{address}", address)
        root = make_project(tmp_path / "p", config=f"{CONFIG}\n{settings}\n[dkim]\n")
        for name, content in planted.files.items():
            (root / name).write_text(content)
            (root / name).chmod(0o600)
        variables = {"HANDBILL_SECRET": PROJECT_SECRET, "HANDBILL_DKIM_KEY": pem()}
        for name, value in {**variables, **planted.environment}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(root)
        exit_code, told = run(capsys, *SEND, "--sender", "planted", "--yes", "--json")
        told += run(capsys, "doctor", "--sender", "planted", "--nameserver", names.address)[1]
        if planted is BY_RELAY:  # the rest is the same for every sender
            told += run(capsys, *SEND, "--sender", "outbox")[1]
            told += run(capsys, "render", "tide.md", "--json")[1]
            assert "DKIM-Signature" in _read_written(root, planted)
        written = _read_written(root, planted)

    assert bool(refuses) == bool(exit_code), told
    logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    secrets = {
        form for s in (PROJECT_SECRET, *planted.secrets) for form in secret_forms(s)
    } | pem_forms(pem())
    for place, text in {"printed": told, "written": written, "logged": logged}.items():
        assert [] == sorted(secret for secret in secrets if secret in text), place


def _read_written(root: Path, planted: PlantedSecret) -> str:
    """Return all files of the project except those with the planted secrets."""
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    contents = [path.read_bytes() for path in files if path.name not in planted.files]
    return b"\n".join(contents).decode("utf-8", "replace")


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["handbill", *words])
        exit_code = cli.run()
    printed = capsys.readouterr()
    return exit_code, printed.out + printed.err


def test_the_search_finds_planted_secrets() -> None:
    """The search works: it finds each form of a secret in the output of a careless program."""
    for careless in (
        f"password={PASSWORD}",
        f"Authorization: Basic {base64.b64encode(f'api:{PASSWORD}'.encode()).decode()}",
        f"Authorization: Basic {base64.b64encode(f'key0:{PASSWORD}'.encode()).decode()}",
        f"AUTH PLAIN {base64.b64encode(f'{chr(0)}account{chr(0)}{PASSWORD}'.encode()).decode()}",
        f"https://user:{quote(PASSWORD)}@example.org/",
    ):
        assert any(form in careless for form in secret_forms(PASSWORD)), careless
    assert any(form in f"key: {pem().splitlines()[3]}" for form in pem_forms(pem()))


def test_reprs_do_not_show_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A project, a signer and a sender printed by mistake, as in a traceback with locals, show none."""
    from pipeline.project import Project

    monkeypatch.setenv("HANDBILL_DKIM_KEY", pem())
    monkeypatch.setenv("HANDBILL_SECRET", PROJECT_SECRET)
    monkeypatch.setenv("RELAY_PASSWORD", PASSWORD)
    settings = _RELAY.replace("{address}", "25") + 'password_env = "RELAY_PASSWORD"'
    project = Project.open(make_project(tmp_path / "p", config=f"{CONFIG}\n{settings}\n[dkim]\n"))
    sender = project.open_sender("planted")
    things = (project, project.dkim.keys, project.get_signing(sender), sender, vars(sender))
    shown = " ".join(map(repr, things))
    found = {form for s in (PROJECT_SECRET, PASSWORD) for form in secret_forms(s)} | pem_forms(
        pem()
    )
    assert [] == sorted(form for form in found if form in shown)


def test_text_is_redacted_before_it_is_shortened() -> None:
    """Half a secret never remains at the end of a shortened response."""
    answer = ServiceResponse(status=401, headers={}, body=b"")
    for length in range(200, 320):
        told = answer.describe(
            "x" * length + f" {PASSWORD} " + "y" * 600, redact=lambda w: redact(w, PASSWORD)
        )
        assert PASSWORD[:8] not in told


@given(st.text(min_size=12, max_size=40), st.binary(max_size=40), st.binary(max_size=40))
def test_all_encodings_of_a_secret_are_redacted(secret: str, before: bytes, after: bytes) -> None:
    """As it is, percent-encoded, or in base64 with anything around it."""
    encoded = secret.encode("utf-8", "replace")
    inside = base64.b64encode(before + encoded + after).decode()
    assert redact(f"x {inside} y", encoded.decode()) == "x [key] y"
    assert encoded.decode() not in redact(f"x {encoded.decode()} y", encoded.decode())
    assert quote(encoded.decode(), safe="") not in redact(quote(encoded, safe=""), encoded.decode())
