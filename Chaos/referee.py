#!/usr/bin/env python3
"""Judges a run by its witnesses alone: who worked on which task when, as the handlers wrote it down, and what the API server
stored. It shares no code with the product and knows its rules only as they are promised:

    overlap     two handler runs of one task at a time (the kernel's lock says so, or their times)
    epoch order the token (epoch, leaseTransitions) never falls from one start of a task to the next
    double      one token, two pods
    lost        a task that was created and is not Succeeded, or Succeeded though no run of it came to its end
    history     stored epochs that fall, owners that change without a new epoch, two owners of one epoch, fences that fall

A run folder: witness/UID (see the `witness` program), created.jsonl ([time, uid, name]), final.json ({uid: phase}),
changes.jsonl (see history.py), faults.jsonl (see faults.py).
"""

import json
import os
import sys
from dataclasses import dataclass, field


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


@dataclass
class Verdict:
    faults: list = field(default_factory=list)
    figures: dict = field(default_factory=dict)

    def accuse(self, rule, uid, text):
        self.faults.append({"rule": rule, "task": uid, "what": text})

    def count(self, rule):
        return sum(fault["rule"] == rule for fault in self.faults)


RULES = ["overlap", "epoch order", "double", "lost", "history"]


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
            verdict.accuse("overlap", uid, f"{run.pod} started at {run.start:.3f} while another run held the lock")
        elif before and before.end and run.start < before.end:
            verdict.accuse("overlap", uid, f"{run.pod} started {before.end - run.start:.3f} s before {before.pod} ended")
        if before and run.token < before.token:
            verdict.accuse("epoch order", uid, f"{run.pod} started with {run.token} after {before.pod} with {before.token}")
        if pods.setdefault(run.token, run.pod) != run.pod:
            verdict.accuse("double", uid, f"{run.pod} and {pods[run.token]} both started with {run.token}")


def judge_task(uid, phase, runs, verdict):
    if phase != "Succeeded":
        verdict.accuse("lost", uid, f"created, and in the end {phase or 'without a phase' if phase is not None else 'gone'}")
    elif not any(run.finished for run in runs):
        verdict.accuse("lost", uid, "Succeeded, but no run of it came to its end")


def fence_token(fence):
    """(epoch, leaseTransitions) of a fence UID8.TRANSITIONS/EPOCH."""
    term, _, epoch = fence.rpartition("/")
    return (int(epoch), int(term.rpartition(".")[2]))


def judge_history(changes, verdict):
    """`changes`: those of tasks, in the order of the API server. Returns owner changes by uid."""
    epochs, fences, moves = {}, {}, {}
    for _, _, event, uid, _, owner, epoch, fence, _, _ in changes:
        if event == "DELETED":
            continue
        old_owner, old_epoch = epochs.get(uid, (owner, epoch))
        if epoch < old_epoch:
            verdict.accuse("history", uid, f"epoch {old_epoch} became {epoch}")
        elif owner != old_owner:
            moves[uid] = moves.get(uid, 0) + 1
            if epoch == old_epoch:
                verdict.accuse("history", uid, f"epoch {epoch} belongs to {old_owner or 'nobody'} and to {owner or 'nobody'}")
        epochs[uid] = (owner, epoch)
        if fence:
            token = fence_token(fence)
            if token < fences.get(uid, token):
                verdict.accuse("history", uid, f"fence {token} was written after {fences[uid]}: a fenced pod's write landed")
            fences[uid] = token
    return moves


def judge(folder):
    verdict = Verdict()
    created = {line[1]: line[2] for line in json_lines(os.path.join(folder, "created.jsonl"))}
    with open(os.path.join(folder, "final.json")) as file:
        final = json.load(file)
    runs = {uid: read_runs_of(folder, uid) for uid in os.listdir(os.path.join(folder, "witness"))}
    for uid, ones in runs.items():
        judge_runs(uid, ones, verdict)
    for uid in created:
        judge_task(uid, final.get(uid), runs.get(uid, []), verdict)
    changes = json_lines(os.path.join(folder, "changes.jsonl"))
    moves = judge_history([line for line in changes if line[1] == "task"], verdict)
    faults = [fault for fault in json_lines(os.path.join(folder, "faults.jsonl")) if not fault.get("skipped")]
    every = [run for ones in runs.values() for run in ones]
    verdict.figures = {
        "tasks": len(created), "faults": len(faults), "runs": len(every),
        "interrupted runs": sum(not run.finished for run in every),
        "runs after a finished one": sum(sum(run.finished for run in ones[:-1]) for ones in runs.values()),
        "owner changes": sum(moves.values()), "pods": len({run.pod for run in every}),
        **{rule: verdict.count(rule) for rule in RULES},
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


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: referee.py RUN-FOLDER")
    verdict = judge(sys.argv[1])
    for name, value in verdict.figures.items():
        print(f"{name:28}{value}")
    for fault in verdict.faults[:20]:
        print(f"{fault['rule']}: task {fault['task']}: {fault['what']}")
    with open(os.path.join(sys.argv[1], "verdict.json"), "w") as file:
        json.dump({"figures": verdict.figures, "faults": verdict.faults}, file, indent=1)
    sys.exit(1 if verdict.faults else 0)


if __name__ == "__main__":
    main()
