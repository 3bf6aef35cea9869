"""Rows about what a webhook takes while it does little: memory, start, the program's size; and about large reviews."""

import json
import os
import subprocess
import time

import servers
from admission import load
from processes import CLIENT, ROOT, Failed, Lab, cpu, memory, private, run
from table import Goal, Line, alone, median, missing, slope

MEGABYTE = 1e6
GIVEN_BACK = 4  # seconds: after two, what only the start needed is given back (docs/decisions/0018)


def idle(bench):
    """Memory of an idle webhook with 1000 members, and private memory per open idle connection."""
    count = 500 if bench.quick else 2_000
    with Lab() as lab:
        server = servers.ours(lab, bench.binary, 1_000)
        servers.answer_of(server)
        yield alone("RSS when ready, 1000 members", memory(server.pid, "VmRSS") / MEGABYTE, "MB")
        time.sleep(GIVEN_BACK)
        yield alone("RssAnon, idle, 1000 members", memory(server.pid, "RssAnon") / MEGABYTE, "MB", 5)
        yield alone("RSS, idle, 1000 members", memory(server.pid, "VmRSS") / MEGABYTE, "MB", 14)
        before = private(server.pid)
        holder = lab.start("hold", [servers.built_load(), "hold", "--port", str(server.port), "--count", str(count)], CLIENT,
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if not holder.stdout.readline():
            raise Failed(f"no {count} connections\n{lab.logs()}")
        settle(server.pid)
        yield alone(f"private memory per idle connection ({count} held)", (private(server.pid) - before) / count / 1e3, "kB", 24)
        holder.stdin.close()


def settle(pid):
    """Until the process has used no CPU for a while: handshakes may still be finished on its side."""
    used = -1.0
    while cpu(pid) - used > 500:
        used = cpu(pid)
        time.sleep(0.2)


def growth(bench):
    """Private memory over many admissions, HTTP/1.1 and HTTP/2 by turns: the trend per million of the second half."""
    step, steps = (20_000, 10) if bench.quick else (500_000, 20)
    with Lab() as lab:
        server = servers.ours(lab, bench.binary)
        points = []
        for turn in range(steps):
            flags = ["--h1", "-c", "25"] if turn % 2 == 0 else ["-c", "4", "-m", "16"]
            run(["h2load", *flags, "-n", str(step), "-d", servers.REVIEW, "-H", "content-type: application/json", server.url])
            settle(server.pid)
            points.append(((turn + 1) * step / 1e6, memory(server.pid, "RssAnon") / 1e3))
        trend = max(slope(points[steps // 2:]), 0)
        # A page that the allocator took late is no leak; ten in a million admissions would be. Few admissions cannot tell.
        yield alone(f"heap growth per million admissions ({steps * step / 1e6:g} million)", trend, "kB", None if bench.quick else 40)
        yield alone("RssAnon after them", points[-1][1] / 1e3, "MB")


def start(bench):
    """From exec to the file of --ready-file, with fixed members."""
    took = []
    with Lab() as lab:
        servers.certificate(lab, bench.binary)
        for turn in range(5 if bench.quick else 21):
            begin = time.monotonic()
            ready = lab.path(f"start-{turn}.ready")
            process = lab.start("start", [bench.binary, "webhook", "--listen", "127.0.0.1:0", "--drain", "0", "--members", "a,b,c",
                                          "--tls-cert", lab.path("tls.crt"), "--tls-key", lab.path("tls.key"), "--ready-file", ready])
            while not os.path.exists(ready):
                if process.poll() is not None or time.monotonic() > begin + 10:
                    raise Failed(f"it did not get ready\n{lab.logs()}")
                time.sleep(0.0005)
            took.append((time.monotonic() - begin) * 1e3)
            process.terminate()
            process.wait()
    yield alone("process start to ready", median(took[1:]), "ms", 50)


def binary(bench):
    """The program of the image, stripped."""
    program = os.path.join(ROOT, ".build/image/workclaim")
    what = "binary, stripped (the image's program)"
    if not bench.quick:
        try:
            run(["./run", "image"], cwd=ROOT)
        except Failed as error:
            if not os.path.exists(program):
                yield missing(what, "", f"./run image: {' '.join(str(error).split())[-120:]}")
                return
    if not os.path.exists(program):
        yield missing(what, "", "not built; ./run image or ./run bench without --quick builds it")
        return
    with Lab() as lab:
        run(["strip", "-o", lab.path("stripped"), program])
        yield alone(what, os.path.getsize(lab.path("stripped")) / MEGABYTE, "MB", 16)


def bodies(bench):
    """Large reviews: CPU of the webhook per review, and whether it stays linear in the bytes."""
    with Lab() as lab:
        server = servers.ours(lab, bench.binary)
        sizes = {"30 KiB": 30 << 10, "300 KiB": 300 << 10, "3 MiB": 3 << 20, "37 MB": 37_000_000}
        cost, wall = {}, {}
        for name, size in sizes.items():
            body = lab.path(name.replace(" ", ""))
            write_review(body, size)
            count = max(2, min(2_000, (20_000_000 if bench.quick else 120_000_000) // size))
            rounds = []
            for turn in range(bench.rounds + 1):
                before = cpu(server.pid)
                told = load("closed", server, "--connections", "1", "--count", str(count), "--body", body)
                if turn:
                    rounds.append(((cpu(server.pid) - before) / count, told["mean"]))
            cost[name], wall[name] = (median(values) for values in zip(*rounds))
        yield alone("a review of 3 MiB, CPU", cost["3 MiB"] / 1e3, "ms", 4)
        yield alone("a review of 3 MiB, from first byte sent to answer", wall["3 MiB"] / 1e3, "ms")
        for small, large in [("30 KiB", "300 KiB"), ("300 KiB", "3 MiB"), ("3 MiB", "37 MB")]:
            ours, theirs = cost[large] / sizes[large] * 1e3, cost[small] / sizes[small] * 1e3
            yield Line(f"CPU per byte, {large} beside {small}", ours, "ns", small, theirs, ours / theirs, Goal(1.2))
        # However the bytes come: pieces of one, ten and a hundred times 160 bytes, each a TLS record.
        body = lab.path("300KiB")
        for piece in (160, 1_600, 16_000):
            before = cpu(server.pid)
            load("closed", server, "--connections", "1", "--count", "20", "--body", body, "--piece", str(piece))
            yield alone(f"300 KiB in pieces of {piece} bytes, CPU", (cpu(server.pid) - before) / 20 / 1e3, "ms")


def write_review(path, size):
    """A task with a payload as users write it, of so many bytes in all."""
    with open(servers.REVIEW) as file:
        review = json.load(file)
    item = {"step": "build", "image": "registry/<name>", "retries": 3}
    base = len(json.dumps(review)) + 20
    each = len(json.dumps(item)) + 2
    review["request"]["object"]["spec"]["payload"] = [item] * ((size - base) // each)
    with open(path, "w") as file:
        json.dump(review, file)


ROWS = {"idle": idle, "growth": growth, "start": start, "binary": binary, "bodies": bodies}
