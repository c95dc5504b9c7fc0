"""Section "rates" of scripts/bench-cluster: dcount over three servers against etcd alone, the same
three members under both; in each round every side of every row in turn."""

import json
import statistics
import subprocess
from dataclasses import dataclass, field

from cluster import MEMBERS
from rounds import say

KEYS = 1_000
WARMUP_SECONDS = 0.3


@dataclass(frozen=True)
class Row:
    name: str
    connections: int
    mode: str              # of etcd_load
    target: float          # of dcount's rate by etcd's; for latency the most of dcount's by etcd's
    keys: int = 1
    latency: bool = False  # compared by its p50, measured at each member and server for itself


ROWS = (Row("hot-50", 50, "cas", 8), Row("hot-200", 200, "cas", 20),
        Row("random-500", 500, "put", 3, KEYS), Row("latency-1", 1, "txn", 1.5, latency=True))
SIDES = ("etcd", "dcount", "dcount keyed")


@dataclass
class Measurement:
    per_second: float
    p50_us: float
    p99_us: float
    retries: float = 0         # per increment
    etcd_cpu_us: float = 0     # per increment, of all members
    dcount_cpu_us: float = 0   # per increment, of all servers
    generator_cpu_us: float = 0  # per request
    errors: dict = field(default_factory=dict)


