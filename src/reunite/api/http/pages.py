"""Pages of lists: the page that a request asks for, and the beginning of the next one."""

import re
from collections.abc import Callable, Sequence
from functools import cache
from operator import attrgetter
from typing import Any

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from reunite.api.http.fields import IdParameter, NumberParameter
from reunite.api.http.json import JSONView, answer, query
from reunite.api.http.operation import Parameter, operation
from reunite.api.http.scope import scope_of
from reunite.core.ids import MAX_ID

PAGE_LENGTH = 100
WHO = "The name of the key. Null: a command, or a client without a key."
AFTER = OpenApiParameter("after", int, default=0, description="The `next` of the page before.")
OF_PERSON = OpenApiParameter(
    "personId",
    {"type": "integer", "minimum": 1, "maximum": MAX_ID},
    description="Only those of one person, by the id of any of its contacts.",
)


class PageQuery(serializers.Serializer[Any]):
    """Which page."""

    after = NumberParameter(default=0, min_value=0, max_value=MAX_ID)


class PersonPageQuery(PageQuery):
    """The page, and the person."""

    personId = IdParameter(default=None, source="contact_id")


def page_form(
    title: str, name: str, row: type[serializers.Serializer[Any]]
) -> type[serializers.Serializer[Any]]:
    """The form of a page: its rows under a name, and where the next page begins."""
    rows, next = (
        row(many=True),
        serializers.IntegerField(allow_null=True, help_text="The next page's `after`."),
    )
    about = f"A page of {name}."
    return type(title, (serializers.Serializer,), {name: rows, "next": next, "__doc__": about})


def page_by_get(
    read: Callable[..., Sequence[Any]],
    form: type[serializers.Serializer[Any]],
    show: Callable[[Any], object],
    *,
    query_form: type[serializers.Serializer[Any]] = PageQuery,
    parameters: Sequence[Parameter] = (AFTER,),
    described: str = f"Up to {PAGE_LENGTH}, by id.",
    number: Callable[[Any], int] = attrgetter("id"),
    **documented: Any,
) -> Callable[..., HttpResponse]:
    """The method ``get`` of a view: a page of a list.

    ``read`` takes the scope and, by keyword, the values of ``query_form`` and a ``limit``.
    ``form`` is a ``page_form`` of what ``show`` makes of each row. The next page begins after the
    ``number`` of the last row.
    """

    @operation(parameters=parameters, answer=(form, described), **documented)
    def get(self: JSONView, request: HttpRequest) -> HttpResponse:
        """A page of them."""
        wanted = query_form().run_validation(query(request))
        found = read(scope_of(request.META), **wanted, limit=PAGE_LENGTH)
        next = number(found[-1]) if len(found) == PAGE_LENGTH else None
        (name, *_) = form._declared_fields
        return answer({name: [show(each) for each in found], "next": next})

    return get


def members(
    form: type[serializers.Serializer[Any]], row: object, **others: object
) -> dict[str, object]:
    """The JSON of a form from a row: ``createdAt`` is its ``created_at``, unless given.

    A member that is not required is left out unless it is given.
    """
    return {
        name: others[name] if name in others else getattr(row, attribute)
        for name, attribute, is_required in _members_of(form)
        if is_required or name in others
    }


@cache
def _members_of(form: type[serializers.Serializer[Any]]) -> list[tuple[str, str, bool]]:
    """The members of a form, each with the attribute of rows, and whether it is required."""
    return [
        (name, re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name), field.required)
        for name, field in form().fields.items()
    ]
