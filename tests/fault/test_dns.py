# SPDX-License-Identifier: BSD-2-Clause
"""DNS that is dead, slow, broken or lies. What is required is never taken for granted, and
what is not known is a temporary failure; other domains' mail goes on meanwhile."""
import concurrent.futures
import contextlib
import time

import pytest

import hostile_dns
import messages
from conftest import Service
from daemon import Daemon
from hostile_dns import HostileDns, answer, counted, cut, flagged, over_tcp, text

OPEN = b"v=spf1 +all"
POLICY = messages.POLICY.replace('domains = ["contoso.com"]',
                                 'domains = ["contoso.com"]\nsubdomains = true')
SPF_UNKNOWN = (451, "4.7.24", "dns-unavailable")
KEY_UNKNOWN = (451, "4.4.3", "dns-unavailable")
PASSES = (0, "", "none")
SPF_FAILED = (550, "5.7.23", "spf-failed")
SPF_BROKEN = (550, "5.7.24", "spf-failed")
KEY_FAILED = (550, "5.7.20", "dkim-failed")

ITSELF = b"\xc0\x0c"  # the question's name
NOWHERE = b"\xff\xff"


def lies(content):
    """Answers that can't be taken for one to the question, though they carry the record."""
    rdata = text(content)
    return {
        "nothing": cut(0), "one byte": cut(1), "eleven bytes": cut(11), "header alone": cut(12),
        "half a question": cut(20), "half a record": cut(-9), "one byte short": cut(-1),
        "garbage": hostile_dns.garbage, "garbage behind the id": hostile_dns.garbage_behind_the_id,
        "65535 answers": counted(an=65535), "two answers, one there": counted(an=2),
        "65535 authorities": counted(ns=65535), "no question": counted(qd=0),
        "two questions": counted(qd=2), "65535 questions": counted(qd=65535),
        "wrong id": hostile_dns.wrong_id, "other question": hostile_dns.other_question,
        "no answer bit": flagged(0x8000), "other operation": flagged(0x2800),
        "refused": flagged(0x0005), "reserved code": flagged(0x000F),
        "name in a loop": hostile_dns.name_in_a_loop(rdata),
        "name past the end": answer(rdata, owner=NOWHERE),
        "rdata past the end": answer(rdata, length=5000),
        "rdata of 65535": answer(rdata, length=65535),
        "string past the rdata": answer(b"\xff" + content[:100]), "no strings": answer(b""),
        "alias to itself": answer(ITSELF, rdtype=5),
        "alias past the end": answer(NOWHERE, rdtype=5),
        "alias to one that leads back": answer(b"\x01b" + ITSELF, rdtype=5),
        "cut off, then silence": over_tcp(hostile_dns.silence),
        "cut off, then garbage": over_tcp(hostile_dns.garbage),
        "cut off, then cut off": over_tcp(flagged(hostile_dns.TRUNCATED)),
        "cut off, then half": over_tcp(cut(-9)),
        "cut off, then wrong id": over_tcp(hostile_dns.wrong_id)}


def empty(content):
    """Answers that say, by the protocol, that there is no such record; one is elsewhere."""
    rdata = text(content)
    return {
        "in the authority section": answer(rdata, an=0, ns=1),
        "in the additional section": answer(rdata, an=0, ar=1),
        "no answers, one there": counted(an=0),
        "another name's": answer(rdata, owner=b"\x04evil\x07example\0"),
        "another type": answer(rdata, rdtype=99), "another class": answer(rdata, rdclass=3),
        "no such name": flagged(0x0003)}


@contextlib.contextmanager
def hostile(directory, lies, zone="", policy=POLICY, flags=("--dns-timeout=2", "--dns-budget=4")):
    zone = messages.zone() + zone
    with HostileDns(zone, lies) as dns, Daemon(directory, policy, dns.port, flags) as daemon:
        this = Service(directory, dns, daemon)
        yield this
        this.recovers()
        this.serves()
        assert daemon.stop() == 0


