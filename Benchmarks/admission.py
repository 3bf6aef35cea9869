"""Rows about one admission: CPU on kept and on new connections, and latency at a fixed rate."""

import json

import servers
from processes import Failed, Lab, cpu, run
from table import Goal, compared, missing

MEMBERS_MANY = 1_000


def http1(bench):
    """HTTP/1.1 keep-alive over TLS, 25 connections: CPU per admission beside nginx, Go and Hummingbird."""
    with Lab() as lab:
        few, many = servers.ours(lab, bench.binary), servers.ours(lab, bench.binary, MEMBERS_MANY)
        floor = servers.nginx(lab, bench.binary, servers.answer_of(few))
        rounds = Rounds(bench, lab, ["--h1", "-c", "25"])
        peers = rounds.others(servers.go, servers.hummingbird)
        taken = rounds.take([few, many, floor, *peers.values()])
        title = "HTTP/1.1 keep-alive TLS, 25 connections"
        yield compared(f"{title}, 3 members", "us", taken[few], floor.name, taken[floor], Goal(1.15))
        yield compared(f"{title}, {MEMBERS_MANY} members", "us", taken[many], floor.name, taken[floor], Goal(1.3))
        yield from rounds.beside(title, taken, few, servers.go, peers, Goal(0.4))
        yield from rounds.beside(title, taken, few, servers.hummingbird, peers, None)


def http2(bench):
    """HTTP/2 over TLS, 4 connections of 16 streams: CPU per admission beside nghttpd, Go and Hummingbird."""
    with Lab() as lab:
        few = servers.ours(lab, bench.binary)
        floor = servers.nghttpd(lab, bench.binary, servers.answer_of(few))
        rounds = Rounds(bench, lab, ["-c", "4", "-m", "16"], silent={floor})
        peers = rounds.others(servers.go, servers.hummingbird)
        taken = rounds.take([few, floor, *peers.values()])
        title = "HTTP/2 TLS, 4 x 16 streams"
        yield compared(title, "us", taken[few], floor.name, taken[floor], Goal(2.5))
        yield from rounds.beside(title, taken, few, servers.go, peers, Goal(0.15))
        yield from rounds.beside(title, taken, few, servers.hummingbird, peers, None)


def connection(bench):
    """A new TLS connection for each admission, and one on which nothing is ever sent: CPU per connection."""
    count = 400 if bench.quick else 1_500
    with Lab() as lab:
        few = servers.ours(lab, bench.binary)
        floor = servers.nginx(lab, bench.binary, servers.answer_of(few))
        rounds = Rounds(bench, lab, [])
        peers = rounds.others(servers.go, servers.hummingbird)
        all_servers = [few, floor, *peers.values()]
        taken = {server: [] for server in all_servers}
        silent = []
        for _ in range(bench.rounds + 1):
            for server in all_servers:
                taken[server].append(fresh(server, count))
            silent.append(fresh(few, count, "--silent"))
        for values in [*taken.values(), silent]:
            values.pop(0)
        title = "new TLS connection + one admission"
        yield compared(title, "us", taken[few], floor.name, taken[floor], Goal(0.95))
        yield from rounds.beside(title, taken, few, servers.go, peers, Goal(1.0))
        yield from rounds.beside(title, taken, few, servers.hummingbird, peers, None)
        yield compared("new TLS connection, nothing sent", "us", silent, "ours with an admission", taken[few], Goal(1.0))


def latency(bench):
    """Latency at 2000 admissions/s at random times, from when each was due: mean and p99 beside Go and nginx in the same run."""
    seconds = 3 if bench.quick else 10
    with Lab() as lab:
        few = servers.ours(lab, bench.binary)
        rounds = Rounds(bench, lab, [])
        peers = rounds.others(servers.go)
        floor = servers.nginx(lab, bench.binary, servers.answer_of(few))
        taken = {server: [] for server in [few, floor, *peers.values()]}
        for turn in range(bench.rounds + 1):
            for server, values in taken.items():
                told = load("open", server, "--rate", "2000", "--seconds", str(seconds if turn else 1))
                if turn:
                    values.append(told)
        for name, title in [("mean", "mean"), ("p99", "p99"), ("p999", "p99.9"), ("max", "greatest")]:
            goal = Goal(0.3) if name in ("mean", "p99") else None
            ours = [told[name] for told in taken[few]]
            what = f"latency at 2000 admissions/s, {title}"
            if servers.go in peers:
                theirs = [told[name] for told in taken[peers[servers.go]]]
                yield compared(what, "us", ours, "Go net/http", theirs, goal)
            else:
                yield missing(what, "Go net/http", rounds.absent[servers.go])
            # What two wake-ups, TLS and loopback take from any server: it reads the body and answers a fixed text.
            yield compared(what, "us", ours, floor.name, [told[name] for told in taken[floor]], None)


def load(mode, server, *options):
    body = [] if "--body" in options else ["--body", servers.REVIEW]
    return json.loads(run([servers.built_load(), mode, "--port", str(server.port), *body, *options]))


def fresh(server, count, *options):
    before = cpu(server.pid)
    load("fresh", server, "--count", str(count), *options)
    return (cpu(server.pid) - before) / count


class Rounds:
    """One server after the other, and again, so that a slow spell of the machine hits all alike."""

    def __init__(self, bench, lab, flags, silent=()):
        self.bench, self.lab, self.flags, self.silent = bench, lab, flags, silent
        self.absent = {}

    def others(self, *starts):
        """The peers that are here; why the others are not is kept for the table."""
        here = {}
        for start in starts:
            try:
                here[start] = start(self.lab, self.bench.binary)
            except Failed as error:
                self.absent[start] = " ".join(str(error).split())[:160]
        return here

    def beside(self, title, taken, mine, start, peers, goal):
        if start in peers:
            yield compared(title, "us", taken[mine], peers[start].name, taken[peers[start]], goal)
        else:
            yield missing(title, {servers.go: "Go net/http", servers.hummingbird: "Hummingbird 2"}[start], self.absent[start])

    def take(self, all_servers):
        """Microseconds of CPU per request, by server; the first round warms up and is not counted."""
        taken = {server: [] for server in all_servers}
        for turn in range(self.bench.rounds + 1):
            for server in all_servers:
                count = self.bench.requests if turn else self.bench.requests // 4
                before = cpu(server.pid)
                self.h2load(server, count)
                if turn:
                    taken[server].append((cpu(server.pid) - before) / count)
        return taken

    def h2load(self, server, count):
        body = [] if server in self.silent else ["-d", servers.REVIEW, "-H", "content-type: application/json"]
        said = run(["h2load", *self.flags, *body, "-n", str(count), server.url])
        if f" {count} succeeded" not in said or f"status codes: {count} 2xx" not in said:
            raise Failed(f"{server.name} did not answer all: {said[-600:]}")


ROWS = {"http1": http1, "http2": http2, "connection": connection, "latency": latency}
