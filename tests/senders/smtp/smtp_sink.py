"""
An SMTP server for tests, in a thread of its own, that does at each step what a script tells it.

    with Sink(lambda moment: "550 5.1.1 Nobody here" if moment.step == "RCPT" else None) as sink:
        SmtpSender(host="127.0.0.1", port=sink.port, security="none")
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

PIPELINING = ("PIPELINING", "SIZE 10000000", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")

DEFAULTS = {
    "CONNECT": "220 sink.example.org ESMTP",
    "MAIL": "250 2.1.0 Ok",
    "RCPT": "250 2.1.5 Ok",
    "DATA": "354 End data with <CR><LF>.<CR><LF>",
    "DOT": "250 2.0.0 Ok: queued as {number}",
    "RSET": "250 2.0.0 Ok",
    "QUIT": "221 2.0.0 Bye",
}


@dataclass(frozen=True)
class Moment:
    """
    What a script is asked about.

    Args:
        step: CONNECT, EHLO, MAIL, RCPT, DATA, BODY (a first part of the content has come), DOT, RSET, QUIT.
        connection: The connection's number, from 1.
        message: The number of the message on this connection, from 1; 0 before the first.
        recipient: The envelope's recipient, once there is one.
    """

    step: str
    connection: int
    message: int
    recipient: str


@dataclass(frozen=True)
class Say:
    """A reply that is more than a line: bytes as they are, sent slowly, or followed by a disconnect."""

    data: bytes = b""
    close: bool = False
    abort: bool = False
    hang: bool = False
    byte_by_byte: bool = False


DROP = Say(close=True)
RESET = Say(abort=True)
HANG = Say(hang=True)

Script = Callable[[Moment], "str | Say | None"]


class Closed(Exception):
    """The script closed the connection."""


class Sink:
    """
    A server on loopback, or on the address *host*.

    Attributes:
        accepted: The contents it expected 250 to, in order of their arrival, dots undone.
        ended: The recipients whose message came to its end, whatever was expected then.
        begun: The recipients whose content began, each time it did.
        commands: All commands, in order.
        ahead: The commands that had come with the end of each message.
    """

    def __init__(
        self,
        script: Script | None = None,
        *,
        features: Sequence[str] = PIPELINING,
        tls: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self.accepted: list[bytes] = []
        self.ended: list[str] = []
        self.begun: list[str] = []
        self.commands: list[str] = []
        self.ahead: list[list[bytes]] = []
        self.connections = 0
        self.most_open = 0
        self.port = 0
        self._host = host
        self._script = script or (lambda _: None)
        self._features = list(features)
        self._tls = tls
        self._starttls = starttls
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10), "the sink did not start"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []
        listening = socket.create_server((self._host, 0))
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)  # small: see BODY
        server = await asyncio.start_server(self._serve, sock=listening, limit=1 << 17)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        # Those at work are broken off. One that is just being accepted must begin first, and the server be there for it
        # (asyncio's Server._attach), or nobody closes it.
        self._loop.remove_reader(listening)
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in self._tasks:
                task.cancel()
            for writer in self._writers:
                writer.transport.abort()
            await asyncio.wait(others, timeout=0.1)
        server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self._writers.append(writer)
        self.connections += 1
        self.most_open = max(self.most_open, len(self._tasks))
        try:
            if self._tls:
                await writer.start_tls(self._tls)
            await _Session(self, self.connections, reader, writer).run()
        except (Closed, OSError, EOFError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            with suppress(OSError):
                writer.close()


class _Session:
    def __init__(
        self, sink: Sink, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.sink, self.number = sink, number
        self.reader, self.writer = reader, writer
        self.message, self.recipient, self.is_secure = 0, "", False

    async def run(self) -> None:
        await self.respond("CONNECT")
        while line := await self.reader.readline():
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            self.sink.commands.append(text)
            await self.command(text, text.upper().split(" ")[0].partition(":")[0])

    async def command(self, text: str, verb: str) -> None:
        if verb in ("EHLO", "HELO"):
            await self.respond("EHLO", self.greeting(verb))
        elif verb == "STARTTLS":
            await self.respond("STARTTLS", "220 2.0.0 Go")
            await self.writer.start_tls(self.sink._starttls)  # type: ignore[arg-type]
            self.is_secure = True
        elif verb == "MAIL":
            self.message, self.recipient, self.has_recipient = self.message + 1, "", False
            self.has_sender = (await self.respond("MAIL")).startswith(b"2")
        elif verb == "RCPT":
            self.recipient = text.partition("<")[2].partition(">")[0]
            default = None if self.has_sender else "503 5.5.1 MAIL first"
            self.has_recipient = (await self.respond("RCPT", default)).startswith(b"2")
        elif verb == "DATA":
            default = None if self.has_recipient else "554 5.5.1 No valid recipients"
            if (await self.respond("DATA", default)).startswith(b"354"):
                await self.content()
        else:
            await self.respond(verb, None if verb in DEFAULTS else "500 5.5.1 What?")
            if verb == "QUIT":
                raise Closed

    def greeting(self, verb: str) -> str:
        offered = list(self.sink._features)
        if self.sink._starttls and not self.is_secure:
            offered.append("STARTTLS")
        lines = ["sink.example.org", *(offered if verb == "EHLO" else [])]
        return "\r\n".join(
            f"250{' ' if number == len(lines) else '-'}{line}"
            for number, line in enumerate(lines, 1)
        )

    async def content(self) -> None:
        self.sink.begun.append(self.recipient)
        lines = [await self.line()]
        if lines[0] != b".\r\n":
            await self.respond("BODY", "")
            while lines[-1] != b".\r\n":
                lines.append(await self.line())
        content = b"".join(line.removeprefix(b".") for line in lines[:-1])
        self.sink.ended.append(self.recipient)
        buffered = bytes(self.reader._buffer)  # type: ignore[attr-defined]  # what is there already
        self.sink.ahead.append([line[:4] for line in buffered.splitlines()])
        await self.respond("DOT", accepts=content)

    async def line(self) -> bytes:
        line = await self.reader.readline()
        if not line.endswith(b"\n"):
            raise Closed
        return line

    async def respond(
        self, step: str, default: str | None = None, *, accepts: bytes | None = None
    ) -> bytes:
        moment = Moment(step, self.number, self.message, self.recipient)
        answer: Any = self.sink._script(moment)
        if answer is None:
            answer = DEFAULTS[step] if default is None else default
        if isinstance(answer, str):
            data = (answer.format(number=f"4F{self.number}A{self.message}") + "\r\n").encode()
            answer = Say(data if answer else b"")
        if accepts is not None and answer.data.startswith(b"250"):
            self.sink.accepted.append(accepts)
        await self.act(answer)
        return bytes(answer.data)

    async def act(self, answer: Say) -> None:
        pieces = [bytes([octet]) for octet in answer.data] if answer.byte_by_byte else [answer.data]
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(0)
        if answer.hang:
            await asyncio.Event().wait()
        if answer.abort:
            self.writer.transport.abort()
        if answer.close or answer.abort:
            raise Closed
