"""Answers about large persons are sent later while others are asked for, and never much later."""

import threading
import time

from reunite.store.database.waiting import note_large
from reunite_service.http.giving_way import GivingWay
from reunite_service.http.threads import Threads
from tests.concurrency.asked import Asked

SECONDS = 60
COSTLY = 1_000.0


class Answer:
    """An answer, and when it was sent."""

    def __init__(self):
        self._sent = threading.Event()
        self.at = None

    def send(self):
        self.at = time.monotonic()
        self._sent.set()

    def was_sent(self):
        return self._sent.wait(SECONDS)


def test_an_answer_is_sent_at_once_where_no_others_are_asked_for():
    answer = Answer()
    GivingWay().send(answer, processor_seconds=COSTLY, now=time.monotonic())
    assert answer.at is not None


def test_answers_are_kept_back_in_order_while_others_are_asked_for():
    answers = [Answer() for _ in range(3)]
    giving_way = GivingWay()
    now = time.monotonic()
    giving_way.note_other(now)
    for answer in answers:
        giving_way.send(answer, processor_seconds=0.01, now=now)
    assert all(answer.was_sent() for answer in answers)
    for number, answer in enumerate(answers, start=1):
        assert answer.at - now >= number * 8 * 0.01


def test_no_answer_is_kept_back_for_its_whole_cost():
    answers = [Answer() for _ in range(3)]
    giving_way = GivingWay()
    now = time.monotonic()
    giving_way.note_other(now)
    for answer in answers:
        giving_way.send(answer, processor_seconds=COSTLY, now=now)
    assert answers[0].at is None
    assert all(answer.was_sent() for answer in answers)


def test_requests_that_read_a_large_person_give_way_and_others_do_not():
    made_at = {}

    def service(environ, start_response):
        name = environ["PATH_INFO"]
        if name.startswith("about a large person"):
            note_large()
            until = time.thread_time() + 0.02
            while time.thread_time() < until:
                pass
            other = Asked("about another")
            threads.answer(other.exchange)
            assert other.answered.wait(SECONDS)
        made_at[name] = time.monotonic()
        start_response("200 OK", [])
        return []

    def was_kept_back(number):
        asked = Asked(f"about a large person {number}")
        threads.answer(asked.exchange)
        assert asked.answered.wait(SECONDS)
        return asked.answered_at - made_at[asked.exchange.path] >= 8 * 0.02

    threads = Threads(service, 2, patience_seconds=SECONDS)
    # On a busy machine the other answer can be an old one when this one is made.
    assert any(was_kept_back(number) for number in range(20))
