"""
Fuzz every input for some minutes: `make fuzz`, or `python -m tests.fuzz --minutes 1 --only text`.

An input that raises anything but a `PipelineError`, loses a word, becomes an email that runs something, or takes more
than five seconds is written to a folder, with its error. Exits 1 if there is one.
"""

from __future__ import annotations

import argparse
import faulthandler
import sys
import time
import traceback
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzz.targets import TARGETS, attack

#: In seconds of CPU: longer is a hang.
_LIMIT_S = 5.0
_HANG_S = 60


def main() -> int:
    """Run until the time is over; return how many different errors were found, at most 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz every input.")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--only", help="one target", choices=[target.name for target in TARGETS])
    parser.add_argument("--start", type=int, default=0, help="the first seed")
    parser.add_argument(
        "--found", type=Path, default=Path("outbox/fuzz"), help="where inputs are kept"
    )
    options = parser.parse_args()
    targets = [target for target in TARGETS if options.only in (None, target.name)]
    found: dict[str, int] = {}
    end = time.monotonic() + 60 * options.minutes
    done = 0
    with TemporaryDirectory() as folder:
        for seed in count(options.start):
            if time.monotonic() > end:
                break
            for target in targets:
                faulthandler.dump_traceback_later(_HANG_S, exit=True)
                start = time.process_time()
                content, error = attack(target, seed, Path(folder))
                took = time.process_time() - start
                done += 1
                if error is None and took > _LIMIT_S:
                    error = TimeoutError(f"{took:.1f} s of CPU for {len(content):,} bytes")
                if error is not None:
                    _keep(options.found, target.name, seed, content, error, found)
    faulthandler.cancel_dump_traceback_later()
    sys.stdout.write(f"{done:,} inputs, {len(found)} different errors.\n")
    for text, times in found.items():
        sys.stdout.write(f"{times:6} times: {text}\n")
    return 1 if found else 0


def _keep(
    folder: Path, name: str, seed: int, content: bytes, error: BaseException, found: dict[str, int]
) -> None:
    """Write an input and its error, each kind of error once."""
    last = traceback.extract_tb(error.__traceback__)[-1:]
    place = f"{Path(last[0].filename).name}:{last[0].lineno}" if last else ""
    kind = str(error).partition(":")[0][:80]
    key = f"{name}: {type(error).__name__} at {place}: {kind}"
    if key not in found:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}-{seed}").write_bytes(content)
        trace = "".join(traceback.format_exception(error))
        (folder / f"{name}-{seed}.error").write_text(trace, encoding="utf-8", errors="replace")
        sys.stdout.write(f"{name} {seed}: {key}\n")
        sys.stdout.flush()
    found[key] = found.get(key, 0) + 1


if __name__ == "__main__":
    raise SystemExit(main())
