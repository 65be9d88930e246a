# SPDX-License-Identifier: BSD-2-Clause
"""The text of a refusal (spec 6): one line that says why, echoes nothing odd, and
keeps the operator's URL whole."""
import re

import pytest
from daemon import NotReady
from policies import policy, sender, stamped

URL = "https://help.example/why?r=%{reason}&d=%{domain}"
MAX_LINE, MAX_PART = 500, 60


def text_of(outcome, codes=(550,)):
    """The text without its codes; every rule that holds for all replies is checked."""
    assert outcome.kind == "replycode" and outcome.code in codes
    line = f"{outcome.code} {outcome.text}"
    assert line.isascii() and line.isprintable() and len(line) <= MAX_LINE
    enhanced, _, text = outcome.text.partition(" ")
    assert re.fullmatch(r"[45]\.\d\.\d+", enhanced)
    return text


@pytest.fixture
def relay(daemon):
    return daemon(policy(sender()))


def test_it_names_the_reason_the_domain_and_what_was_seen(relay):
    outcome = relay.judge(stamped("evil.onmicrosoft.com"))
    assert outcome.text == (
        "5.7.1 tenant-denied: contoso.com: originator-org evil.onmicrosoft.com")


@pytest.mark.parametrize("org", [
    "évil.onmicrosoft.com", "evil\x01.example", "evil\x7f.example", "evil\udcff.example",
    "evil\tx.example", "evil\x1b[2J.example", "evil\u202e.example", "evil\r\n\tfolded.example",
], ids=ascii)
def test_nothing_is_echoed_but_plain_ascii(relay, org):
    text = text_of(relay.judge(stamped(org, None)))
    assert text.startswith("tenant-")
    for odd in ("\u00e9", "\x1b", "\u202e", "\t"):
        assert odd not in text


@pytest.mark.parametrize("length", [61, 100, 253, 2000, 100000])
def test_each_part_is_cut(relay, length):
    text = text_of(relay.judge(stamped("x" * length, None)))
    assert all(len(part) <= MAX_PART + len("originator-org ") for part in text.split(": "))
    label = "a" * 60
    domain = ".".join([label] * 4)
    text = text_of(relay.judge(stamped(author=f"x@{domain}")))
    assert text.startswith("sender-unknown: ") and len(text.split(": ")[1]) <= MAX_PART


@pytest.mark.parametrize("org", ["%s%n%d", "100%", "%%", "%{reason}", "a%20b.example"])
def test_a_percent_sign_is_doubled_and_not_formatted(relay, org):
    """The client takes a lone % for a fault and undoes the doubling."""
    text = text_of(relay.judge(stamped(org, None)))
    assert org in text or "%" not in text


def test_the_domain_of_an_author_is_echoed_as_it_was_compared(relay):
    outcome = relay.judge(stamped(author="x@NoBody.Example"))
    assert text_of(outcome).startswith("sender-unknown: nobody.example")


def test_the_url_is_filled_in(daemon):
    relay = daemon(policy(sender()), "", f"--reply-url={URL}")
    text = text_of(relay.judge(stamped("evil.example", None)))
    assert text.endswith("https://help.example/why?r=tenant-denied&d=contoso.com")
    assert text.startswith("tenant-denied: contoso.com: ")
    text = text_of(relay.judge(stamped(author="x@nobody.example")))
    assert text.endswith("?r=sender-unknown&d=nobody.example")
    text = text_of(relay.judge(stamped(author="broken")))
    assert "?r=author-invalid&d=" in text


def test_what_is_filled_in_is_percent_encoded(daemon):
    relay = daemon(policy(sender()), "", f"--reply-url={URL}")
    odd = "x@a&r=b?c#d%e'f.example"
    text = text_of(relay.judge(stamped(author=odd)))
    url = text.rpartition(" ")[2]
    assert url.count("&") == 1 and url.count("?") == 1 and "#" not in url
    assert re.fullmatch(r"https://help\.example/why\?r=[a-z-]+&d=[A-Za-z0-9.%_~-]*", url)


@pytest.mark.parametrize("length", [200, 300])
def test_a_long_url_is_never_cut(daemon, length):
    url = URL + "&" + "x" * (length - len(URL) - 1)
    assert len(url) == length
    relay = daemon(policy(sender()), "", f"--reply-url={url}")
    long_domain = ".".join(["a" * 60] * 4)
    for options in ({"org": "y" * 500}, {"author": f"x@{long_domain}"}):
        text = text_of(relay.judge(stamped(tenant=None, **options)))
        assert text.endswith("&" + "x" * (length - len(URL) - 1))
        assert "https://help.example/why?r=" in text


def test_an_over_long_url_is_refused(daemon):
    with pytest.raises(NotReady) as ended:
        daemon(policy(sender()), "", "--reply-url=https://help.example/" + "x" * 280)
    assert ended.value.code == 64 and "reply-url" in ended.value.log


def test_a_temporary_failure_has_a_text_of_the_same_kind(daemon):
    relay = daemon(policy(sender(spf="pass")), "contoso.com. SERVFAIL\n", f"--reply-url={URL}")
    text = text_of(relay.judge(stamped()), codes=(451,))
    assert text.startswith("dns-unavailable: contoso.com")
    assert text.endswith("?r=dns-unavailable&d=contoso.com")
