# SPDX-License-Identifier: BSD-2-Clause
"""The policy file is replaced, emptied, torn or taken away while messages come: each is
judged by one policy that was whole, and what is faulty changes nothing."""
import concurrent.futures
import os
import pathlib
import tempfile
import threading

import pytest

import messages
from conftest import Service
from daemon import Daemon
from dns_server import DnsServer
from milter_client import send_message

SWAPS = 1000
# By this one the honest message is a foreign tenant's, and the spoof as well.
OTHER = messages.POLICY.replace("contoso.onmicrosoft.com", "elsewhere.onmicrosoft.com").replace(
    messages.CUSTOMER_TENANT, "11111111-2222-4333-8444-555555555555")
HONEST, SPOOF = messages.honest(), messages.spoof()
WORKERS = 4


class Talk:
    """Messages from several connections, until it is left: `given` are their outcomes."""

    def __init__(self, this):
        self.this, self.given, self._over = this, [], threading.Event()
        self._pool = concurrent.futures.ThreadPoolExecutor(WORKERS)
        self._workers = []

    def _work(self, number):
        given = []
        with self.this.connect() as session:
            while not self._over.is_set() or len(given) < 10:
                content = (HONEST, SPOOF)[len(given) % 2]
                queue_id = f"T{number}-{len(given)}"
                outcome = send_message(session, content, queue_id=queue_id)
                given.append((queue_id, content is HONEST, outcome))
        return given

    def __enter__(self):
        self._workers = [self._pool.submit(self._work, number) for number in range(WORKERS)]
        return self

    def __exit__(self, *_):
        self._over.set()
        self.given = [one for worker in self._workers for one in worker.result()]
        self._pool.shutdown()


def replace(policy, text):
    """As tenantctl and editors do it: another file takes the name."""
    new = policy.with_suffix(".new")
    new.write_text(text, "utf-8")
    os.replace(new, policy)


def revisions(this):
    """The revisions of both policies, as the daemon names them; the first one is in force."""
    found = []
    for text in (OTHER, messages.POLICY):
        replace(this.daemon.policy, text)
        this.daemon.reload()
        outcome = this.judge(HONEST)
        assert outcome.accepted == (text is messages.POLICY)
        found.append(outcome.record["policy"])
    return found[1], found[0]


def check(this, talk, allowed):
    """Every message was judged by one of the policies, and got that one's verdict."""
    records = {one["queue_id"]: one for one in this.daemon.decisions()}
    seen = set()
    for queue_id, is_honest, outcome in talk.given:
        record = records[queue_id]
        accepts = is_honest and record["policy"] == allowed[0]
        assert record["policy"] in allowed
        assert (outcome.accepted, outcome.code) == (accepts, 0 if accepts else 550), record
        assert record["reason"] == ("none" if accepts else "tenant-denied")
        seen.add((record["policy"], is_honest))
    return seen


def test_swapped_a_thousand_times_under_load(service):
    this = service()
    first, second = revisions(this)
    with Talk(this) as talk:
        for number in range(SWAPS):
            replace(this.daemon.policy, (OTHER, messages.POLICY)[number % 2])
            this.daemon.reload()
    assert len(check(this, talk, (first, second))) == 4  # both policies, both messages
    assert this.daemon.stop() == 0


def torn(text):
    """What a writer has written of the file when it is read, at many a length at which it is
    no policy, and with a hole behind it."""
    for length in range(0, len(text), 3):
        part = text[:length]
        if part.rstrip().endswith(("1", "]", '"', "]]")) or not part.strip():
            continue
        yield part
        yield part + "\0" * 100


@pytest.mark.parametrize("faulty", [
    lambda policy: policy.write_bytes(b""), lambda policy: policy.write_bytes(b"\0" * 4096),
    lambda policy: policy.write_bytes(os.urandom(4096)), pathlib.Path.unlink,
    lambda policy: (policy.unlink(), policy.mkdir()),
    lambda policy: (policy.unlink(), policy.symlink_to(policy)),
], ids=["emptied", "zeroes", "noise", "taken away", "a directory", "a link to itself"])
def test_what_is_no_policy_changes_nothing(service, faulty):
    this = service()
    with Talk(this) as talk:
        before = this.judge(HONEST).record["policy"]
        faulty(this.daemon.policy)
        this.daemon.reload()
        after = this.judge(HONEST).record["policy"]
    assert after == before
    check(this, talk, (before,))
    assert this.daemon.stop() == 0
    assert f"policy {before} stays in force" in this.daemon.log


def test_torn_writes_under_load_change_nothing(service):
    this = service()
    first, second = revisions(this)
    parts = list(torn(OTHER))
    assert len(parts) > 50
    with Talk(this) as talk:
        for part in parts:
            this.daemon.policy.write_text(part, "utf-8")
            this.daemon.reload()
    assert check(this, talk, (first, second)) == {(first, True), (first, False)}
    replace(this.daemon.policy, OTHER)
    this.daemon.reload()
    assert this.judge(HONEST).record["policy"] == second
    assert this.daemon.stop() == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start it as somebody else")
def test_one_that_may_not_be_read_any_more_changes_nothing():
    with tempfile.TemporaryDirectory(prefix="tm-fault-") as name:
        directory = pathlib.Path(name)
        directory.chmod(0o755)
        zone = messages.zone()
        with DnsServer(zone) as dns, \
                Daemon(directory, messages.POLICY, dns.port, user="nobody") as daemon:
            this = Service(directory, dns, daemon)
            before = this.judge(HONEST).record["policy"]
            replace(daemon.policy, OTHER)
            daemon.policy.chmod(0)
            daemon.reload()
            assert this.judge(HONEST).record["policy"] == before
            daemon.policy.chmod(0o644)
            daemon.reload()
            assert this.judge(HONEST).code == 550
            assert daemon.stop() == 0
    assert "Permission denied" in daemon.log and "stays in force" in daemon.log
