"""The figures of docs/reliability.md, each measured from outside: by the witnesses' times and by what the API server stored."""

import datetime
import glob
import os
import random
import signal
import time

import referee
from cluster import TASKS
from feeder import Feeder
from history import History
from referee import spread
from world import World

HOUR = 3_600_000
HORIZONS = {"fast": 5, "default": 10, "calm": 15}


class Lab:
    """A world with a recorder, and tasks that work for an hour unless a measurement says otherwise."""

    def __init__(self, chosen, name, operators, profile, stateful=False, concurrency=16, has_liveness_probe=True):
        self.folder = os.path.join(chosen.out, name)
        os.makedirs(self.folder)
        self.world = World(self.folder, chosen.workclaim, operators, profile, concurrency, stateful)
        self.world.has_liveness_probe = has_liveness_probe
        self.seed = chosen.seed

    def __enter__(self):
        self.world.start()
        self.history = History(self.world.cluster, self.path("changes.jsonl"))
        return self

    def __exit__(self, *_):
        self.history.stop()
        self.world.stop()

    def path(self, name):
        return os.path.join(self.folder, name)

    def feed(self, count, milliseconds=HOUR):
        """Creates so many tasks as fast as four clients can."""
        feeder = Feeder(self.world.cluster, self.path("created.jsonl"), self.seed, count, count / 1000, lambda _: milliseconds)
        feeder.join()

    def runs(self):
        """Every handler run so far, by task."""
        return {uid: referee.read_runs_of(self.folder, uid) for uid in os.listdir(self.world.witness)}

    def every_run(self):
        return [run for runs in self.runs().values() for run in runs]

    def wait_for_runs(self, count, seconds=120):
        self.world.wait_until(f"{count} handlers run", seconds, lambda: self.running() >= count)

    def running(self):
        return sum(bool(runs) and runs[-1].end is None for runs in self.runs().values())

    def changes(self, kind):
        self.history.flush()
        return [line for line in referee.json_lines(self.path("changes.jsonl")) if line[1] == kind]

    def verdict(self):
        """What the referee has against the runs and the history so far; tasks may be unfinished."""
        verdict = referee.Verdict()
        runs, changes = self.runs(), self.changes("task")
        for uid, ones in runs.items():
            referee.judge_runs(uid, ones, verdict)
        moves = referee.judge_history(changes, verdict)
        verdict.epochs, verdict.unseen = referee.epochs_stored(changes, runs)
        return verdict, moves

    def roll(self, seconds=180):
        """A rollout, until the new pods are there and the old ones are gone."""
        self.world.roll()
        self.world.wait_until("the rollout is over", seconds, self.world.is_whole)


def say(name, text):
    print(f"{name:56}{text}", flush=True)


def disorders(verdict):
    return f"{len(verdict.faults)}; of {verdict.epochs} stored epochs {verdict.unseen} not seen"


def drain_gap(chosen):
    """From the drainer's last worker stopped to the heir permitted to start, and to its first handler running, with 10,
    1,000 and 10,000 tasks."""
    for tasks, rounds in [(10, 25), (1_000, 12), (10_000, 6)]:
        allowed, gaps, filled = [], [], []
        with Lab(chosen, f"drain-{tasks}", 1, "default") as lab:
            lab.feed(tasks)
            workers = min(tasks, 16)
            lab.wait_for_runs(workers)
            for _ in range(chosen.rounds or rounds):
                begin = time.time()
                drainer = lab.world.processes()[0].name
                lab.roll()
                lab.wait_for_runs(workers)
                gap, full, stopped = hand_over(lab.every_run(), drainer, begin, workers)
                allowed.append(permitted(lab, begin) - stopped)
                gaps.append(gap)
                filled.append(full)
            verdict, _ = lab.verdict()
        say(f"{tasks} tasks: until the heir may start", spread(allowed))
        say(f"{tasks} tasks: until its first handler runs", spread(gaps))
        say(f"{tasks} tasks: until {workers} workers are busy", spread(filled))
        say(f"{tasks} tasks: overlaps and disorders", disorders(verdict))


