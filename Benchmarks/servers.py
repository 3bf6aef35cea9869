"""The webhook and its peers, each started alike: one thread that serves, the same certificate, the same core."""

import functools
import json
import os
import shutil
import ssl
import subprocess
import urllib.request

from processes import HERE, ROOT, SERVER, Failed, free_port, listens, run

PATH = "/mutate/task-owners"
BUILT = os.path.join(ROOT, ".build/bench")


def as_sent(sample):
    """A recorded review as an API server sends it, without the indentation in which samples are kept."""
    os.makedirs(BUILT, exist_ok=True)
    path = os.path.join(BUILT, "review.json")
    with open(os.path.join(ROOT, "Tests/OwnershipTests/Fixtures/admission-samples", sample)) as file:
        review = json.load(file)
    with open(f"{path}.{os.getpid()}", "w") as file:
        file.write(json.dumps(review, separators=(",", ":"), ensure_ascii=False) + "\n")
    os.replace(file.name, path)
    return path


REVIEW = as_sent("01-create-name.CREATE.001.json")


class Server:
    def __init__(self, name, pid, port):
        self.name, self.pid, self.port = name, pid, port
        self.url = f"https://127.0.0.1:{port}{PATH}"


def certificate(lab, binary):
    """Made once for a lab: one for all servers in it."""
    if not os.path.exists(lab.path("tls.key")):
        run([binary, "certs", "--dir", lab.folder, "--name", "localhost", "--ip", "127.0.0.1"])
    return lab.path("tls.crt"), lab.path("tls.key")


def member_names(count):
    return [f"leaderless-operator-b6b6c8d54-{index:05d}" for index in range(count)]


def ours(lab, binary, members=3, arguments=()):
    chain, key = certificate(lab, binary)
    name = f"webhook-{members}"
    with open(lab.path(name + ".members"), "w") as file:
        file.write("\n".join(member_names(members)))
    return webhook(lab, binary, name, ["--members-file", file.name, "--tls-cert", chain, "--tls-key", key, *arguments])


def webhook(lab, binary, name, arguments, environment=None, cores=SERVER):
    ready = lab.path(name + ".ready")
    process = lab.start(name, [binary, "webhook", "--listen", "127.0.0.1:0", "--reactors", "1", "--drain", "0", "--ready-file",
                               ready, *arguments], cores, environment)
    lab.until("the webhook serves", lambda: process.poll() is not None or (os.path.exists(ready) and os.path.getsize(ready)))
    if process.poll() is not None:
        raise Failed(f"the webhook has ended\n{lab.logs()}")
    with open(ready) as file:
        return Server("workclaim", process.pid, int(json.load(file)["addresses"]["webhook"].rpartition(":")[2]))


def post(url, body):
    return ask(urllib.request.Request(url, body, {"Content-Type": "application/json"}))


def ask(request):
    """A URL or a request; the answer's body."""
    context = ssl._create_unverified_context()  # a certificate of this run, on loopback
    with urllib.request.urlopen(request, context=context) as answer:
        return answer.read().decode()


def answer_of(server):
    with open(REVIEW, "rb") as file:
        return post(server.url, file.read())


def nginx(lab, binary, answer):
    """Reads the body and answers a text that was fixed beforehand: the floor of HTTP/1.1 over TLS."""
    require("nginx")
    certificate(lab, binary)
    port = free_port()
    with open(os.path.join(HERE, "peers/nginx.conf")) as file:
        text = file.read()
    for word, value in [("FOLDER", lab.folder), ("PORT", str(port)), ("ANSWER", answer)]:
        text = text.replace(word, value)
    with open(lab.path("nginx.conf"), "w") as file:
        file.write(text)
    process = lab.start("nginx", ["nginx", "-c", file.name])
    lab.until("nginx serves", lambda: listens(port))

    def workers():
        with open(f"/proc/{process.pid}/task/{process.pid}/children") as children:
            return children.read().split()

    lab.until("nginx has its worker", workers)
    return Server("nginx, fixed text", int(workers()[0]), port)


def nghttpd(lab, binary, answer):
    """A static file: the floor of HTTP/2 over TLS."""
    require("nghttpd")
    chain, key = certificate(lab, binary)
    folder = lab.path("www")
    os.makedirs(folder + os.path.dirname(PATH))
    with open(folder + PATH, "w") as file:
        file.write(answer)
    port = free_port()
    process = lab.start("nghttpd", ["nghttpd", "-d", folder, str(port), key, chain])
    lab.until("nghttpd serves", lambda: listens(port))
    return Server("nghttpd, static file", process.pid, port)


def go(lab, binary, members=3):
    return peer(lab, binary, "Go net/http", built_go(), members, {**os.environ, "GOMAXPROCS": "1"})


def hummingbird(lab, binary, members=3):
    return peer(lab, binary, "Hummingbird 2", built_hummingbird(), members, None)


def peer(lab, binary, name, program, members, environment):
    port = free_port()
    process = lab.start(name.split()[0], [program, str(port), *certificate(lab, binary), *member_names(members)],
                        environment=environment)
    lab.until(f"{name} serves", lambda: listens(port) or process.poll() is not None)
    if process.poll() is not None:
        raise Failed(f"{name} has ended\n{lab.logs()}")
    return Server(name, process.pid, port)


# What has to be built. Programs are kept in .build and built again when their source is newer.

@functools.cache
def built_go():
    require("go")
    return built("go-webhook", "peers/go/webhook.go", lambda source, program: run(
        ["go", "build", "-o", program, source], env={**os.environ, "GO111MODULE": "off", "GOFLAGS": ""}))


@functools.cache
def built_load():
    return built("load", "load.c", lambda source, program: run(
        [compiler(), "-O2", "-o", program, source, "-lssl", "-lcrypto", "-lm"]))


@functools.cache
def built_hummingbird():
    """A package of its own, which fetches and compiles for some minutes; `./run bench` does so unless it is --quick."""
    folder = os.path.join(HERE, "peers/hummingbird-webhook")
    program = os.path.join(folder, ".build/release/peer")
    if is_newer(program, os.path.join(folder, "Package.swift"), os.path.join(folder, "Sources/peer/main.swift")):
        return program
    if os.environ.get("BENCH_QUICK"):
        raise Failed("not built; ./run bench without --quick builds it")
    done = subprocess.run(["swift", "build", "-c", "release", "--package-path", folder], capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed("it does not build: " + (done.stdout + done.stderr).strip()[-300:])
    os.utime(program)
    return program


def is_newer(program, *sources):
    return os.path.exists(program) and all(os.path.getmtime(program) >= os.path.getmtime(source) for source in sources)


def built(name, source, build):
    source, program = os.path.join(HERE, source), os.path.join(BUILT, name)
    if not is_newer(program, source):
        os.makedirs(BUILT, exist_ok=True)
        build(source, program)
    return program


def compiler():
    return shutil.which("cc") or shutil.which("clang") or "cc"


def require(program):
    if not shutil.which(program):
        raise Failed(f"no {program} on this machine")
