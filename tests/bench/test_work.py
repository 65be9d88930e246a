# SPDX-License-Identifier: BSD-2-Clause
"""Counted work a message: a guard against slow growth that no clock is needed for. Allocations,
system calls, DNS questions and packets of replies of a 4 KiB message, SPF, DKIM and decision log
included, on a connection of its own, once caches are warm. The limits are what was measured and
a tenth more."""
import mmap
import os
import pathlib
import re
import struct
import subprocess
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "fakes"), str(TESTS / "wire")]

import messages  # noqa: E402
from daemon import Daemon, program  # noqa: E402
from dns_server import DnsServer  # noqa: E402
from milter_client import Session, send_message  # noqa: E402
from milter_wire import Packets  # noqa: E402

COUNTER = os.environ.get("FAILING_MALLOC_LIBRARY")  # it counts as well
MESSAGES = 200
CALLS = 3  # the column of strace's table; that of errors is missing where there were none
MANY = 1 << 40  # allocations: none of them is to fail
BODY = "The quick brown fox jumps over the lazy dog, and it does so again.\r\n" * 42
HONEST = messages.signed(messages.message(body=BODY, extra=messages.stamps()))
SPOOF = messages.message(body=BODY, extra=messages.stamps("attacker.onmicrosoft.com"))

# Message, reply, and at most so many allocations, system calls and packets of replies.
LOADS = [("honest", HONEST, "accept", 300, 25, 4), ("spoof", SPOOF, "550", 163, 17, 1)]


@pytest.fixture
def relay(tmp_path, monkeypatch):
    if COUNTER is None:
        pytest.skip("this build has no failing_malloc")
    control = tmp_path / "control"
    control.write_bytes(struct.pack("=qq", MANY, 0))
    monkeypatch.setenv("FAILING_MALLOC", str(control))
    monkeypatch.setenv("LD_PRELOAD", COUNTER)
    with DnsServer(messages.zone()) as dns, \
            Daemon(tmp_path, messages.POLICY, dns.port, ["--log-level=warning"]) as daemon:
        monkeypatch.delenv("LD_PRELOAD")
        with control.open("r+b") as file:
            daemon.left = mmap.mmap(file.fileno(), 16)
        daemon.dns = dns
        yield daemon


def load(daemon, content, expected):
    file = daemon.directory / f"message-{expected}"
    file.write_bytes(messages.load_entry(content, expected))
    subprocess.run([program("load"), daemon.directory / "milter.sock", file, "--connections=1",
                    f"--messages={MESSAGES}"], check=True, stdout=subprocess.DEVNULL)


def allocations(daemon, work):
    def left():
        return struct.unpack("=qq", daemon.left[:])[0]
    before = left()
    work()
    return (before - left()) / MESSAGES


def system_calls(daemon, work):
    table = daemon.directory / "calls"
    tracer = subprocess.Popen(["strace", "-f", "-c", "-o", table, "-p", str(daemon.process.pid)],
                              stderr=subprocess.PIPE)
    assert b"attached" in tracer.stderr.readline()
    work()
    tracer.terminate()
    tracer.communicate(timeout=60)
    total = re.search(r"^.*\btotal$", table.read_text("ascii"), re.MULTILINE)
    return int(total[0].split()[CALLS]) / MESSAGES


def packets(daemon, content, monkeypatch):
    """Of one conversation, but for the negotiation."""
    read = []
    original = Packets.read
    monkeypatch.setattr(Packets, "read", lambda self: read.append(original(self)) or read[-1])
    with Session(daemon.socket) as session:
        session.connect()
        session.helo()
        send_message(session, content)
    return len(read) - 1


@pytest.mark.parametrize("name, content, reply, most_allocations, most_calls, most_packets", LOADS,
                         ids=[load[0] for load in LOADS])
def test_a_message_costs_no_more_than_it_did(relay, monkeypatch, name, content, reply,
                                             most_allocations, most_calls, most_packets):
    def work():
        load(relay, content, reply)

    work()
    asked = len(relay.dns.questions)
    counted = (allocations(relay, work), system_calls(relay, work),
               packets(relay, content, monkeypatch))
    print(f"{name}: {counted[0]:.1f} allocations, {counted[1]:.1f} system calls, "
          f"{counted[2]} packets of replies")
    assert len(relay.dns.questions) == asked
    assert counted[0] <= most_allocations
    assert counted[1] <= most_calls
    assert counted[2] <= most_packets