def hand_over(runs, drainer, begin, workers):
    """Seconds from the drainer's last stop to the first start elsewhere, to the start that fills all workers; and when it
    stopped."""
    last = max(run.end for run in runs if run.pod == drainer and run.end and run.end > begin)
    starts = sorted(run.start for run in runs if run.pod != drainer and run.start > begin)
    return starts[0] - last, starts[workers - 1] - last, last


def permitted(lab, begin):
    """When the heir held every seat that was handed over and knew its tasks, as its own log has it: no witness sees that."""
    times = []
    for path in glob.glob(lab.path("node/logs/*.log")):
        with open(path) as file:
            lines = [line for line in file if stamp(line) > begin]
        for at, line in enumerate(lines):
            if 'msg="seat held" how=inherited' in line:
                seat = line.split(" seat=")[1].split()[0]
                times.append(next(stamp(later) for later in lines[at:]
                                  if 'msg="tasks of the seat listed"' in later and f" seat={seat}" in later))
    return max(times)


def stamp(line):
    text = line.split("time=", 1)[1].split(" ", 1)[0].replace("Z", "+00:00")
    return datetime.datetime.fromisoformat(text).timestamp()


def restart_rate(chosen):
    """How fast an heir gets through 10,000 tasks of 20 ms each once it has the seat."""
    with Lab(chosen, "restart", 1, "default") as lab:
        lab.feed(10_000, HOUR)
        lab.wait_for_runs(16)
        # From now on the same tasks are short: a handler reads its time from this file if there is one.
        with open(os.path.join(lab.folder, "hurry"), "w") as file:
            file.write("20")
        drainer = lab.world.processes()[0].name
        lab.roll()
        lab.world.wait_until("all are done", 900, lambda: sum(
            any(run.finished for run in runs) for runs in lab.runs().values()) >= 10_000)
        ends = sorted(run.end for run in lab.every_run() if run.pod != drainer and run.finished)
        say("10,000 tasks of 20 ms after a hand-over", f"{ends[-1] - ends[0]:.1f} s, {len(ends) / (ends[-1] - ends[0]):.0f} tasks/s")


def stateful_rollout(chosen):
    """Task writes of a StatefulSet rollout: 0 of ownership; status writes told apart."""
    with Lab(chosen, "stateful", 3, "default", stateful=True) as lab:
        lab.feed(90)
        lab.wait_for_runs(48)
        time.sleep(3)
        before = len(lab.changes("task"))
        lab.roll()
        lab.wait_for_runs(48)
        quiet(lab)
        changes = lab.changes("task")[before:]
        verdict, moves = lab.verdict()
        say("owner changes of 90 tasks", str(sum(moves.values())))
        say("epoch changes of 90 tasks", str(sum(line[6] for line in latest(lab.changes("task")).values())))
        say("status writes", f"{len(changes)} ({len(changes) / 90:.2f} per task)")
        say("interruptions per task that ran", f"{interruptions(lab):.2f}")
        say("overlaps and disorders", disorders(verdict))


def deployment_rollout(chosen):
    """Owner changes per task in a Deployment rollout (surge 1, maxUnavailable 0) of 3, 5 and 10 pods."""
    for pods in (3, 5, 10):
        with Lab(chosen, f"rollout-{pods}", pods, "default") as lab:
            tasks = 30 * pods
            lab.feed(tasks)
            lab.wait_for_runs(16 * pods)
            lab.roll(300)
            # A minute after the last change of members the heirs begin to take idle tasks home, at a bounded rate.
            quiet(lab, 75)
            verdict, moves = lab.verdict()
            say(f"{pods} pods: owner changes per task", f"{sum(moves.values()) / tasks:.3f} (most of one task: {max(moves.values(), default=0)})")
            say(f"{pods} pods: interruptions per task that ran", f"{interruptions(lab):.2f}")
            say(f"{pods} pods: overlaps and disorders", disorders(verdict))


