"""The rounds of scripts/bench-peers: in each, every workload on every peer in turn."""

import os
import statistics
import sys
import tempfile
import time

SYNC_SAMPLES_MAX = 200
SYNC_SECONDS_MAX = 0.25
APPEND_BYTES = 200
SETTLED_FACTOR = 2
SETTLE_SECONDS_MAX = 15


def say(line):
    print(line, file=sys.stderr, flush=True)


def sync_times_us(directory):
    """p50 and p99 of an append made durable, with no load."""
    times = []
    end = time.perf_counter() + SYNC_SECONDS_MAX
    with tempfile.TemporaryFile(dir=directory, buffering=0) as file:
        while len(times) < SYNC_SAMPLES_MAX and time.perf_counter() < end:
            before = time.perf_counter()
            file.write(b"x" * APPEND_BYTES)
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - before) * 1e6)
    times.sort()
    return statistics.median(times), times[len(times) * 99 // 100]


class Device:
    """The disk below the data. A shared one changes all the time, and is throttled for seconds
    after a burst of writes: whoever comes next would pay for who was before."""

    def __init__(self, directory):
        self.directory = directory
        self.best_us = sync_times_us(directory)[0]

    def settled(self):
        """Its times once it is about as quick as it was at its best, or has had its time."""
        deadline = time.monotonic() + SETTLE_SECONDS_MAX
        while True:
            p50, p99 = sync_times_us(self.directory)
            self.best_us = min(self.best_us, p50)
            if p50 <= self.best_us * SETTLED_FACTOR or time.monotonic() > deadline:
                return p50, p99
            time.sleep(0.2)


def run_rounds(workloads, loaded, device, rounds, seconds):
    """{(workload, peer): [Measurement of each round]}, and of each round the device's times before
    each measurement."""
    results = {(workload.name, peer.name): [] for workload in workloads for peer in loaded
               if peer.name in workload.peers}
    syncs = []
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        syncs.append([])
        turn = number % len(loaded)
        for workload in workloads:
            for peer in loaded[turn:] + loaded[:turn]:
                if peer.name not in workload.peers:
                    continue
                syncs[-1].append(device.settled())
                run = peer.measure(workload, seconds)
                results[workload.name, peer.name].append(run)
                say(f"  {workload.name:12} {peer.name:16} {run.per_second:12,.0f} /s  "
                    f"p50 {run.p50_us:8,.0f} µs  p99 {run.p99_us:8,.0f} µs  "
                    f"fdatasync before {syncs[-1][-1][0]:6,.0f} µs"
                    + (f"  errors {run.errors}" if run.errors else ""))
    return results, syncs
