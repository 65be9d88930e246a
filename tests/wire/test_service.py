# SPDX-License-Identifier: BSD-2-Clause
"""The daemon's life around the messages (spec 8, 10): start, reload, drain, and its
decision log."""
import json
import os
import signal
import socket
import stat

import expect
import policies
import pytest
from daemon import Daemon, NotReady, program
from milter_client import split
from policies import honest, policy, sender, stamped

LITWARE = "microsoft365:litware.onmicrosoft.com"


def play(session, content, until="eoh"):
    """MAIL to end of headers, or to the body."""
    fields, body = split(content)
    session.macros["i"] = "4DRAIN"
    session.mail("alice@contoso.com")
    session.rcpt("bob@example.net")
    for name, value in fields:
        session.header(name, value)
    reply = session.end_of_headers()
    if until == "body":
        session.body(body)
    return reply


def test_sigterm_right_after_ready_ends_it(directory):
    """Whichever thread the signal meets."""
    for number in range(30):
        home = directory / f"start-{number}"
        home.mkdir()
        assert Daemon(home, policy(sender()), 1).stop(timeout=10) == 0


def test_sigterm_lets_the_message_in_flight_finish(daemon):
    relay = daemon(policy(sender(dkim="aligned")), policies.zone())
    session = relay.connect()
    assert play(session, honest()).goes_on
    relay.process.process.send_signal(signal.SIGTERM)
    relay.process.wait_for_state("STOPPING=1")
    with pytest.raises((FileNotFoundError, ConnectionRefusedError)):
        for _ in range(100000):  # the listener closes at once, but not before it is said
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(relay.address.removeprefix("unix:"))
    session.body(split(honest())[1])
    assert session.end_of_message().kind in ("continue", "accept")
    session.abandon()
    assert relay.process.stop() == 0
    assert relay.record("4DRAIN")["verdict"] == "accept"


def test_a_message_that_never_ends_holds_the_drain_no_longer_than_allowed(daemon):
    relay = daemon(policy(sender(dkim="aligned")), policies.zone(), "--drain-timeout=1")
    session = relay.connect()
    assert play(session, honest()).goes_on
    assert relay.process.stop(timeout=10) == 0
    assert "1 messages in flight" in relay.process.log
    session.abandon()


def test_idle_connections_hold_nothing_up(daemon):
    relay = daemon(policy(sender()))
    sessions = [relay.connect() for _ in range(3)]
    expect.accepted(relay.judge(stamped(), sessions[0]))
    assert relay.process.stop(timeout=10) == 0
    for session in sessions:
        session.abandon()


def test_sighup_takes_the_new_policy_and_a_message_keeps_its_own(daemon):
    relay = daemon(policy(sender(dkim="aligned")), policies.zone())
    early = relay.connect()
    assert play(early, honest()).goes_on
    relay.process.policy.write_text(policy(sender("litware", [LITWARE])), "utf-8")
    relay.process.reload()
    expect.refused(relay.judge(stamped()), "sender-unknown")
    late = relay.judge(stamped("litware.onmicrosoft.com", None, author="a@litware.com"),
                       sender="a@litware.com")
    expect.accepted(late)
    early.body(split(honest())[1])
    assert early.end_of_message().kind in ("continue", "accept")
    early.close()
    assert relay.record("4DRAIN")["policy"] != late.record["policy"]


@pytest.mark.parametrize("faulty", [
    "version = 1\n[[sender]]\n", "version = ", 'version = 1\nblocked = ["x"]\n',
    policy(sender(), sender("other", domains=["contoso.com"])),
], ids=["incomplete", "syntax", "unknown key", "domain twice"])
def test_a_faulty_policy_is_reported_and_the_old_one_stays(daemon, faulty):
    relay = daemon(policy(sender()))
    before = relay.judge(stamped())
    relay.process.policy.write_text(faulty, "utf-8")
    relay.process.reload()
    after = relay.judge(stamped())
    expect.accepted(after)
    assert after.record["policy"] == before.record["policy"]
    assert relay.process.stop() == 0  # its log has been read to the end
    assert "policy.toml:" in relay.process.log.partition("4Q00001")[2]


def test_a_missing_policy_stays_away_quietly_neither(daemon):
    relay = daemon(policy(sender()))
    relay.process.policy.unlink()
    relay.process.reload()
    expect.accepted(relay.judge(stamped()))
    assert relay.process.stop() == 0
    assert "policy.toml" in relay.process.log.partition("serves")[2].partition("\n")[2]


def test_many_reloads_among_messages_lose_none(daemon):
    relay = daemon(policy(sender()))
    with relay.connect() as session:
        for _ in range(30):
            relay.process.reload()
            expect.accepted(relay.judge(stamped(), session))
            expect.refused(relay.judge(stamped("evil.example"), session), "tenant-denied")


@pytest.mark.parametrize("text", ["version = 1\n[[sender]]\n", ""])
def test_it_does_not_start_with_a_policy_that_it_cannot_read(daemon, text):
    with pytest.raises(NotReady) as ended:
        daemon(text)
    assert ended.value.code == 65


