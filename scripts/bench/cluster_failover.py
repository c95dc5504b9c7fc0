"""Section "failover" of scripts/bench-cluster: kill -9 of etcd's leader under the load of clients of
the C++ library, again and again."""

import json
import statistics
import subprocess
import time

from process import stop_child
from rounds import say

THREADS = 20
SECONDS = 15
KILL_AFTER_SECONDS = 5
RETRY_SECONDS = 10
END_SECONDS_MAX = SECONDS + 6 * RETRY_SECONDS


def one_kill(etcd, dcount, leader_kill):
    """What leader_kill has seen, and what it was."""
    etcd.wait_healthy()
    dcount.wait_healthy()
    load = subprocess.Popen(
        [str(leader_kill), "--server", dcount.servers(), "--threads", str(THREADS),
         "--seconds", str(SECONDS), "--retry-time", str(RETRY_SECONDS)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        time.sleep(KILL_AFTER_SECONDS)
        index = etcd.leader()
        killed = time.time()
        etcd.kill(index)
        out, err = load.communicate(timeout=END_SECONDS_MAX)
    finally:
        stop_child(load)
    if not out.strip():
        raise RuntimeError(f"leader_kill: exit {load.returncode}: {err}")
    result = json.loads(out.splitlines()[-1])
    result["after_kill_ms"] = (result["gap_begin_unix"] - killed) * 1000
    etcd.launch(index)
    etcd.wait_healthy()
    return result


def run(etcd, dcount, leader_kill, kills):
    records = []
    for number in range(kills):
        result = one_kill(etcd, dcount, leader_kill)
        records.append(result)
        say(f"kill {number + 1} of {kills}: no progress for {result['gap_ms']:,.0f} ms, "
            f"{result['acknowledged']:,} acknowledged, {result['final']:,} counted"
            + (f", ERRORS {result['error_details']}" if result["errors"] else "")
            + ("" if result["exact"] else ", WRONG"))
    return records


def good(records):
    return all(r["exact"] and not r["errors"] for r in records)


HEAD = ["kill", "no progress ms", "begins ms after the kill", "slowest call ms", "acknowledged",
        "counted", "nothing lost, nothing twice", "errors"]
LEFT = (0, 6, 7)


def lines(records):
    for number, r in enumerate(records):
        yield [str(number + 1), f"{r['gap_ms']:,.0f}", f"{r['after_kill_ms']:,.0f}",
               f"{r['slowest_ms']:,.0f}", f"{r['acknowledged']:,}", f"{r['final']:,}",
               "yes" if r["exact"] else "NO",
               ", ".join(f"{kind}: {n} ({r['error_details'][kind]})"
                         for kind, n in r["errors"].items()) or "none"]
    if records:
        gaps = [r["gap_ms"] for r in records]
        slowest = [r["slowest_ms"] for r in records]
        yield ["median", f"{statistics.median(gaps):,.0f}", "",
               f"{statistics.median(slowest):,.0f}", "", "", "", ""]
        yield ["max", f"{max(gaps):,.0f}", "", f"{max(slowest):,.0f}", "", "", "", ""]


NOTES = (f"{THREADS} threads of the C++ client library on 4 counters over the three servers, each "
         f"trying for at most {RETRY_SECONDS} s; after {KILL_AFTER_SECONDS} s the member of etcd "
         "that leads is killed with -9, and started again once the load has ended. no progress: "
         "the longest time without any acknowledged increment. Nothing lost, nothing twice: each "
         "counter has answered exactly the numbers from 1 to its final value, each once.")
