# SPDX-License-Identifier: BSD-2-Clause
"""tenantctl in a directory of its own: `ctl` with a policy that is edited, `tool` with zone
text or a DNS server."""
import contextlib
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/fakes"), str(ROOT / "tests/wire")]

from daemon import program  # noqa: E402
from dns_server import DnsServer  # noqa: E402

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


class Tool:
    """Runs tenantctl; its configuration names a DNS server only where there is one."""

    def __init__(self, directory, stack):
        self.directory, self._stack = directory, stack
        self.conf = directory / "tenant-milter.conf"
        self.policy = directory / "policy.toml"
        self.zone_file = directory / "test.zone"
        self.policy.write_text("version = 1\n", encoding="ascii")
        self._configure("nameserver = 127.0.0.1@9\n")  # nobody answers there

    def _configure(self, text):
        self.conf.write_text(f"policy = {self.policy}\n{text}", encoding="ascii")

    def serve(self, zone):
        """A DNS server with this zone, for what runs from now on."""
        server = self._stack.enter_context(DnsServer(zone))
        self._configure(f"nameserver = 127.0.0.1@{server.port}\n")
        return server

    def run(self, *words, zone=None):
        """Runs a command, with --dns-from where a zone is given."""
        words = [str(word) for word in words]
        if zone is not None:
            self.zone_file.write_text(zone, encoding="latin-1")
            words += ["--dns-from", str(self.zone_file)]
        return subprocess.run([program("tenantctl"), *words, "-c", self.conf], text=True,
                              capture_output=True, check=False, timeout=120, cwd=self.directory)


@pytest.fixture
def tool(tmp_path):
    with contextlib.ExitStack() as stack:
        yield Tool(tmp_path, stack)
