"""A chart of persons by size."""

from pathlib import Path

from reunite.outputs import Unusable, written_whole
from reunite.services.persons.statistics import PersonStatistics

_MARGIN = 1.6
# Up to so many, there is room for ticks between the powers of ten.
_FEW = 1_000


def require_drawable(path: Path) -> None:
    """Raise Unusable for a name that tells no format of a picture."""
    from matplotlib.backend_bases import FigureCanvasBase

    formats = sorted(FigureCanvasBase.get_supported_filetypes())
    if path.suffix.lower().removeprefix(".") not in formats:
        raise Unusable(f"{path} tells no format of a picture: end it like sizes.svg or sizes.png")


def draw_sizes(path: Path, statistics: PersonStatistics) -> None:
    """Draw how many persons have how many contacts; the file's name gives the format.

    Both axes are logarithmic. The largest person is named by its id.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    sizes = statistics.sizes
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    axes.set_title(f"{sum(sizes.values()):,} persons, by contacts")
    axes.loglog(list(sizes), list(sizes.values()), marker="o", linestyle="none", clip_on=False)
    axes.set_xlabel("contacts of a person")
    axes.set_ylabel("persons")
    for axis, most in ((axes.xaxis, max(sizes, default=1)), (axes.yaxis, _most(statistics))):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5) if most < _FEW else (1,)))
        axis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axis.set_minor_formatter(NullFormatter())
    axes.set_xlim(1 / _MARGIN, max(sizes, default=1) * _MARGIN)
    axes.set_ylim(1 / _MARGIN, _most(statistics) * _MARGIN)
    for person_id, size in statistics.largest[:1]:
        axes.annotate(
            f"largest: person {person_id} ({size:,})",
            (size, sizes[size]),
            xytext=(0, 9),
            textcoords="offset points",
            horizontalalignment="right",
        )
    axes.spines[["top", "right"]].set_visible(False)
    with written_whole(path) as part:
        figure.savefig(part, format=path.suffix.lower().removeprefix("."))


def _most(statistics: PersonStatistics) -> int:
    return max(statistics.sizes.values(), default=1)
