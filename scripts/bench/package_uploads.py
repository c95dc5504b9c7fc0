"""Section "uploads" of scripts/bench-packages: acknowledged uploads beside the disk's own price."""

import statistics

from packages import Dcount, fresh_directory, make_archive, run_load, running
from rounds import say
from tails import listed, median_of, spread, sum_up, turned

ARCHIVE_BYTES = 100_000


def through_dcount(context, archive):
    with fresh_directory(context, "dcount") as home, running(Dcount(context, home)) as dcount:
        return run_load(context, dcount.key, "upload", "--port", dcount.port, "--file", archive,
                        "--connections", context.uploaders, "--count", context.uploads)


def plainly(context, archive):
    with fresh_directory(context, "disk") as home:
        return run_load(context, "", "disk", "--directory", home, "--file", archive,
                        "--connections", context.uploaders, "--count", context.uploads)


SIDES = {"dcount": through_dcount, "disk alone": plainly}


def run(context):
    runs = {name: [] for name in SIDES}
    syncs = []
    with fresh_directory(context, "archive") as home:
        archive = home / "small.tar.xz"
        make_archive(archive, ARCHIVE_BYTES)
        for number in range(context.rounds):
            say(f"uploads: round {number + 1} of {context.rounds}")
            syncs.append([])
            for name in turned(list(SIDES), number):
                syncs[-1].append(context.device.settled())
                done = SIDES[name](context, archive)
                done["per_second"] = done["done"] / done["seconds"]
                runs[name].append(done)
                say(f"  {name:12} {done['per_second']:8,.1f} /s  p50 {done['p50_ms']:7,.1f} ms  "
                    f"p99 {done['p99_ms']:7,.1f} ms  "
                    + (f"errors {done['errors']}" if done["errors"] else ""))
    ratios = [a["per_second"] / b["per_second"]
              for a, b in zip(runs["dcount"], runs["disk alone"]) if b["per_second"] > 0]
    return [{"server": name, "rounds": each, "ratios": ratios if name == "dcount" else []}
            for name, each in runs.items()], syncs


def failed(records):
    return any(run["errors"] for record in records for run in record["rounds"])


HEAD = ["to", "uploads/s", "(min to max)", "÷ disk alone", "(min to max)", "p50 ms", "p99 ms",
        "errors"]


def rows(records):
    for r in records:
        runs = r["rounds"]
        rates = [run["per_second"] for run in runs]
        yield [r["server"], f"{statistics.median(rates):,.1f}", spread(rates, "{:,.1f}"),
               f"{statistics.median(r['ratios']):.2f}" if r["ratios"] else "",
               spread(r["ratios"], "{:.2f}") if r["ratios"] else "",
               f"{median_of(runs, 'p50_ms'):,.1f}", f"{median_of(runs, 'p99_ms'):,.1f}",
               listed(sum_up(run["errors"] for run in runs))]


def tables(records):
    yield "acknowledged uploads", HEAD, rows(records), (0, 7)


def notes(records):
    yield (f"An archive of {ARCHIVE_BYTES // 1000} KB, to one node. disk alone: the same bytes "
           "written, fsync'ed, renamed and the directory fsync'ed, by as many threads as there are "
           "clients, without a server. dcount also stores the body while it comes, unpacks it to "
           "check it, and commits its record.")
