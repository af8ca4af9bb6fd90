"""The outbox: the files it writes, and what remains when something fails."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ConfigError, SendError
from pipeline.models.address import Address
from pipeline.models.delivery import DeliveryState
from pipeline.models.message import Message
from pipeline.senders import Sender, open_sender
from pipeline.senders.outbox.manifest import MANIFEST, read_manifest
from pipeline.senders.outbox.outbox_sender import OutboxSender
from pipeline.testing import SenderContract, sample_message

# Newer Pythons warn of forking beside threads; a child here only writes files and ends.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")

CAMPAIGN = sample_message().campaign_id
THREE = [sample_message(sequence) for sequence in (1, 2, 3)]
CALLS = (
    "mkdir",
    "open",
    "write",
    "fsync",
    "rename",
)  # all that changes a disk on the way to a receipt


class TestOutboxSender(SenderContract):
    """The outbox keeps the contract."""

    def make_sender(self, folder: Path) -> Sender:
        return open_sender("outbox", directory=folder)

    def read_received(self, folder: Path) -> list[bytes]:
        return [path.read_bytes() for path in sorted(folder.glob("*/*.eml"))]


def write(directory: Path, messages: list[Message] = THREE) -> list[str]:
    with OutboxSender(directory) as sender:
        return [receipt.response for receipt in sender.send(messages)]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def check_sound(folder: Path) -> None:
    """See that every file is whole and listed, and that every line is true."""
    files = {path.name: path.read_bytes() for path in folder.glob("*.eml")}
    entries = {entry.file: entry for entry in read_manifest(folder)} if files else {}
    there = {name for name, entry in entries.items() if entry.state is DeliveryState.ACCEPTED}
    assert set(files) == there
    for name, content in files.items():
        message = THREE[entries[name].sequence - 1]
        assert message.content == content
        assert hashlib.sha256(content).hexdigest() == entries[name].digest


def test_messages_are_files_in_the_campaigns_folder(tmp_path: Path) -> None:
    """Each message is one file, named by its sequence and the digest of its address; the receipt has its path."""
    paths = write(tmp_path)
    folder = tmp_path / CAMPAIGN
    digest = hashlib.sha256(b"reader2@example.org").hexdigest()[:12]
    assert str(folder / f"000002-{digest}.eml") == paths[1]
    assert THREE[1].content == Path(paths[1]).read_bytes()
    assert sorted([MANIFEST, *(Path(path).name for path in paths)]) == names(folder)


def test_the_manifest_lists_every_message(tmp_path: Path) -> None:
    """For each file the manifest has the recipient, the digest and the state."""
    paths = write(tmp_path)
    entries = read_manifest(tmp_path / CAMPAIGN)
    assert [Path(path).name for path in paths] == [entry.file for entry in entries]
    second = entries[1]
    assert CAMPAIGN == second.campaign_id
    assert "sample@example.org" == second.sender
    assert "reader2@example.org" == second.recipient
    assert THREE[1].message_id == second.message_id
    assert hashlib.sha256(THREE[1].content).hexdigest() == second.digest
    assert DeliveryState.ACCEPTED is second.state
    check_sound(tmp_path / CAMPAIGN)


def test_the_outbox_delivers_no_mail(tmp_path: Path) -> None:
    """It says so, and returns its folder once it exists."""
    sender = OutboxSender(tmp_path / "new" / "outbox")
    assert not sender.delivers_mail
    with sender:
        assert sender.get_folder(CAMPAIGN) is None
        list(sender.send(THREE))
        assert str(tmp_path / "new" / "outbox" / CAMPAIGN) == sender.get_folder(CAMPAIGN)


def test_each_campaign_has_its_own_folder(tmp_path: Path) -> None:
    """Messages of another campaign go to another folder, from the same sender too."""
    other = sample_message(1, campaign_id="2026-03-03-other")
    write(tmp_path, [THREE[0], other, THREE[1]])
    assert [CAMPAIGN, "2026-03-03-other"] == names(tmp_path)
    assert 2 == len(read_manifest(tmp_path / CAMPAIGN))
    assert 1 == len(read_manifest(tmp_path / "2026-03-03-other"))


def test_an_existing_message_is_accepted_and_not_written_again(tmp_path: Path) -> None:
    """After a crash the same messages may be sent again, on another day too: each is written once."""
    (first, *_) = write(tmp_path)
    before = Path(first).stat()
    tomorrow = [
        replace(message, chunks=(message.content.replace(b"Mon, 02 Mar", b"Tue, 03 Mar"),))
        for message in THREE
    ]
    assert tomorrow[0].content != THREE[0].content
    assert first == write(tmp_path, tomorrow)[0]
    after = Path(first).stat()  # when it was last read may have changed
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    check_sound(tmp_path / CAMPAIGN)


def test_a_different_message_is_never_overwritten(tmp_path: Path) -> None:
    """A folder of the same name with other messages stays unchanged."""
    write(tmp_path)
    other = replace(THREE[1], chunks=(THREE[1].content, b"more\r\n"))
    with pytest.raises(SendError, match="already contains another message"):
        write(tmp_path, [other])
    check_sound(tmp_path / CAMPAIGN)


@pytest.mark.parametrize("campaign", ["", ".", "..", "../x", "a/b", "/etc", "a\0b", "a\n"])
def test_a_campaign_id_cannot_leave_the_outbox(tmp_path: Path, campaign: str) -> None:
    """An invalid campaign id names no folder."""
    with pytest.raises(SendError, match="not a valid campaign id"):
        write(tmp_path / "outbox", [replace(THREE[0], campaign_id=campaign)])
    assert [] == names(tmp_path)


def test_a_folder_with_other_files_is_rejected(tmp_path: Path) -> None:
    """Nothing is written to a folder that is not a campaign's."""
    (tmp_path / CAMPAIGN).mkdir()
    (tmp_path / CAMPAIGN / "holiday.jpg").touch()
    with pytest.raises(SendError, match="do not belong to a campaign"):
        write(tmp_path)
    assert ["holiday.jpg"] == names(tmp_path / CAMPAIGN)


