#!/usr/bin/env python3
"""Instructions of the core's operations, counted by valgrind: a regression shows on the busiest machine.

    Benchmarks/instructions.py check      compares with instructions.json; exit code 1 and what grew, if something did
    Benchmarks/instructions.py accept     writes the present counts there

An operation is counted N times and 2N times; the difference is N operations and nothing of the program's start."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from placement import program
from processes import HERE, ROOT, Failed, run
from table import Line, Goal

FILE = os.path.join(HERE, "instructions.json")
# How often, where an operation is much more expensive than the others.
COUNTS = {"review-256-kib": 2, "member-change-1000": 2, "placement-1000": 50}
COUNT = 200


def stripped(folder):
    """Valgrind gives up on the debug information that swiftc writes, and counts need none."""
    run(["strip", "-o", os.path.join(folder, "corebench"), program()])
    return os.path.join(folder, "corebench")


def count(counted, operation, times):
    """Instructions of a whole run. Hashing starts from the same seed in each, or tables would differ."""
    environment = {**os.environ, "SWIFT_DETERMINISTIC_HASHING": "1"}
    done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", counted, operation, str(times)],
                          cwd=ROOT, env=environment, capture_output=True, text=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not found:
        raise Failed(f"{operation} under valgrind: {done.stderr.strip()[-400:]}")
    if re.search(r"sum -\d", done.stdout):
        raise Failed(f"{operation} went wrong: {done.stdout.strip()}")
    return int(found.group(1))


def per_operation(once, twice, times):
    return (twice - once) / times


def measured():
    if not shutil.which("valgrind"):
        raise Failed("no valgrind on this machine: instructions are not counted")
    counts = {}
    with tempfile.TemporaryDirectory() as folder:
        counted = stripped(folder)
        for operation in run([counted, "list"], cwd=ROOT).split():
            times = COUNTS.get(operation, COUNT)
            once, twice = count(counted, operation, times), count(counted, operation, 2 * times)
            counts[operation] = round(per_operation(once, twice, times))
    return counts


def toolchain():
    said = run(["swift", "--version"])
    return re.search(r"Swift version ([0-9.]+)", said).group(1)


def accepted():
    with open(FILE) as file:
        return json.load(file)


def judge(counts, thresholds, tolerance):
    """What is wrong: grown beyond the tolerance, or without a threshold, or gone. Then what has become cheaper by more
    than that: the threshold should follow, or half of a later regression hides behind it."""
    wrong, cheaper = [], []
    for operation, now in counts.items():
        if operation not in thresholds:
            wrong.append(f"{operation}: {now:,} instructions and no threshold; ./run bench instructions --accept writes it")
            continue
        before = thresholds[operation]
        change = (now - before) / before
        if change > tolerance:
            wrong.append(f"{operation}: {now:,} instructions, {change:+.1%} of {before:,}; {tolerance:.0%} are borne. "
                         "Is it worth it? Then ./run bench instructions --accept")
        elif change < -tolerance:
            cheaper.append(f"{operation}: {now:,} instructions, {change:+.1%} of {before:,}: let the threshold follow, "
                           "./run bench instructions --accept")
    wrong += [f"{operation}: a threshold, and no such operation" for operation in thresholds if operation not in counts]
    return wrong, cheaper


def accept(counts):
    with open(FILE, "w") as file:
        json.dump({"swift": toolchain(), "tolerance": 0.08, "instructions": counts}, file, indent=2)
        file.write("\n")


def rows(bench):
    """Instructions per operation of the core beside the accepted ones; --accept makes these the accepted ones."""
    counts = measured()
    if bench.accept:
        accept(counts)
    file = accepted()
    for operation, now in counts.items():
        before = file["instructions"].get(operation)
        yield Line(f"instructions: {operation}", now, "", "accepted", before, now / before if before else None,
                   Goal(1 + file["tolerance"]))


def check():
    if not shutil.which("valgrind"):
        print("instructions: not checked: no valgrind on this machine")
        return 0
    file, now = accepted(), toolchain()
    if file["swift"] != now:
        print(f"instructions: not checked: thresholds are of Swift {file['swift']}, this is {now}. "
              "./run bench instructions --accept writes them anew")
        return 0
    wrong, cheaper = judge(measured(), file["instructions"], file["tolerance"])
    for line in wrong + cheaper:
        print(f"instructions: {line}")
    if not wrong:
        print(f"instructions: {len(file['instructions'])} operations of the core within {file['tolerance']:.0%} of their thresholds")
    return 1 if wrong else 0


ROWS = {"instructions": rows}

if __name__ == "__main__":
    try:
        if sys.argv[1:] == ["check"]:
            sys.exit(check())
        if sys.argv[1:] != ["accept"]:
            sys.exit(__doc__)
        accept(measured())
    except Failed as error:
        sys.exit(f"instructions: {error}")
