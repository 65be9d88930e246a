# SPDX-License-Identifier: BSD-2-Clause
"""Prints the totals of a run of ctest, as its JUnit file has them: "N passed, N failed"."""
import sys
import xml.etree.ElementTree

suite = xml.etree.ElementTree.parse(sys.argv[1]).getroot()
states = [case.get("status") for case in suite.iter("testcase")]
passed = states.count("run")
skipped = [case.get("name") for case in suite.iter("testcase") if case.get("status") == "notrun"]
failed = len(states) - passed - len(skipped)
if skipped:
    print("skipped:", ", ".join(skipped))
print(f"{passed} passed, {failed} failed")
sys.exit(0 if passed > 0 and failed == 0 else 1)
