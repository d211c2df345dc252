"""How many refused rows an import bears."""

import re
from dataclasses import dataclass

from reunite.bulk.stopped import Stopped

_ALL_PERCENT = 100
_FORM = re.compile(r"(\d{1,18})|(\d{1,3}(?:\.\d{1,6})?)%")


_PERHAPS = "see the list of refused rows; perhaps columns must be named, the format or the encoding"
_OF_ERASED = "the persons of these rows were erased, and the policy refuses them"


class TooManyRefused(Stopped):
    """More rows were refused than the import bears; nothing was imported."""


@dataclass(frozen=True, slots=True)
class MaxRefused:
    """A number of rows, or a percentage; without either, all rows but one."""

    rows: int | None = None
    percent: float | None = None

    @classmethod
    def read(cls, text: str) -> "MaxRefused":
        """From what a user writes, like ``100`` or ``2.5%``; raises ValueError."""
        found = _FORM.fullmatch(text.strip())
        percent = float(found[2]) if found and found[2] else None
        if found is None or (percent or 0) > _ALL_PERCENT:
            raise ValueError(f"{text!r} is no number of rows: write one like 100 or 2.5%")
        return cls(percent=percent) if percent is not None else cls(rows=int(found[1]))

    def require(self, refused: dict[str, int], rows: int) -> None:
        """Raise TooManyRefused if more rows of a file were refused."""
        count = sum(refused.values())
        if self.rows is not None:
            is_over = count > self.rows
        elif self.percent is not None:
            is_over = count > rows * self.percent / _ALL_PERCENT
        else:
            is_over = count == rows
        if count and is_over:
            reasons = ", ".join(f"{reason}: {number:,}" for reason, number in refused.items())
            raise TooManyRefused(
                f"{count:,} of {rows:,} rows were refused ({reasons}), so nothing was imported: "
                f"{_OF_ERASED if refused.keys() == {'erased'} else _PERHAPS}"
            )
