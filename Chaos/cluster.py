"""The API server, from Python's standard library: a referee must not read the world through the program it judges."""

import base64
import http.client
import json
import ssl
import subprocess
import tempfile
import threading
import urllib.parse

TASKS = "/apis/future.ideas.protosam/v1beta1"
TASKS_DEFAULT = TASKS + "/namespaces/default/task-owners"
SEATS = "/apis/coordination.k8s.io/v1/namespaces/workclaim/leases"
PODS = "/api/v1/namespaces/workclaim/pods"
APPS = "/apis/apps/v1/namespaces/workclaim"
MERGE = "application/merge-patch+json"

# What calls raise while the API server is away.
AWAY = (OSError, http.client.HTTPException)


class Refused(Exception):
    """An answer of the API server that is no success."""

    def __init__(self, code, text):
        super().__init__(f"{code}: {text[:300]}")
        self.code = code


class Cluster:
    """Credentials of one kubeconfig. Each thread has a connection of its own."""

    def __init__(self, kubeconfig):
        self.kubeconfig = kubeconfig
        view = subprocess.run(
            ["kubectl", "config", "view", "--raw", "--minify", "-o", "json"],
            env={"KUBECONFIG": kubeconfig, "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent"},
            check=True, capture_output=True)
        config = json.loads(view.stdout)
        server = config["clusters"][0]["cluster"]
        self.user = user = config["users"][0]["user"]
        self.address = urllib.parse.urlparse(server["server"])
        self.context = ssl.create_default_context(
            cadata=base64.b64decode(server["certificate-authority-data"]).decode())
        self.headers = {}
        if "token" in user:
            self.headers["Authorization"] = "Bearer " + user["token"]
        else:
            with tempfile.NamedTemporaryFile() as pem:  # ssl reads key pairs from files only
                pem.write(base64.b64decode(user["client-certificate-data"]) + base64.b64decode(user["client-key-data"]))
                pem.flush()
                self.context.load_cert_chain(pem.name)
        self.local = threading.local()

    def connect(self, timeout):
        return http.client.HTTPSConnection(
            self.address.hostname, self.address.port, timeout=timeout, context=self.context)

    def call(self, method, path, body=None, kind="application/json", timeout=10):
        """The parsed answer. Raises Refused for an answer that says no, one of AWAY for none."""
        kept = getattr(self.local, "connection", None)
        self.local.connection = None
        if kept:
            try:
                return self.exchange(kept, method, path, body, kind)
            except AWAY:
                kept.close()  # the server may have been restarted since; a new connection tells
        return self.exchange(self.connect(timeout), method, path, body, kind)

    def exchange(self, connection, method, path, body, kind):
        payload = json.dumps(body) if body is not None else None
        connection.request(method, path, payload, {**self.headers, "Content-Type": kind, "Accept": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        self.local.connection = connection
        if answer.status >= 300:
            raise Refused(answer.status, text.decode(errors="replace"))
        return json.loads(text)

    def get(self, path, **query):
        return self.call("GET", path + ("?" + urllib.parse.urlencode(query) if query else ""))

    def list(self, path, **query):
        """All items and the list's resourceVersion, page by page."""
        items, query = [], {**query, "limit": 500}
        while True:
            page = self.get(path, **query)
            items += page["items"]
            query["continue"] = page["metadata"].get("continue", "")
            if not query["continue"]:
                return items, page["metadata"]["resourceVersion"]

    def watch(self, path, version, **query):
        """Events after `version`, until the server ends the stream or says nothing for 90 s."""
        query = {**query, "watch": "true", "resourceVersion": version, "allowWatchBookmarks": "true"}
        connection = self.connect(90)
        try:
            connection.request("GET", path + "?" + urllib.parse.urlencode(query), headers=self.headers)
            answer = connection.getresponse()
            if answer.status >= 300:
                raise Refused(answer.status, answer.read().decode(errors="replace"))
            for line in answer:
                yield json.loads(line)
        finally:
            connection.close()
