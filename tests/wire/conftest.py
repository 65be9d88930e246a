# SPDX-License-Identifier: BSD-2-Clause
"""The real daemon with a DNS of its own, and a milter client that plays the MTA."""
import contextlib
import pathlib
import subprocess
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fakes"))

from daemon import Daemon, program  # noqa: E402
from dns_server import DnsServer  # noqa: E402
from milter_client import Session, edited, send_message  # noqa: E402

STOP_TIMEOUT = 35  # seconds: a little more than --drain-timeout


class Filter:
    """A running daemon, its DNS, and the conversations with it."""

    def __init__(self, process, dns):
        self.process = process
        self.dns = dns
        self.address = process.socket
        self._sent = 0

    def connect(self, client="40.107.1.1", helo="mail.example", macros=(), **options):
        session = Session(self.address, macros=macros, **options)
        if client is None:
            session.connect_without_address()
        else:
            session.connect(client)
        session.helo(helo)
        return session

    def next_queue_id(self):
        self._sent += 1
        return f"4Q{self._sent:05}"

    def judge(self, content, session=None, client="40.107.1.1", macros=(), helo="mail.example",
              steps=None, **options):
        """One message: its Outcome, with the decision's record as `record` (None: none)."""
        queue_id = self.next_queue_id()
        if session is not None:
            outcome = send_message(session, content, queue_id=queue_id, **options)
        else:
            offered = {} if steps is None else {"steps": steps}
            with self.connect(client, helo, macros, **offered) as alone:
                outcome = send_message(alone, content, queue_id=queue_id, **options)
        # Sendmail numbers fields in another way than Postfix: the daemon must suit both.
        if outcome.header:
            assert outcome.header == edited(outcome.sent, outcome.edits, renumber=False)
        outcome.record = self.record(queue_id)
        return outcome

    def records(self):
        return self.process.decisions()

    def record(self, queue_id):
        found = [one for one in self.records() if one["queue_id"] == queue_id]
        assert len(found) <= 1
        return found[0] if found else None


def replay(process):
    """Every decision of the log, judged again by the policy that made it, is the same."""
    if process.decision_log.exists() and not process.reloaded:
        mode = [flag for flag in process.flags if flag == "--mode=monitor"]
        done = subprocess.run([program("replay"), process.policy, process.decision_log, *mode],
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def directory():
    """A directory whose name is short enough for a socket's."""
    with tempfile.TemporaryDirectory(prefix="tm-wire-") as path:
        yield pathlib.Path(path)


@pytest.fixture
def daemon(directory):
    """Starts filters: daemon(policy, zone, "--flag=value", ...)."""
    running = []
    with contextlib.ExitStack() as stack:
        def start(policy, zone="", *flags):
            dns = stack.enter_context(DnsServer(zone))
            home = directory / str(len(running))
            home.mkdir()
            process = Daemon(home, policy, dns.port, flags)
            stack.callback(process.stop)
            running.append(Filter(process, dns))
            return running[-1]

        yield start
        for relay in running:
            process = relay.process
            assert process.stop(timeout=STOP_TIMEOUT) == 0, process.log
            replay(process)
            assert "internal fault" not in process.log
