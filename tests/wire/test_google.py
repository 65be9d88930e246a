# SPDX-License-Identifier: BSD-2-Clause
"""DKIM as the only evidence (spec 4): Google stamps nothing, and a signature can be
replayed by anybody, so it counts only where it is fresh and covers all that matters."""
import time

import expect
import messages
import policies
import pytest
from policies import policy, sender
from signing import GOOGLE_FIELDS, corrupt, google, key

CLIENT = "209.85.221.1"
DAY = 86400
FULL = {"Cc": "carol@example.net", "Reply_To": "alice@contoso.com"}


def now():
    return int(time.time())


@pytest.fixture
def relay(daemon):
    return daemon(policy(sender(tenants=["google:contoso.com"])), policies.zone())


def judge(relay, content, **options):
    return relay.judge(content, client=CLIENT, **options)


@pytest.mark.parametrize("options", [
    {},
    {"domain": "contoso.com", "selector": None},
    {"at": -3 * DAY + 60},
    {"at": 200},
    {"canon": "simple/simple"},
    {"fields": [*GOOGLE_FIELDS, *GOOGLE_FIELDS]},  # fields that are not there are sealed too
], ids=str)
def test_a_fresh_signature_of_the_listed_customer_is_accepted(daemon, options):
    relay = daemon(policy(sender(tenants=["google:contoso.com"])),
                   policies.zone() + key().zone_line("contoso.com", "20230601"))
    options = {name: value for name, value in options.items() if value is not None}
    if "at" in options:
        options["at"] += now()
    outcome = judge(relay, google(messages.message(**FULL), **options))
    expect.accepted(outcome)
    signature = outcome.record["evidence"]["signatures"][0]
    assert signature["covers_replayable"] and signature["t"]


@pytest.mark.parametrize("make", [
    lambda: messages.message(),
    lambda: corrupt(google(messages.message()), "body"),
    lambda: corrupt(google(messages.message()), "subject"),
    lambda: google(messages.message(), at=now() - 3 * DAY - 60),
    lambda: google(messages.message(), at=now() + 400),
    lambda: google(messages.message(), at=now() - 100, expires=now() - 50),
    lambda: google(messages.message(), at="", expires=""),
    lambda: google(messages.message(), length=5),
    lambda: google(messages.message(), "contoso-com.20230601.gappssmtp.com.evil.example"),
    lambda: messages.message(extra=messages.stamps()),
], ids=["none", "body", "subject", "old", "ahead", "expired", "no time", "l=", "suffix", "stamps"])
def test_without_a_signature_that_counts_there_is_no_evidence(relay, make):
    expect.refused(judge(relay, make()), "tenant-missing", stage=None)


@pytest.mark.parametrize("left_out", ["To", "Cc", "Subject", "Date", "Message-ID", "MIME-Version",
                                      "Reply-To"])
def test_every_field_that_can_be_exchanged_must_be_signed(relay, left_out):
    fields = [name for name in GOOGLE_FIELDS if name not in (left_out, "Sender")]
    outcome = judge(relay, google(messages.message(**FULL), fields=fields))
    expect.refused(outcome, "tenant-missing", stage=None)


@pytest.mark.parametrize("added", [
    b"Subject: Pay this\r\n", b"To: victim@example.net\r\n", b"Reply-To: mallory@evil.example\r\n",
    b"Sender: alice@contoso.com\r\n", b"subject : again\r\n", b"CC: victim@example.net\r\n"])
def test_a_field_added_in_a_replay_is_not_signed(relay, added):
    content = google(messages.message())
    expect.accepted(judge(relay, content))
    expect.refused(judge(relay, added + content), "tenant-missing", stage=None)


def test_another_customer_of_google_is_refused(relay):
    content = google(messages.message(), "evil-example.20230601.gappssmtp.com")
    outcome = judge(relay, content)
    expect.refused(outcome, "tenant-denied", stage="eom", seen="evil-example")


def test_the_customer_beside_a_foreigner_is_refused(relay):
    """Every source that the message carries must name a listed tenant."""
    content = google(google(messages.message()), "evil-example.20230601.gappssmtp.com")
    expect.refused(judge(relay, content), "tenant-denied", stage="eom")


def test_the_age_is_the_platform_s(daemon):
    relay = daemon(policy(sender(tenants=["google:contoso.com"]),
                          '[platform.google]\ndkim-max-age = "1h"\n'), policies.zone())
    expect.accepted(judge(relay, google(messages.message(), at=now() - 3000)))
    expect.refused(judge(relay, google(messages.message(), at=now() - 4000)), "tenant-missing",
                   stage=None)


def test_the_key_that_does_not_come_is_a_temporary_failure(daemon):
    name = "20230601._domainkey.contoso-com.20230601.gappssmtp.com."
    zone = "".join(line + "\n" for line in policies.zone().splitlines()
                   if not line.startswith(name)) + f"{name} SERVFAIL\n"
    relay = daemon(policy(sender(tenants=["google:contoso.com"])), zone)
    expect.deferred(judge(relay, google(messages.message())), "dns-unavailable", "451 4.4.3")
