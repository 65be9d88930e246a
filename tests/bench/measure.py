# SPDX-License-Identifier: BSD-2-Clause
"""One load on one filter, and loads in turn, round by round (A B C A B C ...).

CPU is the filter's own clock before and after, so that neither the load client nor the
resolver counts. A verdict that is wrong, or a peer that does not verify, is an error.
"""
import json
import statistics
import subprocess
import typing

from filters import PROOF, program

WARM_UP = 200  # messages at most, before the first round


class Wrong(Exception):
    """A verdict that is not the expected one, or a filter that fails: no figure, then."""


class Load(typing.NamedTuple):
    """What is sent to which filter."""

    filter: str
    kind: str = "legitimate"
    size: str = "4 KiB"
    connections: int = 8
    per_connection: int = 1
    share: float = 1  # of the usual number of messages
    rate: float = 0  # messages a second at most; 0: as many as the filter takes


class Sample(typing.NamedTuple):
    """What one load has cost."""

    cpu_us: float  # a message
    rate: float  # messages a second
    p50_us: float
    p95_us: float
    p99_us: float
    max_us: float


def command(target, load, file):
    """The load client's, without how long it is to go on."""
    words = [str(program("load")), str(target.path), str(file), "-c", str(load.connections),
             "-p", str(load.per_connection)]
    if load.rate:
        words.append(f"--rate={load.rate}")
    if not target.refuses:
        words.append("--accept-all")
    if load.kind != "spoof":
        words += [f"--must-add={text}" for text in PROOF[target.name]]
    return words


def run(target, load, file, count):
    """A Sample of so many messages."""
    before = target.cpu()
    done = subprocess.run([*command(target, load, file), "-n", str(count)],
                          capture_output=True, text=True, check=False)
    cpu = target.cpu() - before
    target.tidy()
    if done.returncode != 0:
        raise Wrong(f"{target.name}, {load}: {done.stderr}")
    said = json.loads(done.stdout)
    return Sample(cpu / said["messages"] * 1e6, *(said[name] for name in Sample._fields[1:]))


def in_turn(contenders, rounds, count):
    """Samples by label; contenders are {label: (filter, load, file)}."""
    def number(load):
        return max(int(count * load.share), load.connections, 4)

    for target, load, file in contenders.values():
        run(target, load, file, min(WARM_UP, number(load)))
    samples = {label: [] for label in contenders}
    for _ in range(rounds):
        for label, (target, load, file) in contenders.items():
            samples[label].append(run(target, load, file, number(load)))
    return samples


def median(samples):
    """The medians of all fields."""
    return Sample(*(statistics.median(values) for values in zip(*samples)))


def ratios(samples, metric, of, to):
    """Round by round."""
    return [getattr(one, metric) / getattr(other, metric)
            for one, other in zip(samples[of], samples[to])]
