"""Processes of a measurement: where they run, what CPU they used, and that they end with it."""

import os
import signal
import socket
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
CORES = sorted(os.sched_getaffinity(0))
# The server has a core of its own, if there are two; load and everything else is on the other.
SERVER, CLIENT = {CORES[0]}, {CORES[-1]}


class Failed(Exception):
    """A measurement that did not come about, and why."""


class Lab:
    """A scratch folder and the processes that were started in it; all end with it."""

    def __enter__(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="bench-")
        self.folder = self.scratch.name
        self.processes = []
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            end(process)
        self.scratch.cleanup()

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self, name, command, cores=SERVER, environment=None, **options):
        log = open(self.path(name + ".log"), "ab")
        process = subprocess.Popen(command, stdin=options.pop("stdin", subprocess.DEVNULL), stderr=log, env=environment,
                                   stdout=options.pop("stdout", log), preexec_fn=pinned(cores), **options)
        self.processes.append(process)
        return process

    def until(self, what, holds, seconds=20):
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                raise Failed(f"not within {seconds} s: {what}\n{self.logs()}")
            time.sleep(0.01)

    def logs(self):
        """The last lines of every process, for a failure."""
        said = []
        for name in sorted(os.listdir(self.folder)):
            if name.endswith(".log"):
                with open(self.path(name), errors="replace") as file:
                    said += [f"{name}: {line.rstrip()}" for line in file.readlines()[-5:]]
        return "\n".join(said)


def end(process):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


def pinned(cores):
    def pin():
        os.sched_setaffinity(0, cores)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    return pin


def run(command, cores=CLIENT, **options):
    """What it printed; Failed with what it complained of."""
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=pinned(cores), **options)
    if done.returncode != 0:
        raise Failed(f"{' '.join(command[:3])}…: {(done.stderr or done.stdout).strip()[-800:]}")
    return done.stdout


def free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


def listens(port):
    with socket.socket() as it:
        return it.connect_ex(("127.0.0.1", port)) == 0


def cpu(pid):
    """Microseconds of CPU, user and system, that the process has used: by the scheduler's own account of its threads, where
    the kernel keeps one (nanoseconds), else in ticks. Threads that have ended are in the ticks only."""
    try:
        total = 0
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/schedstat") as file:
                total += int(file.read().split()[0])
        return total / 1e3
    except FileNotFoundError:
        return cpu_of_life(pid)


def cpu_of_life(pid):
    """The same in ticks of 10 ms, with the threads that have ended."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1e6 / os.sysconf("SC_CLK_TCK")


def memory(pid, field):
    """VmRSS or RssAnon in bytes."""
    with open(f"/proc/{pid}/status") as file:
        for line in file:
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
    raise Failed(f"/proc/{pid}/status has no {field}")


def private(pid):
    """Bytes of memory that nobody shares, page tables aside."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return sum(int(line.split()[1]) * 1024 for line in file if line.startswith("Private_"))


def machine():
    with open("/proc/cpuinfo") as file:
        model = next((line.partition(":")[2].strip() for line in file if line.startswith("model name")), "unknown CPU")
    kernel = os.uname().release.split("-")[0]
    return f"{model}, {len(CORES)} cores, Linux {kernel}"
