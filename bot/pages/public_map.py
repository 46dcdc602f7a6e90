"""The public map: blurred positions drawn as a plain picture, without tiles and without scripts.

Reports that would lie on each other become one circle with their number; following it narrows the
page, and with it the map, to its part of the grid.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from knowledge.gazetteer import Area
from reports.privacy import GRID, Cells, Position
from reports.search import Point

WIDTH, HEIGHT = 800, 480
MARGIN = 36
APART = 30.0
"""Pixels from circle to circle; two of the largest just touch."""
DEGREE_METRES = 111_195.0
SHORTEST_METRES = 2_000.0
"""The map never shows less than this: below it there is nothing to see without streets."""
FAR_DEGREES = 0.4
"""Positions this far from all communes are slips; they would shrink the map to nothing."""
MOST_LABELS = 12
LABEL_WIDTH, LABEL_HEIGHT = 120, 22
_NICE = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Dot:
    """A circle: one report, or several that lie close together."""

    x: float
    y: float
    points: tuple[Point, ...]

    @property
    def radius(self) -> float:
        """Larger for more reports."""
        return round(min(8 + 2 * math.sqrt(len(self.points) - 1), APART / 2), 1)

    @property
    def cells(self) -> Cells:
        """The part of the grid that its reports are in."""
        rows = [point.position.row for point in self.points]
        columns = [point.position.column for point in self.points]
        low, high = Position(min(rows), min(columns)), Position(max(rows), max(columns))
        return Cells(low, high)


@dataclass(frozen=True, slots=True)
class Label:
    """The name of a commune, for bearings."""

    x: float
    y: float
    name: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything that the template draws.

    Attributes:
        scale_pixels, scale_metres: length of the scale bar.

    """

    dots: tuple[Dot, ...]
    labels: tuple[Label, ...]
    scale_pixels: float
    scale_metres: int
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def scale(self) -> str:
        """The scale bar's length in words."""
        metres = self.scale_metres
        return f"{metres // 1000} km" if metres >= 1000 else f"{metres} m"


def draw(points: Iterable[Point], areas: Sequence[Area]) -> Drawing | None:
    """The map of ``points``; None where there are none to draw."""
    near = [point for point in points if _is_near(point.position, areas)]
    if not near:
        return None
    view = _View(near)
    dots = _dots(near, view)
    pixels, metres = view.scale_bar()
    return Drawing(dots, _labels(areas, view), pixels, metres)


def written(cells: Cells) -> str:
    """Cells as they stand in an address."""
    return f"{cells.low.row}.{cells.low.column}.{cells.high.row}.{cells.high.column}"


def read(text: str) -> Cells | None:
    """Cells from an address, None where it names none."""
    parts = text.split(".")
    if len(parts) != 4 or not all(part.lstrip("-").isdecimal() and len(part) < 9 for part in parts):
        return None
    try:
        south, west, north, east = map(int, parts)
    except ValueError:
        return None
    return Cells(Position(south, west), Position(north, east))


class _View:
    """From degrees to pixels: flat, north up, true to scale in its middle."""

    def __init__(self, points: Sequence[Point]) -> None:
        lats = [point.position.lat for point in points]
        lons = [point.position.lon for point in points]
        self._lat, self._lon = (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2
        self._narrow = max(0.01, math.cos(math.radians(self._lat)))
        high = (max(lats) - min(lats)) * DEGREE_METRES
        wide = (max(lons) - min(lons)) * DEGREE_METRES * self._narrow
        wide, high = max(wide, SHORTEST_METRES), max(high, SHORTEST_METRES * HEIGHT / WIDTH)
        self.metres_a_pixel = max(wide / (WIDTH - 2 * MARGIN), high / (HEIGHT - 2 * MARGIN))

    def place(self, lat: float, lon: float) -> tuple[float, float]:
        """Where a position lies on the picture."""
        metres = DEGREE_METRES / self.metres_a_pixel
        x = WIDTH / 2 + (lon - self._lon) * metres * self._narrow
        y = HEIGHT / 2 - (lat - self._lat) * metres
        return round(x, 1), round(y, 1)

    def scale_bar(self) -> tuple[float, int]:
        """A round length of about a fifth of the picture: pixels, metres."""
        most = self.metres_a_pixel * WIDTH / 5
        power = 10 ** math.floor(math.log10(most))
        metres = max(step * power for step in _NICE if step * power <= most)
        return round(metres / self.metres_a_pixel, 1), int(metres)


def _dots(points: Sequence[Point], view: _View) -> tuple[Dot, ...]:
    """Each point joins the first circle that it would touch, else it starts one."""
    circles: dict[tuple[int, int], list[tuple[float, float, list[Point]]]] = defaultdict(list)
    for point in points:
        x, y = view.place(point.position.lat, point.position.lon)
        column, row = int(x // APART), int(y // APART)
        around = [(column + i, row + j) for i in (0, -1, 1) for j in (0, -1, 1)]
        near = (circle for key in around for circle in circles.get(key, ()))
        touched = next((c for c in near if math.hypot(c[0] - x, c[1] - y) < APART), None)
        if touched:
            touched[2].append(point)
        else:
            circles[column, row].append((x, y, [point]))
    dots = [Dot(x, y, tuple(found)) for part in circles.values() for x, y, found in part]
    return tuple(sorted(dots, key=lambda dot: (dot.y, dot.x)))


def _labels(areas: Sequence[Area], view: _View) -> tuple[Label, ...]:
    labels: list[Label] = []
    for area in areas:
        x, y = view.place(area.lat, area.lon)
        inside = MARGIN * 1.5 < x < WIDTH - MARGIN * 1.5 and MARGIN < y < HEIGHT - MARGIN
        free = all(
            abs(x - other.x) > LABEL_WIDTH or abs(y - other.y) > LABEL_HEIGHT for other in labels
        )
        if inside and free and len(labels) < MOST_LABELS:
            labels.append(Label(x, y, area.name))
    return tuple(labels)


def _is_near(position: Position, areas: Sequence[Area]) -> bool:
    if not areas:
        return True
    lats, lons = [area.lat for area in areas], [area.lon for area in areas]
    return (
        min(lats) - FAR_DEGREES <= position.row * GRID <= max(lats) + FAR_DEGREES
        and min(lons) - FAR_DEGREES <= position.column * GRID <= max(lons) + FAR_DEGREES
    )
