"""The parts of a soak, each on a thread of its own: load, tasks, and what comes and goes."""

import json
import math
import os
import random
import re
import socket
import struct
import threading
import time

import servers
from kube import NAMESPACE, SLICES, TASKS_DEFAULT, endpoint_slice
from processes import ROOT, Failed, cpu, run

RESIDENT = "op-0"
STRETCH = 5  # seconds of load between two looks at what came of it
# After 10,000 the webhook asks a client to come again on a new connection, so that clients spread; h2load does not come again.
REQUESTS_OF_A_CONNECTION = 8_000


class Part:
    """A thread that repeats `turn` until the end; the first error ends the soak."""

    pause = 0.0

    def __init__(self):
        self.troubles, self.counts = [], {}
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.repeat, daemon=True)

    def begin(self):
        self.thread.start()

    def repeat(self):
        while not self.ending.wait(self.pause):
            try:
                self.turn()
            except Exception as error:  # whatever it is: a soak without this part would prove nothing
                self.troubles.append(f"{type(error).__name__}: {error}")
                return

    def end(self):
        self.ending.set()
        self.thread.join(120)
        if self.thread.is_alive():
            self.troubles.append("does not end")

    def count(self, what, by=1):
        self.counts[what] = self.counts.get(what, 0) + by

    def told(self):
        return ", ".join(f"{count:,.0f} {what}" for what, count in self.counts.items())


class Load(Part):
    """Reviews at a fixed rate, half by HTTP/1.1 and half by HTTP/2."""

    def __init__(self, lab, webhook, share):
        super().__init__()
        self.lab, self.webhook = lab, webhook
        # What one costs, half of each kind, says how many make the share of a core.
        before = cpu(webhook.pid)
        self.http1("closed", "--count", "20000")
        self.http2(20_000)
        self.cost = (cpu(webhook.pid) - before) / 40_000
        self.counts.clear()
        self.rate = share * 1e6 / self.cost
        self.used, self.since = cpu(webhook.pid), time.monotonic()

    def turn(self):
        each = self.rate / 2
        failures = []

        def other_half():
            try:
                self.http2(round(each * STRETCH), each)
            except Failed as error:
                failures.append(error)

        beside = threading.Thread(target=other_half)
        beside.start()
        self.http1("open", "--rate", str(each), "--seconds", str(STRETCH))
        beside.join()
        if failures:
            raise failures[0]

    def http1(self, mode, *options):
        told = json.loads(run([servers.built_load(), mode, "--port", str(self.webhook.port), "--body", servers.REVIEW, *options]))
        self.count("reviews by HTTP/1.1", told["count"])

    def http2(self, count, rate=None):
        connections = max(4, math.ceil(count / REQUESTS_OF_A_CONNECTION))
        pace = ["--rps", str(round(rate / connections))] if rate else []
        said = run(["h2load", "-c", str(connections), "-m", "16", "-n", str(count), *pace, "-d", servers.REVIEW, "-H",
                    "content-type: application/json", self.webhook.url])
        if f"{count} succeeded, 0 failed, 0 errored, 0 timeout" not in said:
            raise Failed("h2load: " + "; ".join(line for line in said.splitlines() if line.startswith(("requests", "status"))))
        self.count("reviews by HTTP/2", count)

    def end(self):
        super().end()
        self.share = (cpu(self.webhook.pid) - self.used) / 1e4 / (time.monotonic() - self.since)

    def told(self):
        return f"load: {super().told()}; the webhook used {self.share:.0f} % of a core"


class Tasks(Part):
    """Tasks through the API server, which asks the webhook; each has to be owned in the answer, and is removed after its end."""

    rate, pause = 20, 0.05

    def __init__(self, kube):
        super().__init__()
        self.kube = kube

    def turn(self):
        made = self.kube.cluster.call("POST", TASKS_DEFAULT, {
            "apiVersion": "future.ideas.protosam/v1beta1", "kind": "TaskOwner", "metadata": {"generateName": "soak-"},
            "spec": {"ttlSecondsAfterFinished": 5}})
        self.count("tasks created")
        if not made["spec"].get("owner"):
            raise Failed(f"{made['metadata']['name']} was created without an owner")

    def unfinished(self):
        """What is still there once all had time to end and to be removed."""
        def rest():
            return self.kube.cluster.list(TASKS_DEFAULT)[0]

        deadline = time.monotonic() + 60
        while (left := rest()) and time.monotonic() < deadline:
            time.sleep(1)
        return [f"{len(left)} tasks are left, such as {json.dumps(left[0])[:600]}"] if left else []

    def told(self):
        return f"tasks: {super().told()}, all owned at once, worked on and removed"


