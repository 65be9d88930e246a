#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs SPF cases through spf_query, which evaluates them as the daemon does.

With --cases DIR our own cases (DIR/*.yml, described in own_cases.py); otherwise the
RFC 7208 test suite, whose path is in the environment variable RFC7208_SUITE. Prints
every disagreement and a total; exits 0 only when at least --at-least cases agree
and not one that must not pass does.
"""
import argparse
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fakes"))

import openspf_cases
import own_cases
from dns_server import DnsServer

SKIPPED = 77  # CMakeLists.txt: SKIP_RETURN_CODE
TIMEOUT = "0.5"  # of one look-up, in seconds


def xtext(field):
    """RFC 3461 4, of a string that stands for bytes (Latin-1)."""
    return "".join(chr(byte) if 33 <= byte <= 126 and byte not in b"+=" else f"+{byte:02X}"
                   for byte in field.encode("latin-1"))


def results_of(scenario, program):
    lines = "".join("\t".join(map(xtext, (case.client, case.helo, case.mail_from))) + "\n"
                    for case in scenario.cases)
    with DnsServer(scenario.zone) as server:
        done = subprocess.run(
            [program, "--nameserver", f"127.0.0.1@{server.port}", "--timeout", TIMEOUT],
            input=lines, capture_output=True, text=True, check=False)
    results = done.stdout.splitlines()
    if done.returncode != 0 or len(results) != len(scenario.cases):
        sys.exit(f"{scenario.name}: {program} ended with {done.returncode} after {len(results)} "
                 f"of {len(scenario.cases)} cases\n{done.stderr}")
    return results


def run(title, scenarios, program, at_least):
    count = agreed = false_passes = 0
    for scenario in scenarios:
        for case, result in zip(scenario.cases, results_of(scenario, program)):
            count += 1
            if result in case.accepted:
                agreed += 1
                continue
            if result == "pass":
                false_passes += 1
            print(f"{scenario.name}: {case.name}: expected {' or '.join(case.accepted)}, "
                  f"got {result}")
    print(f"{title}: {agreed} of {count}, {false_passes} false passes")
    return 0 if agreed >= (at_least or count) and false_passes == 0 else 1


def main():
    parser = argparse.ArgumentParser(description="SPF cases through the daemon's own code")
    parser.add_argument("--program", required=True, help="spf_query")
    parser.add_argument("--cases", metavar="DIR", help="our own cases")
    parser.add_argument("--at-least", type=int, metavar="N",
                        help="that many must agree (default: 203 of the suite, all of our own)")
    arguments = parser.parse_args()
    if arguments.cases:
        scenarios = own_cases.read(pathlib.Path(arguments.cases))
        return run("our own SPF cases", scenarios, arguments.program, arguments.at_least)
    suite = os.environ.get("RFC7208_SUITE")
    if not suite:
        print("skipped: RFC7208_SUITE is not set")
        return SKIPPED
    return run("RFC 7208 suite", openspf_cases.read(suite), arguments.program,
               arguments.at_least or 203)


if __name__ == "__main__":
    sys.exit(main())
