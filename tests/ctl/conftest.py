# SPDX-License-Identifier: BSD-2-Clause
"""tenantctl in a directory of its own, with zone text or a DNS server."""
import contextlib
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fakes"))

from daemon import program  # noqa: E402
from dns_server import DnsServer  # noqa: E402


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
