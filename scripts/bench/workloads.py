"""What scripts/bench-peers measures, section by section."""

from dataclasses import dataclass

KEYS_RANDOM = 100_000
ALL = ("dcount", "httplib", "redis", "redis-benchmark", "webdis", "postgresql")


@dataclass(frozen=True)
class Workload:
    name: str
    connections: int
    keys: int = 1
    batch: int = 0       # operations in one request of those that can do it; 0: one
    draws: bool = False  # numbers of one sequence instead of increments of `keys` counters
    peers: tuple = ALL


@dataclass(frozen=True)
class Target:
    """What dcount is to reach against another workload of a peer."""
    workload: str
    peer: str
    peer_workload: str
    least: float


@dataclass(frozen=True)
class Section:
    unit: str
    workloads: tuple
    notes: str
    targets: tuple = ()


def counters(quick):
    """One hot counter, 100,000 random ones, and batches against single increments."""
    singles = [Workload(f"{kind}-{connections}", connections, keys)
               for kind, keys in (("hot", 1), ("random", KEYS_RANDOM))
               for connections in ((50,) if quick else (1, 50, 200))]
    batches = Workload("batch-50", 50, KEYS_RANDOM, batch=100, peers=("dcount", "redis"))
    return Section("increments", (*singles, batches), notes=(
        "hot-N and random-N: one counter, and 100,000 random ones, at N connections. batch-50: "
        "POST /batch with 100 increments each, counted in increments, against single increments "
        "of Redis."))


def sequences(_quick):
    """Unique numbers one by one and 100 at once, at 50 connections."""
    peers = ("dcount", "redis", "redis-benchmark", "postgresql")
    return Section("numbers", (
        Workload("single-50", 50, draws=True, peers=peers),
        Workload("bulk-50", 50, draws=True, batch=100, peers=peers)), notes=(
        "single-50: GET /v1/forward, INCR, and nextval in a transaction of its own, at 50 "
        "connections. bulk-50: 100 numbers per request, counted in numbers: GET "
        "/v2/forward?count=100, INCRBY 100, and nextval over generate_series(1, 100); INCRBY "
        "answers only the last of them. Latencies are of requests. PostgreSQL logs a sequence once "
        "in 32 numbers, so 31 of 32 of its single draws wait for no disk; dcount and Redis make "
        "every one durable."),
        targets=(Target("single-50", "postgresql", "single-50", 1),
                 Target("bulk-50", "postgresql", "single-50", 20)))


SECTIONS = {"counters": counters, "sequences": sequences}
