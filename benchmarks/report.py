"""Results as Markdown for people and as JSON for machines."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.options import Options
from benchmarks.results import Check, Results, Table


def as_text(results: Results, machine: Mapping[str, str], options: Options) -> str:
    """Everything, as Markdown."""
    conditions = (
        f"{options.persons:,} persons, {options.connections} connections, {options.workers} worker "
        f"processes; medians of {options.rounds} interleaved rounds of {options.seconds} s; phone "
        f"numbers are {'international' if options.international else 'mere digits'}."
    )
    parts = [as_table(Table("Machine", ["", ""], list(machine.items()))), conditions]
    parts += [as_table(table) for table in results.tables]
    if results.checks:
        rows = [_check(check) for check in results.checks]
        parts.append(as_table(Table("What must be reached", ["what", "is", "must be", ""], rows)))
    if results.notes:
        parts.append("\n".join(f"- {note}" for note in results.notes))
    if results.problems:
        problems = "\n".join(f"- {problem}" for problem in results.problems)
        parts.append(f"### Problems: do not believe these figures\n\n{problems}")
    return "\n\n".join(parts) + "\n"


def write_json(path: Path, results: Results, machine: Mapping[str, str], options: Options) -> None:
    """Everything, as one JSON document."""
    document = {"machine": dict(machine), "options": asdict(options), **asdict(results)}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2, default=str, ensure_ascii=False) + "\n")


def _check(check: Check) -> Sequence[str]:
    verdict = "reached" if check.bound and check.is_met else "" if check.is_met else "**missed**"
    return [check.what, f"{check.value:.3g}{check.unit}", check.bound, verdict]


def as_table(table: Table) -> str:
    """One table, as Markdown."""
    lines = [table.header, *table.rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(table.header))]
    header, *rows = (
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)) + " |"
        for line in lines
    )
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([f"### {table.title}", "", header, rule, *rows])
