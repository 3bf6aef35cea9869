#!/usr/bin/env python3
"""Draws a run folder as timeline.svg. A row per pod: darker where more of its handlers run, and a line below from where one
of them ended to where another pod went on with its task. Then what the referee has against the run, in red, a row per rule,
and overlaps in the rows of both pods too. Then the faults. Seconds are above. Each mark says what it is when pointed at."""

import os
import sys
from xml.sax.saxutils import escape

import referee
from referee import json_lines, read_runs_of

WIDTH, LEFT, ROW = 1500, 260, 13
HANDLERS, GAPS, BROKEN = "#2c5f8a", "#e67e22", "#ff0000"
# Of faults.
COLOURS = ["#8b5a2b", "#8e44ad", "#b7950b", "#16a085", "#2980b9", "#7f8c8d", "#f1c40f", "#2c3e50", "#e84393", "#27ae60",
           "#6c5ce7"]


def columns(runs, begin, width_of_column):
    """How many handlers of one pod run, for each column of the picture."""
    counts = {}
    for run in runs:
        first = int((run.start - begin) / width_of_column)
        last = int(((run.end or run.start) - begin) / width_of_column)
        for column in range(first, last + 1):
            counts[column] = counts.get(column, 0) + 1
    return counts


def bars(counts):
    """Neighbouring columns with the same count as one: (first column, columns, count)."""
    result = []
    for column in sorted(counts):
        if result and sum(result[-1][:2]) == column and result[-1][2] == counts[column]:
            result[-1][1] += 1
        else:
            result.append([column, 1, counts[column]])
    return result


def tick(seconds):
    """Seconds between two marks of the axis: a round number, and at most 15 of them."""
    return next((step for step in (1, 2, 5, 10, 20, 30, 60, 120, 300, 600) if seconds / step <= 15), 3600)


class Picture:
    """Rows of marks over one span of time."""

    def __init__(self, begin, end):
        self.begin, self.second = begin, WIDTH / (end - begin)
        self.rows = 0
        self.out = []

    def row(self, text, colour="black"):
        """The number of a new row."""
        self.out.append(f'<text x="4" y="{self.rows * ROW + 10}" fill="{colour}">{escape(text)}</text>')
        self.rows += 1
        return self.rows - 1

    def mark(self, row, at, until, colour, what, top=2, height=ROW - 4):
        x, width = LEFT + (at - self.begin) * self.second, max(1.5, (until - at) * self.second)
        self.out.append(f'<rect x="{x:.1f}" y="{row * ROW + top}" width="{width:.1f}" height="{height}" fill="{colour}">'
                        f'<title>{escape(what)}</title></rect>')

    def axis(self, end):
        """A row of seconds since the beginning."""
        step = tick(end - self.begin)
        top = self.rows * ROW
        for second in range(0, int(end - self.begin) + 1, step):
            x = LEFT + second * self.second
            self.out.append(f'<text x="{x:.1f}" y="{top + 10}" fill="#555555">{second} s</text>')
            self.out.append(f'<rect x="{x:.1f}" y="{top + ROW}" width="0.5" height="100%" fill="#cccccc"/>')
        self.rows += 1

    def load(self, row, counts, most):
        for first, count, running in bars(counts):
            shade = 0.25 + 0.75 * running / most
            self.out.append(f'<rect x="{LEFT + first}" y="{row * ROW + 1}" width="{count}" height="{ROW - 2}" '
                            f'fill="{HANDLERS}" fill-opacity="{shade:.2f}"/>')

    def text(self):
        head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 10}" height="{ROW * (self.rows + 1)}" '
                'font-family="monospace" font-size="10">')
        return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *self.out, "</svg>\n"])


def draw(folder, verdict):
    """`verdict`: what the referee found in this folder."""
    by_pod = {}
    for uid in os.listdir(os.path.join(folder, "witness")):
        for run in read_runs_of(folder, uid):
            by_pod.setdefault(run.pod, []).append(run)
    faults = [fault for fault in json_lines(os.path.join(folder, "faults.jsonl")) if not fault.get("skipped")]
    broken = [fault for fault in verdict.faults if fault["at"] is not None]
    times = [run.start for runs in by_pod.values() for run in runs] + [fault["at"] for fault in faults + broken]
    begin, end = min(times), max(times) + 1
    picture = Picture(begin, end)
    picture.axis(end)
    counts = {pod: columns(runs, begin, 1 / picture.second) for pod, runs in by_pod.items()}
    most = max((count for ones in counts.values() for count in ones.values()), default=1)
    rows = {}
    for pod in sorted(by_pod, key=lambda pod: min(run.start for run in by_pod[pod])):
        rows[pod] = picture.row(pod)
        picture.load(rows[pod], counts[pod], most)
    for one in verdict.hand_overs:
        told = "" if one.is_told else "at most "
        picture.mark(rows[one.giver], one.left, one.begun, GAPS, f"task {one.task}: {told}{one.gap:.3f} s until {one.heir} "
                     "went on with it", ROW - 4, 3)
    picture.row("")
    for rule in referee.RULES:
        ones = [fault for fault in broken if fault["rule"] == rule]
        row = picture.row(f"{rule} ({len(ones)})", BROKEN) if ones else None
        for fault in ones:
            for place in [row, *(rows[pod] for pod in fault["pods"])]:
                picture.mark(place, fault["at"], fault["until"] or fault["at"], BROKEN, f"task {fault['task']}: {fault['what']}")
    kinds = sorted({fault["kind"] for fault in faults})
    for index, kind in enumerate(kinds):
        colour = COLOURS[index % len(COLOURS)]
        row = picture.row(kind, colour)
        for fault in faults:
            if fault["kind"] == kind:
                picture.mark(row, fault["at"], fault["at"] + fault.get("seconds", 0), colour, str(fault))
    picture.row(f"{end - begin:.0f} s, {len(faults)} faults; darkest: {most} handlers at a time; orange: {len(verdict.hand_overs)} "
                f"hand-overs, for so long a task had no handler; red: {len(verdict.faults)} times a rule was broken")
    with open(os.path.join(folder, "timeline.svg"), "w") as file:
        file.write(picture.text())


if __name__ == "__main__":
    draw(sys.argv[1], referee.judge(sys.argv[1]))