def interruptions(lab):
    runs = [ones for ones in lab.runs().values() if ones]
    return sum(len(ones) - 1 for ones in runs) / len(runs)


def latest(changes):
    return {line[3]: line for line in changes}


def quiet(lab, seconds=10):
    """Until no task has been written for so long."""
    count, since = -1, time.monotonic()
    while time.monotonic() - since < seconds:
        now = len(lab.changes("task"))
        if now != count:
            count, since = now, time.monotonic()
        time.sleep(0.5)


def crash(chosen):
    """kill -9 of an operator to the next owner working: with proof of death (the kubelet tells) and without."""
    for profile in ("fast", "default"):
        for told in (True, False):
            firsts, lasts, verdict = crashes(chosen, f"crash-{profile}-{told}", profile, told, chosen.rounds or (10 if told else 5))
            how = "kubelet tells" if told else "node is silent"
            say(f"{profile}, {how}: first task works again", spread(firsts))
            say(f"{profile}, {how}: all of its tasks work again", spread(lasts))
            say(f"{profile}, {how}: overlaps and disorders", disorders(verdict))


def crash_of_two(chosen):
    """kill -9 of two of four operators at once, the node silent: one may be the first in line for the other's seat."""
    for profile in ("fast", "default"):
        _, lasts, verdict = crashes(chosen, f"crash-of-two-{profile}", profile, False, chosen.rounds or 3, count=2)
        say(f"{profile}, node is silent: all tasks of both work again", spread(lasts))
        say(f"{profile}, node is silent: overlaps and disorders", disorders(verdict))


def crashes(chosen, name, profile, told, rounds, count=1):
    """Kills `count` of four pods at once, so many times: seconds until the first and the last of their tasks work again."""
    firsts, lasts = [], []
    # Whoever takes over has workers for all of them.
    with Lab(chosen, name, 4, profile, concurrency=48) as lab:
        lab.feed(48)
        for _ in range(rounds):
            lab.wait_for_runs(48)
            lab.world.wait_until("all seats are their own pods'", 120, lambda: at_home(lab))
            # A kubelet tells the second in which a container ended. In the one in which it took its seat that proves nothing: it may
            # be the end of the container before.
            time.sleep(2)
            lab.wait_for_runs(48)
            pods = [pod for pod in lab.world.processes() if never_lost(lab, pod)]
            if len(pods) < count:
                break
            first, last = crash_once(lab, told, random.sample(pods, count))
            firsts.append(first)
            lasts.append(last)
        return firsts, lasts, lab.verdict()[0]


def crash_once(lab, told, victims):
    tasks = set().union(*(never_lost(lab, pod) for pod in victims))
    if not told:
        lab.world.node.send_signal(signal.SIGSTOP)
    at = time.time()
    for pod in victims:
        os.kill(pod.pid, signal.SIGKILL)

    def resumed():
        runs = lab.runs()
        return all(runs[uid][-1].start > at for uid in tasks)

    lab.world.wait_until("other pods have taken over", 60, resumed)
    lab.world.node.send_signal(signal.SIGCONT)
    runs = lab.runs()
    starts = sorted(next(run.start for run in runs[uid] if run.start > at) - at for uid in tasks)
    return starts[0], starts[-1]


def never_lost(lab, pod):
    """The tasks that this pod works on now and that no pod has died of: those wait on purpose (decision 25)."""
    runs = lab.runs()
    return {uid for uid in working(lab, pod) if all(run.end for run in runs[uid][:-1])}


def working(lab, pod):
    """The tasks that this pod works on now."""
    return {uid for uid, runs in lab.runs().items() if runs and runs[-1].pod == pod.name and runs[-1].end is None}


