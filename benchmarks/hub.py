"""Hub: what a phone number that 10,000 contacts share costs, and what it takes from others."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from http.client import HTTPConnection
from statistics import median

from benchmarks import servers
from benchmarks.databases import Databases
from benchmarks.options import Options
from benchmarks.population import Population, Row, contact_row
from benchmarks.results import Check, Results, Table
from benchmarks.rounds import tell
from benchmarks.servers import Kind, Server, serving
from benchmarks.traffic import REPEATS, Traffic

CONTACTS = 10_000
PHONE = "800555"
_BATCH, _SIDE, _CLIENTS, _BODIES, _TURNS = 1_000, 5_000, 4, 1_000, 5
_REPEAT_SECONDS, _OTHERS_RATIO = 0.005, 0.5
_OK = 200
_MILLI, _KILO = 1e3, 1e3

Figure = tuple[float, int]
"""Median seconds of one request, and the bytes of its answer."""


def measure(databases: Databases, options: Options, results: Results) -> None:
    """Ask one client at a time for each figure; then four others while four send the number."""
    population = Population(options.persons)
    checkouts = {"now": None}
    if options.before is not None:
        checkouts = {"before": options.before.resolve(), **checkouts}
    for vendor in options.vendors:
        figures: dict[str, dict[str, Figure]] = {}
        speeds: dict[str, tuple[float, float]] = {}
        for when, checkout in checkouts.items():
            tell(f"a hub of {CONTACTS:,} contacts, {when}, {vendor}")
            database = databases.of(vendor, population, checkout=checkout)
            ((newest,),) = database.rows("SELECT max(id) FROM contact")
            database.add(_hub(newest + 1, database.workspace_id))
            database.warm()
            kind = Kind(servers.OURS.name, checkout=checkout)
            with serving(
                kind, database.url, workers=options.workers, folder=databases.folder
            ) as server:
                speeds[when] = _others(server, Traffic(population), options.seconds / 2)
                figures[when] = _figures(server, newest + 1, options.rounds, results)
        results.tables += [_figure_table(vendor, figures), _speed_table(vendor, speeds)]
        alone, meanwhile = speeds["now"]
        results.checks += [
            Check(
                f"{vendor}: a repeat about a person of {CONTACTS:,}",
                figures["now"]["repeat"][0],
                at_most=_REPEAT_SECONDS,
                unit=" s",
            ),
            Check(
                f"{vendor}: others while four clients send the hub / alone",
                meanwhile / alone,
                at_least=_OTHERS_RATIO,
            ),
        ]


def _hub(first_id: int, workspace_id: int) -> Iterator[Row]:
    for number in range(CONTACTS):
        linked_id = first_id if number else None
        email = f"hub-{number}@example.org"
        yield contact_row(first_id + number, workspace_id, email, PHONE, linked_id=linked_id)


def _figures(server: Server, person_id: int, rounds: int, results: Results) -> dict[str, Figure]:
    connection = server.connect()
    turn = 0

    def newcomer() -> dict[str, str]:
        nonlocal turn
        turn += 1
        return {"email": f"new-{turn}@example.org", "phoneNumber": PHONE}

    def ask(method: str, path: str, body: Callable[[], object] = dict, times: int = 3) -> Figure:
        taken = []
        for _ in range(times):
            start = time.perf_counter()
            status, length = _send(connection, method, path, body())
            taken.append(time.perf_counter() - start)
            if status != _OK:
                results.problems.append(f"{path} was answered {status}")
        return median(taken), length

    repeat = {"phoneNumber": PHONE}
    many = max(rounds, 1) * 20
    person = f"/persons/{person_id}"
    side = {"contactIds": list(range(person_id + 1, person_id + 1 + _SIDE))}
    return {
        "repeat": ask("POST", "/identify", lambda: repeat, many),
        "newcomer": ask("POST", "/identify", newcomer, many),
        "resolve": ask("POST", "/resolve", lambda: repeat),
        f"batch of {_BATCH:,} repeats": ask(
            "POST", "/identify/batch", lambda: {"requests": [repeat] * _BATCH}
        ),
        f"batch of {_BATCH:,} newcomers": ask(
            "POST",
            "/identify/batch",
            lambda: {"requests": [newcomer() for _ in range(_BATCH)]},
            1,
        ),
        "person": ask("GET", person),
        "graph": ask("GET", f"{person}/graph"),
        "explain": ask("GET", f"{person}/explain?from={person_id + 5}&to={person_id + 900}"),
        "history": ask("GET", f"{person}/history"),
        "export": ask("GET", f"{person}/export"),
        f"split of {_SIDE:,}": ask("POST", f"{person}/split", lambda: side, 1),
    }


def _others(server: Server, traffic: Traffic, seconds: float) -> tuple[float, float]:
    """Requests a second of four clients about others, alone and beside four with the hub.

    Each turn takes so many seconds.
    """
    bodies = [json.loads(request.body) for request in traffic.take(REPEATS, _BODIES)]
    hub = [{"phoneNumber": PHONE}]
    _answered(server, [bodies] * _CLIENTS, 1)
    alone, beside = [], []
    for _ in range(_TURNS):  # The speed of a machine changes within seconds.
        alone.append(sum(_answered(server, [bodies] * _CLIENTS, seconds)))
        both = _answered(server, [bodies] * _CLIENTS + [hub] * _CLIENTS, seconds)
        beside.append(sum(both[:_CLIENTS]))
    return median(alone), median(beside)


def _answered(server: Server, clients: Sequence[Sequence[object]], seconds: float) -> list[float]:
    """Answers a second of each client; all send at once."""
    counts = [0] * len(clients)
    until = time.monotonic() + seconds

    def send(number: int) -> None:
        connection = server.connect()
        while time.monotonic() < until:
            turn = (counts[number] + number * 37) % len(clients[number])
            _send(connection, "POST", "/identify", clients[number][turn])
            counts[number] += 1

    senders = [threading.Thread(target=send, args=(each,)) for each in range(len(clients))]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    return [count / seconds for count in counts]


def _send(connection: HTTPConnection, method: str, path: str, body: object) -> tuple[int, int]:
    """The status of one answer, and its length in bytes."""
    content = None if method == "GET" else json.dumps(body)
    connection.request(method, path, content, {"Content-Type": "application/json"})
    response = connection.getresponse()
    return response.status, len(response.read())


def _figure_table(vendor: str, figures: dict[str, dict[str, Figure]]) -> Table:
    header = [
        f"of a person of {CONTACTS:,} contacts",
        *(f"{when}, {what}" for when in figures for what in ("ms", "kB")),
    ]
    rows = [
        [
            name,
            *(
                cell
                for figure in figures.values()
                for cell in (
                    f"{figure[name][0] * _MILLI:,.1f}",
                    f"{figure[name][1] / _KILO:,.1f}",
                )
            ),
        ]
        for name in figures["now"]
    ]
    return Table(f"A phone number that {CONTACTS:,} contacts share, {vendor}", header, rows)


def _speed_table(vendor: str, speeds: dict[str, tuple[float, float]]) -> Table:
    rows = [
        [when, f"{alone:,.0f}", f"{beside:,.0f}", f"{beside / alone:.2f}"]
        for when, (alone, beside) in speeds.items()
    ]
    return Table(
        f"Four clients about others, beside four that send the number, {vendor}",
        ["", "alone, requests/s", "beside, requests/s", "ratio"],
        rows,
    )
