# SPDX-License-Identifier: BSD-2-Clause
"""The daemon with a DNS server of its own, and messages to it, one or many."""
import contextlib
import itertools
import pathlib
import subprocess
import sys
import time

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "fakes"), str(TESTS / "wire")]

import messages  # noqa: E402
from daemon import Daemon, program  # noqa: E402
from dns_server import DnsServer  # noqa: E402
from milter_client import Session, send_message  # noqa: E402


class Service:
    """A daemon, its DNS and a directory for messages."""

    def __init__(self, directory, dns, daemon):
        self.directory, self.dns, self.daemon = directory, dns, daemon
        self._numbers = itertools.count()

    @property
    def pid(self):
        return self.daemon.process.pid

    def descriptors(self):
        return self.daemon.descriptors()

    def memory(self):
        return self.daemon.memory()

    def connect(self, timeout=60, **options):
        """A session after HELO, from an address of Microsoft's."""
        session = Session(self.daemon.socket, timeout=timeout, **options)
        session.connect()
        session.helo()
        return session

    def judge(self, content, session=None, **options):
        """One message: its Outcome, with the decision's record."""
        queue_id = f"4F{next(self._numbers):05}"
        if session is not None:
            outcome = send_message(session, content, queue_id=queue_id, **options)
        else:
            with self.connect() as alone:
                outcome = send_message(alone, content, queue_id=queue_id, **options)
        outcome.record = self.record(queue_id)
        return outcome

    def record(self, queue_id):
        """The decision on one message; None where there is none."""
        found = [one for one in self.daemon.decisions() if one["queue_id"] == queue_id]
        assert len(found) <= 1
        return found[0] if found else None

    def serves(self):
        """An honest message passes and a spoof does not."""
        assert self.judge(messages.honest()).accepted
        spoof = self.judge(messages.spoof())
        assert (spoof.code, spoof.record["reason"]) == (550, "tenant-denied")

    def recovers(self, session=None, timeout=30):
        """Honest messages are deferred for a while, and then pass."""
        deadline = time.monotonic() + timeout
        while not (outcome := self.judge(messages.honest(), session)).accepted:
            assert outcome.code == 451 and time.monotonic() < deadline, self.daemon.log

    def wait_until(self, is_so, timeout=30):
        """Serves messages, one at the least, until something about the daemon is so."""
        deadline = time.monotonic() + timeout
        self.serves()
        while not is_so():
            assert time.monotonic() < deadline, self.daemon.log
            self.serves()

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
