"""A store belongs to one secret: without it, nobody who must never be sent to would be recognised."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text, update

from pipeline import cli, state_dir
from pipeline.database import open_store
from pipeline.errors import ConfigError, PipelineError, StateError, StoreError
from pipeline.models.address import Address
from pipeline.models.event import BounceClass, Event, EventKind
from pipeline.project import Project
from pipeline.subscribers.tables import subscribers, suppressions

CONFIG = """\
[publication]
name = "The Lantern"
from = "letters@lantern.example.org"
postal_address = "12 Quay Street"

[store]
url = "{url}"
"""
ADA, BO, CLEO, DAN = (Address(email=f"{name}@example.org") for name in ("ada", "bo", "cleo", "dan"))


def make_project(folder: Path, url: str) -> Project:
    """Return a project in *folder* over the store *url*."""
    folder.mkdir(exist_ok=True)
    (folder / "handbill.toml").write_text(CONFIG.format(url=url), encoding="utf-8")
    return Project.open(folder)


@pytest.fixture
def project(tmp_path: Path, store_url: str) -> Project:
    """A project with Ada; Bo is erased, Cleo suppressed, Dan subscribed and suppressed."""
    project = make_project(tmp_path / "desk", store_url)
    with project.open_subscribers() as people:
        for address in (ADA, BO, DAN):
            people.add(address, list_name="weekly", attributes={})
        people.erase(BO)
        people.suppress(CLEO, reason="by letter")
        people.suppress(DAN, reason="by phone")
    return project


def secret_path(project: Project) -> Path:
    """Return where the secret of *project* is."""
    return project.root / ".handbill" / "secret"


def list_errors(project: Project) -> list[str]:
    """Return what is said by each way to open the subscribers or campaigns of *project*; "" if it opens."""

    def find_error(use: Callable[[], object]) -> str:
        try:
            use()
        except PipelineError as error:
            return str(error)
        return ""

    def open_subscribers() -> None:
        with project.open_subscribers() as people:
            people.count_lists()

    def open_campaigns() -> None:
        with project.open_campaigns() as service:
            service.list_campaigns()

    return [find_error(open_subscribers), find_error(open_campaigns)]


def test_a_missing_secret_is_an_error(project: Project) -> None:
    """Without its secret nothing is opened and no new secret is made; with it restored, everything is as before."""
    content = secret_path(project).read_bytes()
    secret_path(project).unlink()

    for error in list_errors(project):
        assert f"{secret_path(project)} is missing" in error
        assert "handbill subscribers rekey" in error
    assert not secret_path(project).exists()

    secret_path(project).write_bytes(content)
    assert ["", ""] == list_errors(project)
    with project.open_subscribers() as people:
        assert "erased" == getattr(people.get_details(BO).suppression, "reason", None)


@pytest.mark.parametrize("content", ["", "\n", " \t\r\n"])
def test_an_empty_secret_is_an_error(
    project: Project, content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An emptied file, or a variable that is set to nothing, is a lost secret too."""
    secret = secret_path(project).read_text(encoding="ascii")
    secret_path(project).write_text(content, encoding="ascii")
    assert all(f"{secret_path(project)} is empty" in error for error in list_errors(project))
    with pytest.raises(ConfigError, match="is empty"):
        project.storage.read_secret()

    secret_path(project).write_text(secret, encoding="ascii")
    monkeypatch.setenv("HANDBILL_SECRET", content)
    assert all("variable HANDBILL_SECRET is empty" in error for error in list_errors(project))


