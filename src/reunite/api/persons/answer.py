"""The JSON of persons in all answers, and of contacts that hold a value."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from reunite.api.http.fields import MisspeltId
from reunite.api.http.json import answer
from reunite.conf import reunite_settings
from reunite.core.identifiers.kinds import Kind
from reunite.core.persons.person import Person
from reunite.core.persons.room import Room
from reunite.core.scope import Scope
from reunite.services.persons.search import FoundContact
from reunite.services.policy.change import canonical_form_in_force

PERSON_ID = OpenApiParameter(
    "id", int, OpenApiParameter.PATH, description="The id of any contact of the person."
)
CONTENT_LOCATION = OpenApiParameter(
    "Content-Location",
    str,
    OpenApiParameter.HEADER,
    response=[200],
    description="The same answer under the person's own id, the id of its primary.",
)


INCLUDE_IDENTIFIERS = OpenApiParameter(
    "include",
    str,
    enum=["identifiers"],
    description="Adds the values of declared kinds to `contact`.",
)


class TruncatedAnswer(serializers.Serializer[Any]):
    """The full number, if not all are listed."""

    contacts = serializers.IntegerField(help_text="How many contacts the person has.")


class PersonAnswer(serializers.Serializer[Any]):
    """A person: all emails and phone numbers."""

    primaryContactId = serializers.IntegerField(help_text="The person's id: its oldest contact.")
    primaryContatctId = MisspeltId()
    emails = serializers.ListField(
        child=serializers.CharField(), help_text="As first given, the primary's first."
    )
    phoneNumbers = serializers.ListField(
        child=serializers.CharField(), help_text="As first given, the primary's first."
    )
    secondaryContactIds = serializers.ListField(
        child=serializers.IntegerField(), help_text="Oldest first."
    )
    identifiers = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text=(
            "The values of declared kinds, by kind: if the request named some, or with "
            "`include=identifiers`. As first given, the oldest first."
        ),
    )
    truncated = TruncatedAnswer(
        required=False,
        help_text=(
            "Only if the person has more contacts than an answer lists: then the lists come from "
            "the oldest contacts. `/persons/{id}/contacts` has all contacts."
        ),
    )


def person_answer(scope: Scope, person: Person, identifiers: bool = False) -> dict[str, object]:
    """The JSON of a PersonAnswer, in the specification's order of keys.

    With ``identifiers`` it holds the values of declared kinds.
    """
    settings = reunite_settings()
    canonical_form = partial(canonical_form_in_force, scope)
    person = person.first(settings.ANSWER_MAX_CONTACTS)
    answered: dict[str, object] = {"primaryContactId": person.id}
    if settings.SEND_MISSPELT_PRIMARY_ID:
        answered["primaryContatctId"] = person.id
    answered["emails"] = person.listed(Kind.EMAIL, canonical_form)
    answered["phoneNumbers"] = person.listed(Kind.PHONE, canonical_form)
    answered["secondaryContactIds"] = person.secondary_ids
    if identifiers:
        answered["identifiers"] = person.others
    return answered | truncated_answer(person)


def truncated_answer(person: Person) -> dict[str, object]:
    """The member ``truncated`` of an answer that lists not all of a person's contacts."""
    return {"truncated": {"contacts": person.size}} if person.more else {}


PERSONS_MAX_LISTED = 1_000


class TruncatedPersons(serializers.Serializer[Any]):
    """The full number, if not all are listed."""

    persons = serializers.IntegerField(help_text="How many persons result.")


def listed_persons(
    scope: Scope, persons: Sequence[Person], identifiers: bool = False
) -> dict[str, object]:
    """The members of a RepairAnswer: the oldest persons, with contacts as there is room for."""
    room = Room(reunite_settings().ANSWER_MAX_CONTACTS)
    listed = [
        person_answer(scope, each.first(room.listed(each.size)), identifiers)
        for each in persons[:PERSONS_MAX_LISTED]
    ]
    truncated = {"persons": len(persons)}
    is_whole = len(persons) <= PERSONS_MAX_LISTED
    return {"persons": listed} if is_whole else {"persons": listed, "truncated": truncated}


def located(request: HttpRequest, view: str, person_id: int | None, data: object) -> HttpResponse:
    """An answer with its address under the person's own id."""
    address = reverse(view, args=[person_id])
    parameters = request.META.get("QUERY_STRING")
    return answer(data, Content_Location=f"{address}?{parameters}" if parameters else address)


def found_contacts_answer(contacts: Iterable[FoundContact]) -> list[dict[str, object]]:
    """The JSON of FoundContactAnswers."""
    return [
        {"contactId": each.contact_id, "personId": each.person_id, "standing": each.standing}
        for each in contacts
    ]
