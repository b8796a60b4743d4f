"""Small multiples of points over a logarithmic axis, as SVG that stands for itself on any background."""

from collections.abc import Iterator, Sequence
from html import escape
from math import ceil, floor, log10
from typing import NamedTuple

_PANEL_WIDTH, _PANEL_HEIGHT = 380, 270
_LEFT, _TOP, _RIGHT, _BOTTOM = 52, 40, 30, 46
_COLUMNS = 2
_LEGEND_HEIGHT = 30
_CHARACTER_WIDTH = 7
_RADIUS = 5
_GRID_STEP = 0.2
_INK, _FAINT, _PAPER = "#24292f", "#d0d7de", "#ffffff"
_COLOURS = ("#0550ae", "#bc4c00", "#1a7f37", "#8250df", "#6e7781", "#a40e26")


class Point(NamedTuple):
    """One mark: ``x`` above 0, ``y`` from 0 to 1; points of one name have one colour in all panels."""

    name: str
    x: float
    y: float


class Panel(NamedTuple):
    """One plot."""

    title: str
    points: tuple[Point, ...]


def scatter(panels: Sequence[Panel], *, x_name: str, y_name: str) -> str:
    """Draw panels side by side, all to one scale, below the names of what the colours stand for.

    Raises:
        ValueError: the points have more names than there are colours.

    """
    points = [point for panel in panels for point in panel.points]
    decades = floor(log10(min(p.x for p in points))), ceil(log10(max(p.x for p in points)) + 0.01)
    names = dict.fromkeys(point.name for point in points)
    if len(names) > len(_COLOURS):
        raise ValueError(f"{len(names)} names need as many colours; there are {len(_COLOURS)}")
    colours = dict(zip(names, _COLOURS, strict=False))
    rows = ceil(len(panels) / _COLUMNS)
    width, height = _COLUMNS * _PANEL_WIDTH, _LEGEND_HEIGHT + rows * _PANEL_HEIGHT
    legend = "\n".join(_legend(colours))
    body = "\n".join(
        f'<g transform="translate({number % _COLUMNS * _PANEL_WIDTH},{_LEGEND_HEIGHT + number // _COLUMNS * _PANEL_HEIGHT})">\n'
        + "\n".join(_panel(panel, decades, colours, x_name, y_name))
        + "\n</g>"
        for number, panel in enumerate(panels)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'font-family="system-ui, sans-serif" font-size="11" role="img">\n<title>{escape(y_name)} by {escape(x_name)}'
        f'</title>\n<rect width="{width}" height="{height}" fill="{_PAPER}"/>\n{legend}\n{body}\n</svg>\n'
    )


def _panel(
    panel: Panel, decades: tuple[int, int], colours: dict[str, str], x_name: str, y_name: str
) -> Iterator[str]:
    right, bottom = _PANEL_WIDTH - _RIGHT, _PANEL_HEIGHT - _BOTTOM

    def x_of(value: float) -> float:
        return _LEFT + (log10(value) - decades[0]) / (decades[1] - decades[0]) * (right - _LEFT)

    def y_of(value: float) -> float:
        return bottom - value * (bottom - _TOP)

    yield _text(_LEFT, 22, panel.title, size=13, weight="600")
    for tick in range(round(1 / _GRID_STEP) + 1):
        y = y_of(tick * _GRID_STEP)
        yield _line(_LEFT, y, right, y)
        yield _text(_LEFT - 6, y + 4, f"{tick * _GRID_STEP:.1f}", anchor="end")
    for decade in range(decades[0], decades[1] + 1):
        x = x_of(10.0**decade)
        yield _line(x, _TOP, x, bottom)
        yield _text(
            x, bottom + 15, f"{10**decade:,}" if decade >= 0 else f"{10.0**decade:g}", anchor="middle"
        )
    yield _text((_LEFT + right) / 2, bottom + 34, x_name, anchor="middle")
    middle = (_TOP + bottom) / 2
    yield (
        f'<text x="14" y="{middle:.1f}" fill="{_INK}" text-anchor="middle" '
        f'transform="rotate(-90 14 {middle:.1f})">{escape(y_name)}</text>'
    )
    for point in panel.points:
        yield _mark(x_of(point.x), y_of(point.y), colours[point.name])


def _legend(colours: dict[str, str]) -> Iterator[str]:
    x = float(_LEFT)
    for name, colour in colours.items():
        yield _mark(x + _RADIUS, _LEGEND_HEIGHT / 2, colour)
        yield _text(x + 3 * _RADIUS, _LEGEND_HEIGHT / 2 + 4, name)
        x += 5 * _RADIUS + _CHARACTER_WIDTH * len(name)


def _mark(x: float, y: float, colour: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_RADIUS}" fill="{colour}" stroke="{_PAPER}"/>'


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{_FAINT}"/>'


def _text(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    size: int = 11,
    weight: str = "400",
    colour: str = _INK,
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}" font-size="{size}" '
        f'font-weight="{weight}">{escape(text)}</text>'
    )
