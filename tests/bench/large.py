# SPDX-License-Identifier: BSD-2-Clause
"""What is measured of the daemon alone: many sender domains, a reload while it serves,
memory, cold DNS. Each function gives Results and the samples that they are made of."""
import contextlib
import subprocess
import time

import filters
import measure
from filters import OURS
from measure import Load
from report import Result

COLD_MS = 5
COLD = Load(OURS, kind="cold", connections=50)
# Beside a reload: six times the mean of the attack's peak day, and all that the machine takes.
BESIDE = {"reload-peak": Load(OURS, rate=1000), "reload": Load(OURS, connections=2)}
RELOADS = 3
MIB = 1 << 20
GROWTH_NOISE = 1.0  # MiB: less is none


def domains(bench):
    """Throughput with many sender domains against few."""
    file = bench.world.scenario("legitimate")
    few, many = str(len(bench.world.senders)), f"{bench.scale.domains:,}"
    samples = measure.in_turn(
        {few: (bench.filter(OURS), Load(OURS), file), many: (bench.large(), Load(OURS), file)},
        bench.scale.rounds, bench.scale.count)
    result = Result("domains", f"{many} sender domains: messages/s against {few}", ">=", 0.95, "",
                    measure.ratios(samples, "rate", many, few))
    return [result], {"sender domains": samples}


@contextlib.contextmanager
def load_beside(bench, load):
    """A load on the large daemon; the file it gives has each message's time after it."""
    times = bench.directory / "times"
    words = [*measure.command(bench.large(), load, bench.world.scenario("legitimate")),
             f"--seconds={filters.PATIENCE * 2}", f"--times={times}"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        try:
            yield times
        finally:
            process.terminate()
        said = process.stderr.read().decode()
    bench.large().tidy()
    if process.returncode != 0:
        raise measure.Wrong(f"a load beside a reload: {said}")


def longest(times, start, end):
    """The longest time of a message, in milliseconds, that was there between the two."""
    lines = (map(int, line.split()) for line in times.read_text("ascii").splitlines())
    return max(taken / 1e3 for began, taken in lines
               if began <= end * 1e9 and began + taken * 1e3 >= start * 1e9)


def reload_beside(bench, key, load, guess):
    """A reload while the daemon serves: how long, and how much longer a message waits than
    in a time of the same length just before."""
    large = bench.large()
    seconds, waits = [], []
    for _ in range(min(bench.scale.rounds, RELOADS)):
        with load_beside(bench, load) as times:
            time.sleep(1.5 * guess + 0.5)
            start = time.monotonic()
            large.daemon.reload()
            end = time.monotonic()
        before = max(2 * start - end, start - 1.5 * guess)
        seconds.append(end - start)
        waits.append(longest(times, start, end) - longest(times, before, start))
    beside = f"{load.rate:,} messages/s" if load.rate else "all that the machine takes"
    return [Result(key, f"reload of {bench.scale.domains:,} domains beside {beside}",
                   "<=", 3, "s", seconds),
            Result(f"{key}-wait", "the same: longest extra wait of a message", "<=", 10, "ms",
                   waits)]


def reload(bench):
    """Reloads beside each load."""
    start = time.monotonic()
    bench.large().daemon.reload()
    guess = time.monotonic() - start
    return [result for key, load in BESIDE.items()
            for result in reload_beside(bench, key, load, guess)], {}


def memory(bench):
    """Resident memory with many domains, at rest and over many messages."""
    large = bench.fresh_large()
    time.sleep(1)
    at_rest = large.resident() / MIB
    file = bench.world.scenario("legitimate")
    measure.run(large, Load(OURS), file, max(bench.scale.growth // 10, 8))
    before = large.resident()
    left = bench.scale.growth
    while left > 0:  # in parts: the decision log is emptied between them
        measure.run(large, Load(OURS), file, min(left, 50_000))
        left -= 50_000
    growth = (large.resident() - before) / MIB
    many = f"{bench.scale.domains:,}"
    return [Result("memory", f"resident at rest, {many} domains", "<=", 300, "MiB", [at_rest]),
            Result("growth", f"growth over {bench.scale.growth:,} messages", "<=", GROWTH_NOISE,
                   "MiB", [growth])], {}


def cold(bench):
    """Every message of another domain and a slow resolver, against the same messages again:
    a daemon and a resolver of its own each round."""
    samples = {"cold": [], "warm": []}
    file, count = bench.world.scenario("cold"), len(bench.world.cold)
    for _ in range(bench.scale.rounds):
        with filters.resolver(bench.zone, COLD_MS) as port, \
                filters.ours(bench.new_directory(), port, bench.world.policy()) as target:
            for of_label in samples.values():
                of_label.append(measure.run(target, COLD, file, count))
    result = Result("cold", f"cold DNS ({COLD_MS} ms), 50 connections: messages/s against warm",
                    ">=", 0.5, "", measure.ratios(samples, "rate", "cold", "warm"))
    return [result], {"cold DNS": samples}


# By the keys of the rows that each gives; a later one may find the large daemon in use.
MEASURED = {("domains",): domains,
            ("reload-peak", "reload-peak-wait", "reload", "reload-wait"): reload,
            ("memory", "growth"): memory, ("cold",): cold}