def at_home(lab):
    """Every live pod holds the seat of its name and has said in which container, and no other seats are left."""
    pods = {pod.name for pod in lab.world.processes()}
    seats = lab.world.seats()
    return len(pods) == lab.world.count and set(seats) == pods and all(says_where(seat) for seat in seats.values())


def says_where(seat):
    holder = seat["spec"].get("holderIdentity", "")
    container = seat["metadata"].get("annotations", {}).get("future.ideas.protosam/container-id", "")
    return holder.startswith(seat["metadata"]["name"] + "_") and container.startswith(holder.rpartition("_")[2] + "/")


def sleeper(chosen):
    """SIGSTOP beyond D, then SIGCONT: what the sleeper still does, and what of it the API server takes."""
    for profile, horizon in HORIZONS.items():
        works, rounds = 0, chosen.rounds or 5
        with Lab(chosen, f"sleeper-{profile}", 3, profile, has_liveness_probe=False) as lab:
            lab.feed(18)
            for _ in range(rounds):
                lab.wait_for_runs(18)
                lab.world.wait_until("all seats are their own pods'", 120, lambda: at_home(lab))
                victim = lab.world.processes()[0]
                tokens = max((run.token for run in lab.every_run() if run.pod == victim.name), default=(0, 0))
                os.kill(victim.pid, signal.SIGSTOP)
                time.sleep(1.3 * horizon)
                woken = time.time()
                os.kill(victim.pid, signal.SIGCONT)
                time.sleep(3)
                works += sum(run.start > woken and run.token <= tokens for run in lab.every_run() if run.pod == victim.name)
            verdict, _ = lab.verdict()
        say(f"{profile}: sleeps of {1.3 * horizon:.1f} s", str(rounds))
        say(f"{profile}: handlers started under the old term", str(works))
        say(f"{profile}: writes that landed under the old term", str(verdict.count("history")))
        say(f"{profile}: overlaps and disorders", disorders(verdict))


def outage(chosen):
    """The API server gone for 60 s: who takes over (nobody), and when work is resumed."""
    with Lab(chosen, "outage", 4, "default") as lab:
        ways = [("frozen", lab.world.server.freeze, lab.world.server.thaw)]
        if not lab.world.server.forgets:
            ways.append(("stopped and started", lab.world.server.halt, lab.world.server.start))
        else:
            say("stopped and started", "skipped: " + lab.world.server.forgets)
        lab.feed(48)
        for way, take, give in ways:
            lab.wait_for_runs(40)
            before = holders(lab)
            take()
            time.sleep(60)
            at = time.time()
            give()
            # Those that were killed have left no word of their end: what counts is who began after it.
            lab.world.wait_until("all work again", 120, lambda: sum(
                bool(runs) and runs[-1].start > at for runs in lab.runs().values()) >= 40)
            lab.world.wait_until("seats are held", 60, lambda: all(holders(lab).values()))
            starts = [runs[-1].start - at for runs in lab.runs().values() if runs and runs[-1].start > at]
            say(f"{way}: seats that changed hands", str(sum(before[seat] != pod for seat, pod in holders(lab).items())))
            say(f"{way}: work resumed after", spread(starts))
        items, _ = lab.world.cluster.list(TASKS + "/task-owners")
        verdict, moves = lab.verdict()
        say("tasks lost of 48", str(48 - len(items)))
        say("owner changes", str(sum(moves.values())))
        say("overlaps and disorders", disorders(verdict))


def holders(lab):
    return {name: lease["spec"].get("holderIdentity", "").split("_")[0] for name, lease in lab.world.seats().items()}


FIGURES = {name.replace("_", "-"): figure for name, figure in [
    ("drain_gap", drain_gap), ("restart_rate", restart_rate), ("stateful_rollout", stateful_rollout),
    ("deployment_rollout", deployment_rollout), ("crash", crash), ("crash_of_two", crash_of_two),
    ("sleeper", sleeper), ("outage", outage)]}
