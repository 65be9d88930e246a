# SPDX-License-Identifier: BSD-2-Clause
"""What a test expects of one message: reply, edits and record together (spec 6, 10)."""

# The check that gives each reason, and the checks' number; tenant-blocked and
# tenant-denied are given by two.
CHECKS = {"author-invalid": {1}, "sender-unknown": {2}, "origin-denied": {3},
          "tenant-missing": {4}, "tenant-conflict": {5, 11}, "tenant-blocked": {6, 11},
          "tenant-denied": {7, 11}, "tenant-transit": {8}, "spf-failed": {9},
          "spf-unaligned": {9}, "dkim-missing": {10}, "dkim-failed": {10},
          "dkim-unacceptable": {10}, "dkim-unaligned": {10}}
STAGES = {"eoh": "headers", "eom": "message"}
PASS = "relay.example; x-tenant=pass"


NEUTRAL = "relay.example; x-tenant=neutral"


def result(record):
    """What our field says of an accepted message: of another's author nothing good."""
    return NEUTRAL if record["forwarded"] or record["system_mail"] else PASS


def results(record):
    return {one["check"]: one["result"] for one in record["checks"]}


def accepted(outcome, **recorded):
    """It passed: one Authentication-Results of ours, on top, and nothing else changed."""
    assert outcome.accepted, outcome
    assert outcome.stage == "eom"
    assert outcome.header[0] == ("Authentication-Results", " " + result(outcome.record))
    assert outcome.header[1:] == outcome.sent and not outcome.quarantined
    wanted = {"verdict": "accept", "reason": "none", "action": "accept", **recorded}
    assert {name: outcome.record[name] for name in wanted} == wanted
    assert "fail" not in results(outcome.record).values()


def stopped(outcome, reason, code, stage, verdict, identity, seen):
    number, _, enhanced = code.partition(" ")
    assert (outcome.kind, str(outcome.code), outcome.enhanced) == ("replycode", number, enhanced), \
        outcome
    assert outcome.stage in ((stage,) if stage else STAGES)
    text = outcome.text.partition(" ")[2]
    assert text.split(":")[0].split(" and ")[0] == reason, text
    if identity is not None:
        assert text.partition(": ")[2].startswith(identity), text
    assert seen in text
    assert text.isascii() and text.isprintable() and len(outcome.text) + 4 <= 500
    assert not outcome.edits
    record = outcome.record
    wanted = {"verdict": verdict, "reason": reason, "action": verdict,
              "stage": STAGES[outcome.stage], "mode": "enforce"}
    assert {name: record[name] for name in wanted} == wanted
    if identity is not None:
        assert record["identity"] == identity


def refused(outcome, reason, code="550 5.7.1", stage="eoh", identity="contoso.com", seen=""):
    """It was refused: at this stage (None: either), with this reason in reply and record."""
    stopped(outcome, reason, code, stage, "reject", identity, seen)
    failed = [number for number, result in sorted(results(outcome.record).items())
              if result == "fail"]
    assert failed and CHECKS[reason] & set(failed), outcome.record["checks"]


def deferred(outcome, reason, code, stage=None, identity=None, seen=""):
    stopped(outcome, reason, code, stage, "tempfail", identity, seen)


def let_through(outcome, reason, mode):
    """A mode let it through: the verdict stands in the record, and we vouch for nothing."""
    assert outcome.accepted and outcome.stage == "eom", outcome
    assert not {PASS, NEUTRAL} & set(outcome.values("Authentication-Results"))
    record = outcome.record
    action = {"monitor": "accept"}.get(mode, mode)
    assert (record["verdict"], record["reason"], record["action"]) == ("reject", reason, action)
    assert record["mode"] == mode
