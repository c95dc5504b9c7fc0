"""The servers that scripts/bench-peers compares: how each is started, filled, loaded and stopped.

Every peer has start(), preload(workloads), measure(workload, seconds) -> Measurement and stop().
"""

import csv
import glob
import io
import json
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from process import Process, as_user, free_port, package_version
from workloads import ALL, KEYS_RANDOM, Workload

WARMUP = "300ms"


@dataclass
class Measurement:
    per_second: float  # operations
    p50_us: float
    p99_us: float
    errors: dict = field(default_factory=dict)


class Peer:
    name = ""
    durable = "yes"

    def __init__(self, directory, dcount):
        self.directory = Path(directory) / self.name
        self.directory.mkdir()
        self.dcount = dcount
        self.port = free_port()
        self.process = None

    def launch(self, command, user=None):
        self.process = Process(command, self.directory / "log", user)
        self.process.wait_for_port(self.port)

    def bench(self, arguments):
        """Runs `dcount bench`: the one generator for everything but PostgreSQL."""
        command = [self.dcount, "bench", "--json", "--fsync-samples", "0",
                   "--server", f"127.0.0.1:{self.port}", *arguments]
        done = subprocess.run(command, capture_output=True, text=True)
        if not done.stdout.strip():
            raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}: {done.stderr}")
        return json.loads(done.stdout.splitlines()[-1])

    def bench_options(self, workload):
        return ((["--draw", "forward"] if workload.draws else []) +
                (["--batch", str(workload.batch)] if workload.batch else []))

    def preload(self, workloads):
        """Makes what `workloads` need to be there: sequences exist from the start."""
        if all(workload.draws for workload in workloads):
            return
        everything = Workload("preload", 50, KEYS_RANDOM)
        self.bench(["--preload", "--requests", "1", "--keys", str(KEYS_RANDOM),
                    *self.bench_options(everything)])

    def measure(self, workload, seconds):
        result = self.bench(["--connections", str(workload.connections), "--warmup", WARMUP,
                             "--keys", str(workload.keys), "--duration", f"{seconds}s",
                             *self.bench_options(workload)])
        return Measurement(result["operations_per_s"], result["latency_us"]["p50"],
                           result["latency_us"]["p99"], result["errors"])

    def version(self):
        return ""

    def stop(self):
        if self.process:
            self.process.stop()


class Dcount(Peer):
    name = "dcount"

    def start(self):
        self.launch([self.dcount, "server", "--listen", f"127.0.0.1:{self.port}",
                     "--data", str(self.directory / "data")])

    def version(self):
        done = subprocess.run([self.dcount, "version"], capture_output=True, text=True)
        return done.stdout.strip().removeprefix("dcount ")


class Httplib(Peer):
    """Stock cpp-httplib with a trivial handler."""
    name = "httplib"
    durable = "no"

    def start(self):
        program = self.directory / "server"
        source = Path(__file__).parent / "httplib_server.cpp"
        flags = subprocess.run(["pkg-config", "--cflags", "--libs", "cpp-httplib"], check=True,
                               capture_output=True, text=True).stdout.split()
        subprocess.run(["g++", "-std=c++20", "-O2", str(source), "-o", str(program), "-pthread",
                        *flags], check=True)
        self.launch([str(program), str(self.port)])

    def version(self):
        return package_version("libcpp-httplib-dev")


class Redis(Peer):
    """Redis with appendfsync always, by its own protocol."""
    name = "redis"

    def start(self):
        self.launch(["redis-server", "--port", str(self.port), "--bind", "127.0.0.1",
                     "--appendonly", "yes", "--appendfsync", "always", "--save", "",
                     "--maxclients", "1000", "--dir", str(self.directory)])

    def bench_options(self, workload):
        """INCR, or INCRBY for many numbers at once; increments always one by one."""
        return ["--protocol", "redis"] + (super().bench_options(workload) if workload.draws else [])

    def version(self):
        return package_version("redis-server")


class RedisBenchmark(Peer):
    """The same Redis under redis-benchmark: checks our generator."""
    name = "redis-benchmark"

    def __init__(self, directory, dcount, redis):
        super().__init__(directory, dcount)
        self.redis = redis
        self.rate = {}  # of the last run of each workload: it knows no duration

    def start(self):
        self.port = self.redis.port

    def preload(self, workloads):
        pass  # Redis has the keys

    @staticmethod
    def command(workload):
        if not workload.draws:
            return ["INCR", "bench:k__rand_int__"]
        return (["INCRBY", "bench:forward", str(workload.batch)] if workload.batch else
                ["INCR", "bench:forward"])

    def measure(self, workload, seconds):
        requests = int(self.rate.get(workload.name, 3000 * min(workload.connections, 20)) * seconds)
        done = subprocess.run(
            ["redis-benchmark", "-p", str(self.port), "-c", str(workload.connections),
             "-n", str(max(requests, 1000)), "-r", str(workload.keys), "--csv",
             *self.command(workload)], capture_output=True, text=True, check=True)
        row = list(csv.DictReader(io.StringIO(done.stdout)))[-1]
        self.rate[workload.name] = float(row["rps"])
        each = max(1, workload.batch) if workload.draws else 1
        return Measurement(float(row["rps"]) * each, float(row["p50_latency_ms"]) * 1000,
                           float(row["p99_latency_ms"]) * 1000)

    def version(self):
        return package_version("redis-tools")


