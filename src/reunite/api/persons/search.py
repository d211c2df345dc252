"""The endpoint that finds persons by a value, even if the value does not count."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from rest_framework import serializers

from reunite.api.http.fields import Body, GivenEmail, GivenPhoneNumber
from reunite.api.http.identifiers import given_identifiers, with_identifiers
from reunite.api.http.json import JSONView, answer, body
from reunite.api.http.operation import operation
from reunite.api.http.scope import scope_of
from reunite.api.persons.answer import PersonAnswer, found_contacts_answer, listed_persons
from reunite.api.persons.serializers import AT_ALL, FoundContactAnswer
from reunite.core.access.callers import KeyScope
from reunite.services.persons.search import MAX_CONTACTS, MAX_PERSONS, search
from reunite.services.policy.change import declared_kinds


class SearchRequest(Body):
    """One value: an email, a phone number, or one of a declared kind."""

    email = GivenEmail()
    phoneNumber = GivenPhoneNumber()


class SearchAnswer(serializers.Serializer[Any]):
    """The persons and contacts that hold a value."""

    standing = serializers.ChoiceField(
        choices=AT_ALL,
        help_text="Whether the value counts at all, or why not.",
    )
    persons = PersonAnswer(many=True, help_text=f"Oldest first, at most {MAX_PERSONS}.")
    contacts = FoundContactAnswer(
        many=True,
        help_text=(
            f"The oldest {MAX_CONTACTS} in which the value counts, then the oldest {MAX_CONTACTS} "
            "in which it does not."
        ),
    )


class SearchView(JSONView):
    """Search for a value."""

    @operation(
        "searchPersons",
        "Find the persons whose contacts hold an email or a phone number",
        needs=(KeyScope.READ,),
        tag="persons",
        description=(
            "Finds values that do not count, too: retired, blocked, or withheld in a contact by a "
            "split. Nothing is written."
        ),
        request=with_identifiers(SearchRequest),
        answer=(SearchAnswer, "The persons that hold it; perhaps none."),
        problems=(413,),
        example=("A call centre", {"phoneNumber": "800500"}),
    )
    def post(self, request: HttpRequest) -> HttpResponse:
        """Find them."""
        asked = body(request)
        form = SearchRequest()
        wanted = form.run_validation(asked)
        scope = scope_of(request.META)
        identifiers = given_identifiers(scope, asked, form)
        found = search(scope, wanted["email"], wanted["phoneNumber"], identifiers)
        return answer(
            {
                "standing": found.standing,
                **listed_persons(scope, found.persons, bool(identifiers and declared_kinds(scope))),
                "contacts": found_contacts_answer(found.contacts),
            }
        )
