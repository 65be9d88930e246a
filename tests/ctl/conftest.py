# SPDX-License-Identifier: BSD-2-Clause
"""tenantctl in a directory of its own, with a policy and a configuration."""
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/fakes"), str(ROOT / "tests/wire")]

from daemon import program  # noqa: E402

POLICY = """\
# The relay's policy.
version = 1
blocked-tenants = [
  "microsoft365:known-bad.onmicrosoft.com", # 2026-03
]

[defaults]
mode = "enforce"   # all of them
spf = "aligned"

# Contoso, contract 17
[[sender]]
name    = "contoso"
domains = ["contoso.com", "contoso.co.uk"]
tenants = ["microsoft365:contoso.onmicrosoft.com",
           "microsoft365:9f2c1e7a-3b54-4d6e-8f10-2a7b6c5d4e3f"]   # both
dkim = "off"
[sender.platform.google]
spf = "off"

[[sender]]
name = "fabrikam"
domains = ["fabrikam.example"]
subdomains = true
networks = ["192.0.2.0/24"]
"""


class Ctl:
    def __init__(self, directory):
        self.directory = directory
        self.policy = directory / "policy.toml"
        self.policy.write_text(POLICY, encoding="utf-8")
        self.config = directory / "tenant-milter.conf"
        self.config.write_text(f"policy = {self.policy}\n"
                               f"socket = unix:{directory}/milter.sock\n", encoding="ascii")

    def command(self, *words):
        return [str(program("tenantctl")), *(str(word) for word in words), "-c", str(self.config)]

    def run(self, *words, **options):
        """The finished process; its exit code is the test's to look at."""
        return subprocess.run(self.command(*words), capture_output=True, text=True, timeout=120,
                              **options)

    def ok(self, *words):
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def ctl(tmp_path):
    return Ctl(tmp_path)