class Webdis(Peer):
    """HTTP in front of the same Redis."""
    name = "webdis"

    def __init__(self, directory, dcount, redis):
        super().__init__(directory, dcount)
        self.redis = redis

    def start(self):
        settings = self.directory / "webdis.json"
        settings.write_text(json.dumps({
            "redis_host": "127.0.0.1", "redis_port": self.redis.port, "http_host": "127.0.0.1",
            "http_port": self.port, "threads": 1, "pool_size": 50, "daemonize": False,
            "database": 0, "verbosity": 0, "logfile": str(self.directory / "webdis.log"),
            "acl": [{"disabled": ["DEBUG"]}]}))
        self.launch(["webdis", str(settings)])

    def bench_options(self, workload):
        return ["--target", "GET /INCR/bench:{key}.raw"]  # its shortest answer

    def preload(self, workloads):
        pass  # Redis has the keys

    def version(self):
        return package_version("webdis")


class Postgres(Peer):
    """One prepared UPDATE … RETURNING, or SELECT nextval, per transaction, synchronous_commit=on,
    by pgbench."""
    name = "postgresql"

    def __init__(self, directory, dcount):
        super().__init__(directory, dcount)
        self.user = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
        self.programs = Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1])
        if self.user:
            shutil.chown(self.directory, self.user)

    def call(self, command):
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                              cwd=self.directory, **as_user(self.user))
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]}: {done.stderr}")
        return done.stdout

    def start(self):
        data = self.directory / "data"
        self.call([self.programs / "initdb", "-D", data, "-A", "trust", "-U", "bench",
                      "--no-locale", "-E", "UTF8"])
        self.launch([str(self.programs / "postgres"), "-D", str(data), "-p", str(self.port),
                     "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=250",
                     "-c", "fsync=on", "-c", "synchronous_commit=on",
                     "-c", f"unix_socket_directories={self.directory}"], self.user)
        self.sql("select 1", tries=100)

    def sql(self, text, tries=1):
        for attempt in range(tries):
            try:
                return self.call([self.programs / "psql", "-h", "127.0.0.1", "-p", self.port,
                                     "-U", "bench", "-d", "postgres", "-qAt", "-c", text])
            except RuntimeError:
                if attempt + 1 == tries:
                    raise
                time.sleep(0.1)

    def preload(self, workloads):
        self.sql("create sequence numbers")
        if all(workload.draws for workload in workloads):
            return
        self.sql("create table counters (id int primary key, n bigint not null) "
                 "with (fillfactor = 50); "
                 f"insert into counters select i, 0 from generate_series(0, {KEYS_RANDOM - 1}) i")
        self.sql("vacuum analyze counters")

    @staticmethod
    def statement(workload):
        if workload.draws and workload.batch:
            return f"select nextval('numbers') from generate_series(1, {workload.batch});\n"
        if workload.draws:
            return "select nextval('numbers');\n"
        return (f"\\set id random(0, {workload.keys - 1})\n"
                "update counters set n = n + 1 where id = :id returning n;\n")

    def measure(self, workload, seconds):
        script = self.directory / "script.sql"
        script.write_text(self.statement(workload))
        for old in self.directory.glob("pgbench_log*"):
            old.unlink()
        output = self.call(
            [self.programs / "pgbench", "-h", "127.0.0.1", "-p", self.port, "-U", "bench", "-n",
             "-M", "prepared", "-c", workload.connections, "-j", 1, "-T", max(1, round(seconds)),
             "-f", script, "-l", "--log-prefix", self.directory / "pgbench_log", "postgres"])
        rate = next(float(line.split()[2]) for line in output.splitlines()
                    if line.startswith("tps = "))
        times = sorted(int(line.split()[2]) for log in self.directory.glob("pgbench_log*")
                       for line in log.read_text().splitlines())
        return Measurement(rate * max(1, workload.batch), times[len(times) // 2],
                           times[len(times) * 99 // 100])

    def stop(self):
        if self.process:
            self.process.stop(signal.SIGINT)  # "fast": does not wait for clients

    def version(self):
        return package_version(f"postgresql-{self.programs.parent.name}")


def make_peers(names, directory, dcount):
    """Peers in the order of ALL. Redis is made whenever something stands on it."""
    on_redis = {"redis", "redis-benchmark", "webdis"} & set(names)
    redis = Redis(directory, dcount) if on_redis else None
    makers = {
        "dcount": lambda: Dcount(directory, dcount),
        "httplib": lambda: Httplib(directory, dcount),
        "redis": lambda: redis,
        "redis-benchmark": lambda: RedisBenchmark(directory, dcount, redis),
        "webdis": lambda: Webdis(directory, dcount, redis),
        "postgresql": lambda: Postgres(directory, dcount),
    }
    loaded = [makers[name]() for name in ALL if name in names]
    idle = [redis] if redis and redis not in loaded else []
    return idle, loaded