def test_a_folder_of_another_campaign_is_rejected(tmp_path: Path) -> None:
    """A renamed folder does not become the campaign of its new name."""
    write(tmp_path, [sample_message(1, campaign_id="older")])
    (tmp_path / "older").rename(tmp_path / CAMPAIGN)
    with pytest.raises(SendError, match="campaign older"):
        write(tmp_path)


def test_a_second_process_is_rejected(tmp_path: Path) -> None:
    """While one process writes to a campaign's folder no other does; afterwards it may."""
    program = (
        "import sys; from pipeline.senders.outbox.outbox_sender import OutboxSender\n"
        "from pipeline.testing import sample_message\n"
        "with OutboxSender(sys.argv[1]) as sender:\n"
        "    list(sender.send([sample_message(2)]))\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with OutboxSender(tmp_path) as sender:
        list(sender.send(THREE[:1]))
        refused = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "is being written by another process" in refused.stderr
        list(sender.send(THREE[2:]))
    check_sound(tmp_path / CAMPAIGN)
    subprocess.run(command, check=True)
    assert [1, 3, 2] == [entry.sequence for entry in read_manifest(tmp_path / CAMPAIGN)]


@pytest.mark.parametrize("place", ["outbox", f"outbox/{CAMPAIGN}"])
def test_a_file_instead_of_a_folder_is_reported(tmp_path: Path, place: str) -> None:
    """In one sentence, and the file stays."""
    blocked = tmp_path / place
    blocked.parent.mkdir(exist_ok=True)
    blocked.write_text("mine")
    with pytest.raises(SendError, match="a file has this name") as caught:
        write(tmp_path / "outbox")
    assert f"outbox/{CAMPAIGN}" in str(caught.value)
    assert not caught.value.temporary
    assert "mine" == blocked.read_text()


def test_a_read_only_folder_is_reported(tmp_path: Path) -> None:
    """One sentence says where and why."""
    (tmp_path / "outbox").mkdir(mode=0o555)

    def attempt() -> None:
        if os.getuid() == 0:
            os.setuid(65534)
        with pytest.raises(
            SendError, match=r"Cannot write to .*: Permission denied\. Choose another"
        ):
            write(tmp_path / "outbox")

    assert 0 == in_child(attempt)
    assert [] == names(tmp_path / "outbox")


def test_a_full_disk_leaves_no_partial_file(tmp_path: Path) -> None:
    """The message's file does not exist, not even partially."""

    def attempt() -> None:
        import resource

        large = replace(THREE[1], chunks=(THREE[1].content, b"x\r\n" * 4000))
        resource.setrlimit(resource.RLIMIT_FSIZE, (8000, 8000))
        sequences: list[int] = []
        with pytest.raises(SendError, match=r"Cannot write to .*: File too large"):  # noqa: SIM117
            with OutboxSender(tmp_path) as sender:
                sequences.extend(r.sequence for r in sender.send([THREE[0], large, THREE[2]]))
        assert [1] == sequences

    assert 0 == in_child(attempt)
    assert [1] == [entry.sequence for entry in read_manifest(tmp_path / CAMPAIGN)]
    assert 2 == len(names(tmp_path / CAMPAIGN))
    check_sound(tmp_path / CAMPAIGN)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_any_failing_system_call_leaves_the_folder_consistent(tmp_path: Path, code: int) -> None:
    """Each system call may fail: the error is one sentence, and the next attempt works."""
    for number in range(count_calls(tmp_path / "count")):
        directory = tmp_path / str(number)
        sequences: list[int] = []
        with pytest.MonkeyPatch.context() as patch:
            break_call(patch, number, lambda: fail(code))
            try:
                with OutboxSender(directory) as sender:
                    sequences.extend(receipt.sequence for receipt in sender.send(THREE))
            except SendError as error:
                assert (code != errno.EIO) is error.temporary
                assert str(directory / CAMPAIGN) in str(error)
                assert os.strerror(code) in str(error)
                assert "\n" not in str(error)
        folder = directory / CAMPAIGN
        assert [] == list(folder.glob(".*"))
        if not sequences:
            assert not folder.exists()
        else:
            assert len(sequences) == len(list(folder.glob("*.eml")))
            check_sound(folder)
        write(directory)
        assert 3 == len(list(folder.glob("*.eml")))
        check_sound(folder)


def test_a_crash_at_any_moment_leaves_the_folder_consistent(tmp_path: Path) -> None:
    """Killed before any system call, or during a write: files are complete and listed, and sending continues."""
    for number in range(count_calls(tmp_path / "count")):
        directory = tmp_path / str(number)

        def attempt(directory: Path = directory, number: int = number) -> None:
            with pytest.MonkeyPatch.context() as patch:
                break_call(patch, number, lambda: os.kill(os.getpid(), signal.SIGKILL))
                write(directory)

        assert -signal.SIGKILL == in_child(attempt)
        folder = directory / CAMPAIGN
        check_sound(folder)
        write(directory, THREE[2:])
        assert [] == list(folder.glob(".*"))
        check_sound(folder)
        write(directory)
        assert 3 == len(list(folder.glob("*.eml")))
        check_sound(folder)


def test_a_damaged_manifest_is_reported(tmp_path: Path) -> None:
    """An invalid line is named; a partial line at the end is ignored."""
    write(tmp_path)
    path = tmp_path / CAMPAIGN / MANIFEST
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:40])
    assert 3 == len(read_manifest(path.parent))
    path.write_bytes(whole + b'{"file": 3}\n' + whole)
    with pytest.raises(SendError, match="line 7"):
        read_manifest(path.parent)
    path.unlink()
    with pytest.raises(SendError, match="Cannot read"):
        read_manifest(path.parent)


