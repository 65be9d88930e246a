# SPDX-License-Identifier: BSD-2-Clause
"""Many messages, broken-off messages, many connections and other MTAs: what came
before changes nothing (spec 2)."""
import concurrent.futures

import expect
import messages
import policies
import pytest
from milter_client import Session, send_message
from milter_wire import ALL_ACTIONS, ALL_STEPS, NO_REPLY_STEPS, Action, ProtocolError, Step
from policies import honest, policy, sender, stamped
from signing import sign

FORGED = ("Authentication-Results", "relay.example; x-tenant=pass")


@pytest.fixture
def relay(daemon):
    return daemon(policy(sender(spf="aligned", dkim="aligned", networks=["192.0.2.0/24"])),
                  policies.zone())


def spoof(**options):
    return stamped("evil.onmicrosoft.com", **options)


def test_messages_of_one_connection_inherit_nothing(relay):
    with relay.connect() as session:
        for _ in range(3):
            expect.accepted(relay.judge(honest(), session))
            expect.refused(relay.judge(spoof(), session), "tenant-denied")
            expect.refused(relay.judge(messages.message(), session), "tenant-missing")
            expect.refused(relay.judge(stamped(), session), "dkim-missing", "550 5.7.20", None)
            expect.refused(relay.judge(stamped(From=None, author=None), session), "author-invalid",
                           identity=None)
            expect.refused(relay.judge(honest(), session, sender="x@nobody.example"),
                           "spf-failed", "550 5.7.23", None)
    assert len(relay.records()) == 18


def test_removals_are_counted_for_each_message_anew(relay):
    with relay.connect() as session:
        for count in (3, 0, 1):
            outcome = relay.judge(honest(extra=[FORGED] * count), session)
            assert outcome.values("Authentication-Results") == [expect.PASS]
            assert len([1 for edit in outcome.edits if edit[0] == "chgheader"]) == count


def begin(session, until, content):
    """Plays a message up to a stage, or to its refusal."""
    steps = [("mail", lambda: session.mail("alice@contoso.com")),
             ("rcpt", lambda: session.rcpt("bob@example.net")),
             ("header", lambda: [session.header(name, value) for name, value in content[0]]),
             ("eoh", session.end_of_headers),
             ("body", lambda: session.body(content[1]))]
    for stage, step in steps:
        reply = step()
        if stage == until or stage == "eoh" and not reply.goes_on:
            return


STAGES = ["mail", "rcpt", "header", "eoh", "body"]
HALF = ([("From", " x@evil.example"), ("X-OriginatorOrg", " contoso.onmicrosoft.com")], b"half")
UNDECIDED = ([(name, " " + value) for name, value in
              [("From", "alice@contoso.com"), *messages.stamps(),
               ("DKIM-Signature", "v=1; a=rsa-sha256; d=contoso.com; s=selector1; h=From; "
                                  "bh=x; b=y")]], b"half")


@pytest.mark.parametrize("until", STAGES)
@pytest.mark.parametrize("content", [HALF, UNDECIDED], ids=["refused", "undecided"])
def test_an_aborted_message_leaves_nothing_behind(relay, until, content):
    with relay.connect() as session:
        begin(session, until, content)
        session.abort()
        expect.accepted(relay.judge(honest(), session))
        expect.refused(relay.judge(messages.message(), session), "tenant-missing")


@pytest.mark.parametrize("until", STAGES)
def test_an_mta_that_hangs_up_in_mid_message_harms_nobody(relay, until):
    for _ in range(5):
        session = relay.connect()
        begin(session, until, UNDECIDED)
        session.abandon()
    expect.accepted(relay.judge(honest()))


def test_a_second_mail_begins_anew(relay):
    with relay.connect() as session:
        begin(session, "rcpt", HALF)
        session.abort()
        session.helo("other.example")
        expect.accepted(relay.judge(honest(), session))


def test_an_aborted_message_is_not_logged_as_decided(relay):
    with relay.connect() as session:
        begin(session, "eoh", UNDECIDED)
        session.abort()
    expect.accepted(relay.judge(honest()))
    assert len(relay.records()) == 1


def test_the_next_client_of_one_milter_connection_is_another(relay):
    """QUIT_NC after an accepted message, which libmilter takes by itself."""
    session = relay.connect(client="192.0.2.1", macros={"{auth_authen}": "somebody"})
    expect.accepted(relay.judge(messages.message(), session))
    session.quit_nc()
    session.macros.pop("{auth_authen}")
    session.connect("40.107.1.1")
    session.helo()
    expect.refused(relay.judge(messages.message(), session), "tenant-missing")
    expect.accepted(relay.judge(honest(), session))
    session.close()


def test_a_sender_without_a_connection_is_judged_by_what_is_known(relay):
    """Found by fuzzing: an MTA that names one without connecting first, or after QUIT_NC."""
    session = Session(relay.address)
    expect.refused(relay.judge(honest(), session), "origin-denied")
    session.quit_nc()
    expect.refused(relay.judge(honest(), session), "origin-denied")
    session.close()
    expect.accepted(relay.judge(honest()))


