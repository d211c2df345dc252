"""The chart: one bar for each median, a thin line from the least to the most, by hand as SVG."""

from collections.abc import Sequence
from html import escape
from itertools import groupby
from pathlib import Path

from benchmarks.results import Bar

_WIDTH, _LABELS, _FIGURES = 860, 250, 90
_BAR, _GAP, _TITLE = 18, 8, 44
_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #333 }
  .title { font-weight: 600 }
  .figure { font-variant-numeric: tabular-nums }
  .bar { fill: #9db4c8 }
  .ours { fill: #1f6f8b }
  .spread { stroke: #333; stroke-width: 1 }
  @media (prefers-color-scheme: dark) { text { fill: #ddd } .spread { stroke: #ddd } }
"""


def write_svg(path: Path, bars: Sequence[Bar], *, caption: str) -> None:
    """Draw the bars, group by group; each group has a scale of its own, from zero."""
    parts: list[str] = []
    y = 0
    for group, members in groupby(bars, key=lambda bar: bar.group):
        shown = list(members)
        parts.append(f'<text class="title" x="0" y="{y + 28}">{escape(group)}</text>')
        y += _TITLE
        scale = (_WIDTH - _LABELS - _FIGURES) / max(bar.most for bar in shown)
        for bar in shown:
            parts.append(_drawn(bar, y, scale))
            y += _BAR + _GAP
    y += _TITLE
    parts.append(f'<text x="0" y="{y - 14}">{escape(caption)}</text>')
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-12 0 {_WIDTH + 24} {y}" role="img">'
    body = "\n".join(parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    title = f"<title>{escape(caption)}</title>"
    path.write_text(f"{head}\n{title}\n<style>{_STYLE}</style>\n{body}\n</svg>\n")


def _drawn(bar: Bar, y: int, scale: float) -> str:
    middle, baseline = y + _BAR / 2, y + _BAR - 4
    kind = "bar ours" if bar.label.startswith("Reunite") else "bar"
    end, least, most = (_LABELS + value * scale for value in (bar.value, bar.least, bar.most))
    label = f'<text x="{_LABELS - 10}" y="{baseline}" text-anchor="end">{escape(bar.label)}</text>'
    rectangle = (
        f'<rect class="{kind}" x="{_LABELS}" y="{y}" width="{end - _LABELS:.1f}" height="{_BAR}"/>'
    )
    spread = f'<line class="spread" x1="{least:.1f}" x2="{most:.1f}" y1="{middle}" y2="{middle}"/>'
    figure = f'<text class="figure" x="{most + 8:.1f}" y="{baseline}">{bar.value:,.0f}</text>'
    return label + rectangle + spread + figure