def test_it_speaks_inet_too(directory):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = Daemon(directory, policy(sender()), 1, socket_spec=f"inet:{port}@127.0.0.1")
    try:
        from conftest import Filter
        expect.accepted(Filter(process, None).judge(stamped()))
    finally:
        assert process.stop() == 0


def test_its_socket_has_the_rights_that_were_asked_for(daemon):
    relay = daemon(policy(sender()), "", "--socket-mode=0620")
    mode = os.stat(relay.address.removeprefix("unix:")).st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o620


def test_a_socket_that_somebody_serves_is_not_taken(daemon, directory):
    relay = daemon(policy(sender()))
    home = directory / "second"
    home.mkdir()
    with pytest.raises(NotReady) as ended:
        Daemon(home, policy(sender()), 1, socket_spec=relay.address)
    assert ended.value.code == 69
    expect.accepted(relay.judge(stamped()))


# The decision log

def test_one_object_a_message_one_a_line(daemon):
    relay = daemon(policy(sender()), policies.zone())
    for content in (stamped(), stamped("evil.example"), stamped(author="broken"), honest()):
        relay.judge(content)
    lines = relay.process.decision_log.read_text("utf-8").splitlines()
    assert len(lines) == 4
    for line in lines:
        record = json.loads(line)
        assert {"schema", "time", "version", "policy", "queue_id", "mode", "action", "verdict",
                "reason", "identity", "stage", "checks", "senders", "evidence"} <= set(record)
        assert record["time"].endswith("Z") and line.isascii()


def test_no_local_part_no_subject_and_no_body_is_logged(daemon):
    content = honest(author="Secret Name <hidden.person@contoso.com>", subject="confidential",
                     body="private\r\n")
    sent = {"sender": "hidden.person@contoso.com", "recipients": ["hush@example.net"]}
    relay = daemon(policy(sender()), policies.zone())
    relay.judge(content, **sent)
    assert relay.process.stop() == 0
    text = relay.process.decision_log.read_text("utf-8") + relay.process.log
    for secret in ("hidden", "Secret", "confidential", "private", "hush"):
        assert secret not in text
    open_log = daemon(policy(sender()), policies.zone(), "--log-addresses")
    record = open_log.judge(content, **sent).record
    assert record["mail_from"] == sent["sender"] and record["rcpt_to"] == sent["recipients"]
    assert "confidential" not in str(record) and "private" not in str(record)


def test_the_evidence_says_what_the_verdict_rests_on(daemon):
    relay = daemon(policies.SPEC, policies.zone())
    connecting = f"TenantId={policies.GUID};Ip=[192.0.2.1];Helo=[x]"
    record = relay.judge(honest(connecting=connecting,
                                extra=[("X-MS-Exchange-CrossTenant-AuthAs", "Internal")])).record
    evidence = record["evidence"]
    assert evidence["mta"] == "Postfix 3.7.11" and evidence["client"] == "40.107.1.1"
    assert evidence["helo"] == "mail.example" and evidence["login"] == ""
    assert evidence["envelope"] == evidence["authors"][0] == {
        "domain": "contoso.com", "organisation": "contoso.com"}
    assert {(one["source"], one["value"], one["count"]) for one in evidence["tenants"]} == {
        ("originator-org", "contoso.onmicrosoft.com", 1), ("crosstenant-id", policies.GUID, 1)}
    assert evidence["connecting"]["tenant"] == policies.GUID
    assert evidence["connecting"]["ip"] == "192.0.2.1"
    assert evidence["entity"] == {"value": "Hosted", "count": 1}
    assert evidence["auth_as"] == "Internal"
    assert (evidence["spf"]["result"], evidence["spf"]["domain"]) == ("pass", "contoso.com")
    signature = evidence["signatures"][0]
    assert (signature["d"], signature["s"], signature["result"], signature["algorithm"],
            signature["key_bits"]) == ("contoso.com", "selector1", "pass", "rsa-sha256", 2048)
    assert [one["check"] for one in record["checks"]] == list(range(1, 12))


def test_a_log_that_was_moved_is_opened_anew_on_sighup(daemon):
    relay = daemon(policy(sender()))
    relay.judge(stamped())
    log = relay.process.decision_log
    moved = log.rename(log.with_suffix(".1"))
    relay.process.reload()
    relay.judge(stamped())
    assert len(moved.read_text("utf-8").splitlines()) == 1
    assert len(log.read_text("utf-8").splitlines()) == 1


def test_a_log_that_cannot_be_written_changes_no_verdict(daemon):
    relay = daemon(policy(sender()), "", "--decision-log=/dev/full")
    with relay.connect() as session:
        for _ in range(5):
            assert relay.judge(stamped(), session).accepted
            assert relay.judge(stamped("evil.example"), session).code == 550
    assert relay.process.stop() == 0
    said = [line for line in relay.process.log.splitlines() if "can't be written" in line]
    assert len(said) == 1


def test_it_is_the_program_under_test_that_runs(daemon):
    relay = daemon(policy(sender()))
    running = os.readlink(f"/proc/{relay.process.process.pid}/exe")
    assert running == str(program("tenant-milter").resolve())
