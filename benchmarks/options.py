"""What one run measures, and how long."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

RESULTS = Path(".cache/benchmarks")
VENDORS = ("postgresql", "sqlite")


@dataclass(frozen=True, slots=True)
class Options:
    """The command line; the defaults are those of the full run."""

    persons: int = 100_000
    rounds: int = 6
    seconds: int = 2
    connections: int = 32
    workers: int = 2
    international: bool = False
    vendors: tuple[str, ...] = VENDORS
    memory_requests: int = 30_000
    contacts: int = 10_000_000
    shared_buffers: str = "128MB"
    before: Path | None = None
    chart: Path = RESULTS / "chart.svg"
    json: Path = RESULTS / "latest.json"


_ONLY_ON_REQUEST = {"before", "large", "threads"}
QUICK = Options(persons=20_000, rounds=1, seconds=1, memory_requests=3_000, contacts=50_000)


def parse(argv: Sequence[str], sections: Sequence[str]) -> tuple[list[str], Options]:
    """The sections asked for, in order, and the options."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "sections",
        nargs="*",
        metavar="SECTION",
        help=f"all but before, large and threads, or of {', '.join(sections)}",
    )
    parser.add_argument("--quick", action="store_true", help="seconds only: does it work at all?")
    parser.add_argument("--persons", type=_positive, help="stored before the run")
    parser.add_argument("--rounds", type=_positive, help="runs of each system, interleaved")
    parser.add_argument("--seconds", type=_positive, help="length of one run")
    parser.add_argument("--connections", type=_positive, help="that send at the same time")
    parser.add_argument("--workers", type=_positive, help="processes of each HTTP server")
    parser.add_argument(
        "--international",
        action="store_true",
        default=None,
        help="phone numbers as +49…, which are parsed, and not mere digits",
    )
    parser.add_argument(
        "--database", dest="vendors", choices=VENDORS, help="only this one, where there is a choice"
    )
    parser.add_argument("--memory-requests", type=_positive, help="sent while memory is watched")
    parser.add_argument("--contacts", type=_positive, help="in the large database")
    parser.add_argument("--shared-buffers", help="PostgreSQL's; its default is 128MB")
    parser.add_argument(
        "--before",
        type=Path,
        metavar="CHECKOUT",
        help="the folder of another commit, set up by its make test, for sections before and hub",
    )
    parser.add_argument("--chart", type=Path, help="where the SVG is written")
    parser.add_argument("--json", type=Path, help="where the figures are written")
    given = vars(parser.parse_args(argv))
    wanted = given.pop("sections")
    if unknown := set(wanted) - set(sections):
        parser.error(f"no section {', '.join(sorted(unknown))}: there are {', '.join(sections)}")
    defaults = QUICK if given.pop("quick") else Options()
    if given["vendors"]:
        given["vendors"] = (given["vendors"],)
    changes = {name: value for name, value in given.items() if value is not None}
    if "before" in wanted and given["before"] is None:
        parser.error("section before needs --before CHECKOUT")
    everything = [name for name in sections if name not in _ONLY_ON_REQUEST]
    return wanted or everything, replace(defaults, **changes)


def _positive(text: str) -> int:
    number = int(text.replace("_", ""))
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number
