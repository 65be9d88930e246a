# SPDX-License-Identifier: BSD-2-Clause
"""No memory for one message: every allocation on its way fails in turn, in the daemon and
in the libraries under it (libunbound's own aside: failing_malloc.c). The verdict is then
that of a message without the fault, or a temporary failure: a reply of 451, or libmilter's
hanging up, which the MTA's milter_default_action makes one. Never is a spoof accepted or an
honest message refused, and the next message is served as if nothing had been."""
import contextlib
import mmap
import os
import struct

import pytest

import messages
from milter_client import send_message
from milter_wire import ProtocolError

LIBRARY = os.environ.get("FAILING_MALLOC_LIBRARY")
POLICY = messages.POLICY.replace('domains = ["contoso.com"]',
                                 'domains = ["contoso.com"]\nsubdomains = true')
MOST = 4000  # allocations that one message may take
BYSTANDER = "B"  # the queue id of messages for which nothing is to fail
QUIET = 3  # messages in a row for which none failed
# Each message has an envelope domain of its own, so that DNS is asked for it.
ZONE = messages.ZONE + "".join(
    f'n{number}.contoso.com. TXT "v=spf1 ip4:40.107.0.0/16 -all"\n' for number in range(MOST))
CONTENTS = {"honest": messages.honest(), "spoof": messages.spoof()}
TEMPORARY = {"hung up", 451}
ALLOWED = {"honest": {"accepted", *TEMPORARY}, "spoof": {550, *TEMPORARY}}

pytestmark = pytest.mark.skipif(LIBRARY is None, reason="this build has no failing_malloc")


class FailingMalloc:
    """failing_malloc's control, shared with the daemon that starts after it was made."""

    def __init__(self, path, monkeypatch):
        path.write_bytes(bytes(16))
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), 16)
        monkeypatch.setenv("FAILING_MALLOC", str(path))
        monkeypatch.setenv("LD_PRELOAD", LIBRARY)

    @contextlib.contextmanager
    def failing(self, number):
        """The allocation of this number from now fails."""
        self._shared[:] = struct.pack("=qq", number, 0)
        yield
        self._shared[:8] = bytes(8)

    @property
    def has_failed(self):
        return struct.unpack("=qq", self._shared[:])[1] > 0


def outcome_of(this, content, number, queue_id=""):
    """What becomes of a message, from the connection on."""
    try:
        with this.connect(timeout=30) as session:
            outcome = send_message(session, content, sender=f"alice@n{number}.contoso.com",
                                   queue_id=queue_id or f"M{number}")
    except ProtocolError as fault:
        return "no answer" if "timed out" in str(fault) else "hung up"
    return "accepted" if outcome.accepted else outcome.code


@pytest.mark.parametrize("kind", ALLOWED)
def test_each_allocation_of_a_message_fails_in_turn(service, kind, tmp_path, monkeypatch):
    malloc = FailingMalloc(tmp_path / "control", monkeypatch)
    this = service(zone=ZONE, policy=POLICY, flags=["--dns-timeout=1", "--dns-budget=2"])
    monkeypatch.delenv("LD_PRELOAD")
    this.serves()
    seen, quiet = set(), 0
    for number in range(1, MOST):
        with malloc.failing(number):
            outcome = outcome_of(this, CONTENTS[kind], number)
        assert outcome in ALLOWED[kind], (number, this.daemon.log[-1000:])
        assert this.daemon.process.poll() is None, (number, this.daemon.log[-1000:])
        if number % 10 == 0:
            assert outcome_of(this, CONTENTS["spoof"], 0, BYSTANDER) == 550, number
        seen.add(outcome)
        quiet = 0 if malloc.has_failed else quiet + 1
        if quiet == QUIET:
            break
    assert quiet == QUIET and seen >= ALLOWED[kind] - {"hung up"}
    this.recovers()
    this.serves()
    # Where the macro with its id was lost, it has none.
    verdicts = {one["verdict"] for one in this.daemon.decisions()
                if not one["queue_id"].startswith(("4F", BYSTANDER))}
    assert verdicts <= {"accept" if kind == "honest" else "reject", "tempfail"}
    assert this.daemon.stop() == 0
