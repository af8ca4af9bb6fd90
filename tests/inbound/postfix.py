"""Postfix on the loopback address: it relays a campaign, returns what bounces, and hands that to Handbill."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.support import lacks, require_program

_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/log
maillog_file_prefixes = /tmp, /var
myhostname = relay.example.net
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
smtp_host_lookup = native
recipient_delimiter = +
transport_maps = regexp:{folder}/transport
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 1s
transport_retry_time = 1s
smtp_destination_concurrency_limit = 10
lmtp_destination_concurrency_limit = 10
in_flow_delay = 0
notify_classes =
"""
_MASTER = """\
{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
handbill unix - n n - 2 pipe
  flags=DORX user=nobody argv=/usr/bin/python3 {folder}/pipe.py {folder}/pipe ${{recipient}}
"""
#: Runs as another user, as Postfix demands: passes the message and the address on, and exits with what comes back.
_PIPE = """\
import socket, sys
with socket.socket(socket.AF_UNIX) as sock:
    try:
        sock.connect(sys.argv[1])
        sock.sendall(sys.argv[2].encode() + b"\\n" + sys.stdin.buffer.read())
        sock.shutdown(socket.SHUT_WR)
        code = int(sock.recv(16) or b"75")
    except OSError:
        code = 75
sys.exit(code)
"""


@dataclass(frozen=True, kw_only=True)
class Postfix:
    """A running server: where it accepts mail, and its folder."""

    port: int
    folder: Path

    @property
    def pipe_path(self) -> Path:
        """Where the program that Postfix pipes to looks for Handbill."""
        return self.folder / "pipe"

    def flush(self) -> None:
        """Try everything in the queue again now."""
        self._run("postqueue", "-c", str(self.folder / "etc"), "-f")

    def count_queued(self) -> int:
        """Return the number of messages in the queue."""
        folders = ("incoming", "active", "deferred", "maildrop")
        return sum(
            path.is_file() for name in folders for path in (self.folder / "queue" / name).rglob("*")
        )

    def read_log(self) -> str:
        """Return what it has logged."""
        log = self.folder / "log"
        return log.read_text("utf-8", "replace") if log.exists() else ""

    @staticmethod
    def _run(*words: str) -> None:
        subprocess.run(words, check=False, capture_output=True, timeout=60)


@contextmanager
def run_postfix(*, far_port: int, next_hop: str) -> Iterator[Postfix]:
    """
    Run a server.

    Args:
        far_port: Where mail for `example.org` goes, on this machine.
        next_hop: Where mail for `bounce+…@news.example.net` goes, as in a transport table.
    """
    program = require_program("postfix", "/usr/sbin/postfix")
    if os.getuid() != 0:
        lacks("Postfix starts as root only")
    folder = Path(tempfile.mkdtemp(prefix="postfix-"))
    folder.chmod(0o755)
    config = folder / "etc"
    for name in ("etc", "queue", "data"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix", "postfix")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    (config / "main.cf").write_text(_MAIN.format(folder=folder), "utf-8")
    (config / "master.cf").write_text(
        _MASTER.format(folder=folder, port=f"127.0.0.1:{port}"), "utf-8"
    )
    (folder / "pipe.py").write_text(_PIPE, "utf-8")
    (folder / "transport").write_text(
        f"/^bounce(\\+.*)?@news\\.example\\.net$/ {next_hop}\n/./ smtp:[127.0.0.1]:{far_port}\n",
        "utf-8",
    )
    started = subprocess.run(
        [str(program), "-c", str(config), "start"], capture_output=True, text=True, check=False
    )
    try:
        server = Postfix(port=port, folder=folder)
        _wait_for(server, started.stderr)
        yield server
    finally:
        subprocess.run([str(program), "-c", str(config), "abort"], capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(server: Postfix, error: str) -> None:
    until = monotonic() + 30
    while monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
        except OSError:
            sleep(0.05)
        else:
            return
    pytest.fail(f"Postfix did not start: {error} {server.read_log()}")
