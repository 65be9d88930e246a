# SPDX-License-Identifier: BSD-2-Clause
"""A relay with its DNS, its filter and the outside world, for each test anew."""
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
from postfix import Client, Postfix  # noqa: E402
from smtp_sink import SmtpSink  # noqa: E402


@dataclass
class Relay:
    root: pathlib.Path
    postfix: Postfix
    filter: Daemon
    sink: SmtpSink
    dns: DnsServer

    def client(self, address="40.107.22.1", at="smtpd", **attributes):
        return Client(self.postfix.ports[at], address, **attributes)

    def send(self, content, sender="alice@contoso.com", address="40.107.22.1", at="smtpd",
             recipients=("bob@example.net",), **attributes):
        """The last reply of one message on a connection of its own."""
        with self.client(address, at, **attributes) as client:
            return client.transact(sender, recipients, content)

    def last_decision(self):
        """The record of a message that nobody waits for; ends the filter, so that it is whole."""
        self.filter.wait_for_log("verdict=")
        assert self.filter.stop() == 0
        return self.filter.decisions()[-1]


@pytest.fixture
def relay():
    """Makes relays: relay(flags=[...], chroot=True, extra="main.cf", ...)."""
    with contextlib.ExitStack() as stack:
        def make(flags=(), policy=messages.POLICY, zone="", chroot=False, prepare=lambda root: None,
                 **configuration):
            root = pathlib.Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix="tenant-milter-")))
            root.chmod(0o755)
            prepare(root)
            dns = stack.enter_context(DnsServer(messages.zone() + zone))
            sink = stack.enter_context(SmtpSink())
            # Chrooted, smtpd sees its queue directory as the root.
            directory = root / "queue" / "tenant-milter"
            directory.mkdir(parents=True)
            socket_flags = ["--socket-mode=0660", "--socket-group=postfix"]
            daemon = stack.enter_context(
                Daemon(root, policy, dns.port, [*socket_flags, *flags],
                       socket_spec=f"unix:{directory}/tenant-milter.sock", user="nobody"))
            milter = "unix:/tenant-milter/tenant-milter.sock" if chroot else daemon.socket
            postfix = stack.enter_context(
                Postfix(root, milter, sink.port, chroot=chroot, **configuration))
            return Relay(root, postfix, daemon, sink, dns)

        yield make
