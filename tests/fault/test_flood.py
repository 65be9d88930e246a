# SPDX-License-Identifier: BSD-2-Clause
"""A flood of names that DNS never answers, in MAIL FROM (spec 6: questions under way): honest mail
is answered as ever, whether or not it needs DNS, and the memory comes back."""
import contextlib
import itertools
import multiprocessing
import os
import time

import pytest

import messages
import policies
from conftest import Service
from daemon import Daemon
from dns_server import DnsServer
from milter_client import Session
from policies import honest, policy, sender, stamped

SECONDS = 6
A_SECOND = 1500
AT_MOST = 2.0  # seconds that an honest message may take
MEMORY = 40 * 2 ** 20  # bytes that the flood may add while it lasts
GIVEN_BACK = 12 * 2 ** 20  # bytes that may still be there afterwards
LITWARE = "microsoft365:litware.onmicrosoft.com"


class Flood:
    """Messages at a steady rate from a process of its own, each with a name that nobody answers."""

    def __init__(self, service, client, play):
        self._sent = multiprocessing.Value("L", 0)
        self._process = multiprocessing.Process(
            target=self._run, args=(service.daemon.socket, client, play), daemon=True)

    @property
    def sent(self):
        return self._sent.value

    def _run(self, address, client, play):
        session = Session(address, timeout=60)
        session.connect(client)
        session.helo()
        begin = time.monotonic()
        for number in itertools.count():
            session.macros["i"] = f"F{number}"
            session.mail(f"x@n{number}.flood.example")
            session.rcpt("bob@example.net")
            play(session)
            self._sent.value = number
            time.sleep(max(0, begin + number / A_SECOND - time.monotonic()))

    def __enter__(self):
        self._process.start()
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.join()


def broken_off(session):
    session.abort()


def refused(session):
    for name, value in [("From", "alice@contoso.com"), *messages.stamps("evil.onmicrosoft.com")]:
        session.header(name, " " + value)
    assert not session.end_of_headers().goes_on


@pytest.fixture
def flooded(tmp_path):
    """A daemon whose DNS never answers names with "flood" in them."""
    with contextlib.ExitStack() as stack:
        def make():
            dns = stack.enter_context(DnsServer(policies.zone(), silent=b"flood"))
            text = policy(sender(spf="pass", dkim="aligned"), sender("litware", [LITWARE]))
            daemon = stack.enter_context(Daemon(tmp_path, text, dns.port))
            return Service(tmp_path, dns, daemon)

        yield make


@pytest.mark.parametrize("client", ["40.107.1.1", "192.0.2.1"])
@pytest.mark.parametrize("play", [broken_off, refused], ids=["broken off", "refused"])
def test_honest_mail_passes_a_flood_of_unanswered_names(flooded, client, play):
    service = flooded()
    without_dns = stamped("litware.onmicrosoft.com", None, author="a@litware.com")
    service.judge(without_dns, sender="a@litware.com")
    before = service.memory()
    slowest, most, fresh = 0.0, before, itertools.count()
    with Flood(service, client, play) as flood:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            for content, envelope in ((without_dns, "a@litware.com"),
                                      (honest(), "alice@contoso.com")):
                begin = time.monotonic()
                assert service.judge(content, sender=envelope).accepted
                slowest = max(slowest, time.monotonic() - begin)
            # And one whose answer nobody has asked for before.
            begin = time.monotonic()
            outcome = service.judge(honest(), sender=f"a@m{next(fresh)}.example")
            assert "spf-failed" in outcome.text, outcome
            slowest = max(slowest, time.monotonic() - begin)
            most = max(most, service.memory())
    print(f"{flood.sent / SECONDS:.0f} a second, slowest {slowest:.2f} s, memory "
          f"+{(most - before) / 2 ** 20:.0f} MiB")
    assert flood.sent > SECONDS * A_SECOND / 10, "no flood"
    assert slowest < AT_MOST
    if "SANITIZED" in os.environ:
        return  # its memory is a sanitizer's own
    assert most - before < MEMORY
    deadline = time.monotonic() + 60
    while service.memory() - before > GIVEN_BACK and time.monotonic() < deadline:
        service.judge(without_dns, sender="a@litware.com")
        time.sleep(0.2)
    print(f"memory afterwards +{(service.memory() - before) / 2 ** 20:.0f} MiB")
    assert service.memory() - before <= GIVEN_BACK
