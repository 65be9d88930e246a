# SPDX-License-Identifier: BSD-2-Clause
"""Signals while messages are in flight: nothing is lost, nothing judged otherwise."""
import signal

import messages
from milter_client import split

MESSAGES = 2000
HANGUPS = 100


def finished(load):
    """The exit code of a load, with what it said on standard error."""
    _, fault = load.communicate(timeout=120)
    return load.returncode, fault.decode()


def test_sighup_a_hundred_times_under_load(service):
    this = service()
    loads = [this.start_load(messages.honest(), MESSAGES, "accept"),
             this.start_load(messages.spoof(), MESSAGES, "550", per_connection=4)]
    reloads = 0
    while any(load.poll() is None for load in loads) or reloads < HANGUPS:
        this.daemon.reload()
        reloads += 1
    assert [finished(load) for load in loads] == [(0, ""), (0, "")]
    reasons = [one["reason"] for one in this.daemon.decisions()]
    assert (reasons.count("none"), reasons.count("tenant-denied")) == (MESSAGES, MESSAGES)
    assert this.daemon.stop() == 0


def test_sighup_takes_a_new_policy_and_keeps_the_old_one_from_a_faulty(service):
    this = service()
    good = this.daemon.policy.read_text("utf-8")

    def answer(expected):
        return finished(this.start_load(messages.honest(), 1, expected, connections=1))

    assert answer("accept") == (0, "")
    this.daemon.policy.write_text(good.replace("contoso.onmicrosoft.com", "other.onmicrosoft.com"))
    this.daemon.reload()
    assert answer("550") == (0, "")
    this.daemon.policy.write_text(good + "nonsense = 1\n")
    this.daemon.reload()
    assert answer("550") == (0, "")
    assert "nonsense" in this.daemon.log and "stays" in this.daemon.log
    this.daemon.policy.write_text(good)
    this.daemon.reload()
    assert answer("accept") == (0, "")


def test_sighup_reopens_the_decision_log(service):
    this = service()
    assert finished(this.start_load(messages.honest(), 8, "accept")) == (0, "")
    log = this.daemon.decision_log
    rotated = log.with_suffix(".1")
    log.rename(rotated)
    this.daemon.reload()
    assert finished(this.start_load(messages.honest(), 16, "accept")) == (0, "")
    assert len(rotated.read_text("utf-8").splitlines()) == 8
    assert len(this.daemon.decisions()) == 16


def test_sigterm_lets_messages_at_end_of_message_finish(service):
    this = service(zone="contoso.com. TIMEOUT TXT\n", flags=["--dns-budget=2", "--dns-timeout=2"])
    load = this.start_load(messages.honest(), 1, "451", connections=1)
    this.dns.wait_for("selector1._domainkey.contoso.com", "TXT")  # SPF is asked for before
    assert this.daemon.stop() == 0
    assert finished(load) == (0, "")
    assert [one["reason"] for one in this.daemon.decisions()] == ["dns-unavailable"]


def test_sigterm_under_load_ends_in_order(service):
    this = service()
    load = this.start_load(messages.honest(), MESSAGES, "accept")
    this.dns.wait_for("selector1._domainkey.contoso.com", "TXT")
    assert this.daemon.stop() == 0
    code, fault = finished(load)  # most of them find nobody any more, and it breaks off the rest
    assert code == 1 and ("hung up" in fault or "connect" in fault)
    assert {one["verdict"] for one in this.daemon.decisions()} <= {"accept"}


def test_sigterm_past_the_drain_timeout_ends_all_the_same(service):
    this = service(zone="contoso.com. TIMEOUT TXT\n",
                   flags=["--dns-budget=60", "--dns-timeout=60", "--drain-timeout=1"])
    load = this.start_load(messages.honest(), 1, "451", connections=1)
    this.dns.wait_for("selector1._domainkey.contoso.com", "TXT")  # SPF is asked for before
    assert this.daemon.stop(signal.SIGTERM) == 0
    assert finished(load)[0] == 1
    assert "drain" in this.daemon.log


def test_sigterm_answers_all_that_are_in_flight(service):
    """At each stage of a message, and many at a time, honest and spoofed."""
    this = service()
    contents = {"none": split(messages.honest()), "tenant-denied": split(messages.spoof())}
    flying = []
    for number in range(60):
        reason = list(contents)[number % 2]
        session = this.connect()
        session.macros["i"] = f"F{number}"
        rest = steps(session, *contents[reason])
        # From MAIL on, field by field, to before the reply that ends the message.
        most = 2 + len(contents[reason][0]) + (2 if reason == "none" else 0)
        for _ in range(number // 2 % most + 1):
            next(rest)
        session._packets.flush()
        flying.append((reason, session, rest))
    this.wait_until(lambda: True)  # the daemon has read what was sent before this
    this.daemon.process.send_signal(signal.SIGTERM)
    this.daemon.wait_for_state("STOPPING=1")
    for reason, session, rest in flying:
        *_, reply = rest
        if reason == "none":
            assert reply.kind in ("accept", "continue")
        else:
            assert (reply.code, reply.text.partition(":")[0]) == (550, "5.7.1 tenant-denied")
        session.abandon()
    assert this.daemon.stop() == 0
    assert "stopped with 0 messages in flight" in this.daemon.log
    given = {one["queue_id"]: one["reason"] for one in this.daemon.decisions()}
    assert all(given[f"F{number}"] == reason for number, (reason, _, _) in enumerate(flying))


def steps(session, fields, body):
    """Plays a message step by step; the last reply is the one that ends it."""
    yield session.mail("alice@contoso.com")
    yield session.rcpt("bob@example.net")
    for name, value in fields:
        yield session.header(name, value)
    reply = session.end_of_headers()
    yield reply
    if reply.goes_on:
        yield session.body(body)
        yield session.end_of_message()
