# SPDX-License-Identifier: BSD-2-Clause
"""The tests' milter client against real libmilter, and its own sums about edits."""
import signal
import subprocess

import milter_client
import pytest
from daemon import program
from milter_client import Session, edited, send_message
from milter_wire import ALL_STEPS, NO_REPLY_STEPS, ProtocolError, Step

MESSAGE = b"From: a@contoso.com\r\nX-Field: one\r\nx-field: two\r\n"


@pytest.fixture
def nothing(directory):
    """Starts nothing_milter and gives its socket."""
    started = []

    def start(*words):
        address = f"unix:{directory}/nothing-{len(started)}.sock"
        process = subprocess.Popen([program("nothing_milter"), *words, address],
                                   stdout=subprocess.PIPE)
        started.append(process)
        assert process.stdout.readline() == b"ready\n"
        return address

    yield start
    for process in started:
        process.kill()  # libmilter would take five seconds to end by itself
        process.stdout.close()
        assert process.wait(30) == -signal.SIGKILL


def orders(*verbs):
    return MESSAGE + b"".join(b"X-Do: %s\r\n" % verb.encode() for verb in verbs) + b"\r\nBody\r\n"


def told(address, *verbs, **options):
    with Session(address, **options) as session:
        session.connect()
        session.helo()
        return send_message(session, orders(*verbs))


def test_no_stage_replies_where_none_promised_to(nothing):
    with Session(nothing()) as session:
        assert session.steps & Step.NR_HDR and session.steps & Step.NR_EOH
        assert session.connect().kind == session.helo().kind == "none"
        for _ in range(3):
            outcome = send_message(session, orders())
            assert (outcome.stage, outcome.kind, outcome.edits) == ("eom", "accept", [])


def test_every_stage_replies_where_the_mta_offers_no_silence(nothing):
    with Session(nothing("--do"), steps=ALL_STEPS & ~NO_REPLY_STEPS) as session:
        assert session.connect().kind == session.helo().kind == "continue"
        assert session.mail("a@contoso.com").kind == "continue"
        assert session.header("Subject", " x").kind == "continue"
        assert session.end_of_headers().kind == "continue"
        assert session.body(b"x").kind == "continue"
        assert session.end_of_message().kind == "accept"


@pytest.mark.parametrize("order, stage, kind, code, text", [
    ("eoh reject", "eoh", "reject", 550, "5.7.1 Command rejected"),
    ("eoh tempfail", "eoh", "tempfail", 451, "4.7.1 Service unavailable - try again later"),
    ("body replycode", "body", "replycode", 554, "5.7.7 100% refused"),
    ("eom replycode", "eom", "replycode", 554, "5.7.7 100% refused"),
    ("eom discard", "eom", "discard", 0, ""),
    ("eoh accept", "eoh", "accept", 0, ""),
    ("body skip", "eom", "accept", 0, ""),
])
def test_replies(nothing, order, stage, kind, code, text):
    outcome = told(nothing("--do"), order)
    assert (outcome.stage, outcome.kind, outcome.code, outcome.text) == (stage, kind, code, text)


def test_edits_and_progress(nothing):
    outcome = told(nothing("--do"), "eom progress", "eom add", "eom insert", "eom change-2",
                   "eom progress", "eom quarantine")
    assert outcome.edits == [
        ("addheader", "X-Field", " added"), ("insheader", 0, "X-Field", " inserted"),
        ("chgheader", 2, "X-Field", " changed"), ("quarantine", "X-Field")]
    assert outcome.progress == 2 and outcome.quarantined == ["X-Field"]
    assert outcome.values("X-FIELD") == ["inserted", "changed", "two", "added"]
    assert outcome.header[0] == ("X-Field", " inserted")


def test_the_macros_that_the_filter_asked_for_are_sent(nothing):
    address = nothing("--do")
    with Session(address) as session:
        assert session.macro_lists["connect"] == ["{daemon_name}", "v"]
    assert told(address, "eom macro").values("X-Field")[-1] == "smtpd"


def test_a_message_is_aborted_and_the_next_one_starts_anew(nothing):
    with Session(nothing("--do")) as session:
        session.connect()
        assert send_message(session, orders("eoh reject")).stage == "eoh"
        session.mail("a@contoso.com")
        session.header("X-Do", " eom reject")
        session.abort()
        assert send_message(session, orders()).accepted


def test_an_edit_that_was_not_agreed_on_is_a_fault():
    with pytest.raises(ProtocolError, match="not agreed"):
        milter_client.read_edit(b"h", b"X\0y\0", milter_client.Action.CHGHDRS)


@pytest.mark.parametrize("line", [b"550 5.7.1 50% off\0", b"250 2.0.0 fine\0", b"5\0"])
def test_replies_that_no_mta_understands_are_faults(line):
    with pytest.raises(ProtocolError):
        milter_client.read_reply(b"y", line)


def test_a_removal_renumbers_at_postfix_and_not_at_sendmail():
    fields = [("A", " 1"), ("B", " x"), ("a", " 2"), ("A", " 3")]
    upwards = [("chgheader", 1, "A", ""), ("chgheader", 2, "A", "")]
    assert edited(fields, upwards) == [("B", " x"), ("a", " 2")]
    assert edited(fields, upwards, renumber=False) == [("B", " x"), ("A", " 3")]
    downwards = upwards[::-1]
    assert (edited(fields, downwards) == edited(fields, downwards, renumber=False)
            == [("B", " x"), ("A", " 3")])


def test_a_change_past_the_last_field_appends_and_a_removal_does_nothing():
    assert edited([("A", "1")], [("chgheader", 2, "a", "2")]) == [("A", "1"), ("a", "2")]
    assert edited([("A", "1")], [("chgheader", 2, "A", "")]) == [("A", "1")]
    assert edited([], [("insheader", 9, "B", "2")]) == [("B", "2")]
