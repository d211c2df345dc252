"""Pages of lists: which one is asked for, and where the next one begins."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, Protocol, TypeVar

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from reunite.api.http.fields import MAX_ID, NumberParameter
from reunite.api.http.json import answer
from reunite.core.scope import Scope

PAGE_LENGTH = 100
AFTER = OpenApiParameter("after", int, default=0, description="A page's `next`.")
OF_PERSON = OpenApiParameter(
    "personId",
    {"type": "integer", "minimum": 1, "maximum": MAX_ID},
    description="Those of one person alone, by the id of any of its contacts.",
)


class PageQuery(serializers.Serializer[Any]):
    """Which page."""

    after = NumberParameter(default=0, min_value=0, max_value=MAX_ID)


class PersonPageQuery(PageQuery):
    """Which page, and of which person."""

    personId = NumberParameter(default=None, min_value=1, max_value=MAX_ID, source="contact_id")


class _Numbered(Protocol):
    """A row with an id, by which a list goes on."""

    @property
    def id(self) -> int:
        """Its id."""


Numbered = TypeVar("Numbered", bound=_Numbered)


def page_answer(
    scope: Scope,
    name: str,
    read: Callable[..., Sequence[Numbered]],
    show: Callable[[Numbered], dict[str, object]],
    **wanted: object,
) -> HttpResponse:
    """A page of what ``read`` finds, each as ``show`` has it, and what the next one comes after."""
    found = read(scope, **wanted, limit=PAGE_LENGTH)
    next = next_page([each.id for each in found], PAGE_LENGTH)
    return answer({name: [show(each) for each in found], "next": next})


def members(
    form: type[serializers.Serializer[Any]], row: object, **others: object
) -> dict[str, object]:
    """The JSON of a form from a row: ``createdAt`` is its ``created_at``, unless given."""
    names: Iterable[str] = form._declared_fields
    return {
        name: others[name] if name in others else getattr(row, underscored(name)) for name in names
    }


@cache
def underscored(name: str) -> str:
    """The name of a member as attributes are named."""
    return re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


def next_page(ids: list[int], page_length: int) -> int | None:
    """What the next page comes after; None if this one is the last."""
    return ids[-1] if len(ids) == page_length else None
