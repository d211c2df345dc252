"""Values as people read them."""

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.filter
def in_words(name: str) -> str:
    """A name of the API, such as ``timed_out``, as words."""
    return str(name).replace("_", " ")


@register.filter
def breakable(value: str) -> SafeString:
    """The value, which may go on in the next line before its ``@``, not only within a word."""
    return mark_safe(conditional_escape(value).replace("@", "<wbr>@"))  # noqa: S308  # Escaped.