def given(outcome):
    return outcome.code, outcome.enhanced, outcome.record["reason"]


def judged(this, cases):
    """What becomes of each case, {name: (content, sender)}, all of them at once."""
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        waiting = {name: pool.submit(this.judge, content, sender=sender)
                   for name, (content, sender) in cases.items()}
        while not all(one.done() for one in waiting.values()):
            this.serves()  # others are, meanwhile
    return {name: given(one.result()) for name, one in waiting.items()}


def lied_to(content, name_of):
    """Names, and what is said of each; `b.` of a name leads back to it."""
    all_lies = {**lies(content), **empty(content)}
    names = {case: name_of(number) for number, case in enumerate(all_lies)}
    table = {names[case]: lie for case, lie in all_lies.items()}
    table.update({f"b.{name}": answer(hostile_dns.PARENT, rdtype=5) for name in names.values()})
    return names, table


def test_no_lie_makes_spf_pass_and_none_that_says_nothing_refuses(tmp_path):
    names, table = lied_to(OPEN, lambda number: f"lie{number}.contoso.com")
    zone = "".join(f'{name}. TXT "{OPEN.decode()}"\n' for name in names.values())
    zone += f'true.contoso.com. TXT "{OPEN.decode()}"\n'
    cases = {case: (messages.honest(), f"alice@{name}")
             for case, name in {**names, "the truth": "true.contoso.com"}.items()}
    with hostile(tmp_path, table, zone) as this:
        assert judged(this, cases) == {"the truth": PASSES,
                                       **dict.fromkeys(lies(OPEN), SPF_UNKNOWN),
                                       **dict.fromkeys(empty(OPEN), SPF_FAILED)}


def test_no_lie_makes_dkim_pass_and_none_that_says_nothing_refuses(tmp_path):
    key = messages.key().record.encode()
    names, table = lied_to(key, lambda number: f"lie{number}._domainkey.contoso.com")
    selectors = {case: name.partition(".")[0] for case, name in names.items()}
    selectors["the truth"] = "true"
    zone = "".join(messages.key().zone_line("contoso.com", selector) + "\n"
                   for selector in selectors.values())
    stamped = messages.message(extra=messages.stamps())
    cases = {case: (messages.signed(stamped, selector=selector), "alice@contoso.com")
             for case, selector in selectors.items()}
    with hostile(tmp_path, table, zone) as this:
        assert judged(this, cases) == {"the truth": PASSES,
                                       **dict.fromkeys(lies(key), KEY_UNKNOWN),
                                       **dict.fromkeys(empty(key), KEY_FAILED)}


def spf_of(tmp_path, zone, table=(), **options):
    """What becomes of an honest message from alice@x.contoso.com, and the service's DNS."""
    with hostile(tmp_path, dict(table), zone, **options) as this:
        return judged(this, {"x": (messages.honest(), "alice@x.contoso.com")})["x"], this.dns


@pytest.mark.parametrize("delay, becomes", [(1.5, PASSES), (2.5, SPF_UNKNOWN)])
def test_a_slow_answer_counts_up_to_the_limit_and_not_past_it(tmp_path, delay, becomes):
    zone = f'x.contoso.com. TXT "v=spf1 +all"\nx.contoso.com. DELAY {delay}\n'
    got, _ = spf_of(tmp_path, zone, flags=["--dns-timeout=2", "--dns-budget=10"])
    assert got == becomes


@pytest.mark.parametrize("delay, becomes", [(1.5, PASSES), (2.5, KEY_UNKNOWN)])
def test_a_slow_key_counts_up_to_the_limit_and_not_past_it(tmp_path, delay, becomes):
    zone = messages.key().zone_line("contoso.com", "slow") + "\n"
    zone += f"slow._domainkey.contoso.com. DELAY {delay}\n"
    content = messages.signed(messages.message(extra=messages.stamps()), selector="slow")
    with hostile(tmp_path, {}, zone, flags=["--dns-timeout=2", "--dns-budget=10"]) as this:
        assert judged(this, {"x": (content, "alice@contoso.com")}) == {"x": becomes}


