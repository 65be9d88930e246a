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
    postfix: Postfix
    filter: Daemon
    sink: SmtpSink

    def client(self, address="40.107.22.1"):
        return Client(self.postfix.port, address)

    def send(self, content, sender="alice@contoso.com", address="40.107.22.1"):
        """The last reply of one message on a connection of its own."""
        with self.client(address) as client:
            return client.transact(sender, ["bob@example.net"], content)


@pytest.fixture
def relay():
    """Makes relays: relay(chroot=True, flags=[...])."""
    with contextlib.ExitStack() as stack:
        def make(chroot=False, flags=(), policy=messages.POLICY, extra=""):
            root = pathlib.Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix="tenant-milter-")))
            root.chmod(0o755)
            dns = stack.enter_context(
                DnsServer(messages.ZONE + messages.key().zone_line("contoso.com")))
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
                Postfix(root, milter, sink.port, chroot=chroot, extra=extra))
            return Relay(postfix, daemon, sink)

        yield make
