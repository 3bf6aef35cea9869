"""A small cluster for a measurement: the embedded API server, the project's CRD, the webhook that it asks, operators."""

import base64
import json
import os
import sys

import servers
from processes import CLIENT, ROOT, SERVER, Failed, run

# The same client of the API that chaos has.
sys.path.append(os.path.join(ROOT, "Chaos"))
from cluster import SEATS, TASKS_DEFAULT, Cluster, Refused  # noqa: E402

NAMESPACE, SERVICE = "workclaim", "leaderless-operator"
SLICES = f"/apis/discovery.k8s.io/v1/namespaces/{NAMESPACE}/endpointslices"
HOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"


class Kube:
    def __init__(self, lab, binary):
        self.lab, self.binary = lab, binary
        self.kubeconfig = lab.path("kubeconfig")
        self.server = lab.start("devcluster", [binary, "devcluster", "--kubeconfig-out", self.kubeconfig, "--ready-file",
                                               lab.path("api.ready")], CLIENT)
        lab.until("the API server serves", lambda: os.path.exists(lab.path("api.ready")))
        self.cluster = Cluster(self.kubeconfig)
        self.port = self.cluster.address.port
        self.environment = {**os.environ, "KUBECONFIG": self.kubeconfig, "HOME": lab.folder}
        self.credentials = lab.path("admin.pem")
        with open(self.credentials, "wb") as file:
            for part in ("client-certificate-data", "client-key-data"):
                file.write(base64.b64decode(self.cluster.user[part]))
        for manifest in ("namespace.yaml", "crd.yaml"):
            run(["kubectl", "create", "-f", os.path.join(ROOT, "manifests/base", manifest)], env=self.environment)

    def members(self, names, each=100):
        """The Service's slices: ready pods, a hundred in one."""
        for number in range(0, len(names), each):
            self.cluster.call("POST", SLICES, endpoint_slice(f"slice-{number // each}", names[number:number + each]))

    def seat(self, name, load):
        """A Lease as its pod would hold it, for an hour: nobody renews it here."""
        holder = f"{name}_{uid(name)[:8]}_n1"
        self.cluster.call("POST", SEATS, {
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": {"name": name, "labels": {"future.ideas.protosam/seat": "true"},
                         "annotations": {"future.ideas.protosam/load": str(load), "future.ideas.protosam/pod-uid": uid(name)}},
            "spec": {"holderIdentity": holder, "leaseDurationSeconds": 3600, "leaseTransitions": 1,
                     "renewTime": "2026-01-01T00:00:00.000000Z", "acquireTime": "2026-01-01T00:00:00.000000Z"}})

    def webhook(self, cores=SERVER):
        chain, key = servers.certificate(self.lab, self.binary)
        server = servers.webhook(self.lab, self.binary, "webhook", [
            "--service", SERVICE, "--namespace", NAMESPACE, "--kubeconfig", self.kubeconfig, "--tls-cert", chain, "--tls-key", key],
            self.environment, cores)
        with open(self.lab.path("ca.crt"), "rb") as file:
            authority = base64.b64encode(file.read()).decode()
        with open(self.lab.path("hook.json"), "w") as file:
            json.dump({
                "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration", "metadata": {"name": "workclaim"},
                "webhooks": [{
                    "name": "task-owners.workclaim.future.ideas.protosam", "admissionReviewVersions": ["v1"], "sideEffects": "None",
                    "clientConfig": {"url": server.url, "caBundle": authority}, "failurePolicy": "Ignore", "timeoutSeconds": 2,
                    "rules": [{"apiGroups": ["future.ideas.protosam"], "apiVersions": ["*"], "operations": ["CREATE", "UPDATE"],
                               "resources": ["task-owners"], "scope": "Namespaced"}],
                    "matchConditions": [{"name": "ownership-is-open-or-changes", "expression":
                                         "request.operation == 'CREATE' || object.spec.owner == '' || object.spec.owner != "
                                         "oldObject.spec.owner || object.spec.ownership != oldObject.spec.ownership"}]}]}, file)
        run(["kubectl", "create", "-f", file.name], env=self.environment)
        return server

    def operator(self, name, cores=SERVER):
        process = self.lab.start(name, [self.binary, "operator", "--service", SERVICE, "--namespace", NAMESPACE, "--kubeconfig",
                                        self.kubeconfig], cores, environment={
            **self.environment, "POD_NAME": name, "POD_UID": uid(name), "POD_NAMESPACE": NAMESPACE, "NODE_NAME": "n1",
            "REVISION": "r1"})
        self.lab.until(f"{name} holds its seat", lambda: process.poll() is not None or self.holds(name))
        if process.poll() is not None:
            raise Failed(f"{name} has ended\n{self.lab.logs()}")
        return process

    def holds(self, name):
        try:
            return bool(self.cluster.get(f"{SEATS}/{name}")["spec"].get("holderIdentity"))
        except Refused:
            return False

    def assigns_all(self, names):
        """Until new tasks go to each of them; dry runs are placed and not stored."""
        def all_are_chosen():
            owners = set()
            for index in range(16 * len(names)):
                task = {"apiVersion": "future.ideas.protosam/v1beta1", "kind": "TaskOwner", "metadata": {"name": f"probe-{index}"}}
                owners.add(self.cluster.call("POST", TASKS_DEFAULT + "?dryRun=All", task).get("spec", {}).get("owner", ""))
            return owners == set(names)
        self.lab.until(f"the webhook assigns to {len(names)} operators", all_are_chosen)


def uid(pod):
    return f"uid-of-{pod}"


def endpoint_slice(name, pods, unready=()):
    return {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": name, "labels": {"kubernetes.io/service-name": SERVICE}},
        "ports": [{"name": "health", "port": 8080, "protocol": "TCP"}],
        "endpoints": [{"addresses": [f"10.{index // 200}.{index % 200}.1"], "conditions": {"ready": pod not in unready},
                       "targetRef": {"kind": "Pod", "namespace": NAMESPACE, "name": pod, "uid": uid(pod)}}
                      for index, pod in enumerate(pods)]}
