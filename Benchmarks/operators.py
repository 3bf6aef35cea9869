"""Rows about operators: CPU per task, memory per owned task, and that a watch brings each only its own."""

import json
import re
import time

import servers
from kube import TASKS_DEFAULT, Kube
from processes import CLIENT, Failed, Lab, cpu_of_life, memory, run
from table import Goal, Line, alone



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


ROWS = {"operator": tasks}
