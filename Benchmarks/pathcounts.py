"""Rows of whole requests in instructions, from socket to socket, counted by valgrind like the core's operations.

`pathbench` is the webhook's request path alone; h2load asks it N and 2N times, and the difference is N requests and nothing of the start or
of handshakes. What the kernel does is in no count."""

import os
import re
import shutil
import subprocess
import tempfile
from contextlib import contextmanager

import servers
from processes import ROOT, Failed, run
from table import alone

PROGRAM = os.path.join(ROOT, ".build/release/pathbench")
# One connection each, so that a handshake is no part of the difference. Streams come in batches, as they do under load.
REQUESTS = {"one request, HTTP/1.1": ["--h1", "-c", "1"], "one request, HTTP/2": ["-c", "1", "-m", "16"]}
COUNT = 800


@contextmanager
def stripped():
    """Valgrind gives up on the debug information that swiftc writes; the names of functions stay."""
    for program in ("valgrind", "h2load", "strip"):
        if not shutil.which(program):
            raise Failed(f"no {program} on this machine: nothing is counted")
    if not os.path.exists(PROGRAM):
        raise Failed(f"{PROGRAM} is not there: ./run bench builds it")
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "pathbench")
        run(["strip", "-g", "-o", program, PROGRAM])
        yield program


def asked(valgrind, program, flags, times, body=servers.REVIEW):
    """What a tool of valgrind tells of a whole run with so many requests."""
    environment = {**os.environ, "SWIFT_DETERMINISTIC_HASHING": "1"}
    server = subprocess.Popen(["valgrind", *valgrind, program, "3"], env=environment,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        port = server.stdout.readline().strip()
        said = run(["h2load", *flags, "-d", body, "-H", "content-type: application/json", "-n", str(times),
                    f"https://127.0.0.1:{port}{servers.PATH}"])
        if f"status codes: {times} 2xx" not in said:
            raise Failed(f"pathbench did not answer all: {said[-400:]}")
    finally:
        # Its standard input ends, and so does it.
        told = server.communicate(timeout=60)[1]
    if server.returncode != 0:
        raise Failed(f"pathbench under valgrind: {told.strip()[-400:]}")
    return told


def count(program, flags, times):
    """Instructions of a whole run with so many requests."""
    told = asked(["--tool=callgrind", "--callgrind-out-file=/dev/null"], program, flags, times)
    found = re.search(r"Collected : (\d+)", told)
    if not found:
        raise Failed(f"callgrind told no count: {told.strip()[-400:]}")
    return int(found.group(1))


def requests(bench):
    """Instructions of a whole request in user space, HTTP/1.1 and HTTP/2, under valgrind."""
    with stripped() as program:
        for name, flags in REQUESTS.items():
            once, twice = count(program, flags, COUNT), count(program, flags, 2 * COUNT)
            yield alone(f"instructions: {name}", round((twice - once) / COUNT), "", None)


ROWS = {"requests": requests}
