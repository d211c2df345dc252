"""The threads that answer requests, and the requests that wait for one."""

import threading
import time
from collections import deque
from queue import Empty, SimpleQueue

from django.db import connections

from reunite.core.errors import LockTimeout, ServerBusy
from reunite.counting import counters
from reunite.store.database.waiting import (
    Absence,
    Turns,
    concerned_large,
    limited,
    was_away,
    was_turned_away,
)
from reunite_service.http.crowd import Crowd
from reunite_service.http.giving_way import GivingWay
from reunite_service.http.parking import Parking
from reunite_service.http.shares import Shares, sender_of
from reunite_service.http.wsgi import Application, Exchange

_STREAMS = 8
"""How many bodies of any size are read at a time, each by a thread of its own."""
_STREAMS_OF_ONE = _STREAMS // 2
"""How many of them one sender has at most."""
_SPARES = 8
"""How many more threads there are while all others are busy with long requests."""
_SPARE_SECONDS = 1.0
"""A spare thread ends after so long without a request."""
_SAFE_METHODS = {"GET", "HEAD"}
_BUSY_SECONDS = 1.0
"""A request that waited less for a thread is answered, even if the time for locks is shorter."""
_LEAST_SECONDS = 0.1
"""The time for the database that a request has left after it waited for a thread."""


