"""`python -m tests.benchmarks`: measure everything, print a table, write bench.json."""

from __future__ import annotations

import json
import os
import platform
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks import (
    bench_archive,
    bench_campaign,
    bench_cli,
    bench_compose,
    bench_events,
    bench_inbound,
    bench_ledger,
    bench_load,
    bench_preview,
    bench_processes,
    bench_render,
    bench_smtp,
    bench_subscribers,
    bench_worker,
    names,
)
from tests.benchmarks.figures import Figure, table

RESULT = Path("bench.json")


BENCHES: tuple[Callable[[], list[Figure]], ...] = (
    bench_cli.figures,
    bench_render.figures,
    bench_load.figures,
    bench_compose.figures,
    bench_smtp.figures,
    bench_campaign.figures,
    bench_ledger.figures,
    bench_processes.figures,
    bench_worker.figures,
    bench_preview.figures,
    bench_subscribers.figures,
    bench_inbound.figures,
    bench_events.figures,
    bench_archive.figures,
    names.figures,
)


def main() -> None:
    """Run every benchmark; one that fails is told, and takes no other's figures with it."""
    found: list[Figure] = []
    failed: list[str] = []
    for measure in BENCHES:
        try:
            found += measure()
        except Exception:
            traceback.print_exc()
            failed.append(measure.__module__)
    machine = {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
    }
    form = {"machine": machine, "figures": [figure.to_json() for figure in found]}
    RESULT.write_text(json.dumps(form, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(f"{table(found)}\n\nWritten to {RESULT}.\n")
    if failed:
        sys.exit(f"Not measured: {', '.join(failed)}.")


if __name__ == "__main__":
    main()
