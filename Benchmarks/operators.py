"""Rows about operators: CPU per task, memory per owned task, and that a watch brings each only its own."""

import json
import re
import threading
import time

import servers
from kube import TASKS_DEFAULT, Kube
from processes import CLIENT, Failed, Lab, cpu, cpu_of_life, memory, run
from table import Goal, Line, alone, median


def tasks(bench):
    """10,000 tasks created at full speed: CPU of the one operator, from its start to the last Succeeded; its memory; traffic."""
    count = 2_000 if bench.quick else 10_000
    with Lab() as lab:
        kube, (alone_,) = with_operators(lab, bench, ["op-0"])
        began = time.monotonic()
        create(lab, kube, count)
        created = time.monotonic() - began
        states = finish(lab, kube, count)
        took = time.monotonic() - began
        if states != {("op-0", "Succeeded"): count}:
            raise Failed(f"not all are owned and Succeeded: {states}")
        used = cpu_of_life(alone_.pid) / count
        resident = memory(alone_.pid, "VmRSS") / 1e6
        bytes_alone = received(alone_.pid, kube.port) / count
        yield alone(f"{count} tasks, created at {count / created:,.0f}/s: operator CPU per task", used, "us", 150)
        yield alone("from the first creation to the last Succeeded", took, "s")
        yield alone(f"RSS of an operator with {count} tasks", resident, "MB", 40 + count / 1e3)
    with Lab() as lab:
        names = ["op-0", "op-1", "op-2"]
        kube, processes = with_operators(lab, bench, names)
        create(lab, kube, count)
        states = finish(lab, kube, count)
        if sum(states.values()) != count or any(phase != "Succeeded" or owner not in names for owner, phase in states):
            raise Failed(f"not all are owned and Succeeded: {states}")
        # Bytes by the kernel's own count. Whoever is sent everybody's tasks gets three times as many for each of its own.
        each = [received(process.pid, kube.port) / states[name, "Succeeded"] for name, process in zip(names, processes)]
        yield Line("bytes received per own task, one of three operators, most", max(each), "", "the only operator", bytes_alone,
                   max(each) / bytes_alone, Goal(1.3))


def scale(bench):
    """Ten and a hundred times as many tasks: CPU per task of the operator and of the embedded API server must stay what it is."""
    feeds = (100, 1_000) if bench.quick else (100, 1_000, 10_000)
    with Lab() as lab:
        kube, (operator,) = with_operators(lab, bench, ["op-0"])
        feed(lab, kube, operator, 100)
        # A small feed is over in a moment: the median of several.
        used = {count: [feed(lab, kube, operator, count) for _ in range(max(1, min(5, 1_000 // count)))] for count in feeds}
    for index, who in enumerate(("operator", "embedded API server")):
        each = {count: median([costs[index] for costs in rounds]) for count, rounds in used.items()}
        for fewer, more in zip(feeds, feeds[1:]):
            yield Line(f"{who}: CPU per task of {more}", each[more], "us", f"of {fewer}", each[fewer], each[more] / each[fewer], Goal(1.2))


def feed(lab, kube, operator, count):
    """CPU per task of the one operator and of the API server, from the first creation to the last Succeeded."""
    # Not by lists: each would be charged to the server, and the longer the more tasks there are.
    version = kube.cluster.get(TASKS_DEFAULT, limit=1)["metadata"]["resourceVersion"]
    before = cpu(operator.pid), cpu(kube.server.pid)
    done, counter = set(), threading.Thread(target=lambda: count_done(kube.cluster, version, done, count), daemon=True)
    counter.start()
    create(lab, kube, count)
    counter.join(120)
    if len(done) < count:
        raise Failed(f"{len(done)} of {count} tasks have Succeeded within 120 s\n{lab.logs()}")
    return (cpu(operator.pid) - before[0]) / count, (cpu(kube.server.pid) - before[1]) / count


def count_done(cluster, version, done, count):
    """Until so many have Succeeded since, as a watch tells it."""
    for event in cluster.watch(TASKS_DEFAULT, version):
        task = event["object"]
        if task.get("status", {}).get("phase") == "Succeeded":
            done.add(task["metadata"]["uid"])
        if len(done) == count:
            return


def with_operators(lab, bench, names):
    kube = Kube(lab, bench.binary)
    kube.members(names)
    kube.webhook(CLIENT)
    processes = [kube.operator(name) for name in names]
    kube.assigns_all(names)
    return kube, processes


def create(lab, kube, count):
    body = lab.path("task.json")
    with open(body, "w") as file:
        json.dump({"apiVersion": "future.ideas.protosam/v1beta1", "kind": "TaskOwner", "metadata": {"generateName": "bench-"}}, file)
    run([servers.built_load(), "closed", "--port", str(kube.port), "--path", TASKS_DEFAULT, "--client", kube.credentials, "--body",
         body, "--count", str(count), "--connections", "16"])


def finish(lab, kube, count):
    """{(owner, phase): tasks}, once none is unfinished."""
    states = {}

    def all_are_done():
        items, _ = kube.cluster.list(TASKS_DEFAULT)
        states.clear()
        for item in items:
            state = item["spec"].get("owner", ""), item.get("status", {}).get("phase", "")
            states[state] = states.get(state, 0) + 1
        time.sleep(0.2)
        return sum(number for (_, phase), number in states.items() if phase in ("Succeeded", "Failed")) >= count

    lab.until(f"{count} tasks are done", all_are_done, 120)
    return states


def received(pid, port):
    """Bytes on the process' connections to that port, as the kernel counts them."""
    total = 0
    # Of each connection two lines: addresses and process, then the counters.
    lines = run(["ss", "--tcp", "--info", "--processes", "--numeric", "--no-header", "state", "established", f"( dport = :{port} )"]).splitlines()
    for head, counters in zip(lines[::2], lines[1::2]):
        if f"pid={pid}," in head:
            total += int(re.search(r"bytes_received:(\d+)", counters).group(1))
    if total == 0:
        raise Failed(f"ss tells of no connection of process {pid} to port {port}")
    return total


ROWS = {"operator": tasks, "scale": scale}