class Threads:
    """A fixed number of threads; requests are answered in the order in which they came.

    One thread at least never waits for a lock: a request that would wait is put aside, and asked
    again when another one had its turn. Until it is answered, no request that came later waits for
    a lock: such a request only tries.

    While all threads are busy with long requests, spare ones answer the others. A sender that has
    its part of the threads for long requests waits.
    """

    def __init__(self, application: Application, count: int, *, patience_seconds: float) -> None:
        self._application = application
        self._patience_seconds = patience_seconds
        self._longest_seconds = max(patience_seconds, _BUSY_SECONDS)
        self._count = count
        self._busy = 0
        self._spares = 0
        self._counting = threading.Lock()
        self._shares = Shares(count, patience_seconds=self._longest_seconds)
        self._waiting: SimpleQueue[Exchange] = SimpleQueue()
        self._aside: deque[Exchange] = deque()
        # Requests that were put aside and have no answer yet, also while they are asked again.
        self._owed: set[Exchange] = set()
        self._turns = Turns(count - 1)
        self._crowd = Crowd(count, patience_seconds=self._longest_seconds)
        self._giving_way = GivingWay()
        self._parking = Parking()
        self._streams: list[str] = []  # The sender of each.
        # Health checks ask no database, so the thread for them is always free.
        self._alive: SimpleQueue[Exchange] = SimpleQueue()
        for work in [*[self._answer_all] * count, self._answer_alive]:
            threading.Thread(target=work, daemon=True).start()

    def answer(self, exchange: Exchange) -> None:
        """Answer a request when a thread is free, or refuse it at once if that takes too long."""
        ahead = self._waiting.qsize() + self._shares.held_of_sender(exchange)
        if exchange.failed is not None or self._crowd.admits(ahead):
            self._waiting.put(exchange)
        else:
            exchange.refuse()

    def answer_alive(self, exchange: Exchange) -> None:
        """Answer a request at once, even while others wait."""
        self._alive.put(exchange)

    def answer_stream(self, exchange: Exchange) -> None:
        """Answer a request whose body is read while it is answered, unless too many are."""
        sender = sender_of(exchange.scope)
        with self._counting:
            own = self._streams.count(sender)
            is_free = len(self._streams) < _STREAMS and own < _STREAMS_OF_ONE
            if is_free:
                self._streams.append(sender)
        if not is_free:
            exchange.failed = ServerBusy()
            self.answer(exchange)
            return
        work = threading.Thread(target=self._answer_stream, args=(exchange, sender), daemon=True)
        work.start()

    def stop_waiting(self) -> None:
        """Answer long polls, even without anything new."""
        self._parking.close()

    def ask_again(self, now: float) -> None:
        """Take up what was put aside and has no time left, and long polls that are due.

        Called every now and then.
        """
        self._crowd.look(self._waiting.qsize() + self._shares.held, now)
        self._share_threads(now)
        for poll in self._parking.due(now):
            poll.arrived = now
            self._waiting.put(poll)
        for _ in range(len(self._aside)):
            exchange = self._next_aside()
            if exchange is None:
                return
            late = now - exchange.arrived > self._patience_seconds
            (self._waiting.put if late else self._aside.append)(exchange)
        self._ask_one_again()

    def _share_threads(self, now: float) -> None:
        """Start spare threads while long requests have all others."""
        self._busy = self._shares.look(now, self._turns.waiting)
        if self._busy >= self._count + self._spares and not self._waiting.empty():
            if self._spares < _SPARES:
                with self._counting:
                    self._spares += 1
                threading.Thread(target=self._help_out, daemon=True).start()
            else:
                self._refuse_late(now - self._longest_seconds)
        for exchange in self._shares.let_go(now):
            self._waiting.put(exchange)

    def _refuse_late(self, since: float) -> None:
        """Refuse requests that have waited too long: no thread is free to do it."""
        for _ in range(self._waiting.qsize()):
            try:
                exchange = self._waiting.get_nowait()
            except Empty:
                return
            if exchange.arrived < since:
                self._owed.discard(exchange)
                exchange.refuse()
            else:
                self._waiting.put(exchange)

    def _answer_all(self) -> None:
        while True:
            self._answer_next(self._waiting.get())

    def _help_out(self) -> None:
        try:
            while self._busy >= self._count:
                self._answer_next(self._waiting.get(timeout=_SPARE_SECONDS))
        except Empty:
            pass
        finally:
            with self._counting:
                self._spares -= 1
            connections.close_all()

    def _answer_next(self, exchange: Exchange) -> None:
        is_owed = exchange in self._owed
        if not is_owed and self._shares.holds(exchange):
            return
        if self._answer(exchange, self._turns):
            if exchange.failed is None:
                self._crowd.note_answered()
            self._ask_one_again()
            return
        counters.count("reunite_put_aside_total")
        if is_owed:
            self._aside.appendleft(exchange)
        else:
            self._owed.add(exchange)
            self._aside.append(exchange)

    def _answer_alive(self) -> None:
        while True:
            self._answer(self._alive.get(), None)

    def _answer_stream(self, exchange: Exchange, sender: str) -> None:
        try:
            self._answer(exchange, None)
        finally:
            connections.close_all()
            with self._counting:
                self._streams.remove(sender)

    def _answer(self, exchange: Exchange, turns: Turns | None) -> bool:
        """Whether it was answered; otherwise it was turned away."""
        now = time.monotonic()
        waited = now - exchange.arrived
        if exchange not in self._owed:  # The time of those was counted before.
            counters.observe("reunite_queue_seconds", seconds=waited)
        if exchange.failed is None:
            if exchange in self._owed and waited > self._patience_seconds:
                exchange.failed = LockTimeout()
            elif waited > self._longest_seconds:
                exchange.failed = ServerBusy()
        left = max(self._patience_seconds - waited, min(self._patience_seconds, _LEAST_SECONDS))
        # A read may be repeated as a whole; services repeat writes themselves.
        only_reads = exchange.method in _SAFE_METHODS
        absence = Absence(time.monotonic() + left, may_pause=True) if only_reads else None

        def is_final() -> bool:
            again = absence is not None and was_away() and absence.is_worth_another_try()
            return not (was_turned_away() or again)

        may_wait = exchange in self._owed or not self._owed
        started = time.thread_time()
        if turns is not None:  # Other threads than these do not answer requests in turn.
            self._shares.begin(exchange, now)
        try:
            is_answered = False
            while not is_answered:
                with limited(left, turns, may_wait=may_wait):
                    is_answered = exchange.answer(self._application, wanted=is_final)
                if not is_answered and was_turned_away():
                    return False
        finally:
            if turns is not None:
                self._shares.end()
        self._send(exchange, started)
        return True

    def _send(self, exchange: Exchange, started: float) -> None:
        """Send the answer, now or later; ``started`` was the thread's time before."""
        self._owed.discard(exchange)
        now = time.monotonic()
        if self._parking.park(exchange, now):
            return
        if concerned_large():
            spent = time.thread_time() - started
            self._giving_way.send(exchange, processor_seconds=spent, now=now)
        else:
            self._giving_way.note_other(now)
            exchange.send()

    def _ask_one_again(self) -> None:
        if self._aside and self._turns.is_free and (exchange := self._next_aside()):
            self._waiting.put(exchange)

    def _next_aside(self) -> Exchange | None:
        try:
            return self._aside.popleft()
        except IndexError:
            return None