def test_where_nobody_listens_what_is_required_is_deferred(tmp_path):
    with HostileDns("", {}) as gone:
        port = gone.port
    with Daemon(tmp_path, POLICY, port, ["--dns-timeout=2", "--dns-budget=4"]) as daemon:
        this = Service(tmp_path, None, daemon)
        began = time.monotonic()
        assert given(this.judge(messages.honest())) == SPF_UNKNOWN
        assert time.monotonic() - began < 6
        assert this.judge(messages.spoof()).code == 550
        assert daemon.stop() == 0


def quoted(content):
    return " ".join(f'"{content[i:i + 255]}"' for i in range(0, len(content), 255))


LONG = "v=spf1 " + "ip4:192.0.2.1 " * 4300  # 60 KiB


@pytest.mark.parametrize("record_text, becomes", [
    (LONG + "+all", PASSES), (LONG + "-all", SPF_FAILED), (LONG + "nonsense", SPF_BROKEN),
    ("v=spf1 " + "a" * 60000, SPF_BROKEN),
], ids=["passes", "fails", "broken", "one word"])
def test_a_record_of_60_kib_is_read_whole(tmp_path, record_text, becomes):
    got, dns = spf_of(tmp_path, f"x.contoso.com. TXT {quoted(record_text)}\n")
    assert got == becomes
    assert [one.transport for one in dns.questions if one.name == "x.contoso.com"] == ["udp", "tcp"]


def test_one_record_among_60_kib_of_others_is_found(tmp_path):
    others = "".join(f'x.contoso.com. TXT "{number:0200}"\n' for number in range(280))
    assert spf_of(tmp_path, others + 'x.contoso.com. TXT "v=spf1 +all"\n')[0] == PASSES


def test_a_key_of_60_kib_is_none(tmp_path):
    key = messages.key().record + "; n=" + "x" * 60000
    content = messages.signed(messages.message(extra=messages.stamps()), selector="long")
    with hostile(tmp_path, {}, f"long._domainkey.contoso.com. TXT {quoted(key)}\n") as this:
        assert judged(this, {"x": (content, "alice@contoso.com")}) == {"x": KEY_FAILED}


def chain(length):
    names = ["x.contoso.com", *(f"c{i}.contoso.com" for i in range(length))]
    return "".join(f"{name}. CNAME {after}.\n" for name, after in zip(names, names[1:])) \
        + f'{names[-1]}. TXT "v=spf1 +all"\n'


@pytest.mark.parametrize("length, becomes", [(8, PASSES), (40, SPF_UNKNOWN)])
def test_a_chain_of_aliases_is_followed_so_far(tmp_path, length, becomes):
    assert spf_of(tmp_path, chain(length))[0] == becomes


def test_500_includes_are_an_error_that_costs_ten_questions(tmp_path):
    names = [f"i{i}.contoso.com" for i in range(500)]
    includes = " ".join(f"include:{name}" for name in names)
    zone = f"x.contoso.com. TXT {quoted(f'v=spf1 {includes} +all')}\n"
    zone += "".join(f'{name}. TXT "v=spf1 -all"\n' for name in names)
    got, dns = spf_of(tmp_path, zone)
    assert got == SPF_BROKEN
    assert len({one.name for one in dns.questions if one.name.startswith("i")}) <= 10


@pytest.mark.parametrize("last", ["+all", "include:x.contoso.com +all"], ids=["500", "endless"])
def test_500_includes_one_in_another_are_an_error(tmp_path, last):
    names = ["x.contoso.com", *(f"i{i}.contoso.com" for i in range(500))]
    zone = "".join(f'{name}. TXT "v=spf1 include:{after} +all"\n'
                   for name, after in zip(names, names[1:]))
    got, dns = spf_of(tmp_path, zone + f'{names[-1]}. TXT "v=spf1 {last}"\n')
    assert got == SPF_BROKEN
    assert len({one.name for one in dns.questions if one.name.startswith("i")}) <= 10
