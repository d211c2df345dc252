"""What a run found: tables to read, checks against what must be reached, bars for the chart."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Table:
    """A title, a header and rows of cells."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Check:
    """A figure that must be at least, or at most, a bound, or is told without one."""

    what: str
    value: float
    at_least: float | None = None
    at_most: float | None = None
    unit: str = ""

    @property
    def is_met(self) -> bool:
        """Whether the figure is within its bounds."""
        return (self.at_least is None or self.value >= self.at_least) and (
            self.at_most is None or self.value <= self.at_most
        )

    @property
    def bound(self) -> str:
        """The bound in words."""
        if self.at_least is not None:
            return f"at least {self.at_least:g}{self.unit}"
        return "" if self.at_most is None else f"at most {self.at_most:g}{self.unit}"


@dataclass(frozen=True, slots=True)
class Bar:
    """A median, between the least and the most that was measured."""

    group: str
    label: str
    value: float
    least: float
    most: float


@dataclass(slots=True)
class Results:
    """Everything that was found; sections add to it."""

    tables: list[Table] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
