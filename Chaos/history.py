"""What the API server has stored of every task and seat, change by change: the referee's second source."""

import json
import threading
import time

from cluster import AWAY, SEATS, TASKS, Refused


class History:
    """Watches into a file of lines [time, kind, uid, …] until stopped. `complete` is False once changes were missed."""

    def __init__(self, cluster, path):
        self.cluster, self.path = cluster, path
        self.missed = 0
        self.lock = threading.Lock()
        self.file = open(path, "a", buffering=1 << 16)
        self.stopping = False
        for resource, read in [(TASKS + "/task-owners", task_line), (SEATS, seat_line)]:
            threading.Thread(target=self.follow, args=(resource, read), daemon=True).start()

    def follow(self, resource, read):
        version, started = None, False
        while not self.stopping:
            try:
                if version is None:
                    items, version = self.cluster.list(resource)
                    self.missed += started
                    started = True
                    for item in items:
                        self.write(read(item, "LISTED"))
                for event in self.cluster.watch(resource, version):
                    if event["type"] == "ERROR":
                        version = None if event["object"].get("code") == 410 else version
                        break
                    version = event["object"]["metadata"]["resourceVersion"]
                    if event["type"] != "BOOKMARK":
                        self.write(read(event["object"], event["type"]))
            except Refused as refusal:
                version = None if refusal.code == 410 else version
                time.sleep(0.2)
            except (*AWAY, ValueError):
                time.sleep(0.2)

    def write(self, line):
        with self.lock:
            self.file.write(json.dumps(line) + "\n")

    def flush(self):
        with self.lock:
            self.file.flush()

    def stop(self):
        self.stopping = True
        self.flush()


def task_line(task, event):
    spec, status = task.get("spec", {}), task.get("status", {})
    ownership = spec.get("ownership", {})
    return [time.time(), "task", event, task["metadata"]["uid"], task["metadata"]["name"], spec.get("owner", ""),
            ownership.get("epoch", 0), status.get("fence", ""), status.get("phase", ""), status.get("attempts", 0)]


def seat_line(lease, event):
    spec, annotations = lease.get("spec", {}), lease["metadata"].get("annotations", {})
    keys = {key.split("/")[-1]: value for key, value in annotations.items()}
    return [time.time(), "seat", event, lease["metadata"]["uid"], lease["metadata"]["name"],
            spec.get("holderIdentity", ""), spec.get("leaseTransitions", 0), keys.get("heir", ""), keys.get("draining", "")]
