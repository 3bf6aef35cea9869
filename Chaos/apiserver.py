"""The API server of the chaos world: the embedded one, or real binaries where KUBEBUILDER_ASSETS names them."""

import base64
import json
import os
import signal
import subprocess

ADDRESS = "10.77.0.1"


def choose(world):
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    return RealServer(world, assets) if assets else EmbeddedServer(world)


class Server:
    """One process that may be frozen, thawed, killed and started again."""

    # Why it cannot be started again with what it stored; empty: it can.
    forgets = ""

    def __init__(self, world):
        self.world = world
        self.kubeconfig = os.path.join(world.folder, "kubeconfig")

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def halt(self):
        """As abruptly as it may be without forgetting what it has answered for: etcd stands a kill -9 of the API server."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.thaw()
        self.process.terminate()
        self.process.wait(10)


class EmbeddedServer(Server):
    port = 6443

    def __init__(self, world):
        super().__init__(world)
        usage = subprocess.run([world.workclaim, "devcluster", "--help"], capture_output=True).stdout.decode()
        self.keeps = ["--data", os.path.join(world.folder, "cluster.data")] if "--data" in usage else []
        if not self.keeps:
            self.forgets = "this devcluster has no --data: a restarted one has forgotten everything"

    def halt(self):
        """By SIGTERM: its file follows within a second of a change, so a kill -9 would forget what it has answered."""
        self.process.terminate()
        self.process.wait()

    def start(self):
        ready = os.path.join(self.world.folder, "api-ready.json")
        if os.path.exists(ready):
            os.remove(ready)
        self.process = self.world.launch("apiserver", [
            self.world.workclaim, "devcluster", "--expose", "--listen", f"{ADDRESS}:{self.port}",
            "--kubeconfig-out", self.kubeconfig, "--ready-file", ready, *self.keeps])
        self.world.wait_until("the API server serves", 30, lambda: os.path.exists(ready))


class RealServer(Server):
    """kube-apiserver and etcd. Deployments, StatefulSets, EndpointSlices and pods are played by `workclaim node` here too:
    no controller manager is started. Written from the binaries' documentation; see Chaos/README.md for what was run."""

    port = 6443

    def __init__(self, world, assets):
        super().__init__(world)
        self.assets = assets
        self.etcd = None

    def start(self):
        folder = os.path.join(self.world.folder, "control-plane")
        if self.etcd is None:
            os.makedirs(folder)
            self.make_credentials(folder)
            self.etcd = self.world.launch("etcd", [
                f"{self.assets}/etcd", "--data-dir", f"{folder}/etcd", "--listen-client-urls", "http://127.0.0.1:2379",
                "--advertise-client-urls", "http://127.0.0.1:2379", "--listen-peer-urls", "http://127.0.0.1:2380"])
        self.process = self.world.launch("apiserver", [
            f"{self.assets}/kube-apiserver", "--etcd-servers=http://127.0.0.1:2379",
            f"--advertise-address={ADDRESS}", f"--bind-address={ADDRESS}", f"--secure-port={self.port}",
            f"--tls-cert-file={folder}/tls.crt", f"--tls-private-key-file={folder}/tls.key",
            f"--token-auth-file={folder}/tokens.csv", "--authorization-mode=RBAC",
            "--service-cluster-ip-range=10.96.0.0/16",
            f"--service-account-issuer=https://{ADDRESS}:{self.port}",
            f"--service-account-key-file={folder}/sa.key", f"--service-account-signing-key-file={folder}/sa.key",
            # Nobody makes service accounts or routes cluster IPs here: pods need no token, and webhooks are called at
            # their endpoints.
            "--disable-admission-plugins=ServiceAccount", "--enable-aggregator-routing=true"])
        self.world.wait_until("the API server is ready", 90, self.is_ready)

    def is_ready(self):
        probe = ["kubectl", "--kubeconfig", self.kubeconfig, "get", "--raw", "/readyz"]
        return subprocess.run(probe, capture_output=True).returncode == 0

    def make_credentials(self, folder):
        subprocess.run([self.world.workclaim, "certs", "--dir", folder, "--ip", ADDRESS, "--name", "kubernetes"],
                       check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["openssl", "genrsa", "-out", f"{folder}/sa.key", "2048"], check=True, capture_output=True)
        token = os.urandom(16).hex()
        with open(f"{folder}/tokens.csv", "w") as file:
            file.write(f'{token},chaos,chaos,"system:masters"\n')
        with open(f"{folder}/ca.crt", "rb") as file:
            authority = file.read()
        config = {
            "apiVersion": "v1", "kind": "Config", "current-context": "chaos",
            "clusters": [{"name": "chaos", "cluster": {
                "server": f"https://{ADDRESS}:{self.port}", "certificate-authority-data": base64.b64encode(authority).decode()}}],
            "users": [{"name": "chaos", "user": {"token": token}}],
            "contexts": [{"name": "chaos", "context": {"cluster": "chaos", "user": "chaos"}}]}
        with open(self.kubeconfig, "w") as file:
            json.dump(config, file)

    def stop(self):
        # Asked to end it would first wait for watches to close.
        self.thaw()
        self.halt()
        self.etcd.terminate()
        self.etcd.wait(10)
