"""Measure and report: ``python -m benchmarks [SECTION …] [--quick]`` (README.md)."""

import signal
import sys
import time
from collections.abc import Sequence

from benchmarks import (
    batch,
    before,
    chart,
    comparison,
    flat,
    hub,
    machine,
    memory,
    report,
    sizes,
    threads,
)
from benchmarks.databases import Databases, temporary_databases
from benchmarks.options import Options, parse
from benchmarks.results import Results
from benchmarks.wrk import require_wrk

_OTHERS = {
    "batch": batch.measure,
    "sizes": sizes.measure,
    "hub": hub.measure,
    "memory": memory.measure,
    "large": flat.measure,
    "before": before.measure,
    "threads": threads.measure,
}


def main(argv: Sequence[str]) -> int:
    """Measure the sections asked for; 1 if a figure cannot be believed, else 0."""
    sections, options = parse(argv, [*comparison.SECTIONS, *_OTHERS])
    require_wrk()
    # A kill, too, ends through the context managers that stop what was started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    start = time.monotonic()
    busy_percent = machine.listen()
    results = Results(notes=machine.warnings(busy_percent=busy_percent))
    with temporary_databases(shared_buffers=options.shared_buffers) as databases:
        about = machine.describe(databases, busy_percent=busy_percent)
        _measure(sections, databases, options, results)
    about["took"] = f"{time.monotonic() - start:,.0f} s"
    print(report.as_text(results, about, options))
    report.write_json(options.json, results, about, options)
    if results.bars:
        caption = f"Median requests per second · {about['processor']} · {about['date']}"
        chart.write_svg(options.chart, results.bars, caption=caption)
    return 1 if results.problems else 0


def _measure(
    sections: Sequence[str], databases: Databases, options: Options, results: Results
) -> None:
    compared = [section for section in sections if section in comparison.SECTIONS]
    if compared:
        comparison.compare(compared, databases, options, results)
    for section in sections:
        if section in _OTHERS:
            _OTHERS[section](databases, options, results)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