def run_json(command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if not done.stdout.strip():
        raise RuntimeError(f"{' '.join(map(str, command))}: exit {done.returncode}: {done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def mean(runs):
    """One measurement of those at the single members: their means."""
    errors = {}
    for run in runs:
        for label, count in run.errors.items():
            errors[label] = errors.get(label, 0) + count
    numbers = {name: statistics.mean(getattr(run, name) for run in runs)
               for name in Measurement.__dataclass_fields__ if name != "errors"}
    return Measurement(**numbers, errors=errors)


class Rates:
    def __init__(self, etcd, dcount, binary, etcd_load):
        self.etcd, self.dcount = etcd, dcount
        self.binary, self.etcd_load = binary, etcd_load

    def sides(self):
        return SIDES if self.dcount else SIDES[:1]

    def measure(self, row, side, seconds):
        if not row.latency:
            return self.measure_at(row, side, seconds, 0, MEMBERS)
        return mean([self.measure_at(row, side, seconds / MEMBERS, index, 1)
                     for index in range(MEMBERS)])

    def measure_at(self, row, side, seconds, first, count):
        before = self.cpu()
        if side == "etcd":
            result = run_json([self.etcd_load, "--mode", row.mode, "--connections",
                               row.connections, "--keys", row.keys, "--seconds", seconds,
                               "--warmup", WARMUP_SECONDS,
                               "--server", self.etcd.servers(first, count)])
            done = result["verification"]["acknowledged"]
        else:
            result = run_json([self.binary, "bench", "--json", "--fsync-samples", 0, "--connections",
                               row.connections, "--keys", row.keys, "--duration", f"{seconds}s",
                               "--warmup", f"{WARMUP_SECONDS}s", "--collection", f"bench{row.keys}",
                               "--verify", "--server", self.dcount.servers(first, count),
                               *(["--keyed"] if side.endswith("keyed") else [])])
            done = result["verification"]["acknowledged"]
        errors = dict(result["errors"])
        if not result["verification"]["holds"]:
            errors["WRONG SUM"] = 1
        used = [after - start for after, start in zip(self.cpu(), before)]
        return Measurement(result.get("operations_per_s"), result["latency_us"]["p50"],
                           result["latency_us"]["p99"], result.get("retries_per_operation", 0),
                           *(time * 1e6 / max(1, done) for time in used),
                           result["generator_cpu_us_per_request"], errors)

    def cpu(self):
        return self.etcd.cpu_seconds(), self.dcount.cpu_seconds() if self.dcount else 0

    def run(self, rows, rounds, seconds, device):
        """{(row's name, side): [Measurement of each round]}, and the device's times before each."""
        results = {(row.name, side): [] for row in rows for side in self.sides()}
        syncs = []
        for number in range(rounds):
            say(f"round {number + 1} of {rounds}")
            syncs.append([])
            turn = number % len(self.sides())
            for row in rows:
                for side in self.sides()[turn:] + self.sides()[:turn]:
                    syncs[-1].append(device.settled())
                    run = self.measure(row, side, seconds)
                    results[row.name, side].append(run)
                    say(f"  {row.name:12} {side:13} {run.per_second:10,.0f} /s  "
                        f"p50 {run.p50_us:9,.0f} µs  p99 {run.p99_us:9,.0f} µs  "
                        f"fdatasync before {syncs[-1][-1][0]:6,.0f} µs"
                        + (f"  errors {run.errors}" if run.errors else ""))
        return results, syncs


def ratios(results, row, side):
    """Of each round: dcount's by etcd's, the rate or, for latency, the p50."""
    what = "p50_us" if row.latency else "per_second"
    ours, theirs = results.get((row.name, side), []), results[row.name, "etcd"]
    return [getattr(a, what) / getattr(b, what) for a, b in zip(ours, theirs)
            if getattr(b, what) > 0]


def summarise(results, rows):
    records = []
    for row in rows:
        for side in SIDES:
            runs = results.get((row.name, side))
            if not runs:
                continue
            found = ratios(results, row, side) if side != "etcd" else []
            rates = [run.per_second for run in runs]
            median = {name: statistics.median(getattr(run, name) for run in runs)
                      for name in Measurement.__dataclass_fields__ if name != "errors"}
            errors = {}
            for run in runs:
                for label, count in run.errors.items():
                    errors[label] = errors.get(label, 0) + count
            p50s = [run.p50_us for run in runs]
            records.append({
                "row": row.name, "side": f"etcd {row.mode}" if side == "etcd" else side,
                "latency": row.latency, **median, "min": min(rates), "max": max(rates),
                "p50_min": min(p50s), "p50_max": max(p50s),
                "ratio": statistics.median(found) if found else None,
                "ratio_min": min(found, default=None), "ratio_max": max(found, default=None),
                "target": row.target if found else None, "errors": errors, "rounds": rates})
    return records


HEAD = ["row", "side", "increments/s", "min", "max", "p50 µs", "(min to max)", "p99 µs",
        "retries", "CPU µs etcd", "dcount", "generator", "÷ etcd", "(min to max)", "target",
        "errors"]
LEFT = (0, 1, 15)


def lines(records):
    """The cells of the table, below HEAD."""
    for r in records:
        ratio = r["ratio"] is not None
        yield [r["row"], r["side"], f"{r['per_second']:,.0f}", f"{r['min']:,.0f}",
               f"{r['max']:,.0f}", f"{r['p50_us']:,.0f}",
               f"{r['p50_min']:,.0f} to {r['p50_max']:,.0f}", f"{r['p99_us']:,.0f}",
               f"{r['retries']:.1f}" if r["retries"] else "", f"{r['etcd_cpu_us']:,.0f}",
               f"{r['dcount_cpu_us']:,.1f}", f"{r['generator_cpu_us']:,.1f}",
               f"{r['ratio']:.2f}" if ratio else "",
               f"{r['ratio_min']:.2f} to {r['ratio_max']:.2f}" if ratio else "",
               (f"{'≤' if r['latency'] else '≥'} {r['target']:g}") if ratio else "",
               ", ".join(f"{label}: {n}" for label, n in r["errors"].items())]


NOTES = (
    "hot-N: one counter at N connections; \"etcd cas\" is N clients on the same etcd that each "
    "read the key once and then put n + 1 in a transaction guarded by its mod_revision, whose "
    "failure branch reads the key for the next try. random-500: 1,000 counters at 500 connections; "
    "\"etcd put\" is one unguarded put of a random one of 1,000 keys per increment. latency-1: one "
    "client, at each member and each server for a third of the time, means of the three; \"etcd "
    "txn\" is one guarded put of a key nobody else writes; its ratio is of p50s, the less the "
    "better. Connections are spread evenly over the three members or servers. \"dcount keyed\": an "
    "Idempotency-Key of its own in every request. retries: lost races per increment, so that etcd "
    "has done 1 + retries transactions for each. CPU: of all members and of all servers per "
    "increment (warm-up in; what they use while idle too), of the generator per request. Both "
    "sides use etcd's JSON gateway, as dcount does; section \"gateway\" tells what etcd does over "
    "gRPC. Every run was checked: the counters have grown by what was acknowledged.")
