"""What a row of the table says, and the arithmetic behind it."""

import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """`value <= most`. `of` says of what: "ratio" (ours / peer) or "ours"."""

    most: float
    of: str = "ratio"

    def is_met(self, ours, ratio):
        value = ratio if self.of == "ratio" else ours
        return value is not None and value <= self.most

    def __str__(self):
        return f"<= {number(self.most)}" + (" x" if self.of == "ratio" else "")


@dataclass(frozen=True)
class Line:
    """One measured thing. Without a peer there is no ratio; without a goal it is only shown."""

    what: str
    ours: float | None
    unit: str = ""
    peer: str = ""
    theirs: float | None = None
    ratio: float | None = None
    goal: Goal | None = None
    why: str = ""  # it could not be measured

    @property
    def verdict(self):
        if self.why:
            return self.why
        if self.goal is None:
            return "shown"
        return "met" if self.goal.is_met(self.ours, self.ratio) else "NOT met"


def compared(what, unit, ours, peer, theirs, goal=None):
    """Rounds of both in turn: the medians of each, and the median of the rounds' ratios, which a slow spell of the machine
    moves less than a ratio of medians."""
    return Line(what, median(ours), unit, peer, median(theirs), median_ratio(ours, theirs), goal)


def alone(what, value, unit, most=None):
    return Line(what, value, unit, goal=None if most is None else Goal(most, "ours"))


def missing(what, peer, why):
    """Told, not skipped silently."""
    return Line(what, None, peer=peer, why=why)


def median(values):
    return statistics.median(values)


def median_ratio(ours, theirs):
    if len(ours) != len(theirs):
        raise ValueError(f"{len(ours)} rounds beside {len(theirs)}: they were not taken in pairs")
    return statistics.median(a / b for a, b in zip(ours, theirs))


def percentile(values, share):
    """The smallest value that at least `share` of all do not exceed."""
    ordered = sorted(values)
    rank = -(-len(ordered) * share // 1)
    return ordered[min(max(int(rank), 1), len(ordered)) - 1]


def slope(points):
    """Least squares: how much y grows for one more x. A trend, where two measurements alone would be chance."""
    mean_x, mean_y = (sum(axis) / len(points) for axis in zip(*points))
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)


def number(value):
    """As many digits as say something."""
    if value is None:
        return "-"
    size = abs(value)
    if size and size < 0.01:
        return f"{value:.4f}"
    return f"{value:.2f}" if size < 10 else f"{value:.1f}" if size < 1_000 else f"{value:,.0f}"


HEAD = ("row", "ours", "peer", "", "ratio", "goal", "")


def cells(line):
    unit = f" {line.unit}" if line.unit and line.ours is not None else ""
    return (line.what, number(line.ours) + unit, line.peer, number(line.theirs) if line.theirs is not None else "",
            number(line.ratio) if line.ratio is not None else "", str(line.goal or ""), line.verdict)


def text(lines):
    rows = [HEAD] + [cells(line) for line in lines]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    right = {1, 3, 4, 5}
    return "\n".join("  ".join(cell.rjust(width) if column in right else cell.ljust(width)
                               for column, (cell, width) in enumerate(zip(row, widths))).rstrip() for row in rows)
