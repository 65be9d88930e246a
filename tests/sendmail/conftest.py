# SPDX-License-Identifier: BSD-2-Clause
"""A Sendmail relay with its DNS, its filter and the outside world, for each test anew.

Sendmail has no XCLIENT: the platform sends from 127.0.0.2, everybody else from 127.0.0.3."""
import contextlib
import pathlib
import sys
import tempfile
from dataclasses import dataclass

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fakes"))

import messages  # noqa: E402
from daemon import Daemon  # noqa: E402
from dns_server import DnsServer  # noqa: E402
from postfix import Client  # noqa: E402
from sendmail import Sendmail  # noqa: E402
from smtp_sink import SmtpSink  # noqa: E402

POLICY = messages.POLICY + """
[platform.microsoft365]
networks = ["127.0.0.2/32"]
"""
ZONE = 'contoso.com. 300 IN TXT "v=spf1 ip4:127.0.0.2 -all"\n'
PLATFORM = "127.0.0.2"
ELSEWHERE = "127.0.0.3"


@dataclass
class Relay:
    root: pathlib.Path
    sendmail: Sendmail
    filter: Daemon
    sink: SmtpSink

    def client(self, source=PLATFORM):
        return Client(self.sendmail.port, source=source)

    def send(self, content, sender="alice@contoso.com", source=PLATFORM,
             recipients=("bob@example.net",)):
        """The last reply of one message on a connection of its own."""
        with self.client(source) as client:
            return client.transact(sender, recipients, content)


@pytest.fixture
def relay():
    """Makes relays: relay(flags=[...], policy=..., mc="...", filter_flags="...")."""
    with contextlib.ExitStack() as stack:
        def make(flags=(), policy=POLICY, zone=ZONE, prepare=lambda root: None, **configuration):
            # Sendmail trusts no directory below one that others may write.
            root = pathlib.Path(stack.enter_context(
                tempfile.TemporaryDirectory(prefix="tenant-milter-", dir="/run")))
            root.chmod(0o755)
            (root / "etc").mkdir()
            prepare(root)
            dns = stack.enter_context(
                DnsServer(zone + messages.key().zone_line("contoso.com") + "\n"))
            sink = stack.enter_context(SmtpSink())
            daemon = stack.enter_context(Daemon(root, policy, dns.port, flags, user="nobody"))
            sendmail = stack.enter_context(
                Sendmail(root, daemon.socket, sink.port, **configuration))
            return Relay(root, sendmail, daemon, sink)

        yield make
