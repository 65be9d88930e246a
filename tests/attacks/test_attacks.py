# SPDX-License-Identifier: BSD-2-Clause
"""Every case of the catalogue against the real daemon: verdict, reason, reply, the record and
what the next hop would see."""
import itertools

import catalogue
import expect
import pytest
from milter_client import Session, edited, send_message

ATTACKS = catalogue.cases("attack")
LEGITIMATE = catalogue.cases("legitimate")
MANY = {"attack": 400, "legitimate": 150}  # of each kind there are at least so many
numbers = itertools.count(1)


def recipients(case):
    """(address, transport) of each."""
    return [(one, "smtp") if isinstance(one, str) else (one["to"], one["mailer"])
            for one in case.get("rcpt", ["bob@example.net"])]


def connect(daemon, case):
    session = Session(daemon.socket, macros=case.get("macros", {}))
    client = case.get("client", "40.107.1.1")
    if client == "none":
        session.connect_without_address()
    else:
        session.connect(client, case.get("client-name"))
    session.helo(case.get("helo", "mail.example"))
    return session


def play(daemon, session, case):
    """One message: its outcome, with the decision's record."""
    queue_id = f"4A{next(numbers):05}"
    session.macros.update(case.get("macros", {}))
    outcome = send_message(session, catalogue.message(case), queue_id=queue_id,
                           sender=case.get("mail", "alice@contoso.com"),
                           recipients=recipients(case))
    if outcome.header:  # Sendmail and Postfix number fields in two ways: one result
        assert outcome.header == edited(outcome.sent, outcome.edits, renumber=False)
    found = [one for one in daemon.decisions() if one["queue_id"] == queue_id]
    assert len(found) == (0 if case.get("unjudged") else 1)
    return outcome, found[0] if found else None


def left(case, outcome):
    """What was sent without the lines that must be gone."""
    gone = [tuple(line.replace("\r\n", "\n").split(":", 1)) for line in case.get("removed", [])]
    kept = [one for one in outcome.sent if one not in gone]
    assert len(outcome.sent) - len(kept) == len(gone), "a line to be removed was never sent"
    return kept


def added(case, action, record):
    """The fields that we put on top."""
    if case.get("unjudged"):
        return []
    return {"accept": [("Authentication-Results", " " + expect.result(record))]
                      if case["verdict"] == "accept" else [],
            "quarantine": [("X-Tenant-Milter-Quarantine", " " + case.get("reason", ""))],
            "tag": [("X-Tenant-Milter-Verdict", " " + case.get("reason", ""))]}[action]


def check(case, outcome, record):
    action = case.get("action", case["verdict"])
    if action in ("reject", "tempfail"):
        given = f"{outcome.code} {outcome.enhanced}"
        assert (outcome.kind, given) == ("replycode", case["reply"]), outcome
        assert outcome.text.isascii() and outcome.text.isprintable()
        assert not outcome.edits
    else:
        assert outcome.accepted, outcome
        assert outcome.header == added(case, action, record) + left(case, outcome)
        assert bool(outcome.quarantined) == (action == "quarantine")
    if record is None:
        return
    told = (record["verdict"], record["reason"], record["action"])
    assert told == (case["verdict"], case.get("reason", "none"), action), record
    if "identity" in case:
        assert record["identity"] == case["identity"]


def run(relay_of, case):
    daemon = relay_of(case["world"])
    with connect(daemon, case) as session:
        for message in [*case.get("before", []), case]:
            message = {"world": case["world"], **message}
            check(message, *play(daemon, session, message))


@pytest.mark.parametrize("case", ATTACKS, ids=lambda case: case["name"])
def test_attack(relay_of, case):
    run(relay_of, case)


@pytest.mark.parametrize("case", LEGITIMATE, ids=lambda case: case["name"])
def test_legitimate(relay_of, case):
    run(relay_of, case)


def test_the_catalogue_is_as_large_as_it_says():
    names = [case["name"] for case in ATTACKS + LEGITIMATE]
    assert len(set(names)) == len(names)
    assert len(ATTACKS) >= MANY["attack"] and len(LEGITIMATE) >= MANY["legitimate"]
    assert not [case["name"] for case in ATTACKS
                if case["verdict"] == "accept" and not case.get("removed")]
    assert {case["verdict"] for case in LEGITIMATE} == {"accept"}
