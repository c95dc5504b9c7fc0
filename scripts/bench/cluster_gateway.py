"""Section "gateway" of scripts/bench-cluster: what the JSON gateway costs etcd against gRPC. The
load over gRPC is Debian's own, `etcdctl check perf`: puts of 1,024 bytes of ever new keys by up to
1,000 clients for a minute, at most 15,000 a second; etcd_load does the same over the gateway."""

import re
import resource
import subprocess

from cluster_rates import run_json
from rounds import say

CLIENTS = 1_000
VALUE_BYTES = 1_024
KEYS = 100_000
SECONDS = 60  # etcdctl knows no other
PREFIX = "/etcdctl-check-perf/"


def client_cpu_seconds():
    """Of all children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def over_gateway(etcd_load, etcd):
    result = run_json([etcd_load, "--mode", "put", "--connections", CLIENTS, "--keys", KEYS,
                       "--value-bytes", VALUE_BYTES, "--seconds", SECONDS, "--warmup", 0,
                       "--server", etcd.servers()])
    return result["operations_per_s"], result["latency_us"]["max"] / 1e6


def over_grpc(etcd):
    done = subprocess.run(
        ["etcdctl", f"--endpoints={etcd.servers()}", "check", "perf", "--load=xl",
         f"--prefix={PREFIX}"], capture_output=True, text=True, timeout=SECONDS * 5,
        env={"ETCDCTL_API": "3", "PATH": "/usr/bin:/bin"})
    output = done.stdout + done.stderr
    rate = re.search(r"(\d+) writes/s", output)
    slowest = re.search(r"Slowest request[^:]*: ([\d.]+)s", output)
    if not rate or not slowest:
        raise RuntimeError("etcdctl check perf: " + output[-500:])
    return int(rate[1]), float(slowest[1])


def measured(name, etcd, device, load):
    say(f"puts of {VALUE_BYTES} bytes by {CLIENTS} clients: {name}, {SECONDS} s")
    device.settled()
    before = etcd.cpu_seconds(), client_cpu_seconds()
    rate, slowest = load()
    used = [after - start for after, start in
            zip((etcd.cpu_seconds(), client_cpu_seconds()), before)]
    etcd_us, client_us = (seconds * 1e6 / max(1, rate * SECONDS) for seconds in used)
    return {"side": name, "per_second": rate, "slowest_s": slowest, "etcd_cpu_us": etcd_us,
            "client_cpu_us": client_us}


def run(etcd, etcd_load, device):
    """Both, one after the other."""
    return [measured("JSON gateway (etcd_load)", etcd, device,
                     lambda: over_gateway(etcd_load, etcd)),
            measured("gRPC (etcdctl check perf)", etcd, device, lambda: over_grpc(etcd))]


HEAD = ["puts of 1 KiB by 1,000 clients", "puts/s", "CPU µs etcd", "CPU µs client", "slowest s"]
LEFT = (0,)


def lines(records):
    for r in records:
        yield [r["side"], f"{r['per_second']:,.0f}", f"{r['etcd_cpu_us']:,.0f}",
               f"{r['client_cpu_us']:,.0f}", f"{r['slowest_s']:.2f}"]


NOTES = ("CPU: of all members, and of the client, per put. Clients and members share the cores: "
         "what etcdctl takes of them etcd does not get; etcdctl stops at 15,000 puts/s.")
