# SPDX-License-Identifier: BSD-2-Clause
"""What was measured, as text and as JSON. Nothing here knows a figure."""
import json
import os
import platform
import statistics
import typing

import measure

COLUMNS = (("CPU us", "cpu_us"), ("messages/s", "rate"), ("p50 us", "p50_us"),
           ("p95 us", "p95_us"), ("p99 us", "p99_us"))


class Result(typing.NamedTuple):
    """A row of the table: a figure of each round, and the goal of their median."""

    key: str
    what: str
    relation: str  # "<=" or ">="
    goal: float
    unit: str
    rounds: list

    @property
    def median(self):
        return statistics.median(self.rounds)

    @property
    def is_met(self):
        return self.median <= self.goal if self.relation == "<=" else self.median >= self.goal

    def as_json(self):
        return {**self._asdict(), "median": self.median, "met": self.is_met}


def machine():
    """What was measured on."""
    return {"cpus": os.cpu_count(), "kernel": platform.release(), "load": os.getloadavg()[0]}


def print_samples(trial, samples):
    """A trial's absolute figures: medians of the rounds."""
    print(f"\n{trial:30}" + "".join(f"{name:>12}" for name, _ in COLUMNS))
    for label, of_label in samples.items():
        middle = measure.median(of_label)
        print(f"  {label:28}" + "".join(f"{getattr(middle, field):12,.0f}"
                                        for _, field in COLUMNS), flush=True)


def print_curve(rates):
    """Messages a second: a line a filter, a column a number of connections."""
    numbers = list(next(iter(rates.values())))
    print(f"\n{'messages/s by connections':30}" + "".join(f"{number:8}" for number in numbers))
    for name, rate in rates.items():
        print(f"  {name:28}" + "".join(f"{rate[number]:8,.0f}" for number in numbers))


def print_results(results):
    """The table of goals, or some rows of it."""
    if not results:
        return
    print(f"\n{'row':17} {'what':58} {'goal':>11} {'median':>8}  met  rounds")
    for one in results:
        goal = f"{one.relation} {one.goal:g} {one.unit}".strip()
        print(f"{one.key:17} {one.what:58} {goal:>11} {one.median:8.2f}  "
              f"{'yes' if one.is_met else 'NO ':3}  "
              + " ".join(f"{value:.2f}" for value in one.rounds), flush=True)


def write_json(file, scale, results, trials, rates):
    """All of it, every round's figures too."""
    file.write_text(json.dumps({
        "machine": machine(), "scale": scale._asdict(),
        "rows": [one.as_json() for one in results],
        "trials": {name: {label: [sample._asdict() for sample in of_label]
                          for label, of_label in samples.items()}
                   for name, samples in trials.items()},
        "rate_by_connections": rates}, indent=1) + "\n", encoding="ascii")