def test_unknown_commands_and_a_second_helo_are_no_matter(relay):
    with relay.connect() as session:
        session.unknown("FOO bar")
        session.helo("first.example")
        session.helo("second.example")
        outcome = relay.judge(honest(), session)
        expect.accepted(outcome)
        assert outcome.record["evidence"]["helo"] == "second.example"


# MTAs that offer less

@pytest.mark.parametrize("steps", [
    ALL_STEPS & ~NO_REPLY_STEPS,
    ALL_STEPS & ~Step.SKIP,
    ALL_STEPS & ~Step.HDR_LEADSPC,
    ALL_STEPS & ~(Step.NR_HDR | Step.NR_MAIL),
    Step(0x7F),
    Step(0),
], ids=str)
def test_an_mta_that_offers_less_gets_the_same_verdicts(relay, steps):
    expect.accepted(relay.judge(honest(), steps=steps))
    expect.refused(relay.judge(spoof(), steps=steps), "tenant-denied")
    content = sign(stamped(), canon="relaxed/relaxed", selector="nowhere")
    expect.refused(relay.judge(content, steps=steps), "dkim-failed", "550 5.7.20", None)


def test_the_filter_asks_for_what_it_uses_and_no_more(relay):
    with Session(relay.address) as session:
        assert not session.actions & ~(Action.ADDHDRS | Action.CHGHDRS | Action.QUARANTINE
                                       | Action.SETSYMLIST)
        assert session.steps & Step.NR_HDR and session.steps & Step.SKIP
        assert not session.steps & (Step.NR_EOH | Step.NR_BODY)
        assert session.steps & Step.NODATA and session.steps & Step.NOUNKNOWN
        wanted = {name for names in ("connect", "helo", "mail", "rcpt", "eoh", "eom")
                  for name in session.macro_lists[names]}
        assert {"i", "v", "{daemon_name}", "{auth_authen}", "{rcpt_mailer}", "{cert_subject}",
                "{cn_subject}", "{verify}"} <= wanted
        session.connect()


def test_macros_come_by_default_where_no_list_can_be_asked_for(relay):
    with Session(relay.address, actions=ALL_ACTIONS & ~Action.SETSYMLIST) as session:
        session.connect()
        session.helo()
        outcome = send_message(session, honest(), queue_id="DEFAULT")
    outcome.record = relay.record("DEFAULT")
    expect.accepted(outcome)
    assert outcome.record["evidence"]["mta"] == "Postfix 3.7.11"


@pytest.mark.parametrize("missing", [Action.ADDHDRS, Action.CHGHDRS])
def test_an_mta_that_lets_no_field_be_edited_is_refused(relay, missing):
    with pytest.raises(ProtocolError):
        with Session(relay.address, actions=ALL_ACTIONS & ~missing) as session:
            session.connect()
            session.mail("alice@contoso.com")
            session.end_of_headers()


def test_without_a_quarantine_the_message_is_not_let_through(daemon):
    relay = daemon(policy(sender(mode="quarantine")))
    with Session(relay.address, actions=ALL_ACTIONS & ~Action.QUARANTINE) as session:
        session.connect()
        session.helo()
        outcome = send_message(session, spoof())
    assert (outcome.stage, outcome.code, outcome.enhanced) == ("eom", 451, "4.3.0")


# Many at a time

def test_connections_side_by_side_do_not_mix(relay):
    contents = [(honest(), "none"), (spoof(), "tenant-denied"),
                (messages.message(), "tenant-missing"), (stamped(), "dkim-missing")]

    def converse(number):
        given = []
        with Session(relay.address) as session:
            session.connect()
            session.helo()
            for i in range(20):
                content, reason = contents[(number + i) % len(contents)]
                queue_id = f"P{number}-{i}"
                given.append((queue_id, reason, send_message(session, content, queue_id=queue_id)))
        return given

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        given = [one for many in pool.map(converse, range(16)) for one in many]
    recorded = {record["queue_id"]: record["reason"] for record in relay.records()}
    assert recorded == {queue_id: reason for queue_id, reason, _ in given}
    for _, reason, outcome in given:
        assert outcome.accepted if reason == "none" else reason in outcome.text


def test_messages_of_two_connections_may_be_interleaved(relay):
    """Sessions move between libmilter's threads at every packet."""
    first, second = relay.connect(), relay.connect(client="198.51.100.1")
    for session in (first, second):
        session.macros["i"] = f"I{id(session)}"
    for stage in ("mail", "rcpt"):
        for session in (first, second):
            begin_one(session, stage)
    from milter_client import split
    fields, body = split(honest())
    for name, value in fields:
        first.header(name, value)
        second.header(name, value)
    assert first.end_of_headers().goes_on
    assert second.end_of_headers().text.startswith("5.7.1 origin-denied")
    second.abort()
    first.body(body)
    assert first.end_of_message().kind in ("continue", "accept")
    first.close()
    second.close()


def begin_one(session, stage):
    if stage == "mail":
        session.mail("alice@contoso.com")
    else:
        session.rcpt("bob@example.net")
