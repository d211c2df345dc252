"""In which fields two policies differ, in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reunite.explorer.policy.form import label_of

_MAX_TOLD = 20
_WORDS: Mapping[Any, str] = {True: "on", False: "off", None: "none"}


@dataclass(frozen=True, slots=True)
class Difference:
    """A field, and what it was and is; of a list, what was taken out and put in."""

    label: str
    was: str
    now: str
    is_list: bool = False


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any], above: str = ""
) -> Iterator[Difference]:
    """The fields in which two policies differ, of their JSON forms."""
    for name, now in after.items():
        path, was = f"{above}{name}", before.get(name)
        if isinstance(now, dict) and isinstance(was, dict | None):
            yield from differences(was or {}, now, f"{path}.")
        elif isinstance(now, list) and isinstance(was, list | None) and now != was:
            gone = [each for each in was or () if each not in now]
            new = [each for each in now if each not in (was or ())]
            yield Difference(label_of(path), _listed(gone), _listed(new), is_list=True)
        elif now != was:
            yield Difference(label_of(path), in_words(was), in_words(now))
    for name in sorted(before.keys() - after.keys()):  # Kinds that are not declared any more.
        yield Difference(label_of(f"{above}{name}"), in_words(before[name]), in_words(None))


def in_words(value: Any) -> str:
    """A value of a policy as a page shows it."""
    if isinstance(value, list):
        return _listed(value) or "none"
    if isinstance(value, dict):
        return " ".join(map(in_words, value.values()))
    return _WORDS[value] if value is None or isinstance(value, bool) else str(value)


def _listed(values: Sequence[Any]) -> str:
    """The first values, and how many more there are."""
    told = ", ".join(map(in_words, values[:_MAX_TOLD]))
    more = len(values) - _MAX_TOLD
    return f"{told} and {more:,} more" if more > 0 else told
