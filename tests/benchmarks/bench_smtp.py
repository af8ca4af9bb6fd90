"""
Handing messages over by SMTP: ours beside smtplib, aiosmtplib, nodemailer's pool and Postfix's smtp-source.

All of them send to Postfix's smtp-sink over loopback, with the same number of connections, turn by turn. Ours and
nodemailer compose each message for its reader; the others send one message, made before, again and again.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import smtplib
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes, policy
from functools import cache
from pathlib import Path
from statistics import median
from time import monotonic, perf_counter, sleep

from pipeline.mail import UNSIGNED, Composer, Signer, Signing
from pipeline.mail.dkim.keys import generate_key, read_key
from pipeline.models.delivery import DeliveryState
from pipeline.models.edition import LiteralText
from pipeline.models.message import Message
from pipeline.senders.smtp import SmtpSender
from tests.benchmarks import bench_compose
from tests.benchmarks.bench_compose import LEAVE
from tests.benchmarks.figures import Figure
from tests.support import ROOT

CONNECTIONS = 4
ROUNDS = 3
MESSAGES = {1: 4_000, 40: 1_500}  # by size in kB
MESSAGES_OF_SLOW_PEERS = {1: 800, 40: 240}
FEW_AND_MANY = (1_000, 20_000)
NODEMAILER = "nodemailer@10"
SENDER, RECIPIENT = "news@ferry.example.org", "reader@example.org"

_HANDED_OVER = """
import sys
from tests.benchmarks.bench_smtp import _composer, ours
from tests.benchmarks.figures import peak_mb
port, count = map(int, sys.argv[1:])
ours(_composer(40), port, count)
print(peak_mb())
"""

_NODE = """
const [port, connections, count] = process.argv.slice(1, 4).map(Number)
const mail = JSON.parse(process.argv[4])
const pool = require('nodemailer').createTransport({host: '127.0.0.1', port, pool: true, secure: false,
  ignoreTLS: true, maxConnections: connections, maxMessages: Infinity})
const start = process.hrtime.bigint()
const all = Array.from({length: count}, (_, number) =>
  pool.sendMail({...mail, to: `Reader ${number} <reader${number}@example.org>`}))
Promise.all(all).then(() => { console.log(Number(process.hrtime.bigint() - start) / 1e9); pool.close() })
"""


def figures() -> list[Figure]:
    """Measure both sizes; nothing where Postfix's tools are missing."""
    missing = [name for name in ("smtp-sink", "smtp-source") if not _tool(name)]
    if missing:
        sys.stderr.write(f"SMTP is not measured: there is no {' and no '.join(missing)} here.\n")
        return []
    return [*(figure for size in MESSAGES for figure in _measure(size)), _memory()]


def _memory() -> Figure:
    """Measure what many messages of 40 kB take beside few; each in a process of its own."""
    few, many = FEW_AND_MANY
    return Figure(
        what=f"memory of handing over {many:,} messages of 42 kB",
        value=_memory_mb(many),
        unit="MB",
        bar=300,
        peer=f"the same, {few:,} messages",
        peer_value=_memory_mb(few),
    )


def _memory_mb(count: int) -> float:
    with sink() as port:
        words = [sys.executable, "-c", _HANDED_OVER, str(port), str(count)]
        done = subprocess.run(words, check=True, capture_output=True, text=True, cwd=ROOT)
    return float(done.stdout)


def _measure(size: int) -> list[Figure]:
    count, few = MESSAGES[size], MESSAGES_OF_SLOW_PEERS[size]
    composer, signing = _composer(size), _composer(size, is_signed=True)
    message = composer.compose(bench_compose._readers(1)[0], sequence=1, at=bench_compose.AT)
    size_bytes = len(message.content)
    with sink() as port:
        tasks: dict[str, tuple[int, Callable[[], float | None]]] = {
            "ours": (count, lambda: ours(composer, port, count)),
            "ours, signed": (few, lambda: ours(signing, port, few)),
            "smtp-source (C, Postfix)": (count, lambda: smtp_source(port, count, size_bytes)),
            "nodemailer's pool": (few, lambda: nodemailer(message, port, few)),
            "smtplib in threads": (few, lambda: send_with_smtplib(message, port, few)),
            "aiosmtplib": (few, lambda: asyncio.run(send_with_aiosmtplib(message, port, few))),
        }
        if _nodemailer() is None:
            del tasks["nodemailer's pool"]
        seconds: dict[str, list[float]] = {name: [] for name in tasks}
        for _ in range(ROUNDS + 1):
            for name, (_, task) in tasks.items():
                seconds[name].append(_timed(task))
    rates = {name: tasks[name][0] / median(took[1:]) for name, took in seconds.items()}
    mine, signed = rates.pop("ours"), rates.pop("ours, signed")
    what = f"SMTP hand-off of {size_bytes / 1000:.0f} kB messages, composed on the way"
    least = {"smtp-source (C, Postfix)": 1.0, "nodemailer's pool": 8.0 if size == 40 else None}
    unsigned = [_figure(what, mine, peer, rate, least.get(peer)) for peer, rate in rates.items()]
    return [
        *unsigned,
        _figure(f"{what}, signed with RSA-2048", signed, "the same, not signed", mine, None),
    ]