class Churn(Part):
    """Operators come and go, certificates are renewed, connections are made in good and in bad ways."""

    pause = 0.2

    def __init__(self, kube):
        super().__init__()
        self.kube, self.serial = kube, 0
        self.operators = {}
        self.port = kube.port_of_webhook
        kube.cluster.call("POST", SLICES, endpoint_slice("operators", []))
        self.resident = kube.operator(RESIDENT)
        self.operators[RESIDENT] = self.resident
        self.come(), self.come()
        kube.assigns_all(list(self.operators))
        self.next_change, self.random = time.monotonic() + 5, random.Random(1)

    def turn(self):
        if time.monotonic() > self.next_change:
            self.next_change = time.monotonic() + 15
            self.come()
            self.go(next(name for name in self.operators if name != RESIDENT))
        self.connections()

    def come(self):
        self.serial += 1
        name = f"op-{self.serial}"
        self.operators[name] = self.kube.operator(name)
        self.publish()
        self.count("operators came")

    def go(self, name):
        """In order, as a rollout does it: SIGTERM, no endpoint any more, a hand-over."""
        process = self.operators.pop(name)
        process.terminate()
        self.publish()
        if process.wait(60) != 0:
            raise Failed(f"{name} ended with {process.returncode}")
        self.kube.lab.processes.remove(process)
        self.count("operators went")

    def publish(self):
        self.kube.cluster.call("PUT", f"{SLICES}/operators", endpoint_slice("operators", list(self.operators)))

    def connections(self):
        fresh = [servers.built_load(), "fresh", "--port", str(self.port), "--body", servers.REVIEW, "--count", "20"]
        run(fresh)
        run([*fresh, "--silent"])
        self.count("connections with a review and without", 40)
        for _ in range(10):
            self.rude()
        self.count("connections broken off", 10)

    def rude(self):
        """Something else than TLS, half a hello, or nothing; then a reset."""
        with socket.create_connection(("127.0.0.1", self.port)) as it:
            said = self.random.choice([b"", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", os.urandom(64)])
            it.sendall(said)
            it.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def end(self):
        super().end()
        renewed = certificate_changes(self.port)
        self.count("certificates and authorities changed", renewed)
        if renewed < 1:
            self.troubles.append("no certificate was renewed")

    def told(self):
        return f"churn: {super().told()}"


def certificate_changes(port):
    metrics = servers.ask(f"https://127.0.0.1:{port}/metrics")
    counted = re.findall(r'^workclaim_tls_certificate_changes_total\{result="(\w+)"\} (\d+)', metrics, re.MULTILINE)
    if any(result == "refused" and int(count) for result, count in counted):
        raise Failed("a certificate was refused")
    return sum(int(count) for _, count in counted)


def installed(lab, kube):
    """The webhook as manifests install it, its endpoint written by hand: certificates live for a minute, authorities for three."""
    manifests = os.path.join(ROOT, "manifests/base")
    run(["kubectl", "create", "-f", f"{manifests}/webhook.yaml", "-f", f"{manifests}/webhook-configuration.yaml"], env=kube.environment)
    server = servers.webhook(lab, kube.binary, "webhook", [
        "--service", "leaderless-operator", "--namespace", NAMESPACE, "--own-service", "workclaim-webhook", "--cert-secret",
        "workclaim-webhook-tls", "--webhook-configuration", "workclaim", "--cert-lifetime", "60s", "--ca-lifetime", "180s",
        "--kubeconfig", kube.kubeconfig], kube.environment)
    kube.cluster.call("POST", SLICES, {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": "webhook", "labels": {"kubernetes.io/service-name": "workclaim-webhook"}},
        "ports": [{"name": "https", "port": server.port, "protocol": "TCP"}],
        "endpoints": [{"addresses": ["127.0.0.1"], "conditions": {"ready": True}}]})
    kube.port_of_webhook = server.port
    return server
