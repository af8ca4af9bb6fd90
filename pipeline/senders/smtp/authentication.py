"""Say who we are: AUTH PLAIN (RFC 4616), LOGIN, and XOAUTH2 as Google and Microsoft have it."""

from __future__ import annotations

import base64
import os
import shlex
import smtplib
import subprocess
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from pipeline.errors import ConfigError, SendError, suggest_name
from pipeline.senders.redact import blot

Mechanism = Literal["plain", "login", "xoauth2"]

_COMMAND_TIMEOUT = 60  # seconds for a program that prints a token; it may ask a server itself


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    """
    A name, and where its secret is kept; both are read anew for each connection, and the secret is kept nowhere.

    Args:
        username: Reads the name; with some services it is a secret too, so it is never shown.
        mechanism: Null for the first of plain and login that the server offers.
        secret: Reads the password or token.
        source: What *secret* reads, for messages.
    """

    username: Callable[[], str] = field(repr=False)
    mechanism: Mechanism | None
    secret: Callable[[], str] = field(repr=False)
    source: str


def read_credentials(
    *,
    username: str | None,
    username_env: str | None,
    auth: str | None,
    password_env: str | None,
    password_file: str | os.PathLike[str] | None,
    token_env: str | None,
    token_command: str | list[str] | None,
) -> Credentials | None:
    """
    Return who to say we are, null for nobody.

    Raises:
        ConfigError: The options do not fit together.
    """
    if auth is not None and auth not in get_args(Mechanism):
        raise ConfigError(
            f'The sender "smtp" cannot use {auth!r} as its auth. '
            f"Allowed: {', '.join(get_args(Mechanism))}.{suggest_name(str(auth), get_args(Mechanism))}"
        )
    passwords = {"password_env": password_env, "password_file": password_file}
    tokens = {"token_env": token_env, "token_command": token_command}
    given = [name for name, value in (passwords | tokens).items() if value]
    if not (username or username_env):
        if given or auth:
            raise ConfigError(
                f'The sender "smtp" has {(given or ["auth"])[0]} and no username. Add one.'
            )
        return None
    wanted = tokens if auth == "xoauth2" else passwords
    if len(given) != 1 or given[0] not in wanted:
        raise ConfigError(
            f'The sender "smtp" has a username and needs one of {" and ".join(wanted)}, and no other secret. '
            f"Given: {', '.join(given) or 'none'}."
        )
    value = (passwords | tokens)[given[0]]
    assert value, "it is one of those given"
    name = username_env or ""
    return Credentials(
        username=(lambda: username) if username else lambda: _variable(name, "username_env"),
        mechanism=auth,  # type: ignore[arg-type]  # looked at above
        secret=_reader(given[0], value),
        source=f"{given[0]} {_named(given[0], value)}",
    )


def authenticate(smtp: smtplib.SMTP, credentials: Credentials, where: str) -> None:
    """
    Log in.

    Raises:
        SendError: The server offers no mechanism of ours, or does not let us in; temporary if it says so.
        OSError, smtplib.SMTPException: The connection is lost.
    """
    mechanism = credentials.mechanism or _offered(smtp, where)
    user, secret = credentials.username(), credentials.secret()
    if mechanism == "plain":
        code, words = smtp.docmd("AUTH PLAIN", _encoded(f"\0{user}\0{secret}"))
    elif mechanism == "login":
        code, words = _login(smtp, user, secret)
    else:
        bearer = f"user={user}\1auth=Bearer {secret}\1\1"
        code, words = smtp.docmd("AUTH XOAUTH2", _encoded(bearer))
        if code == 334:  # what was wrong, in JSON; an empty line asks for the refusal itself
            code, words = smtp.docmd("")
    if code not in (235, 503):  # 503: we are let in already
        told = _redacted(words, (secret, user))
        raise SendError(
            f"{where} does not let us in: {code} {told}. Check the username and {credentials.source}.",
            temporary=400 <= code < 500,
        )


def _offered(smtp: smtplib.SMTP, where: str) -> Mechanism:
    offered = smtp.esmtp_features.get("auth", "").upper().split()
    if "PLAIN" in offered:
        return "plain"
    if "LOGIN" in offered:
        return "login"
    raise SendError(
        f"{where} offers no way to log in that we know: {' '.join(offered) or 'none at all'}. "
        'Known: PLAIN, LOGIN, and XOAUTH2 with auth = "xoauth2". Check host, port and security.'
    )


def _login(smtp: smtplib.SMTP, user: str, secret: str) -> tuple[int, bytes]:
    code, words = smtp.docmd("AUTH LOGIN")
    for answer in (user, secret):
        if code != 334:
            break
        code, words = smtp.docmd(_encoded(answer))
    return code, words


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _redacted(words: bytes, secrets: Collection[str]) -> str:
    """Return *words* without the secrets, should a server say them back."""
    return blot(" ".join(words.decode("utf-8", "replace").split()), *secrets)[:300]


def _reader(option: str, value: str | os.PathLike[str] | list[str]) -> Callable[[], str]:
    if option == "token_command":
        return lambda: _run(value if isinstance(value, list) else shlex.split(str(value)))
    if option == "password_file":
        return lambda: _read(Path(str(value)))
    return lambda: _variable(str(value), option)


def _variable(name: str, option: str) -> str:
    if secret := os.environ.get(name):
        return secret
    raise SendError(f"The environment variable {name} is not set; {option} names it. Set it.")


def _read(path: Path) -> str:
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise SendError(f"{path}: the password cannot be read ({reason}).") from error
    if not secret:
        raise SendError(f"{path}: the password is empty. Write it there, on one line.")
    return secret


def _run(command: list[str]) -> str:
    """Return what *command* prints; nothing of that is ever shown."""
    try:
        run = subprocess.run(
            command, capture_output=True, text=True, timeout=_COMMAND_TIMEOUT, check=False
        )
    except (OSError, ValueError) as error:
        raise SendError(f"token_command {command[0]} cannot be run: {error}.") from error
    except subprocess.TimeoutExpired:
        raise SendError(
            f"token_command {command[0]} did not end within {_COMMAND_TIMEOUT} s.", temporary=True
        ) from None
    token = run.stdout.strip()
    if run.returncode or not token:
        raise SendError(
            f"token_command {command[0]} gave no token (exit {run.returncode}). Run it by hand to see why.",
            temporary=True,
        )
    return token


def _named(option: str, value: str | os.PathLike[str] | list[str]) -> str:
    """Return what may be shown of an option: of a command only the program, for the rest may hold a secret."""
    if option != "token_command":
        return str(value)
    return value[0] if isinstance(value, list) else str(value).split(" ", 1)[0]
