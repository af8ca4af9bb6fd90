"""Log in: AUTH PLAIN (RFC 4616), LOGIN, and XOAUTH2 as used by Google and Microsoft."""

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
from pipeline.files import check_secret_file
from pipeline.senders.redact import redact
from pipeline.senders.server_text import clean_server_text

Mechanism = Literal["plain", "login", "xoauth2"]

_COMMAND_TIMEOUT = 60  # seconds; the program that prints a token may need to contact a server


@dataclass(frozen=True, kw_only=True, slots=True)
class LoginCredentials:
    """
    A user name and a secret; both are read again for each connection and not stored.

    Args:
        read_username: Reads the user name; for some providers it is a secret too, so it is never shown.
        mechanism: None for the first of plain and login that the server supports.
        read_secret: Reads the password or token.
        source: What *read_secret* reads, for messages.
    """

    read_username: Callable[[], str] = field(repr=False)
    mechanism: Mechanism | None
    read_secret: Callable[[], str] = field(repr=False)
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
    owner: str = 'The sender "smtp"',
) -> LoginCredentials | None:
    """
    Return the credentials to log in with, None for no login.

    Args:
        owner: What has these options, for messages.

    Raises:
        ConfigError: The options contradict each other.
    """
    if auth is not None and auth not in get_args(Mechanism):
        raise ConfigError(
            f"{owner}, auth: {auth!r} is not known. "
            f"Known: {', '.join(get_args(Mechanism))}.{suggest_name(str(auth), get_args(Mechanism))}"
        )
    passwords = {"password_env": password_env, "password_file": password_file}
    tokens = {"token_env": token_env, "token_command": token_command}
    given = [name for name, value in (passwords | tokens).items() if value]
    if not (username or username_env):
        if given or auth:
            raise ConfigError(f"{owner} has {(given or ['auth'])[0]} but no username. Add one.")
        return None
    allowed = tokens if auth == "xoauth2" else passwords
    if len(given) != 1 or given[0] not in allowed:
        raise ConfigError(
            f"{owner} has a username, so it needs either {' or '.join(allowed)}, and no other secret. "
            f"Given: {', '.join(given) or 'none'}."
        )
    value = (passwords | tokens)[given[0]]
    assert value, "given holds only options with a value"
    variable = username_env or ""
    return LoginCredentials(
        read_username=(lambda: username)
        if username
        else lambda: _read_variable(variable, "username_env"),
        mechanism=auth,  # type: ignore[arg-type]  # checked above
        read_secret=_make_reader(given[0], value),
        source=f"{given[0]} {_describe(given[0], value)}",
    )


def log_in(smtp: smtplib.SMTP, credentials: LoginCredentials, relay: str) -> None:
    """
    Log in.

    Raises:
        SendError: The server supports none of our mechanisms, or rejects the login; temporary if it says so.
        OSError, smtplib.SMTPException: The connection is lost.
    """
    mechanism = credentials.mechanism or _choose_mechanism(smtp, relay)
    user, secret = credentials.read_username(), credentials.read_secret()
    if mechanism == "plain":
        code, text = smtp.docmd("AUTH PLAIN", _encode(f"\0{user}\0{secret}"))
    elif mechanism == "login":
        code, text = _auth_login(smtp, user, secret)
    else:
        bearer = f"user={user}\1auth=Bearer {secret}\1\1"
        code, text = smtp.docmd("AUTH XOAUTH2", _encode(bearer))
        if code == 334:  # the error as JSON; the server sends its refusal after an empty line
            code, text = smtp.docmd("")
    if code not in (235, 503):  # 503: already logged in
        raise SendError(
            f"{relay} rejected the login: {code} {_format_reply(text, (secret, user))}. Check the username and "
            f"{credentials.source}.",
            temporary=400 <= code < 500,
        )


def _choose_mechanism(smtp: smtplib.SMTP, relay: str) -> Mechanism:
    supported = smtp.esmtp_features.get("auth", "").upper().split()
    if "PLAIN" in supported:
        return "plain"
    if "LOGIN" in supported:
        return "login"
    names = clean_server_text(" ".join(supported), limit=100)
    raise SendError(
        f"{relay} supports none of our login mechanisms, only: {names or 'none'}. "
        'Known: PLAIN, LOGIN, and XOAUTH2 with auth = "xoauth2". Check host, port and security.'
    )


def _auth_login(smtp: smtplib.SMTP, user: str, secret: str) -> tuple[int, bytes]:
    code, text = smtp.docmd("AUTH LOGIN")
    for value in (user, secret):
        if code != 334:
            break
        code, text = smtp.docmd(_encode(value))
    return code, text


def _encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _format_reply(text: bytes, secrets: Collection[str]) -> str:
    """Return *text* without the secrets, in case the server repeats them."""
    return clean_server_text(redact(text.decode("utf-8", "replace"), *secrets), limit=300)


def _make_reader(option: str, value: str | os.PathLike[str] | list[str]) -> Callable[[], str]:
    if option == "token_command":
        return lambda: _run_command(value if isinstance(value, list) else shlex.split(str(value)))
    if option == "password_file":
        return lambda: _read_file(Path(str(value)))
    return lambda: _read_variable(str(value), option)


def _read_variable(name: str, option: str) -> str:
    if secret := os.environ.get(name):
        return secret
    raise SendError(f"The environment variable {name} is not set, but {option} names it. Set it.")


def _read_file(path: Path) -> str:
    try:
        if problem := check_secret_file(path):
            raise SendError(problem)
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise SendError(f"{path}: cannot read the password ({reason}).") from error
    if not secret:
        raise SendError(f"{path}: the file is empty. Write the password to it, on one line.")
    return secret


def _run_command(command: list[str]) -> str:
    """Return what *command* prints; it is never shown."""
    try:
        process = subprocess.run(
            command, capture_output=True, text=True, timeout=_COMMAND_TIMEOUT, check=False
        )
    except (OSError, ValueError) as error:
        raise SendError(f"token_command: cannot run {command[0]}: {error}.") from error
    except subprocess.TimeoutExpired:
        raise SendError(
            f"token_command: {command[0]} did not finish within {_COMMAND_TIMEOUT} s.",
            temporary=True,
        ) from None
    token = process.stdout.strip()
    if process.returncode or not token:
        raise SendError(
            f"token_command: {command[0]} printed no token (exit code {process.returncode}). "
            "Run it in a terminal to see why.",
            temporary=True,
        )
    return token


def _describe(option: str, value: str | os.PathLike[str] | list[str]) -> str:
    """Return an option's value for messages: only the program of a command, since its arguments may hold a secret."""
    if option != "token_command":
        return str(value)
    return value[0] if isinstance(value, list) else str(value).split(" ", 1)[0]
