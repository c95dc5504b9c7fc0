"""Sections "direct" and "accel" of scripts/bench-packages: one package and many clients."""

import statistics
from contextlib import ExitStack

from packages import (ACCEL_PREFIX, Dcount, Watch, fresh_directory, front_nginx, line_of,
                      make_archive, measure_download, running, static_nginx)
from rounds import say
from tails import listed, spread, sum_up, turned

RATIO_LEAST = 0.8       # the targets
RSS_BYTES_MAX = 100_000_000


def only_file(directory):
    found = [path for path in directory.glob("??/*") if path.is_file()]
    if len(found) != 1:
        raise RuntimeError(f"{len(found)} files in {directory}")
    return found[0]


class Sides:
    """dcount with a package, and nginx with the same file or before dcount."""

    def __init__(self, context, stack, accel):
        home = stack.enter_context(fresh_directory(context, "dcount"))
        beside = stack.enter_context(fresh_directory(context, "nginx"))
        options = ["--accel-prefix", ACCEL_PREFIX] if accel else []
        self.dcount = stack.enter_context(running(Dcount(context, home, "--threads", "1",
                                                         *options)))
        archive = home / "package.tar.xz"
        make_archive(archive, context.megabytes * 1_000_000)
        self.path = self.dcount.add(archive)
        archive.unlink()
        files = home / "data" / "packages"
        self.file = only_file(files)
        self.bytes = self.file.stat().st_size
        nginx = front_nginx(beside, self.dcount.port, files) if accel else \
            static_nginx(beside, self.file.parent)
        self.nginx = stack.enter_context(running(nginx))


def run_direct(context):
    runs = {"dcount": [], "nginx": []}
    with ExitStack() as stack:
        sides = Sides(context, stack, accel=False)
        dcount, nginx = sides.dcount, sides.nginx
        measured = {
            "dcount": lambda: measure_download(context, dcount.key, dcount.port, sides.path,
                                               Watch(dcount.pid, dcount)),
            "nginx": lambda: measure_download(context, "", nginx.port, "/" + sides.file.name,
                                              Watch(nginx.pid))}
        for number in range(context.rounds):
            say(f"direct: round {number + 1} of {context.rounds}")
            for name in turned(list(runs), number):
                runs[name].append(measured[name]())
                say(line_of(name, runs[name][-1]))
    ratios = [a["per_second"] / b["per_second"] for a, b in zip(runs["dcount"], runs["nginx"])
              if b["per_second"] > 0]
    return [{"server": name, "rounds": each, "ratios": ratios if name == "dcount" else []}
            for name, each in runs.items()], []


def run_accel(context):
    runs = []
    with ExitStack() as stack:
        sides = Sides(context, stack, accel=True)
        for number in range(context.rounds):
            say(f"accel: round {number + 1} of {context.rounds}")
            runs.append(measure_download(context, sides.dcount.key, sides.nginx.port, sides.path,
                                         Watch(sides.dcount.pid, sides.dcount)))
            say(line_of("nginx, dcount", runs[-1])
                + f"  dcount's connections {runs[-1]['connections_max']}")
    return [{"server": "nginx before dcount", "rounds": runs, "ratios": []}], []


def failed(records):
    return any(run["errors"] for record in records for run in record["rounds"])


HEAD = ["sent by", "MB/s", "(min to max)", "÷ nginx", "(min to max)", "target",
        "resident MB at most", "target", "connections", "cores", "load's cores", "errors"]


def rows(records):
    for r in records:
        runs = r["rounds"]
        rates = [run["per_second"] / 1e6 for run in runs]
        is_dcount = "dcount" in r["server"]
        yield [r["server"], f"{statistics.median(rates):,.0f}", spread(rates),
               f"{statistics.median(r['ratios']):.2f}" if r["ratios"] else "",
               spread(r["ratios"], "{:.2f}") if r["ratios"] else "",
               f"≥ {RATIO_LEAST}" if r["ratios"] else "",
               f"{max(run['rss_bytes_max'] for run in runs) / 1e6:,.1f}",
               f"< {RSS_BYTES_MAX / 1e6:,.0f}" if is_dcount else "",
               f"{max(run['connections_max'] for run in runs)}" if is_dcount else "",
               f"{statistics.median(run['server_cpu'] for run in runs):.2f}",
               f"{statistics.median(run['load_cpu'] for run in runs):.2f}",
               listed(sum_up(run["errors"] for run in runs))]


class Direct:
    run, failed = staticmethod(run_direct), staticmethod(failed)

    @staticmethod
    def tables(records):
        yield "downloads from the server itself", HEAD, rows(records), (0, 11)

    @staticmethod
    def notes(records):
        yield ("Keep-alive clients fetch one package again and again, each side alone and in turn: "
               "dcount with one thread, and nginx with one worker, sendfile and no access log, "
               "which serves the same file. ÷ nginx is of each round. Resident: the peak during "
               "the downloads, of nginx its worker's. connections: open at dcount at once, without "
               "that of the metrics. cores: what the server used, and the load's program; near 1 "
               "the latter is the limit.")


class Accel:
    run, failed = staticmethod(run_accel), staticmethod(failed)

    @staticmethod
    def tables(records):
        yield "downloads through nginx with X-Accel-Redirect", HEAD, rows(records), (0, 11)

    @staticmethod
    def notes(records):
        yield ("The same through nginx (packaging/nginx) before dcount with --accel-prefix: "
               "resident, connections and cores are dcount's. Its connections are those that nginx "
               "keeps alive.")
