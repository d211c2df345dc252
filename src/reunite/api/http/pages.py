"""Pages of lists: which one is asked for, and where the next one begins."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from reunite.api.http.fields import MAX_ID, NumberParameter

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


def next_page(ids: list[int], page_length: int) -> int | None:
    """What the next page comes after; None if this one is the last."""
    return ids[-1] if len(ids) == page_length else None
