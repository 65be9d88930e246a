# SPDX-License-Identifier: BSD-2-Clause
"""A Sendmail relay with its DNS, its filter and the outside world, for each test anew.

Sendmail has no XCLIENT: the platform sends from 127.0.0.2, everybody else from 127.0.0.3."""
import contextlib
import pathlib
import sys
import tempfile
from dataclasses import dataclass

import pytest

for name in ("fakes", "wire"):
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / name))

import certificates  # noqa: E402
import messages  # noqa: E402
from daemon import Daemon  # noqa: E402
from dns_server import DnsServer  # noqa: E402
from macro_milter import MacroMilter  # noqa: E402
from postfix import Client  # noqa: E402
from sendmail import SMART_HOST, Sendmail  # noqa: E402
from smtp_sink import SmtpSink  # noqa: E402

POLICY = messages.POLICY + """
[platform.microsoft365]
networks = ["127.0.0.2/32"]
"""
ZONE = 'contoso.com. 300 IN TXT "v=spf1 ip4:127.0.0.2 -all"\n'
SPOOF = messages.spoof()
PLATFORM = "127.0.0.2"
ELSEWHERE = "127.0.0.3"
TLS = """\
define(`confCACERT', `TEST_ETC/ca.pem')dnl
define(`confCACERT_PATH', `TEST_ETC')dnl
define(`confSERVER_CERT', `TEST_ETC/server.pem')dnl
define(`confSERVER_KEY', `TEST_ETC/server.key')dnl
"""


def make_certificates(root):
    certificates.make(root / "etc")


@dataclass
class Relay:
    root: pathlib.Path
    sendmail: Sendmail
    filter: Daemon
    sink: SmtpSink
    dns: DnsServer

    def client(self, source=PLATFORM):
        return Client(self.sendmail.port, source=source)

    def send(self, content, sender="alice@contoso.com", source=PLATFORM,
             recipients=("bob@example.net",)):
        """The last reply of one message on a connection of its own."""
        with self.client(source) as client:
            return client.transact(sender, recipients, content)


@contextlib.contextmanager
def directory(prepare=lambda root: None):
    """Where Sendmail trusts what is in it: below none that others may write."""
    with tempfile.TemporaryDirectory(prefix="tenant-milter-", dir="/run") as path:
        root = pathlib.Path(path)
        root.chmod(0o755)
        (root / "etc").mkdir()
        prepare(root)
        yield root


@pytest.fixture
def relay():
    """Makes relays: relay(flags=[...], policy=..., mc="...", filter_flags="...")."""
    with contextlib.ExitStack() as stack:
        def make(flags=(), policy=POLICY, zone=ZONE, prepare=lambda root: None, **configuration):
            root = stack.enter_context(directory(prepare))
            dns = stack.enter_context(
                DnsServer(zone + messages.key().zone_line("contoso.com") + "\n"))
            sink = stack.enter_context(SmtpSink())
            daemon = stack.enter_context(Daemon(root, policy, dns.port, flags, user="nobody"))
            sendmail = stack.enter_context(
                Sendmail(root, daemon.socket, sink.port, **configuration))
            return Relay(root, sendmail, daemon, sink, dns)

        yield make


@pytest.fixture
def given_macros():
    """given_macros(asked, mc, prepare, begin): the macros of one message, stage by stage, for a
    filter that asks so; `begin` is what the client does before MAIL."""
    def run(asked=(), mc=SMART_HOST, prepare=lambda root: None, begin=lambda root, client: None):
        with (directory(prepare) as root, SmtpSink() as sink, MacroMilter(root, asked) as milter,
              Sendmail(root, milter.socket_spec, sink.port, mc=mc) as sendmail,
              Client(sendmail.port, source=PLATFORM) as client):
            begin(root, client)
            assert client.transact("alice@contoso.com", ["bob@example.net"], SPOOF).code == 250
            return milter.macros
    return run
