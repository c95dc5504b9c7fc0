"""A dcount server of a benchmark's own: on a free port, its memory as /proc tells it."""

import http.client
import json
import os
import select
import subprocess
import time

from process import free_port, stop_child

START_SECONDS_MAX = 300  # it loads its data
STOP_SECONDS_MAX = 60
CALL_SECONDS_MAX = 60
WRITE_BUFFER_MB = 16     # of RocksDB, so that two of them do not hide what the data costs


class Server:
    def __init__(self, binary, directory, arguments=(), write_buffer_mb=WRITE_BUFFER_MB):
        self.binary, self.directory, self.port = str(binary), str(directory), free_port()
        self.arguments = [*arguments, "--write-buffer-mb", str(write_buffer_mb)]
        self.process = None

    def start(self):
        """Seconds until it is ready."""
        begun = time.monotonic()
        self.process = subprocess.Popen(
            [self.binary, "server", "--listen", f"127.0.0.1:{self.port}", "--data", self.directory,
             *self.arguments], stdout=subprocess.PIPE, text=True)
        ready, _, _ = select.select([self.process.stdout], [], [], START_SECONDS_MAX)
        if not ready or "is ready" not in self.process.stdout.readline():
            raise RuntimeError("the server did not start")
        return time.monotonic() - begun

    def stop(self):
        if self.process:
            stop_child(self.process, seconds_max=STOP_SECONDS_MAX)
            self.process.stdout.close()
            self.process = None

    def status(self, name):
        with open(f"/proc/{self.process.pid}/status") as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith(name + ":"))

    def rss_bytes(self):
        return self.status("VmRSS") * 1024

    def rss_bytes_max(self):
        return self.status("VmHWM") * 1024

    def disk_bytes(self):
        return sum(os.path.getsize(os.path.join(folder, name))
                   for folder, _, names in os.walk(self.directory) for name in names)

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=CALL_SECONDS_MAX)

    def call(self, connection, method, path, body=None):
        """The body of a 200; `body` is sent as JSON."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:200]}")
        return text
