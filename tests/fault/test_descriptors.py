# SPDX-License-Identifier: BSD-2-Clause
"""No descriptors left: who can't be taken waits, what can't be asked is a temporary
failure, what can't be opened stays as it was; afterwards all is as before."""
import contextlib
import os
import resource
import signal

import messages
from milter_wire import open_socket

DEFERRED = (451, "dns-unavailable")


@contextlib.contextmanager
def left(this, count):
    """The daemon may open so many descriptors more, and no others."""
    old = resource.prlimit(this.pid, resource.RLIMIT_NOFILE)
    taken = sorted(int(fd) for fd in os.listdir(f"/proc/{this.pid}/fd"))
    # The limit is on the number: the gaps below it count as well.
    free = [fd for fd in range(taken[-1] + count + 2) if fd not in taken]
    limit = free[count]
    resource.prlimit(this.pid, resource.RLIMIT_NOFILE, (limit, old[1]))
    yield
    resource.prlimit(this.pid, resource.RLIMIT_NOFILE, old)


def quick(service, **options):
    return service(flags=["--dns-timeout=1", "--dns-budget=2"], **options)


def test_a_connection_that_cannot_be_taken_waits(service):
    this = quick(service)
    with this.connect() as session:
        assert this.judge(messages.honest(), session).accepted
        with left(this, 0):
            waiting = open_socket(this.daemon.socket, 60)
            waiting.sendall(b"\0\0\0\x0dO\0\0\0\x06\0\0\x01\xff\0\x1f\xff\xff")
            # Those who are connected are served.
            assert this.judge(messages.honest(), session).accepted
            assert this.judge(messages.spoof(), session).code == 550
            waiting.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                assert not waiting.recv(1)
        waiting.settimeout(60)
        assert waiting.recv(5)[4:] == b"O"
        waiting.close()
    this.serves()
    assert this.daemon.stop() == 0


def test_what_the_resolver_cannot_ask_is_deferred(service):
    this = quick(service)
    with this.connect() as session:
        # A question that was answered: what comes with the first one is open and closed.
        stranger = this.judge(messages.message(extra=messages.stamps()), session,
                              sender="x@a.example")
        assert (stranger.code, stranger.record["reason"]) == (550, "spf-failed")
        with left(this, 0):
            outcome = this.judge(messages.honest(), session)
            assert (outcome.code, outcome.record["reason"]) == DEFERRED
            assert this.judge(messages.spoof(), session).code == 550
        this.recovers(session)
    this.serves()
    assert this.daemon.stop() == 0


def test_a_reload_that_can_open_nothing_changes_nothing(service):
    this = quick(service)
    this.serves()
    log = this.daemon.decision_log
    moved = log.with_suffix(".1")
    with this.connect() as session:
        before = this.judge(messages.honest(), session).record["policy"]
        log.rename(moved)
        this.daemon.policy.write_text(messages.TWO_CUSTOMERS, "utf-8")
        with left(this, 0):
            this.daemon.process.send_signal(signal.SIGHUP)  # sd_notify has no descriptor either
            this.daemon.wait_for_log("stays in force")
            assert this.judge(messages.spoof(), session).code == 550
            assert this.judge(messages.honest(), session).accepted
        assert not log.exists()
        this.daemon.reload()
        after = this.judge(messages.message(extra=messages.stamps()), session)
    assert after.accepted and after.record["policy"] != before
    assert len(moved.read_text("utf-8").splitlines()) == 5
    assert this.daemon.stop() == 0
    assert "the old file stays" in this.daemon.log


def test_many_who_come_while_there_are_none_are_served_in_the_end(service):
    this = quick(service)
    this.serves()
    with this.connect() as session, left(this, 3):
        loads = [this.start_load(messages.honest(), 40, "accept", connections=20),
                 this.start_load(messages.spoof(), 40, "550", connections=20)]
        for _ in range(20):
            assert this.judge(messages.honest(), session).accepted
            assert this.judge(messages.spoof(), session).code == 550
    for load in loads:
        _, fault = load.communicate(timeout=100)
        assert (load.returncode, fault) == (0, b"")
    this.serves()
