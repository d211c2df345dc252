"""The endpoint that finds persons by a text of an unknown kind."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from rest_framework import serializers

from reunite.api.http.fields import Body, Text
from reunite.api.http.json import JSONView, answer, body
from reunite.api.http.operation import operation
from reunite.api.http.scope import scope_of
from reunite.api.persons.answer import PersonAnswer, listed_persons
from reunite.core.access.callers import KeyScope
from reunite.core.identifiers.kinds import Standing
from reunite.services.persons.find import (
    LATEST_CONTACTS,
    MAX_PERSONS,
    PART_MIN_LENGTH,
    find,
)
from reunite.services.persons.suggest import MAX_CONTACTS, By

TEXT_MAX_LENGTH = 254


class FindRequest(Body):
    """A text, as a user remembers it."""

    text = Text(
        max_length=TEXT_MAX_LENGTH,
        help_text=(
            "A value of any kind in any spelling, or its beginning; the id of a contact; the id of "
            f"an order that an import brought; or, from {PART_MIN_LENGTH} characters on, a part of "
            "a value."
        ),
    )


class HitAnswer(serializers.Serializer[Any]):
    """By what a person was found."""

    personId = serializers.IntegerField(help_text="The person.")
    by = serializers.ChoiceField(choices=[each.value for each in By], help_text="What the text is.")
    kind = serializers.CharField(
        allow_null=True, help_text="The kind of the value; null for an id and an order."
    )
    value = serializers.CharField(
        allow_null=True,
        help_text="The value: canonical if it begins with the text, else as given; null for an id.",
    )
    standing = serializers.ChoiceField(
        choices=[each.value for each in Standing],
        allow_null=True,
        help_text="Whether a whole value counts in the contact, or why not; null otherwise.",
    )


class FindAnswer(serializers.Serializer[Any]):
    """The persons that a text may mean."""

    found = HitAnswer(many=True, help_text=f"The closest first, at most {MAX_PERSONS}.")
    isCut = serializers.BooleanField(help_text="Whether there are more.")
    persons = PersonAnswer(
        many=True,
        help_text=f"The persons in the same order, each with its oldest {MAX_CONTACTS} contacts.",
    )


class FindView(JSONView):
    """The persons that a text may mean."""

    @operation(
        "findPersons",
        "Find the persons that a text may mean",
        needs=(KeyScope.READ,),
        tag="persons",
        description=(
            "By a whole value of any kind, also one that does not count; by an id; by an order; by "
            "what a value begins with; and by a part of a value, which is looked for in the latest "
            f"{LATEST_CONTACTS:,} contacts. Nothing is written."
        ),
        request=FindRequest,
        answer=(FindAnswer, "The persons that it may be; perhaps none."),
        problems=(413,),
        example=("A part of an email", {"text": "valley"}),
    )
    def post(self, request: HttpRequest) -> HttpResponse:
        """Find them."""
        wanted = FindRequest().run_validation(body(request))
        scope = scope_of(request.META)
        found = find(scope, wanted["text"])
        return answer(
            {
                "found": [
                    {
                        "personId": each.person.id,
                        "by": each.by,
                        "kind": each.kind,
                        "value": each.value,
                        "standing": each.standing,
                    }
                    for each in found.hits
                ],
                "isCut": found.is_cut,
                **listed_persons(scope, [each.person for each in found.hits]),
            }
        )
