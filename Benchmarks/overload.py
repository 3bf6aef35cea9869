"""Rows about more load than the webhook can bear: what is answered, how fast, and what it holds meanwhile."""

import threading

import servers
from admission import load
from footprint import write_review
from processes import Lab, cpu, memory
from table import alone

CONNECTIONS = 1_000
TIMES = 3  # what is asked for, of what it can do


def overload(bench):
    """One core, three times the load that it can bear over 1000 connections; and 200 large reviews at a time, twice what there is room for."""
    seconds = 2 if bench.quick else 10
    with Lab() as lab:
        server = servers.ours(lab, bench.binary)
        capacity = 1e6 / rate("closed", server, "--count", str(bench.requests * 5), "--connections", "25")["cpu"]
        yield alone("what one core can answer, by its CPU per admission on 25 connections", capacity, "/s")
        told = rate("open", server, "--rate", f"{TIMES * capacity:.0f}", "--seconds", str(seconds), "--connections", str(CONNECTIONS))
        yield from rows(f"{TIMES} x that, {CONNECTIONS} connections", told, "sent_")
    with Lab() as lab:
        server = servers.ours(lab, bench.binary)
        body = lab.path("large")
        write_review(body, 1_300_000)
        told = rate("closed", server, "--count", "2000" if bench.quick else "10000", "--connections", "200", "--body", body)
        yield from rows("200 reviews of 1.3 MB at a time", told, "")


def rate(mode, server, *options):
    """What the load says, with the server's core and memory while it ran. An answer that is no success ends it."""
    stop, most = threading.Event(), [0.0]

    def watch():
        while not stop.wait(0.01):
            most[0] = max(most[0], memory(server.pid, "VmRSS"))

    watcher = threading.Thread(target=watch)
    watcher.start()
    before = cpu(server.pid)
    try:
        told = load(mode, server, *options)
    finally:
        stop.set()
        watcher.join()
    return {**told, "rate": told["count"] / told["seconds"], "cpu": (cpu(server.pid) - before) / told["count"], "rss": most[0]}


def rows(title, told, clock):
    yield alone(f"{title}: answers, all of them 200", told["rate"], "/s")
    # Handshakes included. Were it less than all of a core, the load and not the server would be the slower one.
    yield alone(f"{title}: the server's share of its core", told["cpu"] * told["rate"] / 1e4, "%")
    yield alone(f"{title}: answers with an owner", told["patched"] / told["count"] * 100, "%")
    for name, words in [("p50", "median"), ("p99", "p99"), ("max", "greatest")]:
        yield alone(f"{title}: from sending to the answer, {words}", told[clock + name] / 1e3, "ms")
    for name, words in [("p50", "median"), ("max", "greatest")]:
        if "unpatched_" + name in told:
            yield alone(f"{title}: the same of answers without an owner, {words}", told["unpatched_" + name] / 1e3, "ms")
    yield alone(f"{title}: RSS, most", told["rss"] / 1e6, "MB")


ROWS = {"overload": overload}
