"""A fleet by its commands: `init --postgres`, a worker, and Procrastinate's own command line."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from pipeline.campaigns.workers.tickets import make_campaign_ticket
from pipeline.cli import main
from pipeline.errors import ConfigError
from pipeline.fleet.engine_tables import upgrade_schema
from pipeline.fleet.runner import run_procrastinate
from pipeline.project import Project
from tests import databases

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(scope="module")
def root(postgres: databases.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project that `init --postgres` made."""
    folder = tmp_path_factory.mktemp("fleet") / "newsletter"
    assert 0 == run("init", str(folder), "--postgres", postgres.create_database())
    yield folder


def run(*words: str) -> int:
    """Run a command in this process; return its exit code."""
    before, sys.argv = sys.argv, ["handbill", *words]
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    finally:
        sys.argv = before
    return 0


def test_init_writes_the_engine(root: Path) -> None:
    """The project uses that database and Procrastinate; without --postgres, SQLite and the embedded engine."""
    config = Project.open(root).config
    assert "procrastinate" == config.worker.engine
    assert config.store.url.startswith("postgresql://handbill@/")
    assert "HANDBILL_STORE_PASSWORD" == config.store.password_env
    assert 0 == run("init", str(root.parent / "plain"))
    assert "embedded" == Project.open(root.parent / "plain").config.worker.engine


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://u@host/name", "Write postgresql://USER@HOST/NAME."),
        ("postgresql://u@host", "Write postgresql://USER@HOST/NAME."),
        ("postgresql://u:plum@host/name", "Leave the password out"),
    ],
)
def test_init_refuses_other_urls(
    url: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is no PostgreSQL database, or holds a password, creates nothing; the password is not repeated."""
    assert 2 == run("init", str(tmp_path / "new"), "--postgres", url)
    err = capsys.readouterr().err
    assert message in err and "plum" not in err
    assert not (tmp_path / "new").exists()


def test_sqlite_and_procrastinate_do_not_go_together(root: Path, tmp_path: Path) -> None:
    """The message names the setting and both ways out."""
    text = (root / "handbill.toml").read_text("utf-8")
    (tmp_path / "handbill.toml").write_text(
        text.replace('\nurl = "postgresql', '\n# url = "'), "utf-8"
    )
    with pytest.raises(ConfigError, match=r"\[worker\].*needs a PostgreSQL database"):
        Project.open(tmp_path).open_campaigns()


def test_a_ticket_waits_until_the_tables_exist(root: Path) -> None:
    """Before a worker has run, adding a ticket does nothing, and the transaction goes on."""
    with Project.open(root).open_campaigns() as service:
        store, engine = service.context.store, service.context.engine
        with store.writing() as connection:
            connection.execute(text("DROP TABLE IF EXISTS procrastinate_jobs CASCADE"))
            engine.add(make_campaign_ticket("2026-01-01-early"), connection)
            assert 1 == connection.scalar(text("SELECT 1"))


def test_jobs_of_dead_workers_are_deleted(root: Path) -> None:
    """A job that a killed worker left, which Procrastinate keeps for ever, is gone when another one starts."""
    with Project.open(root).open_campaigns() as service:
        store = service.context.store
        upgrade_schema(store)
        later = datetime.now(UTC) + timedelta(hours=1)
        service.context.engine.add(make_campaign_ticket("2026-01-01-left"))
        service.context.engine.add(make_campaign_ticket("2026-01-01-later", later))
        with store.writing() as connection:
            connection.execute(
                text(
                    "UPDATE procrastinate_jobs SET status = 'doing' WHERE args ->> 'campaign_id' LIKE '%left'"
                )
            )
        waiting = threading.Event()
        with run_procrastinate(store, lambda _: None, concurrency={}):
            for _ in range(600):
                with store.reading() as connection:
                    left = connection.scalars(
                        text("SELECT args ->> 'campaign_id' FROM procrastinate_jobs")
                    ).all()
                if ["2026-01-01-later"] == left:
                    break
                waiting.wait(0.1)
        assert ["2026-01-01-later"] == left


def test_procrastinates_commands_work(root: Path) -> None:
    """`procrastinate --app pipeline.project.fleet_app.app` reaches the jobs of the project."""
    with Project.open(root).open_campaigns() as service:
        upgrade_schema(service.context.store)
        later = datetime.now(UTC) + timedelta(hours=1)
        service.context.engine.add(make_campaign_ticket("2026-01-01-shown", later))
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "procrastinate",
            "--app",
            "pipeline.project.fleet_app.app",
            "shell",
            "list_jobs",
        ],
        env={"HANDBILL_PROJECT": str(root), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    assert "handbill.campaign" in done.stdout


def test_other_commands_do_not_import_it(root: Path) -> None:
    """A command that adds no ticket does not import Procrastinate, nor what runs it."""
    code = (
        "import sys; from pipeline.cli import main; sys.argv = ['handbill', 'campaigns', 'list']\n"
        "try: main()\nexcept SystemExit as end: assert not end.code, end.code\n"
        "assert not {'procrastinate', 'pipeline.fleet.runner'} & set(sys.modules), 'imported'"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"HANDBILL_PROJECT": str(root), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
