"""What the API server has stored of every task and seat, change by change: the referee's second source."""

import json
import threading
import time

from cluster import AWAY, SEATS, TASKS, Refused


class History:
    """Watches into a file of lines [time, kind, …] until stopped. Where the API server has forgotten what came next, a list
    follows, and a line of the kind `relisted` says so: changes before it were not seen. The last lines are a list, so that the
    referee knows of changes that were missed at the end."""

    def __init__(self, cluster, path):
        self.cluster, self.path = cluster, path
        self.lock = threading.Lock()
        self.file = open(path, "a", buffering=1 << 16)
        self.stopping = False
        for resource, read in KINDS:
            threading.Thread(target=self.follow, args=(resource, read), daemon=True).start()

    def follow(self, resource, read):
        version, started = None, False
        while not self.stopping:
            try:
                if version is None:
                    items, version = self.cluster.list(resource)
                    if started:
                        self.write([time.time(), "relisted", resource])
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
            # What a watch still brings is older than the last list.
            if not self.stopping:
                self.file.write(json.dumps(line) + "\n")

    def flush(self):
        with self.lock:
            self.file.flush()

    def stop(self):
        with self.lock:
            self.stopping = True
        for resource, read in KINDS:
            for item in self.last_list(resource):
                self.file.write(json.dumps(read(item, "LISTED")) + "\n")
        self.flush()

    def last_list(self, resource, seconds=30):
        deadline = time.monotonic() + seconds
        while True:
            try:
                return self.cluster.list(resource)[0]
            except (*AWAY, Refused):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)


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


KINDS = [(TASKS + "/task-owners", task_line), (SEATS, seat_line)]
