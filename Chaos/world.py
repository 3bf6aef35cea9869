"""The world that chaos breaks: API server, webhook and operators as real processes, each pod in its own network."""

import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass

import apiserver
from cluster import APPS, AWAY, MERGE, PODS, SEATS, TASKS_DEFAULT, Cluster, Refused

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
OPERATOR, WEBHOOK = "leaderless-operator", "workclaim-webhook"
BASE = os.path.join(ROOT, "manifests", "base")


@dataclass(frozen=True, order=True)
class Pod:
    """A container's process: the pod's name and uid, and the pid."""

    name: str
    uid: str
    pid: int


class World:
    def __init__(self, folder, workclaim, operators=6, profile="fast", concurrency=16, stateful=False,
                 orphans_live_on=12):
        self.folder, self.workclaim = folder, workclaim
        # Without a probe nobody ends a process because it stands still.
        self.has_liveness_probe = True
        self.count, self.profile, self.concurrency, self.stateful = operators, profile, concurrency, stateful
        self.orphans_live_on = orphans_live_on
        self.witness = os.path.join(folder, "witness")
        os.makedirs(self.witness)
        os.makedirs(os.path.join(folder, "logs"))
        self.environment = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "SWIFT_BACKTRACE": "enable=no",
            "CHAOS_FOLDER": folder, "CHAOS_WITNESS": self.witness, "HOME": folder,
            "CHAOS_ADDRESSES": "/run/netns-addresses",
        }

    def start(self):
        self.server = apiserver.choose(self)
        self.server.start()
        self.environment["KUBECONFIG"] = self.server.kubeconfig
        self.cluster = Cluster(self.server.kubeconfig)
        self.install()
        self.node = self.launch("node", [
            self.workclaim, "node", "--folder", os.path.join(self.folder, "node"), "--network", os.path.join(HERE, "network"),
            "--orphans-live-on", str(self.orphans_live_on)])
        self.wait_until("the webhook and the operators are ready", 60, self.is_whole)
        self.wait_until("the webhook assigns", 60, self.assigns)

    def launch(self, name, command):
        log = open(os.path.join(self.folder, "logs", name + ".log"), "ab")
        return subprocess.Popen(command, env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def stop(self):
        self.node.send_signal(signal.SIGCONT)
        self.node.terminate()
        self.node.wait(30)
        self.network("reset")
        self.server.stop()

    def wait_until(self, what, seconds, holds):
        deadline = time.monotonic() + seconds
        while True:
            try:
                if holds():
                    return
            except (*AWAY, Refused):
                pass
            if time.monotonic() > deadline:
                raise SystemExit(f"not within {seconds} s: {what}; logs are in {self.folder}")
            time.sleep(0.05)

    # What is installed

    def kubectl(self, *arguments, stdin=None):
        done = subprocess.run(["kubectl", *arguments], env=self.environment, input=stdin, capture_output=True)
        if done.returncode != 0:
            raise SystemExit(f"kubectl {' '.join(arguments)}: {done.stderr.decode()}")
        return done.stdout.decode()

    def install(self):
        for manifest in manifests():
            path = os.path.join(BASE, manifest)
            text = self.kubectl("create", "--dry-run=client", "--validate=false", "-o", "json", "-f", path)
            objects = [self.adjusted(item) for item in documents(text)]
            self.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}).encode())

    def adjusted(self, item):
        if item["kind"] == "Deployment" and item["metadata"]["name"] == OPERATOR:
            container = item["spec"]["template"]["spec"]["containers"][0]
            container["args"] += [f"--exec={HERE}/witness", f"--profile={self.profile}", "--exec-timeout=86400",
                                  f"--concurrency={self.concurrency}"]
            if not self.has_liveness_probe:
                del container["livenessProbe"]
            item["spec"]["replicas"] = self.count
            if self.stateful:
                del item["spec"]["strategy"]
                item.update(kind="StatefulSet")
                item["spec"]["serviceName"] = OPERATOR
                for variable in container["env"]:
                    if variable["name"] == "REVISION":
                        variable["valueFrom"]["fieldRef"]["fieldPath"] = "metadata.labels['controller-revision-hash']"
        return item

    @property
    def workload(self):
        return f"{APPS}/{'statefulsets' if self.stateful else 'deployments'}/{OPERATOR}"

    def roll(self):
        """A new template: what `kubectl rollout restart` does."""
        stamp = {"chaos/rolled-at": str(time.time())}
        self.cluster.call("PATCH", self.workload, {"spec": {"template": {"metadata": {"annotations": stamp}}}}, MERGE)

    def scale(self, count):
        self.cluster.call("PATCH", self.workload, {"spec": {"replicas": count}}, MERGE)

    # What is there

    def is_whole(self):
        pods = self.cluster.get(PODS)["items"]
        ready = {role: [pod for pod in pods if pod["metadata"]["labels"]["app"] == role and is_ready(pod)]
                 for role in (OPERATOR, WEBHOOK)}
        wanted = self.cluster.get(self.workload)
        current = wanted.get("status", {})
        return (len(ready[WEBHOOK]) >= 2 and len(ready[OPERATOR]) == wanted["spec"]["replicas"]
                and len([pod for pod in pods if pod["metadata"]["labels"]["app"] == OPERATOR]) == len(ready[OPERATOR])
                and current.get("updatedReplicas") == wanted["spec"]["replicas"]
                and current.get("observedGeneration") == wanted["metadata"]["generation"])

    def assigns(self):
        """Whether new tasks go to every operator: dry runs are placed and not stored."""
        owners = set()
        for index in range(8 * self.count):
            answer = self.cluster.call("POST", TASKS_DEFAULT + "?dryRun=All", task(f"probe-{time.time_ns()}-{index}"))
            owners.add(answer.get("spec", {}).get("owner", ""))
        return "" not in owners and len(owners) == self.count

    def processes(self, role=OPERATOR):
        """The containers' processes of a role, by name."""
        found = []
        word = b"operator" if role == OPERATOR else b"webhook"
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    arguments = file.read().split(b"\0")
                if len(arguments) < 2 or arguments[1] != word or not arguments[0].endswith(b"workclaim"):
                    continue
                with open(f"/proc/{entry}/environ", "rb") as file:
                    values = dict(pair.partition(b"=")[::2] for pair in file.read().split(b"\0"))
            except OSError:
                continue  # it ended meanwhile
            found.append(Pod(values.get(b"POD_NAME", b"").decode(), values.get(b"POD_UID", b"").decode(), int(entry)))
        return sorted(found)

    def network(self, *arguments):
        return subprocess.run([os.path.join(HERE, "network"), *arguments], env=self.environment,
                              capture_output=True).returncode == 0

    def seats(self):
        return {lease["metadata"]["name"]: lease for lease in self.cluster.get(SEATS)["items"]}


def manifests():
    """The files of the base, in their order."""
    with open(os.path.join(BASE, "kustomization.yaml")) as file:
        return [line[2:].strip() for line in file if line.startswith("- ")]


def task(name):
    return {"apiVersion": "future.ideas.protosam/v1beta1", "kind": "TaskOwner", "metadata": {"name": name}}


def documents(text):
    """kubectl prints one JSON object after the other, or a List."""
    decoder, position = json.JSONDecoder(), 0
    while position < len(text.rstrip()):
        while text[position].isspace():
            position += 1
        value, position = decoder.raw_decode(text, position)
        yield from value["items"] if value["kind"] == "List" else [value]


def is_ready(pod):
    if "deletionTimestamp" in pod["metadata"]:
        return False
    conditions = pod.get("status", {}).get("conditions", [])
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
