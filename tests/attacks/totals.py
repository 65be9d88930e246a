# SPDX-License-Identifier: BSD-2-Clause
"""Runs the catalogue and counts: so many attacks of so many, so many legitimate messages."""
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent


class Counter:
    """Outcomes by kind of case."""

    def __init__(self):
        self.right = {"attack": 0, "legitimate": 0}
        self.all = {"attack": 0, "legitimate": 0}

    def pytest_runtest_logreport(self, report):
        kind = report.nodeid.partition("::test_")[2].partition("[")[0]
        if report.when == "call" and kind in self.all:
            self.all[kind] += 1
            self.right[kind] += report.passed


def main(names):
    counter = Counter()
    chosen = ["-k", " or ".join(names)] if names else []
    code = pytest.main(["-q", "-p", "no:cacheprovider", "--no-header", str(HERE), *chosen],
                       plugins=[counter])
    print(f"attacks answered as they must be: {counter.right['attack']} of {counter.all['attack']}; "
          f"legitimate messages accepted: {counter.right['legitimate']} of "
          f"{counter.all['legitimate']}")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