@pytest.mark.parametrize("directory", [5, None, "", True, []])
def test_an_invalid_directory_is_rejected(directory: Any) -> None:
    """An option of the wrong type is a configuration error."""
    with pytest.raises(ConfigError, match="Use a path"):
        open_sender("outbox", directory=directory)


def test_files_with_one_sequence_have_different_names(tmp_path: Path) -> None:
    """Two messages with one sequence are two files."""
    twin = replace(THREE[0], recipient=Address(email="twin@example.org"))
    assert 2 == len(set(write(tmp_path, [THREE[0], twin])))


def in_child(work: Callable[[], None]) -> int:
    """Do *work* in a process of its own; return its exit status, or minus the signal that ended it."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        work()
    except BaseException as error:
        os.write(2, f"{error!r}\n".encode())
        os._exit(1)
    os._exit(0)


def fail(code: int) -> None:
    raise OSError(code, os.strerror(code))


def count_calls(directory: Path) -> int:
    """Return how many calls to the system it takes to write three messages."""
    with pytest.MonkeyPatch.context() as patch:
        calls = break_call(patch, None, lambda: None)
        write(directory)
    return len(calls)


def break_call(patch: pytest.MonkeyPatch, number: int | None, act: Callable[[], None]) -> list[str]:
    """Let *act* come before the call to the system of that *number*, half of it done if it is a write."""
    calls: list[str] = []

    def wrap(name: str) -> None:
        real = getattr(os, name)

        def wrapped(*args: Any, **options: Any) -> Any:
            calls.append(name)
            if len(calls) - 1 == number:
                if name == "write":
                    real(args[0], args[1][: len(args[1]) // 2])
                act()
            return real(*args, **options)

        patch.setattr(os, name, wrapped)

    for name in CALLS:
        wrap(name)
    return calls


def test_only_the_owner_reads_the_outbox(tmp_path: Path) -> None:
    """Folders have mode 0700 and files 0600: every message and the manifest name readers."""
    before = os.umask(0)
    try:
        with OutboxSender(tmp_path / "deep" / "outbox") as sender:
            list(sender.send([sample_message(1), sample_message(2)]))
    finally:
        os.umask(before)
    paths = [tmp_path / "deep" / "outbox", *(tmp_path / "deep" / "outbox").rglob("*")]
    assert {0o700} == {path.stat().st_mode & 0o777 for path in paths if path.is_dir()}
    assert {0o600} == {path.stat().st_mode & 0o777 for path in paths if path.is_file()}
    assert 3 == sum(path.is_file() for path in paths)
