#!/usr/bin/env python3
"""Judges a run by its witnesses alone: who worked on which task when, as the handlers wrote it down, and what the API server
stored. It shares no code with the product and knows its rules only as they are promised:

    overlap     two handler runs of one task at a time (the kernel's lock says so, or their times)
    epoch order the token (epoch, leaseTransitions) never falls from one start of a task to the next
    double      one token, two pods
    lost        a task that was created and is not Succeeded, or Succeeded though no run of it came to its end
    history     stored epochs that fall, owners that change without a new epoch, two owners of one epoch, fences that fall

A history that was not seen breaks no rule: with more than one epoch in a hundred unseen the verdict is incomplete.

Besides it measures hand-overs: how long a task that was not finished had no handler, from the end of a run of one pod to the
start of the next one of another pod. See `hand_overs`.

A run folder: witness/UID (see the `witness` program), created.jsonl ([time, uid, name]), final.json ({uid: phase}),
changes.jsonl (see history.py), faults.jsonl (see faults.py).
"""

import bisect
import json
import os
import statistics
import sys
from dataclasses import asdict, dataclass, field


@dataclass
class Run:
    start: float
    epoch: int
    transitions: int
    attempt: int
    pod: str
    seat: str
    alone: bool
    # None: killed without a word, or still running.
    end: float | None = None
    finished: bool = False

    @property
    def token(self):
        return (self.epoch, self.transitions)

    @property
    def term(self):
        """One hold of a seat by one process: what ends it ends all runs under it."""
        return (self.pod, self.seat, self.transitions)


@dataclass
class HandOver:
    """`left` is when the run of `giver` ended; if nobody wrote that down (`is_told` is False), no later than that."""

    task: str
    giver: str
    heir: str
    left: float
    begun: float
    is_told: bool

    @property
    def gap(self):
        return self.begun - self.left


@dataclass
class Verdict:
    faults: list = field(default_factory=list)
    figures: dict = field(default_factory=dict)
    # The longest gap first.
    hand_overs: list = field(default_factory=list)
    epochs: int = 0
    unseen: int = 0

    def accuse(self, rule, uid, text, at=None, until=None, pods=()):
        """`at` to `until`, seconds, and `pods`: where it is drawn."""
        self.faults.append({"rule": rule, "task": uid, "what": text, "at": at, "until": until, "pods": pods})

    def count(self, rule):
        return sum(fault["rule"] == rule for fault in self.faults)

    @property
    def is_complete(self):
        return self.unseen <= UNSEEN_SHARE_MAX * self.epochs


RULES = ["overlap", "epoch order", "double", "lost", "history"]
# Of all stored epochs.
UNSEEN_SHARE_MAX = 0.01


def read_runs(lines):
    """Runs in the order of their starts. A line that was cut off by a SIGKILL is no line."""
    runs = []
    for line in lines:
        words = line.split()
        if words[:1] == ["start"] and len(words) == 8:
            runs.append(Run(float(words[1]), *map(int, words[2:5]), words[5], words[6], words[7] == "alone"))
        elif words[:1] in (["end"], ["stopped"]) and len(words) == 7:
            token = (*map(int, words[2:5]), *words[5:7])
            for run in reversed(runs):
                if run.end is None and (*run.token, run.attempt, run.pod, run.seat) == token:
                    run.end, run.finished = float(words[1]), words[0] == "end"
                    break
    return runs


def judge_runs(uid, runs, verdict):
    pods = {}
    for before, run in zip([None] + runs, runs):
        if not run.alone:
            verdict.accuse("overlap", uid, f"{run.pod} started at {run.start:.3f} while another run held the lock",
                           run.start, run.end, [one.pod for one in (before, run) if one])
        elif before and before.end and run.start < before.end:
            verdict.accuse("overlap", uid, f"{run.pod} started {before.end - run.start:.3f} s before {before.pod} ended",
                           run.start, min(before.end, run.end or before.end), [before.pod, run.pod])
        if before and run.token < before.token:
            verdict.accuse("epoch order", uid, f"{run.pod} started with {run.token} after {before.pod} with {before.token}",
                           run.start)
        if pods.setdefault(run.token, run.pod) != run.pod:
            verdict.accuse("double", uid, f"{run.pod} and {pods[run.token]} both started with {run.token}", run.start)


def judge_task(uid, phase, runs, verdict, created=None):
    at = runs[-1].start if runs else created
    if phase != "Succeeded":
        state = "gone" if phase is None else phase or "without a phase"
        verdict.accuse("lost", uid, f"created, and in the end {state}", at)
    elif not any(run.finished for run in runs):
        verdict.accuse("lost", uid, "Succeeded, but no run of it came to its end", at)


def hand_overs(runs_by_task):
    """Of every task from one pod to the next one, while no run of it had come to its end; overlaps are none.

    A run that was killed has left no word of its end. Whatever kills it ends its whole term, so it lived no shorter than until
    the last word of any run of that term: the gap from there is the longest that it can have been."""
    words = {}
    for run in (run for runs in runs_by_task.values() for run in runs):
        words.setdefault(run.term, []).extend([run.start] + ([run.end] if run.end else []))
    for times in words.values():
        times.sort()
    found = []
    for uid, runs in runs_by_task.items():
        for before, run in zip(runs, runs[1:]):
            if before.finished:
                break
            if run.pod == before.pod or not run.alone or run.start < (before.end or before.start):
                continue
            times = words[before.term]
            left = before.end or times[bisect.bisect_right(times, run.start) - 1]
            found.append(HandOver(uid, before.pod, run.pod, left, run.start, before.end is not None))
    return sorted(found, key=lambda one: -one.gap)


