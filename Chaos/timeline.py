#!/usr/bin/env python3
"""Draws a run folder as timeline.svg: a row per pod, darker where more of its handlers run; faults as marks below."""

import os
import sys
from xml.sax.saxutils import escape

from referee import json_lines, read_runs_of

WIDTH, LEFT, ROW = 1500, 260, 13
COLOURS = ["#c0392b", "#8e44ad", "#d35400", "#16a085", "#2980b9", "#7f8c8d", "#f1c40f", "#2c3e50", "#e84393", "#27ae60",
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


def draw(folder):
    by_pod = {}
    for uid in os.listdir(os.path.join(folder, "witness")):
        for run in read_runs_of(folder, uid):
            by_pod.setdefault(run.pod, []).append(run)
    faults = [fault for fault in json_lines(os.path.join(folder, "faults.jsonl")) if not fault.get("skipped")]
    times = [run.start for runs in by_pod.values() for run in runs] + [fault["at"] for fault in faults]
    begin, end = min(times), max(times) + 1
    column = (end - begin) / WIDTH
    most = max((count for runs in by_pod.values() for count in columns(runs, begin, column).values()), default=1)
    pods = sorted(by_pod, key=lambda pod: min(run.start for run in by_pod[pod]))
    kinds = sorted({fault["kind"] for fault in faults})
    height = ROW * (len(pods) + len(kinds) + 3)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 10}" height="{height}" '
           'font-family="monospace" font-size="10">', '<rect width="100%" height="100%" fill="white"/>']

    def label(row, text, colour="black"):
        out.append(f'<text x="4" y="{row * ROW + 10}" fill="{colour}">{escape(text)}</text>')

    for row, pod in enumerate(pods):
        label(row, pod)
        for first, count, running in bars(columns(by_pod[pod], begin, column)):
            shade = 0.25 + 0.75 * running / most
            out.append(f'<rect x="{LEFT + first}" y="{row * ROW + 1}" width="{count}" height="{ROW - 2}" '
                       f'fill="#2c5f8a" fill-opacity="{shade:.2f}"/>')
    for index, kind in enumerate(kinds):
        row, colour = len(pods) + 1 + index, COLOURS[index % len(COLOURS)]
        label(row, kind, colour)
        for fault in faults:
            if fault["kind"] == kind:
                x = LEFT + (fault["at"] - begin) / column
                width = max(1.5, fault.get("seconds", 0) / column)
                out.append(f'<rect x="{x:.1f}" y="{row * ROW + 2}" width="{width:.1f}" height="{ROW - 4}" fill="{colour}">'
                           f'<title>{escape(str(fault))}</title></rect>')
    label(len(pods) + len(kinds) + 1, f"{end - begin:.0f} s, {len(faults)} faults; darkest: {most} handlers at a time")
    out.append("</svg>\n")
    with open(os.path.join(folder, "timeline.svg"), "w") as file:
        file.write("\n".join(out))


if __name__ == "__main__":
    draw(sys.argv[1])
