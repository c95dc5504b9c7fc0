"""Section "delay" of scripts/bench-tails: how long a change takes to reach all who subscribed, and
what a subscriber costs; dcount over WebSocket and Redis' pub/sub in turn."""

import statistics
import subprocess

from rounds import say
from tails import bench_command, fresh, listed, median_of, run_json, spread, sum_up, turned

RATES = {"hot": 20, "spread": 2_000}  # changes a second
WARMUP_SECONDS = 3  # of increments of others: what a server needs anyway is there, and not counted
SUBSCRIBER_BYTES_MAX = 20_000  # the target
WRONG = ("without_last_value", "backwards", "foreign")
TITLES = ("delay", "what it costs")


def measure(context, workload, peer):
    with fresh(context, peer) as server:
        subprocess.run(bench_command(context, server, 50, context.subscribers, WARMUP_SECONDS,
                                     "--collection", "warmup"), check=True, capture_output=True)
        run = run_json([
            context.tail_load, "run", "--protocol", server.protocol, "--server",
            f"127.0.0.1:{server.port}", "--pid", server.pid, "--subscribers", context.subscribers,
            "--keys", context.subscribers, "--rate", RATES[workload], "--seconds", context.seconds,
            *(["--hot"] if workload == "hot" else [])])
        memory, count = run["resident_bytes"], run["subscribers"]
        run["idle_bytes"] = (memory["idle"] - memory["before"]) / count
        run["loaded_bytes"] = (max(memory["loaded_max"], memory["idle"]) - memory["before"]) / count
        run["wrong"] = {**{name: run[name] for name in WRONG if run[name]}, **run["ended"],
                        **server.remarks()}
        return run


def tell(workload, peer, run, sync_us):
    delay = run["sent_to_received_us"]
    say(f"  {workload:7} {peer:7} sent to received p50 {delay['p50'] / 1e3:8.2f} ms  "
        f"p99 {delay['p99'] / 1e3:8.2f} ms  {run['values_per_s']:9,.0f} values/s  "
        f"{run['idle_bytes']:7,.0f} bytes each  server {run['server_cpu_share']:.0%} of a core  "
        f"fdatasync before {sync_us:6,.0f} µs"
        + (f"  wrong {run['wrong']}" if run["wrong"] else ""))


def run(context):
    """One record per workload and peer, and the device's times by round."""
    runs = {(workload, peer): [] for workload in context.workloads for peer in context.peers}
    syncs = []
    for number in range(context.rounds):
        say(f"delay: round {number + 1} of {context.rounds}")
        syncs.append([])
        for workload in context.workloads:
            for peer in turned(context.peers, number):
                syncs[-1].append(context.device.settled())
                measured = measure(context, workload, peer)
                runs[workload, peer].append(measured)
                tell(workload, peer, measured, syncs[-1][-1][0])
    return [record(workload, peer, each, runs.get((workload, "redis")))
            for (workload, peer), each in runs.items()], syncs


def record(workload, peer, runs, redis):
    ratios = []
    if peer == "dcount" and redis:
        ratios = [a["sent_to_received_us"]["p99"] / b["sent_to_received_us"]["p99"]
                  for a, b in zip(runs, redis)]
    return {"workload": workload, "peer": peer, "ratios": ratios, "rounds": runs,
            "wrong": sum_up(run["wrong"] for run in runs)}


def failed(records):
    """Redis may lose who reads too slowly: that is its way, and only told."""
    return any(record["wrong"] for record in records if record["peer"] == "dcount")


def milliseconds(us):
    return f"{us / 1000:,.2f}"


DELAY_HEAD = ["workload", "peer", "changes/s", "values/s", "sent→received p50 ms", "p99 ms",
              "(min to max)", "max ms", "answered→received p50 ms", "p99 ms", "p99 ÷ redis",
              "(min to max)", "target", "coalesced", "wrong"]


def delay_rows(records):
    for r in records:
        runs, ratios = r["rounds"], r["ratios"]
        p99s = [run["sent_to_received_us"]["p99"] / 1000 for run in runs]
        yield [r["workload"], r["peer"], f"{median_of(runs, 'changes_per_s'):,.0f}",
               f"{median_of(runs, 'values_per_s'):,.0f}",
               milliseconds(median_of(runs, "sent_to_received_us", "p50")),
               f"{statistics.median(p99s):,.2f}", spread(p99s, "{:,.2f}"),
               milliseconds(max(run["sent_to_received_us"]["max"] for run in runs)),
               milliseconds(median_of(runs, "acknowledged_to_received_us", "p50")),
               milliseconds(median_of(runs, "acknowledged_to_received_us", "p99")),
               f"{statistics.median(ratios):.2f}" if ratios else "",
               spread(ratios, "{:.2f}") if ratios else "", "≤ 1" if ratios else "",
               f"{sum(run['coalesced'] for run in runs):,}", listed(r["wrong"])]


COST_HEAD = ["workload", "peer", "bytes/subscriber idle", "(min to max)", "target", "loaded",
             "CPU % server", "reader", "driver", "answer p50 ms", "p99 ms", "sent late p99 ms",
             "received before the answer %"]


def cost_rows(records):
    for r in records:
        runs = r["rounds"]
        early = [run["overtaking"] / max(1, run["sent_to_received_us"]["count"]) for run in runs]
        yield [r["workload"], r["peer"], f"{median_of(runs, 'idle_bytes'):,.0f}",
               spread([run["idle_bytes"] for run in runs]),
               f"≤ {SUBSCRIBER_BYTES_MAX:,}" if r["peer"] == "dcount" else "",
               f"{median_of(runs, 'loaded_bytes'):,.0f}",
               *(f"{median_of(runs, f'{who}_cpu_share') * 100:,.0f}"
                 for who in ("server", "reader", "driver")),
               milliseconds(median_of(runs, "answer_us", "p50")),
               milliseconds(median_of(runs, "answer_us", "p99")),
               milliseconds(median_of(runs, "late_us", "p99")),
               f"{statistics.median(early) * 100:.0f}"]


def tables(records):
    """(title, head, rows, columns at the left)"""
    yield TITLES[0], DELAY_HEAD, delay_rows(records), (0, 1, 14)
    yield TITLES[1], COST_HEAD, cost_rows(records), (0, 1)


def notes(_records):
    yield (
        f"hot: all subscribe to one counter, changed {RATES['hot']} times a second. spread: each "
        f"subscribes to one of as many counters, which are changed {RATES['spread']:,} times a "
        "second in all, in turn, in a shuffled order. Both have the same keyspace. A change is "
        "POST /cnt/bench/{id}; in Redis INCR and PUBLISH, pipelined, with appendfsync always: its "
        "answer and its pushes, too, wait for the disk. The changes come at fixed times, whether "
        "or not the last is answered. sent→received: from just before the request is written until "
        "the subscriber has read the value; answered→received: from when the driver has read the "
        "answer, 0 for what the subscriber had before that (the last column of the second table: "
        "how many). A value that was left out because a later one had come (coalesced) counts with "
        "the time of that later one. At the end every subscriber must have the last value; wrong: "
        "those who do not, values out of order, and connections that ended.")
    yield (
        "bytes/subscriber: growth of the server's resident memory (smaps_rollup) from none to all "
        "subscribed; loaded: the most of it while changes came, with the memory that these need "
        "anyway. Each measurement has a fresh server. Server, reader of all subscribers (one "
        "thread) and driver (one thread) share the machine's cores; CPU is in % of one core.")
