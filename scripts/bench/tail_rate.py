"""Section "rate" of scripts/bench-tails: what idle subscribers take from the rate of increments."""

import statistics
from contextlib import ExitStack

from rounds import say
from tails import Held, bench_command, fresh, listed, run_json, spread, sum_up, turned, wait_closed

CONNECTIONS = 50
WORKLOADS = {"hot-50": 1, "random-50": 10_000}  # counters
WARMUP = ("--warmup", "300ms")
RATIO_MIN = 0.8  # the target


def measure(context, server, keys, subscribers):
    with ExitStack() as stack:
        if subscribers:
            stack.enter_context(Held(context, server, subscribers, "--keys", subscribers,
                                     "--collection", "idle"))
        run = run_json(bench_command(context, server, CONNECTIONS, keys, context.rate_seconds,
                                     *WARMUP))
    return {"per_second": run["operations_per_s"], "p50_us": run["latency_us"]["p50"],
            "p99_us": run["latency_us"]["p99"], "errors": run["errors"]}


def preload(context, server):
    run_json([*bench_command(context, server, CONNECTIONS, max(WORKLOADS.values()), 1),
              "--preload"])


def tell(workload, peer, count, run, sync_us):
    say(f"  {workload:10} {peer:7} {count:7,} subscribers {run['per_second']:12,.0f} /s  "
        f"p50 {run['p50_us']:8,.0f} µs  p99 {run['p99_us']:8,.0f} µs  "
        f"fdatasync before {sync_us:6,.0f} µs"
        + (f"  errors {run['errors']}" if run["errors"] else ""))


def run(context):
    """One record per workload, peer and number of subscribers, and the device's times by round."""
    counts = (0, context.subscribers)
    runs = {(workload, peer, count): [] for workload in WORKLOADS for peer in context.peers
            for count in counts}
    syncs = []
    with ExitStack() as stack:
        servers = {peer: stack.enter_context(fresh(context, peer)) for peer in context.peers}
        for server in servers.values():
            preload(context, server)
        for number in range(context.rounds):
            say(f"rate: round {number + 1} of {context.rounds}")
            syncs.append([])
            for workload, keys in WORKLOADS.items():
                for peer in turned(context.peers, number):
                    for count in turned(counts, number):
                        wait_closed(servers[peer], context.subscribers // 2)
                        syncs[-1].append(context.device.settled())
                        measured = measure(context, servers[peer], keys, count)
                        runs[workload, peer, count].append(measured)
                        tell(workload, peer, count, measured, syncs[-1][-1][0])
    return [record(*key, each, runs[key[0], key[1], 0]) for key, each in runs.items()], syncs


def record(workload, peer, count, runs, without):
    return {"workload": workload, "peer": peer, "subscribers": count, "rounds": runs,
            "errors": sum_up(run["errors"] for run in runs),
            "ratios": [a["per_second"] / b["per_second"] for a, b in zip(runs, without)]
            if count else []}


def failed(records):
    return any(record["errors"] for record in records)


HEAD = ["workload", "peer", "idle subscribers", "increments/s", "min", "max", "p50 µs", "p99 µs",
        "÷ without", "(min to max)", "target", "errors"]


def rows(records):
    for r in records:
        rates, ratios = [run["per_second"] for run in r["rounds"]], r["ratios"]
        yield [r["workload"], r["peer"], f"{r['subscribers']:,}",
               f"{statistics.median(rates):,.0f}", f"{min(rates):,.0f}", f"{max(rates):,.0f}",
               *(f"{statistics.median(run[name] for run in r['rounds']):,.0f}"
                 for name in ("p50_us", "p99_us")),
               f"{statistics.median(ratios):.2f}" if ratios else "",
               spread(ratios, "{:.2f}") if ratios else "",
               f"≥ {RATIO_MIN}" if ratios and r["peer"] == "dcount" else "", listed(r["errors"])]


def tables(records):
    yield "increments beside idle subscribers", HEAD, rows(records), (0, 1, 11)


def notes(_records):
    yield (
        f"Increments of one counter, and of {WORKLOADS['random-50']:,} at random, by `dcount "
        f"bench` at {CONNECTIONS} connections, without subscribers and with those that subscribe "
        "to counters (of Redis: channels) which do not change; on the same server in each round, "
        "in turn.")
