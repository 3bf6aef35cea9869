"""Creates tasks as users do, and remembers which ones the API server has taken."""

import json
import random
import threading
import time

from cluster import AWAY, TASKS_DEFAULT, Refused
from world import task


class Feeder:
    """`count` tasks, spread evenly over `seconds`, by a few threads. A creation without an answer is tried again under the
    same name, so that each name becomes one task."""

    threads = 4

    def __init__(self, cluster, path, seed, count, seconds, work):
        self.cluster, self.count, self.seconds, self.work = cluster, count, seconds, work
        self.random = random.Random(seed)
        self.file = open(path, "a", buffering=1)
        self.lock = threading.Lock()
        self.numbers = iter(range(count))
        self.begin = time.monotonic()
        self.running = [threading.Thread(target=self.feed, daemon=True) for _ in range(self.threads)]
        self.created = 0
        self.unowned = 0
        for thread in self.running:
            thread.start()

    def feed(self):
        while True:
            with self.lock:
                number = next(self.numbers, None)
                milliseconds = self.work(self.random)
            if number is None:
                return
            time.sleep(max(0, self.begin + self.seconds * number / self.count - time.monotonic()))
            self.create(f"chaos-{number:06}-w{milliseconds}")

    def create(self, name):
        while True:
            try:
                made = self.cluster.call("POST", TASKS_DEFAULT, task(name))
            except Refused as refusal:
                if refusal.code != 409:
                    time.sleep(0.2)
                    continue
                made = self.look(name)
            except AWAY:
                time.sleep(0.2)
                continue
            if made:
                break
        with self.lock:
            self.created += 1
            self.unowned += not made.get("spec", {}).get("owner")
            self.file.write(json.dumps([time.time(), made["metadata"]["uid"], name]) + "\n")

    def look(self, name):
        try:
            return self.cluster.get(f"{TASKS_DEFAULT}/{name}")
        except (*AWAY, Refused):
            return None

    def is_busy(self):
        return any(thread.is_alive() for thread in self.running)

    def join(self):
        for thread in self.running:
            thread.join()


def mixed_work(random):
    """Milliseconds: mostly short, one in fifty long enough to be caught by most faults."""
    return random.randint(3000, 9000) if random.random() < 0.02 else random.randint(20, 300)
