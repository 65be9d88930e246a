# SPDX-License-Identifier: BSD-2-Clause
"""What tenantctl doctor said, read."""
import json


def report_of(done):
    """The report of a finished `doctor --json`, whose exit code is that of its findings."""
    assert done.stderr == ""
    report = json.loads(done.stdout)
    errors = any(one["severity"] == "error" for one in report["findings"])
    assert done.returncode == (1 if errors else 0)
    return report
