"""What to look at first: the largest persons, and the identifiers that most contacts carry."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from reunite.api.http.fields import NumberParameter
from reunite.api.http.json import JSONView, answer, query
from reunite.api.http.operation import operation
from reunite.api.http.pages import PAGE_LENGTH
from reunite.api.http.problems import problems
from reunite.core.identifiers.kinds import Kind
from reunite.services.persons.largest import largest_persons, most_carried

_MAX_AFTER = 10_000
_AFTER = OpenApiParameter(
    "after", int, description=f"How many to leave out: `next` of the page before, to {_MAX_AFTER}."
)
_NEXT = "The next page's `after`."


class LargestQuery(serializers.Serializer[Any]):
    """Which page, by how many come before it."""

    after = NumberParameter(default=0, min_value=0, max_value=_MAX_AFTER)


class LargestPersonAnswer(serializers.Serializer[Any]):
    """A person, and how many of each it has."""

    personId = serializers.IntegerField()
    contacts = serializers.IntegerField()
    emails = serializers.IntegerField(help_text="Those that count.")
    phoneNumbers = serializers.IntegerField(help_text="Those that count.")


class LargestPersonsAnswer(serializers.Serializer[Any]):
    """A page of persons."""

    persons = LargestPersonAnswer(many=True)
    next = serializers.IntegerField(allow_null=True, help_text=_NEXT)


class CarriedAnswer(serializers.Serializer[Any]):
    """An identifier, and who carries it."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in Kind])
    value = serializers.CharField(help_text="Canonical.")
    contacts = serializers.IntegerField(help_text="How many carry it: two or more.")
    personId = serializers.IntegerField()


class MostCarriedAnswer(serializers.Serializer[Any]):
    """A page of identifiers."""

    identifiers = CarriedAnswer(many=True)
    next = serializers.IntegerField(allow_null=True, help_text=_NEXT)


class LargestPersonsView(JSONView):
    """The largest persons."""

    @operation(
        operation_id="largestPersons",
        tags=["persons"],
        summary="List persons by size",
        parameters=[_AFTER],
        responses={
            200: OpenApiResponse(
                LargestPersonsAnswer, description=f"Up to {PAGE_LENGTH}, the largest first."
            ),
            **problems(400, 503),
        },
    )
    def get(self, request: HttpRequest) -> HttpResponse:
        """A page of them."""
        after = LargestQuery().run_validation(query(request))["after"]
        found = largest_persons(limit=PAGE_LENGTH, after=after)
        persons = [
            {
                "personId": each.person_id,
                "contacts": each.counts.contacts,
                "emails": each.counts.emails,
                "phoneNumbers": each.counts.phones,
            }
            for each in found
        ]
        return answer({"persons": persons, "next": _next(after, len(found))})


class MostCarriedView(JSONView):
    """The identifiers that most contacts carry."""

    @operation(
        operation_id="mostCarriedIdentifiers",
        tags=["persons"],
        summary="List identifiers by the contacts that carry them",
        parameters=[_AFTER],
        responses={
            200: OpenApiResponse(
                MostCarriedAnswer, description=f"Up to {PAGE_LENGTH}, those of most contacts first."
            ),
            **problems(400, 503),
        },
    )
    def get(self, request: HttpRequest) -> HttpResponse:
        """A page of them."""
        after = LargestQuery().run_validation(query(request))["after"]
        found = most_carried(limit=PAGE_LENGTH, after=after)
        identifiers = [
            {
                "kind": each.identifier.kind.value,
                "value": each.identifier.key,
                "contacts": each.contacts,
                "personId": each.person_id,
            }
            for each in found
        ]
        return answer({"identifiers": identifiers, "next": _next(after, len(found))})


def _next(after: int, found: int) -> int | None:
    is_last = found < PAGE_LENGTH or after + found > _MAX_AFTER
    return None if is_last else after + found
