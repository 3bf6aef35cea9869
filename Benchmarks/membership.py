"""A row about a change of members: when admissions follow it, and what it costs those that are under way."""

import base64
import json
import subprocess
import threading
import time

import servers
from kube import SLICES, Kube, endpoint_slice
from processes import CLIENT, Failed, Lab, pinned
from table import Line, alone, median, percentile

MEMBERS, RATE = 1_000, 4_000
BEFORE, AFTER = 2_000_000, 20_000_000  # ns around a change that count as its time


def change(bench):
    """One of 1000 members comes or goes: until admissions know, and the longest wait of a request meanwhile."""
    turns = 10 if bench.quick else 40
    with Lab() as lab:
        kube = Kube(lab, bench.binary)
        names = servers.member_names(MEMBERS)
        kube.members(names)
        for name in names:
            kube.seat(name, 1_000)
        webhook = kube.webhook()
        review = lab.path("review.json")
        write_dry_review(review)
        lab.until("the webhook knows its members", lambda: owner_of(webhook, review) is not None)
        owner = owner_of(webhook, review)
        number = names.index(owner) // 100
        slice_name, pods = f"slice-{number}", names[number * 100:][:100]
        changes = Changes(kube, slice_name)
        out = lab.path("latencies")
        seconds = turns * 0.25 + 2
        loading = subprocess.Popen(
            [servers.built_load(), "open", "--port", str(webhook.port), "--rate", str(RATE), "--seconds", str(seconds), "--body",
             review, "--out", out], stdout=subprocess.DEVNULL, preexec_fn=pinned(CLIENT))
        time.sleep(0.5)
        for turn in range(turns):
            changes.make(endpoint_slice(slice_name, pods, unready=[owner] if turn % 2 == 0 else []))
            time.sleep(0.25)
        if loading.wait(60) != 0:
            raise Failed(f"the load failed\n{lab.logs()}")
        requests = read(out)
        yield from judge(requests, changes.written, changes.seen)


class Changes:
    """Writes of one slice, and when a watch like the webhook's showed them."""

    def __init__(self, kube, name):
        self.kube, self.path, self.written, self.seen = kube, f"{SLICES}/{name}", [], []
        version = kube.cluster.get(SLICES)["metadata"]["resourceVersion"]
        self.lines = iter_lines(kube.cluster, version)
        threading.Thread(target=self.watch, daemon=True).start()

    def watch(self):
        for _ in self.lines:
            self.seen.append(time.monotonic_ns())

    def make(self, body):
        self.written.append(time.monotonic_ns())
        self.kube.cluster.call("PUT", self.path, body)


def iter_lines(cluster, version):
    """The times of lines alone are wanted: they are not parsed."""
    connection = cluster.connect(90)
    connection.request("GET", f"{SLICES}?watch=true&resourceVersion={version}", headers=cluster.headers)
    answer = connection.getresponse()
    while answer.readline():
        yield None


def read(path):
    """(due, answered, hash) of every request, in the order they were due."""
    with open(path) as file:
        rows = [line.split() for line in file]
    return sorted((int(due), int(answered), answer) for due, _, answered, answer in rows)


def judge(requests, written, seen):
    """Each change flips the answer: the first request with the other answer tells when it was known."""
    if len(seen) != len(written):
        raise Failed(f"{len(written)} changes were written and {len(seen)} seen")
    flips = [answered for (_, _, before), (_, answered, after) in zip(requests, requests[1:]) if before != after]
    if len(flips) != len(written):
        raise Failed(f"{len(written)} changes, and the answers changed {len(flips)} times")
    after_event = [(flip - event) / 1e6 for flip, event in zip(flips, seen)]
    after_write = [(flip - write) / 1e6 for flip, write in zip(flips, written)]
    at_change, in_quiet = stalls(requests, written)
    what = f"a member comes or goes ({MEMBERS} members)"
    yield alone(f"{what}: known after its watch event, p99 of {len(seen)}", max(percentile(after_event, 0.99), 0), "ms", 5)
    yield alone(f"{what}: known after the write began, median", median(after_write), "ms")
    yield Line(f"{what}: longest wait of a request at {RATE}/s, worst", max(at_change), "ms", "with no change", max(in_quiet), None)
    extra = median(at_change) - median(in_quiet)
    yield Line(f"{what}: the same, median of changes", median(at_change), "ms", "with no change", median(in_quiet), None)
    yield alone(f"{what}: extra wait by a change", max(extra, 0), "ms", 1)


def stalls(requests, written):
    """The longest wait, in ms, around each change, and as often in the middle between two changes."""
    def longest(begin):
        waits = [answered - due for due, answered, _ in requests if begin - BEFORE <= due < begin + AFTER]
        return max(waits) / 1e6 if waits else 0.0

    middles = [(a + b) // 2 for a, b in zip(written, written[1:])]
    return [longest(time_) for time_ in written], [longest(time_) for time_ in middles]


def write_dry_review(path):
    """A dry run is decided and not counted, so its owner changes with the members only."""
    with open(servers.REVIEW) as file:
        review = json.load(file)
    review["request"]["dryRun"] = True
    with open(path, "w") as file:
        json.dump(review, file)


def owner_of(webhook, review):
    with open(review, "rb") as file:
        answer = json.loads(servers.post(webhook.url, file.read()))
    patch = json.loads(base64.b64decode(answer["response"].get("patch", "W10=")))
    return next((step["value"] for step in patch if step["path"] == "/spec/owner" and step["value"]), None)


ROWS = {"membership": change}
