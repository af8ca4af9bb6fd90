"""Dovecot on the loopback address, with a mailbox for the tests; as root or not."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import pytest
import trustme

from tests.support import require_program

USER, PASSWORD, TOKEN = "news", "sesame", "ya29.a-token"
_CONFIG = """\
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap lmtp
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
ssl = yes
auth_failure_delay = 0
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2
mail_location = maildir:{folder}/mail/%u
{capability}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service auth {{
  unix_listener auth-userdb {{
    mode = 0666
  }}
}}
service lmtp {{
  user = {user}
  inet_listener lmtp {{
    port = {lmtp_port}
  }}
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2.conf
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
  prefix = {prefix}
  separator = .
}}
"""
_OAUTH2 = """\
tokeninfo_url = http://127.0.0.1:{port}/?access_token=
username_attribute = email
"""


@dataclass(frozen=True, kw_only=True)
class Dovecot:
    """A running server: IMAP without and with TLS, LMTP."""

    port: int
    tls_port: int
    lmtp_port: int
    ca_file: Path
    folder: Path

    def put(self, *contents: bytes, user: str = USER) -> None:
        """Deliver *contents* to the inbox."""
        box = self.folder / "mail" / user
        for name in ("tmp", "new", "cur"):
            (box / name).mkdir(parents=True, exist_ok=True)
        for content in contents:
            number = len(list((box / "new").iterdir())) + len(list((box / "cur").iterdir()))
            path = box / "new" / f"{monotonic():.9f}.{number}"
            path.write_bytes(content)
        _give_away(self.folder / "mail")

    def list_folders(self, user: str = USER) -> dict[str, int]:
        """Return the number of messages by folder."""
        box = self.folder / "mail" / user
        folders = {"INBOX": box} | {p.name.lstrip("."): p for p in box.glob(".*") if p.is_dir()}
        return {
            name: sum(len(list((path / kind).glob("*"))) for kind in ("new", "cur"))
            for name, path in folders.items()
        }


@contextmanager
def run_dovecot(*, prefix: str = "", capability: str = "") -> Iterator[Dovecot]:
    """
    Run a server.

    Args:
        prefix: Stands before the name of each folder, as on some servers.
        capability: What the server says that it can do, instead of everything.
    """
    program = require_program("dovecot", "/usr/sbin/dovecot")
    folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
    folder.chmod(0o755)
    (folder / "mail").mkdir()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    certificate.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    tokens = HTTPServer(("127.0.0.1", 0), _TokenInfo)
    Thread(target=tokens.serve_forever, daemon=True).start()
    port, tls_port, lmtp_port = _find_ports(3)
    user, group = _find_user()
    (folder / "oauth2.conf").write_text(_OAUTH2.format(port=tokens.server_port), "utf-8")
    (folder / "dovecot.conf").write_text(
        _CONFIG.format(
            folder=folder,
            user=user,
            group=group,
            port=port,
            tls_port=tls_port,
            lmtp_port=lmtp_port,
            password=PASSWORD,
            prefix=prefix,
            capability=f"imap_capability = {capability}" if capability else "",
        ),
        "utf-8",
    )
    _give_away(folder / "mail")
    server = subprocess.Popen(
        [str(program), "-F", "-c", str(folder / "dovecot.conf")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(server, port, folder)
        yield Dovecot(
            port=port,
            tls_port=tls_port,
            lmtp_port=lmtp_port,
            ca_file=folder / "ca.pem",
            folder=folder,
        )
    finally:
        server.terminate()
        server.wait(20)
        tokens.shutdown()
        tokens.server_close()
        shutil.rmtree(folder, ignore_errors=True)


class _TokenInfo(BaseHTTPRequestHandler):
    """Says whose token it is, as a provider does."""

    def do_GET(self) -> None:
        is_known = self.path.endswith(f"={TOKEN}")
        content = json.dumps({"email": USER} if is_known else {"error": "invalid_token"}).encode()
        self.send_response(200 if is_known else 401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


def _find_user() -> tuple[str, str]:
    """Return the user and the group that Dovecot runs as: root may read no mail."""
    if os.getuid() == 0:
        return "nobody", "nogroup"
    import grp

    return pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name


def _give_away(folder: Path) -> None:
    if os.getuid() != 0:
        return
    user = pwd.getpwnam("nobody")
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user.pw_uid, user.pw_gid)


def _find_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _wait_for(server: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    until = monotonic() + 30
    while server.poll() is None and monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            sleep(0.05)
        else:
            return
    log = folder / "log"
    pytest.fail(f"Dovecot did not start: {log.read_text() if log.exists() else ''}")
