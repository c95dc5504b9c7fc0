"""What the sections of scripts/bench-tails share: the servers, each fresh with directories of its
own, and the load programs."""

import json
import os
import resource
import select
import shutil
import statistics
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import server as dcount_server
from process import Process, free_port, package_version
from rounds import Device

FILES_SPARE = 500
SUBSCRIBE_SECONDS_MAX = 120
TOLD_SECONDS_MAX = 60
CLOSED_SECONDS_MAX = 30


@dataclass
class Context:
    """What every section is given."""
    build: Path
    directory: Path
    device: Device
    peers: tuple
    rounds: int
    seconds: float
    rate_seconds: float
    subscribers: int
    workloads: tuple
    server_options: list

    @property
    def tail_load(self):
        return self.build / "bench" / "tail_load"

    @property
    def dcount(self):
        return self.build / "dcount"


def raise_file_limit(wanted):
    """For us and the servers that we start. More than the hard limit takes root."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
    else:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def exact_resident_bytes(pid):
    with open(f"/proc/{pid}/smaps_rollup") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Rss:"))


class Dcount:
    name, protocol, bench_protocol = "dcount", "websocket", "http"

    def __init__(self, context, directory, **options):
        self.server = dcount_server.Server(context.dcount, directory / "data",
                                           context.server_options, **options)

    def start(self):
        self.server.start()
        self.port, self.pid = self.server.port, self.server.process.pid

    def stop(self):
        self.server.stop()

    def remarks(self):
        return {}


class Redis:
    """Commits as durably as dcount does. Its limits of output buffers are the defaults: a client of
    pub/sub is disconnected at 32 MB, or when it has had 8 MB for 60 s."""
    name, protocol, bench_protocol = "redis", "redis", "redis"

    def __init__(self, context, directory):
        self.log, self.port = directory / "log", free_port()
        self.command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1",
                        "--appendonly", "yes", "--appendfsync", "always", "--save", "",
                        "--auto-aof-rewrite-percentage", "0", "--loglevel", "notice",
                        "--maxclients", str(context.subscribers + FILES_SPARE // 2),
                        "--dir", str(directory)]
        self.process = None

    def start(self):
        self.process = Process(self.command, self.log)
        self.process.wait_for_port(self.port)
        self.pid = self.process.child.pid

    def stop(self):
        if self.process:
            self.process.stop()

    def remarks(self):
        """Disconnections that it tells of."""
        overcome = self.log.read_text(errors="replace").count("overcoming of output buffer limits")
        return {"disconnected: output buffer": overcome} if overcome else {}


PEERS = {"dcount": Dcount, "redis": Redis}


def versions(context):
    told = subprocess.run([context.dcount, "version"], capture_output=True, text=True).stdout
    return {"dcount": told.split()[-1], "redis": package_version("redis-server")}


@contextmanager
def fresh(context, peer, **options):
    """A server of this peer with nothing in it, in a directory that goes with it."""
    directory = Path(tempfile.mkdtemp(prefix=f"{peer}-", dir=context.directory))
    server = PEERS[peer](context, directory, **options)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)


def run_json(command):
    """What a load program prints; it exits with 1 when it found something wrong, and tells it."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if not done.stdout.strip():
        raise RuntimeError(f"{' '.join(map(str, command))}: exit {done.returncode}: {done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def bench_command(context, server, connections, keys, seconds, *more):
    return [str(word) for word in (
        context.dcount, "bench", "--json", "--fsync-samples", 0, "--protocol",
        server.bench_protocol, "--server", f"127.0.0.1:{server.port}", "--connections",
        connections, "--keys", keys, "--duration", f"{seconds}s", *more)]


class Held:
    """Subscribers that stay until the end of the `with`."""

    def __init__(self, context, server, count, *options):
        self.child = subprocess.Popen(
            [str(word) for word in (
                context.tail_load, "hold", "--protocol", server.protocol, "--server",
                f"127.0.0.1:{server.port}", "--subscribers", count, *options)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.server = server

    def __enter__(self):
        try:
            self.line(SUBSCRIBE_SECONDS_MAX)
        except RuntimeError:
            self.__exit__()
            raise
        return self

    def line(self, seconds_max):
        ready, _, _ = select.select([self.child.stdout], [], [], seconds_max)
        text = self.child.stdout.readline() if ready else ""
        if not text:
            raise RuntimeError("tail_load hold has ended, or says nothing")
        return json.loads(text)

    def resume(self):
        """Makes them read; what they have been told by the time when nothing more comes."""
        self.child.stdin.write("resume\n")
        self.child.stdin.flush()
        return self.line(TOLD_SECONDS_MAX)

    def __exit__(self, *_):
        self.child.stdin.close()
        try:
            self.child.wait(TOLD_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.child.stdout.close()


def wait_closed(server, files):
    """Until the server has no more than so many files open."""
    deadline = time.monotonic() + CLOSED_SECONDS_MAX
    while len(os.listdir(f"/proc/{server.pid}/fd")) > files:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{server.name} does not close what its subscribers have closed")
        time.sleep(0.05)


def turned(things, number):
    """In each round another one comes first."""
    number %= len(things)
    return [*things[number:], *things[:number]]


def spread(values, form="{:,.0f}"):
    """The cell "(min to max)"."""
    return f"{form.format(min(values))} to {form.format(max(values))}"


def median_of(runs, *path):
    """The median of what stands below these names in each run."""
    values = []
    for run in runs:
        for name in path:
            run = run[name]
        values.append(run)
    return statistics.median(values)


def sum_up(counts):
    """One {label: n} of many."""
    total = {}
    for each in counts:
        for label, n in each.items():
            total[label] = total.get(label, 0) + n
    return total


def listed(counts):
    return ", ".join(f"{label}: {n:,}" for label, n in counts.items())
