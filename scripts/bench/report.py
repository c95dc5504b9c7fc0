"""The tables of scripts/bench-peers: medians over the rounds, as text, Markdown and JSON."""

import os
import platform
import statistics
import subprocess
import textwrap

HEAD = ["workload", "peer", "durable", "{unit}/s", "min", "max", "p50 µs", "p99 µs",
        "dcount ÷ peer", "errors"]


def file_system(directory):
    done = subprocess.run(["stat", "-f", "-c", "%T", str(directory)], capture_output=True,
                          text=True)
    return done.stdout.strip()


def machine(directory):
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo")
                  if line.startswith("model name")), platform.machine())
    return {"cores": os.cpu_count(), "cpu": model, "kernel": platform.release(),
            "file_system": file_system(directory)}


def ratios(results, workload, peer, peer_workload):
    """Of each round: dcount's rate by the peer's in the same round."""
    ours = results.get((workload, "dcount"), [])
    theirs = results.get((peer_workload, peer), [])
    return [a.per_second / b.per_second for a, b in zip(ours, theirs) if b.per_second > 0]


def ratio(results, workload, peer):
    found = [] if peer == "dcount" else ratios(results, workload, peer, workload)
    return statistics.median(found) if found else None


def summarise(results, section, durable):
    """One record per workload of the section and peer, in the order of the workloads."""
    records = []
    names = {workload.name for workload in section.workloads}
    for (workload, peer), runs in results.items():
        if workload not in names:
            continue
        rates = [run.per_second for run in runs]
        errors = {}
        for run in runs:
            for label, count in run.errors.items():
                errors[label] = errors.get(label, 0) + count
        records.append({
            "workload": workload, "peer": peer, "durable": durable[peer],
            "median": statistics.median(rates), "min": min(rates), "max": max(rates),
            "p50_us": statistics.median(run.p50_us for run in runs),
            "p99_us": statistics.median(run.p99_us for run in runs),
            "ratio": ratio(results, workload, peer), "errors": errors, "rounds": rates})
    return records


def reached(results, section):
    """One record per target of the section, if both sides were measured."""
    records = []
    for target in section.targets:
        found = ratios(results, target.workload, target.peer, target.peer_workload)
        if found:
            records.append({"workload": target.workload, "peer": target.peer,
                            "peer_workload": target.peer_workload, "target": target.least,
                            "ratio": statistics.median(found), "min": min(found),
                            "max": max(found)})
    return records


def rows(records):
    for record in records:
        errors = ", ".join(f"{label}: {n}" for label, n in record["errors"].items())
        yield [record["workload"], record["peer"], record["durable"],
               f"{record['median']:,.0f}", f"{record['min']:,.0f}", f"{record['max']:,.0f}",
               f"{record['p50_us']:,.0f}", f"{record['p99_us']:,.0f}",
               "" if record["ratio"] is None else f"{record['ratio']:.2f}", errors]


def round_of_syncs(times):
    """The device was asked before every measurement of the round."""
    p50s = [p50 for p50, _ in times]
    return f"{statistics.median(p50s):,.0f} ({min(p50s):,.0f} to {max(p50s):,.0f})"


def facts(about):
    """What the figures stand on, line by line."""
    m = about["machine"]
    yield f"{m['cores']} cores ({m['cpu']}), Linux {m['kernel']}, {m['file_system']}"
    yield "; ".join(f"{name} {version}" for name, version in about["versions"].items())
    yield (f"{about['rounds']} rounds of {about['seconds']} s each, one generator thread on the "
           "same machine; medians, and latencies are medians of the rounds'")
    syncs = "; ".join(round_of_syncs(times) for times in about["fdatasync_us"])
    yield ("fdatasync of a 200-byte append without load, p50 µs by round (lowest to highest): "
           + syncs)


def remarks(part):
    """What stands below a section's table."""
    yield part["notes"]
    for each in part["targets"]:
        yield (f"dcount {each['workload']} ÷ {each['peer']} {each['peer_workload']}: "
               f"{each['ratio']:.2f} ({each['min']:.2f} to {each['max']:.2f}); "
               f"at least {each['target']:g} is the target")


def head(part):
    return [cell.format(unit=part["unit"]) for cell in HEAD]


def text_table(part):
    table = [head(part), *rows(part["results"])]
    widths = [max(len(row[i]) for row in table) for i in range(len(HEAD))]
    last = None
    for row in table:
        if last is not None and row[0] != last:
            yield ""
        last = row[0]
        yield "  ".join(cell.ljust(width) if i < 3 or i == 9 else cell.rjust(width)
                        for i, (cell, width) in enumerate(zip(row, widths))).rstrip()


def text(parts, about):
    lines = [*facts(about)]
    for name, part in parts.items():
        lines += ["", name, "", *text_table(part), ""]
        for remark in remarks(part):
            lines += textwrap.wrap(remark, 100)
    return "\n".join(lines)


def markdown(parts, about):
    align = ["---"] * 3 + ["---:"] * 6 + ["---"]
    lines = [f"- {fact}" for fact in facts(about)]
    for name, part in parts.items():
        lines += ["", f"### {name.capitalize()}", ""]
        lines += ["| " + " | ".join(row) + " |"
                  for row in [head(part), align, *rows(part["results"])]]
        for remark in remarks(part):
            lines += ["", *textwrap.wrap(remark, 100)]
    return "\n".join(lines)


def aligned(head, rows, left=()):
    """The lines of a plain table; the cells of the columns `left` begin at the left."""
    table = [head, *rows]
    widths = [max(len(row[i]) for row in table) for i in range(len(head))]
    for row in table:
        yield "  ".join(cell.ljust(width) if i in left else cell.rjust(width)
                        for i, (cell, width) in enumerate(zip(row, widths))).rstrip()


def aligned_markdown(head, rows, left=()):
    for row in [head, ["---" if i in left else "---:" for i in range(len(head))], *rows]:
        yield "| " + " | ".join(row) + " |"
