# SPDX-License-Identifier: BSD-2-Clause
"""The daemon with a DNS server of its own, and loads of messages to it."""
import contextlib
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fakes"))

import messages  # noqa: E402
from daemon import Daemon, program  # noqa: E402
from dns_server import DnsServer  # noqa: E402


class Service:
    """A daemon, its DNS and a directory for messages."""

    def __init__(self, directory, dns, daemon):
        self.directory, self.dns, self.daemon = directory, dns, daemon

    def start_load(self, content, count, expected, connections=8, per_connection=1):
        """Starts to send the message; the process ends with 0 when all replies are right."""
        file = self.directory / f"message-{expected}-{count}"
        file.write_bytes(messages.load_entry(content, expected))
        return subprocess.Popen(
            [program("load"), self.directory / "milter.sock", file, f"--connections={connections}",
             f"--messages={count}", f"--per-connection={per_connection}"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.fixture
def service(tmp_path):
    """Makes services: service(zone=..., policy=..., flags=[...])."""
    with contextlib.ExitStack() as stack:
        def make(zone=messages.ZONE, policy=messages.POLICY, flags=()):
            dns = stack.enter_context(
                DnsServer(zone + messages.key().zone_line("contoso.com") + "\n"))
            daemon = stack.enter_context(Daemon(tmp_path, policy, dns.port, flags))
            return Service(tmp_path, dns, daemon)

        yield make
