"""If this fails, a server that stands still looks fast: its slow requests would be one instead of all that were due."""

import http.server
import json
import os
import shutil
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

import servers


class Stalling(http.server.BaseHTTPRequestHandler):
    """Answers at once, but for one request, which takes 0.3 s."""

    protocol_version = "HTTP/1.1"
    answered = 0

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        Stalling.answered += 1
        if Stalling.answered == 50:
            time.sleep(0.3)
        # In one write: the answer's head alone would wait for an acknowledgement.
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    def log_message(self, *_):
        pass


class OpenLoop(unittest.TestCase):
    def setUp(self):
        for tool in ("openssl", servers.compiler()):
            if not shutil.which(tool):
                print(f"the load program is not tested: no {tool} on this machine")
                self.skipTest(f"no {tool}")
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        key, chain = (os.path.join(self.folder.name, name) for name in ("key.pem", "chain.pem"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                        "-out", chain, "-subj", "/CN=localhost"], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stalling)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)

    def test_a_stall_is_charged_with_every_request_that_was_due_meanwhile(self):
        Stalling.answered = 0
        out = os.path.join(self.folder.name, "out")
        done = subprocess.run(
            [servers.built_load(), "open", "--port", str(self.server.server_address[1]), "--rate", "200", "--seconds", "1",
             "--connections", "1", "--body", servers.REVIEW, "--out", out], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        told = json.loads(done.stdout)
        self.assertEqual(told["count"], 200)
        self.assertGreater(told["max"], 290_000)
        with open(out) as file:
            rows = [[int(word) for word in line.split()[:3]] for line in file]
        slow = sum(answered - due > 50_000_000 for due, _, answered in rows)
        by_sending = sum(answered - sent > 50_000_000 for _, sent, answered in rows)
        # 0.25 s at 200/s are 50; one of them is all that a closed loop would see.
        self.assertGreater(slow, 25)
        self.assertLess(by_sending, 10)


if __name__ == "__main__":
    unittest.main()
