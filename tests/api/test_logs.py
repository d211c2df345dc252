"""Logs as JSON: an object in each line, with the id of the request, without values."""

import json
import logging
import sys

import pytest
from django.test import RequestFactory
from django.urls import resolve

from reunite_service.logs import AsJSON
from tests.marks import MARKS, lines_with_marks

ONE = MARKS[0]


def logged(message, *arguments, request=None, error=None):
    record = logging.LogRecord(
        "django.request", logging.ERROR, __file__, 1, message, arguments, error
    )
    if request is not None:
        record.request = request
    line = AsJSON("%(message)s").format(record)
    assert "\n" not in line
    return line


def failed():
    try:
        int(ONE.email)
    except ValueError:
        return sys.exc_info()


@pytest.mark.parametrize("path", ["/persons/7", "/stats"])
def test_a_line_holds_the_id_of_the_request_and_no_value(path):
    request = RequestFactory().get(path, HTTP_X_REQUEST_ID="order-1955")
    request.resolver_match = resolve(path)
    line = logged("Internal Server Error: %s", path, request=request, error=failed())
    told = json.loads(line)
    assert told.pop("time").endswith("Z")
    assert "ValueError" in told.pop("stack")
    assert told == {
        "level": "ERROR",
        "logger": "django.request",
        "message": f"Internal Server Error: /{request.resolver_match.route}",
        "requestId": "order-1955",
    }
    assert lines_with_marks(line) == []


def test_a_line_about_no_request_has_no_id():
    told = json.loads(logged("the disk is full"))
    assert told.keys() == {"time", "level", "logger", "message"}


def test_an_unknown_address_is_not_told():
    request = RequestFactory().get(f"/{ONE.name}")
    request.resolver_match = None
    line = logged("Not Found: %s", request.path, request=request)
    assert json.loads(line)["message"] == "Not Found: an unknown address"
    assert lines_with_marks(line) == []