def spread(values):
    """Of seconds, in milliseconds: median, 99th percentile (the greatest below 100 values) and greatest."""
    ordered = sorted(1000 * value for value in values)
    if not ordered:
        return "nothing was measured"
    p99 = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    return f"median {statistics.median(ordered):.0f} ms, p99 {p99:.0f} ms, max {ordered[-1]:.0f} ms (n = {len(ordered)})"


def fence_token(fence):
    """(epoch, leaseTransitions) of a fence UID8.TRANSITIONS/EPOCH."""
    term, _, epoch = fence.rpartition("/")
    return (int(epoch), int(term.rpartition(".")[2]))


def judge_history(changes, verdict):
    """`changes`: those of tasks, in the order of the API server. Returns owner changes by uid."""
    epochs, fences, moves = {}, {}, {}
    for at, _, event, uid, _, owner, epoch, fence, _, _ in changes:
        if event == "DELETED":
            continue
        old_owner, old_epoch = epochs.get(uid, (owner, epoch))
        if epoch < old_epoch:
            verdict.accuse("history", uid, f"epoch {old_epoch} became {epoch}", at)
        elif owner != old_owner:
            moves[uid] = moves.get(uid, 0) + 1
            if epoch == old_epoch:
                verdict.accuse("history", uid, f"epoch {epoch} belongs to {old_owner or 'nobody'} and to {owner or 'nobody'}",
                               at)
        epochs[uid] = (owner, epoch)
        if fence:
            token = fence_token(fence)
            if token < fences.get(uid, token):
                verdict.accuse("history", uid, f"fence {token} was written after {fences[uid]}: a fenced pod's write landed",
                               at)
            fences[uid] = token
    return moves


def epochs_stored(changes, created=()):
    """(all, unseen) of the epochs that the tasks had: each change of ownership makes one, from 0 on, so a number that is
    missing below the last one was stored and not seen. A task of which nothing was seen had one at least."""
    seen = {uid: set() for uid in created}
    for _, _, _, uid, _, _, epoch, *_ in changes:
        seen.setdefault(uid, set()).add(epoch)
    every = sum(max(epochs, default=0) + 1 for epochs in seen.values())
    return every, every - sum(len(epochs) for epochs in seen.values())


def judge(folder):
    verdict = Verdict()
    created = {line[1]: line[0] for line in json_lines(os.path.join(folder, "created.jsonl"))}
    with open(os.path.join(folder, "final.json")) as file:
        final = json.load(file)
    runs = {uid: read_runs_of(folder, uid) for uid in os.listdir(os.path.join(folder, "witness"))}
    for uid, ones in runs.items():
        judge_runs(uid, ones, verdict)
    for uid, at in created.items():
        judge_task(uid, final.get(uid), runs.get(uid, []), verdict, at)
    lines = json_lines(os.path.join(folder, "changes.jsonl"))
    changes = [line for line in lines if line[1] == "task"]
    moves = judge_history(changes, verdict)
    verdict.epochs, verdict.unseen = epochs_stored(changes, created)
    verdict.hand_overs = hand_overs(runs)
    faults = [fault for fault in json_lines(os.path.join(folder, "faults.jsonl")) if not fault.get("skipped")]
    every = [run for ones in runs.values() for run in ones]
    verdict.figures = {
        "tasks": len(created), "faults": len(faults), "runs": len(every),
        "interrupted runs": sum(not run.finished for run in every),
        "runs after a finished one": sum(sum(run.finished for run in ones[:-1]) for ones in runs.values()),
        "owner changes": sum(moves.values()), "pods": len({run.pod for run in every}),
        "hand-over gaps": spread([one.gap for one in verdict.hand_overs if one.is_told]),
        "... after a kill, at most": spread([one.gap for one in verdict.hand_overs if not one.is_told]),
        **{rule: verdict.count(rule) for rule in RULES},
        "stored epochs": f"{verdict.epochs}, of which {verdict.unseen} not seen",
        "changes lost by the watch": f"{sum(line[1] == 'relisted' for line in lines)} times",
    }
    return verdict


def read_runs_of(folder, uid):
    with open(os.path.join(folder, "witness", uid)) as file:
        return read_runs(file)


def json_lines(path):
    """Of a file that may not be there; a last line that was cut off is none."""
    lines = []
    if os.path.exists(path):
        with open(path) as file:
            for line in file:
                if line.endswith("\n"):
                    lines.append(json.loads(line))
    return lines


def report(folder, verdict):
    """Prints it and keeps it in verdict.json. 0: in order; 1: a rule was broken; 3: none was, as far as was seen."""
    for name, value in verdict.figures.items():
        print(f"{name:28}{value}")
    for one in verdict.hand_overs[:5]:
        limit = "" if one.is_told else "at most "
        print(f"gap: task {one.task}: {limit}{one.gap:.3f} s from {one.giver} to {one.heir}")
    for fault in verdict.faults[:20]:
        print(f"{fault['rule']}: task {fault['task']}: {fault['what']}")
    with open(os.path.join(folder, "verdict.json"), "w") as file:
        json.dump({"figures": verdict.figures, "faults": verdict.faults, "complete": verdict.is_complete,
                   "hand-overs": [asdict(one) for one in verdict.hand_overs]}, file, indent=1)
    if verdict.faults:
        return 1
    if not verdict.is_complete:
        print(f"INCOMPLETE: of {verdict.epochs} stored epochs {verdict.unseen} were not seen, more than {UNSEEN_SHARE_MAX:.0%}: "
              "that no rule of the history was broken says nothing of them")
        return 3
    return 0


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: referee.py RUN-FOLDER")
    sys.exit(report(sys.argv[1], judge(sys.argv[1])))


if __name__ == "__main__":
    main()
