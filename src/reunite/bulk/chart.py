"""A chart of persons by size."""

from collections.abc import Mapping
from pathlib import Path


def draw_sizes(path: Path, sizes: Mapping[int, int]) -> None:
    """Draw how many persons have how many contacts; the format is that of the file's name.

    Raises ValueError for a name that tells no format of a picture.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    axes.loglog(list(sizes), list(sizes.values()), marker="o", linestyle="none")
    axes.set_xlabel("contacts of a person")
    axes.set_ylabel("persons")
    axes.grid(visible=True, alpha=0.3)
    figure.savefig(path)
