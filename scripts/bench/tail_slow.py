"""Section "slow" of scripts/bench-tails: what a subscriber that never reads costs a server that
takes increments all the time."""

import json
import statistics
import subprocess
import time
import urllib.request
from contextlib import ExitStack

from rounds import say
from tails import Held, bench_command, exact_resident_bytes, fresh, listed, spread, turned

CONNECTIONS = 50
KEYS = 1_000
HOT = f"k{0:0{len(str(KEYS - 1))}}"
WARMUP_SECONDS = 15  # of the same increments, before the subscriber comes
FIRST_SECONDS = 2    # there is one that reads and goes: code and buffers are there, and not counted
LOOK_SECONDS = 5     # memory goes up and down with write buffers: medians of so long are compared
SAMPLE_SECONDS = 0.2
WRITE_BUFFER_MB = 1
RECEIVE_BUFFER_BYTES = 4096  # so that little is hidden in the kernel's buffers
GROWTH_BYTES_MAX = 100_000   # the target
STATES = {
    "none": None,
    "one counter, never read": ("--to", HOT, "--never-read"),
    "everything, never read": ("--to", "everything", "--never-read"),
    "everything, read": ("--to", "everything"),
}


def sampled(server, until):
    """(when, resident bytes) again and again until that time."""
    samples = []
    while time.monotonic() < until:
        samples.append((time.monotonic(), exact_resident_bytes(server.pid)))
        time.sleep(SAMPLE_SECONDS)
    return samples


def at_end(samples, look_seconds):
    last = samples[-1][0]
    return statistics.median(size for when, size in samples if when >= last - look_seconds)


def get(server, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=30) as answer:
        return answer.read().decode()


def tail_metrics(server):
    """What the server itself tells about tails."""
    lines = [line for line in get(server, "/metrics").splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)
            if "tail" in name.partition("{")[0] and "_bucket" not in name}


def stale_values(server, told):
    """How many counters it was told another last value of than the server has."""
    listed_now = json.loads(get(server, f"/cnt/bench/?limit={KEYS}"))["counters"]
    now = {each["id"].rpartition("/")[2]: each["n"] for each in listed_now}
    return sum(1 for name, n in told.items() if now[name] != n)


def measure(context, state):
    options = STATES[state]
    look = min(LOOK_SECONDS, context.seconds / 2)
    with ExitStack() as stack:
        server = stack.enter_context(fresh(context, "dcount", write_buffer_mb=WRITE_BUFFER_MB))
        bench = stack.enter_context(subprocess.Popen(
            bench_command(context, server, CONNECTIONS, KEYS,
                          WARMUP_SECONDS + context.seconds + 1, "--preload"),
            stdout=subprocess.PIPE, text=True))
        stack.callback(bench.kill)
        begun = time.monotonic()
        with Held(context, server, 1, "--to", "everything"):
            time.sleep(FIRST_SECONDS)
        before = at_end(sampled(server, begun + WARMUP_SECONDS), look)
        held = stack.enter_context(
            Held(context, server, 1, "--receive-buffer", RECEIVE_BUFFER_BYTES, *options)
        ) if options else None
        samples = sampled(server, begun + WARMUP_SECONDS + context.seconds)
        metrics = tail_metrics(server)
        done = json.loads(bench.communicate()[0].splitlines()[-1])
        run = {"before": before, "after": at_end(samples, look), "metrics": metrics,
               "per_second": done["operations_per_s"], "errors": done["errors"]}
        run["growth"] = run["after"] - run["before"]
        if held:
            told = held.resume()
            wanted = 1 if HOT in options else KEYS
            run |= {"values": told["values"], "ended": told["ended"], "wrong": {}}
            stale = stale_values(server, told["last_values"])
            missing = wanted - len(told["last_values"])
            if stale or missing:
                run["wrong"] = {"stale": stale, "never told": missing}
        return run


def run(context):
    """One record per state, and the device's times by round."""
    runs = {state: [] for state in STATES}
    syncs = []
    for number in range(context.rounds):
        say(f"slow: round {number + 1} of {context.rounds}")
        syncs.append([])
        for state in turned(list(STATES), number):
            syncs[-1].append(context.device.settled())
            measured = measure(context, state)
            runs[state].append(measured)
            say(f"  {state:24} {measured['before'] / 1e6:7.2f} MB -> "
                f"{measured['after'] / 1e6:7.2f} MB  {measured['growth'] / 1e3:+8,.0f} KB  "
                f"{measured['per_second']:9,.0f} /s  "
                + listed(measured.get("ended", {})) + listed(measured.get("wrong", {})))
    return [{"state": state, "rounds": each,
             "beyond": [a["growth"] - b["growth"] for a, b in zip(each, runs["none"])]
             if state != "none" else []} for state, each in runs.items()], syncs


def failed(records):
    return any(run["errors"] or run.get("wrong") for record in records
               for run in record["rounds"])


HEAD = ["subscriber of", "increments/s", "resident MB", "growth KB", "(min to max)",
        "beyond none KB", "(min to max)", "target", "values in the end", "ended", "wrong"]


def rows(records):
    for r in records:
        runs, beyond = r["rounds"], [each / 1000 for each in r["beyond"]]
        growth = [run["growth"] / 1000 for run in runs]
        told = [run["values"] for run in runs if "values" in run]
        yield [r["state"], f"{statistics.median(run['per_second'] for run in runs):,.0f}",
               f"{statistics.median(run['before'] for run in runs) / 1e6:,.1f}",
               f"{statistics.median(growth):+,.0f}", spread(growth, "{:+,.0f}"),
               f"{statistics.median(beyond):+,.0f}" if beyond else "",
               spread(beyond, "{:+,.0f}") if beyond else "",
               f"≤ {GROWTH_BYTES_MAX / 1000:,.0f}" if "never" in r["state"] else "",
               f"{statistics.median(told):,.0f}" if told else "",
               *(", ".join(sorted({listed(run[name]) for run in runs if run.get(name)}))
                 for name in ("ended", "wrong"))]


def tables(records):
    yield "a subscriber that never reads", HEAD, rows(records), (0, 9, 10)


def notes(records):
    yield (
        f"`dcount bench` increments {KEYS:,} counters at {CONNECTIONS} connections without a "
        f"pause; after {WARMUP_SECONDS} s one subscriber comes, of {HOT} or of everything (*), "
        f"with a receive buffer of {RECEIVE_BUFFER_BYTES} bytes (and before, one that reads for "
        f"{FIRST_SECONDS} s and goes). growth: the median resident memory of the last "
        f"{LOOK_SECONDS} s less that of the last {LOOK_SECONDS} s before it came, on a fresh server"
        f" each time, with write buffers of {WRITE_BUFFER_MB} MiB; beyond none: less the growth "
        "without a subscriber in the same round. When the increments have ended, the subscriber "
        "reads what there is (values in the end); wrong: counters whose last value it was not "
        "told.")
    for r in records:
        metrics = r["rounds"][-1]["metrics"]
        if metrics and r["state"] != "none":
            yield (f"/metrics in the last round, {r['state']}: "
                   + ", ".join(f"{name} {value:,g}" for name, value in metrics.items()))