def _timed(task: Callable[[], float | None]) -> float:
    start = perf_counter()
    return task() or perf_counter() - start


def _figure(what: str, value: float, peer: str, rate: float, least: float | None) -> Figure:
    return Figure(
        what=what,
        value=value,
        unit="per s",
        bar=0,
        is_rate=True,
        peer=peer,
        peer_value=rate,
        least_ratio=least,
    )


def ours(composer: Composer, port: int, count: int) -> None:
    """Compose and hand over *count* messages."""
    readers = bench_compose._readers(16)

    def messages() -> Iterator[Message]:
        for number in range(1, count + 1):
            yield composer.compose(readers[number % 16], sequence=number, at=bench_compose.AT)

    options = {"host": "127.0.0.1", "port": port, "security": "none"}
    with SmtpSender(**options, connections=CONNECTIONS, messages_per_connection=count) as sender:  # type: ignore[arg-type]
        states = Counter(receipt.state for receipt in sender.send(messages()))
    _expect(count, states[DeliveryState.ACCEPTED])


def smtp_source(port: int, count: int, size_bytes: int) -> None:
    """Let Postfix's load generator send *count* messages, its sessions kept open."""
    command = [_tool("smtp-source"), "-d", "-s", CONNECTIONS, "-m", count, "-l", size_bytes]
    target = ["-f", SENDER, "-t", RECIPIENT, f"127.0.0.1:{port}"]
    subprocess.run([str(part) for part in [*command, *target]], check=True)


def nodemailer(message: Message, port: int, count: int) -> float:
    """Let nodemailer's pool compose and send the same; return its own seconds, without the start of node."""
    parsed = message_from_bytes(message.content, policy=policy.default)
    text, html = (part.get_content() for part in parsed.iter_parts())
    headers = {name: parsed[name] for name in ("List-Unsubscribe", "Precedence") if parsed[name]}
    mail = {"from": SENDER, "subject": parsed["Subject"], "text": text, "html": html}
    form = json.dumps(mail | {"headers": headers, "textEncoding": "quoted-printable"})
    command = ["node", "-e", _NODE, *map(str, (port, CONNECTIONS, count)), form]
    run = subprocess.run(command, cwd=_nodemailer(), check=True, stdout=subprocess.PIPE)
    return float(run.stdout)


def send_with_smtplib(message: Message, port: int, count: int) -> None:
    """Send with the standard library, a connection for each thread."""

    def work() -> None:
        with smtplib.SMTP("127.0.0.1", port) as smtp:
            for _ in range(count // CONNECTIONS):
                smtp.sendmail(SENDER, [RECIPIENT], message.content)

    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


async def send_with_aiosmtplib(message: Message, port: int, count: int) -> None:
    """Send with aiosmtplib, a connection for each task."""
    import aiosmtplib

    async def work() -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, use_tls=False) as smtp:
            for _ in range(count // CONNECTIONS):
                await smtp.sendmail(SENDER, [RECIPIENT], message.content)

    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))


@contextmanager
def sink() -> Iterator[int]:
    """Run smtp-sink and yield its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = int(listening.getsockname()[1])
    user = ["-u", "nobody"] if os.getuid() == 0 else []
    server = subprocess.Popen([str(_tool("smtp-sink")), *user, f"127.0.0.1:{port}", "100"])
    try:
        _wait_for(port)
        yield port
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int) -> None:
    until = monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if monotonic() > until:
                raise
            sleep(0.05)
        else:
            return


def _composer(size: int, *, is_signed: bool = False) -> Composer:
    edition = bench_compose._edition()
    if size < 40:
        _, name, _, token, end = edition.html
        html = (
            LiteralText(text="<p>Dear "),
            name,
            LiteralText(text=f'</p><a href="{LEAVE}'),
            token,
            end,
        )
        _, name, _, token, end = edition.text
        text = (LiteralText(text="Dear "), name, LiteralText(text=f",\n\n{LEAVE}"), token, end)
        edition = replace(edition, html=html, text=text)
    signing = UNSIGNED
    if is_signed:
        key = read_key(generate_key("rsa"), selector="rsa", source="the benchmark")
        signing = Signing(signer=Signer(bench_compose.DOMAIN, [key]))
    return Composer(edition, campaign_id=bench_compose.CAMPAIGN, secret=b"bench", signing=signing)


def _expect(count: int, accepted: int) -> None:
    if accepted != count:
        raise AssertionError(f"{accepted} of {count} messages were accepted")


def _tool(name: str) -> Path | None:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    return Path(found) if found else None


@cache
def _nodemailer() -> Path | None:
    """Return a folder with nodemailer in it, installed on first use; None without node."""
    if not (shutil.which("node") and shutil.which("npm")):
        sys.stderr.write("nodemailer is not measured: there is no node here.\n")
        return None
    cache_home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(cache_home) / "handbill-bench"
    if not (folder / "node_modules" / "nodemailer").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [
                "npm",
                "install",
                "--silent",
                "--no-fund",
                "--no-audit",
                "--prefix",
                folder,
                NODEMAILER,
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )
    return folder
