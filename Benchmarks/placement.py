"""Rows about placement alone: the core in a small program, no webhook."""

import os
import resource

from processes import ROOT, SERVER, Failed, run
from table import alone, median

PROGRAM = os.path.join(ROOT, ".build/release/corebench")


def program():
    if not os.path.exists(PROGRAM):
        raise Failed(f"{PROGRAM} is not there: ./run bench builds it")
    return PROGRAM


def spread(bench):
    """Placement: time of a lookup, and the most loaded member beside the mean at 1000 tasks per member."""
    for members, most, count in [(10, 100, 2_000_000), (1_000, 2_000, 50_000)]:
        took = [nanoseconds(f"placement-{members}", count) for _ in range(bench.rounds)]
        yield alone(f"placement lookup, {members} members", median(took), "ns", most)
    for members in [10, 100] if bench.quick else [10, 100, 1_000]:
        said = run([program(), "spread", str(members), "1000"], SERVER, cwd=ROOT)
        for line in said.splitlines():
            _, replicas, _, ratio = line.split()
            yield alone(f"max/mean, {members} members x 1000 tasks, {replicas} webhook(s)", float(ratio), "", 1.05)


def nanoseconds(operation, count):
    """CPU per operation: of twice as many less that of once as many, so that the program's start is in neither."""
    def used(times):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run([program(), operation, str(times)], SERVER, cwd=ROOT)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return (used(2 * count) - used(count)) / count * 1e9


ROWS = {"placement": spread}
