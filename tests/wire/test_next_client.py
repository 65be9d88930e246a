# SPDX-License-Identifier: BSD-2-Clause
"""An MTA that keeps its connection to the filter and announces its next client: by QUIT_NC, or by
a CONNECT alone. Whatever became of the message before, the next one is its client's, or nobody's
(spec 2.2). libmilter by itself takes QUIT_NC only after an accepted message."""
import expect
import messages
import policies
import pytest
from policies import honest, policy, sender, stamped
from test_sessions import UNDECIDED, begin

STRANGER = "203.0.113.250"
PLATFORM = "40.107.1.1"


@pytest.fixture
def relay(daemon):
    return daemon(policy(sender()), policies.zone())


def broken_off(until):
    def play(relay, session):
        begin(session, until, UNDECIDED)
    return play


def aborted(relay, session):
    begin(session, "rcpt", UNDECIDED)
    session.abort()


def refused(relay, session):
    expect.refused(relay.judge(stamped("evil.onmicrosoft.com"), session), "tenant-denied", identity=None)


def accepted(relay, session):
    relay.judge(honest(), session)


def quit_twice(relay, session):
    session.quit_nc()


BEFORE = {"nothing": lambda relay, session: None, "accepted": accepted, "refused": refused,
          "aborted": aborted, "quit twice": quit_twice,
          **{f"broken off at {until}": broken_off(until)
             for until in ("mail", "rcpt", "header", "eoh", "body")}}


@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE)
@pytest.mark.parametrize("says_quit", [True, False], ids=["QUIT_NC", "CONNECT alone"])
def test_the_next_client_is_its_own(relay, before, says_quit):
    with relay.connect(client=PLATFORM) as session:
        before(relay, session)
        if says_quit:
            session.quit_nc()
        session.connect(STRANGER)
        session.helo("stranger.example")
        outcome = relay.judge(honest(), session)
        expect.refused(outcome, "origin-denied")
        assert outcome.record["evidence"]["client"] == STRANGER
        assert outcome.record["evidence"]["helo"] == "stranger.example"
        # And the other way round: an honest one is not taken for the stranger.
        if says_quit:
            session.quit_nc()
        session.connect(PLATFORM)
        session.helo()
        expect.accepted(relay.judge(honest(), session))


@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE)
def test_after_quit_nc_without_a_connect_it_is_nobody(relay, before):
    with relay.connect(client=PLATFORM) as session:
        before(relay, session)
        session.quit_nc()
        outcome = relay.judge(honest(), session)
        expect.refused(outcome, "origin-denied")
        assert outcome.record["evidence"]["client"] is None


def test_macros_of_the_client_before_are_forgotten(daemon):
    relay = daemon(policy(sender(logins=["contoso-app"])))
    content = messages.message()
    with relay.connect(client="192.0.2.1") as session:
        session.macros["{auth_authen}"] = "contoso-app"
        expect.accepted(relay.judge(content, session))
        begin(session, "rcpt", UNDECIDED)
        session.quit_nc()
        for name in ("{auth_authen}", "{daemon_name}", "v"):
            session.macros.pop(name, None)
        session.connect("192.0.2.2")
        outcome = relay.judge(content, session)
        expect.refused(outcome, "origin-denied")
        assert outcome.record["evidence"]["login"] == ""


def test_replies_stay_in_step(relay):
    """What libmilter is told besides is answered by it, and that answer is not the MTA's."""
    with relay.connect(client=PLATFORM) as session:
        for _ in range(20):
            refused(relay, session)
            session.quit_nc()
            session.connect(PLATFORM)
            session.helo()
            expect.accepted(relay.judge(honest(), session))
            aborted(relay, session)
            session.connect(PLATFORM)
            session.helo()
            expect.accepted(relay.judge(honest(), session))