def test_another_machine_needs_the_same_secret(
    project: Project, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second machine with a secret of its own is refused; a copy in a file or a variable is accepted."""
    other = make_project(tmp_path / "laptop", store_url)
    state_dir.create_secret(state_dir.create(other.root).parent)

    for error in list_errors(other):
        assert f"was used with another secret than that in {secret_path(other)}" in error
        assert "copy it from another machine" in error

    content = secret_path(project).read_bytes()
    secret_path(other).write_bytes(content.strip() + b"\r\n\r\n")
    assert ["", ""] == list_errors(other)
    secret_path(other).unlink()
    monkeypatch.setenv("HANDBILL_SECRET", content.decode("ascii") + "\n")
    assert ["", ""] == list_errors(other)
    monkeypatch.setenv("HANDBILL_SECRET", "another one")
    assert all("than that in HANDBILL_SECRET" in error for error in list_errors(other))


@pytest.mark.parametrize("subscribed", [True, False])
def test_an_older_store_is_checked_by_its_hashes(project: Project, subscribed: bool) -> None:
    """A store without a fingerprint belongs to the secret that its hashes were made with."""
    content = secret_path(project).read_bytes()
    with project.storage.open_store() as store, store.writing() as connection:
        connection.execute(text("DELETE FROM secret_fingerprint"))
        if not subscribed:
            connection.execute(text("DELETE FROM memberships"))
            connection.execute(text("DELETE FROM subscribers"))
    secret_path(project).write_bytes(b"another one")
    assert all("another secret" in error for error in list_errors(project))
    secret_path(project).unlink()
    assert all("is missing" in error for error in list_errors(project))
    secret_path(project).write_bytes(content)
    assert ["", ""] == list_errors(project)
    with project.storage.open_store() as store, store.reading() as connection:
        assert 1 == connection.scalar(text("SELECT count(*) FROM secret_fingerprint"))


def test_the_first_of_several_decides(store_url: str, tmp_path: Path) -> None:
    """Of machines that open a new store at once, each with a secret of its own, one is accepted."""
    with open_store(store_url, root=tmp_path):
        pass
    projects = [make_project(tmp_path / f"machine{n}", store_url) for n in range(4)]
    errors: list[str] = []

    def use(project: Project) -> None:
        errors.append(list_errors(project)[0])

    threads = [threading.Thread(target=use, args=(project,)) for project in projects]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [""] == [error for error in errors if not error]
    refused = [error for error in errors if "another secret" in error or "is missing" in error]
    assert 3 == len(refused)


def test_one_of_several_makes_the_secret(tmp_path: Path) -> None:
    """Processes that start a project at once use one secret; none sees half of it."""
    state_dir.create(tmp_path)
    keys: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: keys.append(state_dir.create_secret(tmp_path)))
        for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 == len(set(keys)) and 64 == len(keys[0])
    path = tmp_path / ".handbill" / "secret"
    assert 0o600 == path.stat().st_mode & 0o777
    assert {".gitignore", "secret"} == {each.name for each in path.parent.iterdir()}


def test_rekeying_keeps_known_addresses(project: Project) -> None:
    """With a new secret, addresses that are stored stay suppressed; erased ones are counted, and no row is lost."""
    with project.storage.open_store() as store, store.writing() as connection:
        connection.execute(
            update(suppressions).where(suppressions.c.email == DAN.email).values(email=None)
        )
    secret_path(project).unlink()

    tried = project.storage.rekey(dry_run=True)
    assert tried and (2, 2, 1) == (tried.subscribers, tried.suppressions, tried.unrecognized)
    assert not secret_path(project).exists()
    assert tried == project.storage.rekey()
    assert project.storage.rekey() is None

    with project.open_subscribers() as people:
        assert [None, True, True] == [
            people.get_details(each).suppression and True for each in (BO, CLEO, DAN)
        ]
        assert people.get_details(ADA).suppression is None
    with project.storage.open_store() as store, store.reading() as connection:
        assert 3 == len(connection.execute(select(suppressions.c.digest)).all())


def test_rekeying_joins_what_was_stored_under_two_secrets(project: Project) -> None:
    """An address that was suppressed under another secret too is one suppression afterwards."""
    with project.storage.open_store() as store, store.writing() as connection:
        row = connection.execute(select(suppressions).where(suppressions.c.email == CLEO.email))
        values = dict(row.one()._mapping) | {"digest": "0" * 32}
        connection.execute(insert(suppressions).values(**values))
        connection.execute(update(subscribers).values(digest="1" * 32))
    secret_path(project).unlink()
    assert project.storage.rekey() is not None
    with project.storage.open_store() as store, store.reading() as connection:
        emails = list(connection.scalars(select(suppressions.c.email)))
    assert 1 == emails.count(CLEO.email)


def test_what_ran_while_the_store_was_rekeyed_stores_no_old_hashes(project: Project) -> None:
    """An import, or any change, stops in words; run again it uses the new secret."""
    path = project.root / "people.csv"
    path.write_text("email\neve@example.org\nfay@example.org\n")
    bounce = Event(
        kind=EventKind.BOUNCED,
        bounce_class=BounceClass.GONE,
        source="mailbox",
        source_key="1",
        at=datetime(2026, 3, 2, tzinfo=UTC),
        mailbox=ADA.key,
    )
    with project.open_subscribers() as people, project.open_events() as ledger:
        secret_path(project).unlink()
        assert project.storage.rekey() is not None
        for change in (
            lambda: people.import_file(path, list_name="weekly"),
            lambda: people.add(CLEO, list_name="weekly", attributes={}),
            lambda: people.suppress(ADA, reason="by letter"),
            lambda: people.unsuppress(DAN, reason="by letter"),
            lambda: people.erase(ADA),
            lambda: ledger.record([bounce]),
        ):
            with pytest.raises(StoreError, match="moved to another secret"):
                change()
    with project.open_subscribers() as people:
        assert {ADA.email, DAN.email} == {each.address.email for each in people.list_subscribers()}
        assert people.import_file(path, list_name="weekly").row_count == 2


def test_a_running_process_is_not_rekeyed_under(project: Project) -> None:
    """While a process sends with the old secret, the store keeps it."""
    with project.open_campaigns() as service, service.start_process():
        secret_path(project).unlink()
        with pytest.raises(StateError, match="Stop it"):
            project.storage.rekey()


def test_rekey_prints_what_changes(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command asks, counts what stays and what is lost, and other commands work again."""

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["handbill", "--project", str(project.root), *words])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        return int(stop.value.code or 0), capsys.readouterr().err

    secret_path(project).unlink()
    assert 1 == run("subscribers", "list")[0]
    code, told = run("subscribers", "rekey")
    assert 2 == code and "Add --yes" in told and not secret_path(project).exists()
    assert "1 erased address of which only a hash is stored will not be recognised" in told
    code, told = run("subscribers", "rekey", "--yes")
    assert 0 == code
    assert "2 subscribers and 2 suppressed addresses belong to the new secret." in told
    assert "Unsubscribe links in emails already sent do not work any more." in told
    assert 0 == run("subscribers", "list")[0]
    assert "Nothing was changed." in run("subscribers", "rekey")[1]


def test_messages_name_no_secret(project: Project) -> None:
    """Errors name the file or variable, never what it holds."""
    secret_path(project).write_text("plum-jam-and-toast", encoding="ascii")
    assert all(error and "plum-jam" not in error for error in list_errors(project))
    with pytest.raises(StoreError):
        project.open_campaigns()
