"""The faults, drawn from a seed: which kind, whom, for how long. Each is done and undone on its own thread."""

import json
import os
import random
import signal
import threading
import time

from cluster import AWAY, PODS, SEATS, Refused
from world import WEBHOOK

DIRECTIONS = ["in", "out", "both"]


class Faults:
    """`horizon` is D, the longest that a silent pod may be believed alive; pauses are drawn around it."""

    def __init__(self, world, seed, horizon, path):
        self.world, self.horizon = world, horizon
        self.random = random.Random(seed)
        self.file = open(path, "a", buffering=1)
        self.threads = []
        self.api = threading.Lock()
        # Kind, and how often it is drawn among all.
        self.kinds = [
            (self.kill_operator, 20), (self.freeze_operator, 16), (self.drain_pod, 12), (self.cut_network, 16),
            (self.delete_by_force, 8), (self.delete_seat, 5), (self.kill_webhook, 8), (self.freeze_webhook, 4),
            (self.freeze_api, 4), (self.restart_api, 3), (self.roll_out, 3), (self.scale, 5)]

    def inject(self):
        """The next fault. It is written down when it begins; `seconds` says how long it is meant to last."""
        kind = self.random.choices([kind for kind, _ in self.kinds], [weight for _, weight in self.kinds])[0]
        name = kind.__name__.replace("_", " ")
        # Drawn here, in one order, so that the same seed gives the same faults.
        seconds, choice = self.random.uniform(0.3, 2.5) * self.horizon, self.random.random()
        thread = threading.Thread(target=self.perform, args=(kind, name, seconds, choice), daemon=True)
        thread.start()
        self.threads = [one for one in self.threads if one.is_alive()] + [thread]

    def perform(self, kind, name, seconds, choice):
        record = {"at": time.time(), "kind": name}
        try:
            for note in kind(seconds, choice):
                record.update(note)
                self.file.write(json.dumps(record) + "\n")
        except (*AWAY, Refused, ProcessLookupError) as error:
            # The API was away, or the victim had just gone: nothing was broken.
            self.file.write(json.dumps({**record, "skipped": str(error)}) + "\n")

    def end(self):
        """Waits until everything is undone, however it went."""
        for thread in self.threads:
            thread.join()

    def victim(self, choice, processes):
        if not processes:
            raise ProcessLookupError("nobody is there")
        return processes[int(choice * len(processes))]

    # One generator per kind: it breaks something, says so once, and mends it.

    def kill_operator(self, _, choice):
        pod = self.victim(choice, self.world.processes())
        os.kill(pod.pid, signal.SIGKILL)
        yield {"pod": pod.name}

    def freeze_operator(self, seconds, choice):
        yield from self.freeze(self.victim(choice, self.world.processes()), seconds)

    def freeze_webhook(self, seconds, choice):
        """Until a probe fails, a creation for which it is asked waits for the whole timeout, and is unowned."""
        yield from self.freeze(self.victim(choice, self.world.processes(WEBHOOK)), seconds)

    def freeze(self, pod, seconds):
        os.kill(pod.pid, signal.SIGSTOP)
        yield {"pod": pod.name or str(pod.pid), "seconds": seconds}
        time.sleep(seconds)
        try:
            os.kill(pod.pid, signal.SIGCONT)
        except ProcessLookupError:
            pass  # its probes failed and the kubelet killed it, as it should

    def drain_pod(self, _, choice):
        pod = self.victim(choice, self.world.processes())
        self.world.cluster.call("DELETE", f"{PODS}/{pod.name}")
        yield {"pod": pod.name}

    def cut_network(self, seconds, choice):
        pod = self.victim(choice, self.world.processes())
        direction = DIRECTIONS[int(choice * 997) % 3]
        if not self.world.network("cut", pod.uid, direction):
            raise ProcessLookupError(f"{pod.name} has no network any more")
        yield {"pod": pod.name, "seconds": seconds, "direction": direction}
        time.sleep(seconds)
        self.world.network("heal", pod.uid)

    def delete_by_force(self, _, choice):
        """The object is gone; the process lives on for a while and works until it notices."""
        pod = self.victim(choice, self.world.processes())
        self.world.cluster.call("DELETE", f"{PODS}/{pod.name}", {"gracePeriodSeconds": 0})
        yield {"pod": pod.name, "seconds": self.world.orphans_live_on}

    def delete_seat(self, _, choice):
        seat = self.victim(choice, sorted(self.world.seats()))
        self.world.cluster.call("DELETE", f"{SEATS}/{seat}")
        yield {"pod": seat}

    def kill_webhook(self, _, choice):
        pod = self.victim(choice, self.world.processes(WEBHOOK))
        os.kill(pod.pid, signal.SIGKILL)
        yield {"pod": pod.name or str(pod.pid)}

    def freeze_api(self, seconds, _):
        with self.api:
            self.world.server.freeze()
            yield {"seconds": seconds}
            time.sleep(seconds)
            self.world.server.thaw()

    def restart_api(self, seconds, _):
        if self.world.server.forgets:
            raise Refused(501, self.world.server.forgets)
        with self.api:
            self.world.server.halt()
            yield {"seconds": seconds / 2}
            time.sleep(seconds / 2)
            self.world.server.start()

    def roll_out(self, *_):
        self.world.roll()
        yield {}

    def scale(self, _, choice):
        count = self.world.count + int(choice * 5) - 2
        self.world.scale(count)
        yield {"replicas": count}
