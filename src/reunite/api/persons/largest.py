"""The largest persons, and the identifiers that most contacts carry."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from reunite.api.http.fields import NumberParameter
from reunite.api.http.json import JSONView, answer, query
from reunite.api.http.operation import operation
from reunite.api.http.pages import PAGE_LENGTH, members, page_form
from reunite.api.http.scope import scope_of
from reunite.core.access.callers import KeyScope
from reunite.core.identifiers.kinds import KINDS, Kind
from reunite.services.persons.statistics import Carried, LargePerson, largest_persons, most_carried

Found = TypeVar("Found")

_MAX_AFTER = 10_000
_AFTER = OpenApiParameter(
    "after",
    int,
    description=f"How many rows to leave out: `next` of the page before, at most {_MAX_AFTER}.",
)


class LargestQuery(serializers.Serializer[Any]):
    """The page, by the number of rows before it."""

    after = NumberParameter(default=0, min_value=0, max_value=_MAX_AFTER)


class LargestPersonAnswer(serializers.Serializer[Any]):
    """A person, and how many of each it has."""

    personId = serializers.IntegerField()
    contacts = serializers.IntegerField()
    emails = serializers.IntegerField(help_text="How many that count.")
    phoneNumbers = serializers.IntegerField(help_text="How many that count.")


LargestPersonsAnswer = page_form("LargestPersonsAnswer", "persons", LargestPersonAnswer)


class CarriedAnswer(serializers.Serializer[Any]):
    """An identifier that several contacts carry."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in Kind])
    value = serializers.CharField(help_text="Canonical.")
    contacts = serializers.IntegerField(help_text="How many carry it: two or more.")
    personId = serializers.IntegerField()


MostCarriedAnswer = page_form("MostCarriedAnswer", "identifiers", CarriedAnswer)


class LargestPersonsView(JSONView):
    """The largest persons."""

    @operation(
        "largestPersons",
        "List persons by size",
        needs=(KeyScope.READ,),
        tag="persons",
        parameters=[_AFTER],
        answer=(LargestPersonsAnswer, f"Up to {PAGE_LENGTH}, the largest first."),
    )
    def get(self, request: HttpRequest) -> HttpResponse:
        """A page of them."""
        return _page(request, "persons", largest_persons, _person_answer)


class MostCarriedView(JSONView):
    """The identifiers that most contacts carry."""

    @operation(
        "mostCarriedIdentifiers",
        "List identifiers by the contacts that carry them",
        needs=(KeyScope.READ,),
        tag="persons",
        parameters=[_AFTER],
        answer=(MostCarriedAnswer, f"Up to {PAGE_LENGTH}, those of most contacts first."),
    )
    def get(self, request: HttpRequest) -> HttpResponse:
        """A page of them."""
        return _page(request, "identifiers", most_carried, _carried_answer)


def _page(
    request: HttpRequest,
    name: str,
    read: Callable[..., Sequence[Found]],
    show: Callable[[Found], dict[str, object]],
) -> HttpResponse:
    after = LargestQuery().run_validation(query(request))["after"]
    found = read(scope_of(request.META), limit=PAGE_LENGTH, after=after)
    next = after + len(found)
    is_last = len(found) < PAGE_LENGTH or next > _MAX_AFTER
    return answer({name: [show(each) for each in found], "next": None if is_last else next})


def _person_answer(found: LargePerson) -> dict[str, object]:
    counts = found.counts
    of_kinds = {KINDS[kind].fields: counts.of_kind(kind) for kind in Kind}
    return members(LargestPersonAnswer, found, contacts=counts.contacts, **of_kinds)


def _carried_answer(found: Carried) -> dict[str, object]:
    identifier = found.identifier
    return members(CarriedAnswer, found, kind=str(identifier.kind), value=identifier.key)
