# SPDX-License-Identifier: BSD-2-Clause
"""Every place where an outsider chooses the amount of work or memory: the bound, and what it costs
there. README.md of this directory has the table; a test holds that each row is here.

A cost is CPU of the daemon for one message, and the bytes of its record. The limits are generous,
for a busy machine; what they keep out is ten times as much and more."""
import contextlib
import json
import os
import pathlib
import re
import socket
import struct
import subprocess

import pytest

import messages
import policies
from conftest import Service
from daemon import Daemon, program
from dns_server import DnsServer
from milter_client import Session, send_message
from policies import honest, policy, sender, stamped

SLOWER = 20 if "SANITIZED" in os.environ else 1
MESSAGE_MS = 250 * SLOWER  # CPU of the worst message
SPF_MS = 100 * SLOWER
RECORD = 160 * 1024  # bytes of the longest record
KIB = 1024
TICK = os.sysconf("SC_CLK_TCK")
HERE = pathlib.Path(__file__).resolve().parent

SIGNATURE = ("v=1; a=rsa-sha256; c=relaxed/relaxed; d={d}; s=selector1; h={h}; bh=AAAA; b=" + "A" * 340)


def cpu_ms(service):
    fields = pathlib.Path(f"/proc/{service.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / TICK


def signature(names="From", domain="contoso.com"):
    return ("DKIM-Signature", SIGNATURE.format(d=domain, h=names))


def long_names(count, name="x"):
    return "From" + f":{name}" * (count - 1)


def spf_with_111_answers():
    """Ten mx terms of ten hosts each, none of which is the client."""
    terms = " ".join(f"mx:m{i}.contoso.com" for i in range(10))
    lines = [f'contoso.com. TXT "v=spf1 {terms} -all"']
    for i in range(10):
        lines += [f"m{i}.contoso.com. MX {j} h{j}.m{i}.contoso.com." for j in range(10)]
        lines += [f"h{j}.m{i}.contoso.com. A 192.0.2.{j + 1}" for j in range(10)]
    return "\n".join(lines) + "\n"


def many(name, count, value="x"):
    return [(name, value)] * count


# name: (message, how it is sent, limit in ms)
COSTS = {
    "names in h=": lambda: stamped(extra=[signature(long_names(5000))] * 10),
    "names in h=, at the bound": lambda: stamped(
        extra=[signature(long_names(100))] * 10 + many("x", 2000)),
    "fields fed to a verification": lambda: stamped(
        extra=[signature(long_names(100, "X"))] * 10 + many("X", 100_000, "")),
    "signatures": lambda: stamped(extra=[signature()] * 1500),
    "signatures, empty": lambda: stamped(extra=many("DKIM-Signature", 50_000, "")),
    "signatures, of tenants": lambda: stamped(
        extra=[signature(domain=f"t{i}.onmicrosoft.com") for i in range(1000)]),
    "large signatures": lambda: stamped(extra=[signature(long_names(90, "x" * 300))] * 30),
    "large fields that are signed": lambda: honest(extra=[("X-Large", "y" * 900 * KIB)]),
    "octets of an author field": lambda: stamped(author="Jo " * 2700 + "<alice@contoso.com>"),
    "lines to be broken": lambda: stamped(author='"' + "x" * 8000 + '" <alice@contoso.com>'),
    "mailboxes": lambda: stamped(author=", ".join(f"a{i}@d{i}.example" for i in range(400))),
    "comments": lambda: stamped(author="(a)" * 2600 + "alice@contoso.com"),
    "Resent fields": lambda: stamped(
        extra=[("Resent-From", f"a@d{i}.example") for i in range(30_000)]),
    "fields of the header": lambda: stamped(extra=many("X", 200_000, "")),
    "stamped fields": lambda: stamped(extra=many("X-OriginatorOrg", 40_000, "no name")),
    "forged results": lambda: stamped(extra=many("Authentication-Results", 30_000, "relay.example;")),
    "foreign results": lambda: stamped(
        extra=many("Authentication-Results", 2_300, "(" * 200 + "x" + ")" * 200)),
    "content types": lambda: stamped(extra=many("Content-Type", 25_000, "multipart/report; a=b")),
}


@pytest.fixture
def service(tmp_path):
    with contextlib.ExitStack() as stack:
        def make(zone=None, flags=(), **keys):
            dns = stack.enter_context(DnsServer(zone if zone is not None else policies.zone()))
            text = policy(sender(**{"spf": "off", "dkim": "aligned", **keys}))
            daemon = stack.enter_context(Daemon(tmp_path, text, dns.port, flags))
            made = Service(tmp_path, dns, daemon)
            made.judge(stamped())  # what is made once
            return made

        yield make


def measured(this, content, **options):
    """The outcome, its CPU in ms, and the size of its record."""
    before = cpu_ms(this)
    outcome = this.judge(content, **options)
    return outcome, cpu_ms(this) - before, len(json.dumps(outcome.record or {}))


@pytest.mark.parametrize("name", COSTS)
def test_what_the_worst_message_costs(service, name):
    this = service()
    outcome, cpu, size = measured(this, COSTS[name]())
    print(f"{name}: {cpu:.0f} ms, a record of {size} bytes, {outcome.text or 'accepted'}")
    assert cpu <= MESSAGE_MS
    assert size <= RECORD


@pytest.mark.parametrize("name", [name for name in COSTS if "signature" in name])
def test_a_record_of_many_signatures_is_judged_as_the_message_was(service, name):
    this = service()
    outcome = this.judge(COSTS[name]())
    evidence = outcome.record["evidence"]
    assert len(evidence["signatures"]) <= 24 and evidence["signature_count"] >= 10
    done = subprocess.run(
        [program("tenantctl"), "simulate", "--json", this.daemon.decision_log,
         f"--policy={this.daemon.policy}", "--config=/dev/null"],
        capture_output=True, text=True, check=False)
    simulated = json.loads(done.stdout)
    assert (simulated["decisions"], simulated["broken"], simulated["unknown"]) == (2, 0, 0)
    assert simulated["before"] == simulated["after"]


def test_spf_of_111_answers(service):
    this = service(spf_with_111_answers() + "".join(policies.zone().splitlines(True)[1:]), spf="pass",
                   dkim="off")
    outcome, cpu, _ = measured(this, stamped())
    print(f"SPF, 111 answers: {cpu:.0f} ms, {outcome.text}")
    assert "spf-failed" in outcome.text and len(this.dns.questions) >= 111
    assert cpu <= SPF_MS


def test_recipients(service):
    this = service(dkim="off")
    outcome, cpu, size = measured(this, stamped(), recipients=[f"r{i}@d{i}.example" for i in range(9000)])
    assert outcome.accepted and cpu <= MESSAGE_MS and size <= RECORD
    assert outcome.record["evidence"]["recipient_count"] == 9000


@pytest.mark.parametrize("what", ["helo", "login", "sender"])
def test_long_words_of_the_connection(service, what):
    this = service(dkim="off")
    word = "x" * 60_000
    macros = {"{auth_authen}": word} if what == "login" else {}
    before = cpu_ms(this)
    with Session(this.daemon.socket, macros=macros) as session:
        session.connect("40.107.1.1")
        session.helo(word if what == "helo" else "mail.example")
        outcome = send_message(session, stamped(), queue_id="LONG",
                               sender=word + "@contoso.com" if what == "sender" else "a@contoso.com")
    record = this.record("LONG")
    assert outcome.accepted or outcome.code == 550
    assert cpu_ms(this) - before <= MESSAGE_MS
    assert len(json.dumps(record)) <= RECORD / 8


@pytest.mark.parametrize("length", [0x01000002, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
def test_packets_longer_than_16_mib_end_the_connection_alone(service, length):
    this = service(dkim="off")
    path = this.daemon.socket.removeprefix("unix:")
    before = this.memory()
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(30)
        client.connect(path)
        client.sendall(struct.pack(">IcIII", 13, b"O", 6, 0x1FF, 0x1FFFFF))
        client.recv(1000)
        client.sendall(struct.pack(">Ic", length, b"L") + b"D" * 64 + struct.pack(">I", 3) + b"DMi\0")
        assert client.recv(1) == b""
    assert this.judge(stamped()).accepted
    assert this.memory() - before < 4 * KIB * KIB * SLOWER


def test_every_row_of_the_table_is_tested():
    rows = re.findall(r"^\| .*\| `([a-z0-9_]+)` \|$", (HERE / "README.md").read_text("utf-8"),
                      re.MULTILINE)
    assert len(rows) > 25
    found = {name for path in HERE.parent.rglob("test_*.py")
             for name in re.findall(r"^def (test_[a-z0-9_]+)", path.read_text("utf-8"), re.MULTILINE)}
    found |= {path.stem for path in HERE.parent.rglob("*_test.cc")}
    assert set(rows) <= found, set(rows) - found
