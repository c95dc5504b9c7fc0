"""The clusters of scripts/bench-cluster: three etcd members and three dcount servers on loopback,
each in a directory of its own."""

import http.client
import json
import os
import signal
import socket
import time
from contextlib import ExitStack

from process import Process

MEMBERS = 3
HEALTHY_SECONDS_MAX = 60
CALL_SECONDS_MAX = 5
ETCD_FLAGS = ("--max-txn-ops=4096", "--max-request-bytes=8388608",
              "--experimental-watch-progress-notify-interval=1s",
              "--auto-compaction-mode=periodic", "--auto-compaction-retention=1h")


def free_ports(count):
    """All different."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def call(port, method, path, body=None):
    """The answer's status and text. Raises OSError or http.client.HTTPException."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=CALL_SECONDS_MAX)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def cpu_seconds(pid):
    """User and system time of a process and all its threads."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Cluster:
    """Processes with a port each, of which single ones can be killed and started again."""
    name = ""

    def __init__(self, directory):
        self.directory = directory / self.name
        self.directory.mkdir()
        self.ports = free_ports(MEMBERS)
        self.processes = [None] * MEMBERS

    def command(self, index):
        raise NotImplementedError

    def healthy(self, index):
        """Whether it can serve right now."""
        raise NotImplementedError

    def servers(self, first=0, count=MEMBERS):
        """host:port of `count` of them beginning with number `first`, with commas."""
        turn = [self.ports[(first + i) % MEMBERS] for i in range(count)]
        return ",".join(f"127.0.0.1:{port}" for port in turn)

    def launch(self, index):
        log = self.directory / f"log{index}-{time.monotonic_ns()}"
        self.processes[index] = Process(self.command(index), log)

    def start(self):
        for index in range(MEMBERS):
            self.launch(index)
        self.wait_healthy()

    def wait_healthy(self):
        deadline = time.monotonic() + HEALTHY_SECONDS_MAX
        for index in range(MEMBERS):
            while not self.healthy_now(index):
                process = self.processes[index]
                if process.child.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{self.name} {index} is not healthy:\n" +
                                       process.log.read_text(errors="replace")[-2000:])
                time.sleep(0.05)

    def healthy_now(self, index):
        try:
            return self.healthy(index)
        except (OSError, http.client.HTTPException, ValueError):
            return False

    def cpu_seconds(self):
        """Of all that are running."""
        return sum(cpu_seconds(process.child.pid) for process in self.processes
                   if process and process.child.poll() is None)

    def stop(self):
        for process in self.processes:
            if process and process.child.poll() is None:
                process.child.send_signal(signal.SIGTERM)
        for process in self.processes:
            if process:
                process.stop()


class Etcd(Cluster):
    name = "etcd"

    def __init__(self, directory):
        super().__init__(directory)
        self.peer_ports = free_ports(MEMBERS)

    def command(self, index):
        client = f"http://127.0.0.1:{self.ports[index]}"
        peers = [f"http://127.0.0.1:{port}" for port in self.peer_ports]
        return ["etcd", "--name", f"m{index}", "--data-dir", str(self.directory / f"data{index}"),
                "--listen-client-urls", client, "--advertise-client-urls", client,
                "--listen-peer-urls", peers[index], "--initial-advertise-peer-urls", peers[index],
                "--initial-cluster", ",".join(f"m{i}={peer}" for i, peer in enumerate(peers)),
                "--initial-cluster-state", "new", *ETCD_FLAGS]

    def healthy(self, index):
        status, body = call(self.ports[index], "GET", "/health")
        return status == 200 and json.loads(body)["health"] == "true"

    def leader(self):
        """The index of the member that says of itself that it leads."""
        deadline = time.monotonic() + HEALTHY_SECONDS_MAX
        while time.monotonic() < deadline:
            for index in range(MEMBERS):
                try:
                    _, body = call(self.ports[index], "POST", "/v3/maintenance/status", "{}")
                    status = json.loads(body)
                    if status["leader"] == status["header"]["member_id"]:
                        return index
                except (OSError, http.client.HTTPException, ValueError, KeyError):
                    continue
            time.sleep(0.05)
        raise RuntimeError("etcd has no leader")

    def kill(self, index):
        self.processes[index].child.kill()
        self.processes[index].child.wait()


class Dcount(Cluster):
    name = "dcount"

    def __init__(self, directory, binary, etcd):
        super().__init__(directory)
        self.binary = binary
        self.etcd = etcd

    def command(self, index):
        return [self.binary, "server", "--listen", f"127.0.0.1:{self.ports[index]}",
                "--node", f"n{index}", "--data", str(self.directory / f"data{index}"),
                "--store", f"etcd://{self.etcd.servers()}"]

    def healthy(self, index):
        return call(self.ports[index], "GET", "/readyz")[0] == 200
