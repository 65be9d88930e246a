# SPDX-License-Identifier: BSD-2-Clause
"""Commands that read decision logs: what is broken, compressed or of another kind; explain,
report and indicators."""
import csv
import gzip
import html.parser
import io
import json
import os
import subprocess

import pytest

from daemon import program

CHECK = ["check", "--client-ip", "40.107.22.1", "--mail-from", "alice@contoso.com", "--json"]
ATTACKER = "66666666-aaaa-4bbb-8ccc-dddddddddddd"


@pytest.fixture
def log(ctl):
    """A log of one honest message and two spoofs, one of them handed in from outside."""
    import messages
    handed_in = f"TenantId={ATTACKER};Ip=[198.51.100.77];Helo=[x.example]"
    mail = [("H1", messages.message(extra=messages.stamps())),
            ("S1", messages.spoof()),
            ("S2", messages.message(extra=messages.stamps(
                "attacker.onmicrosoft.com", ATTACKER, "HybridOnPrem", handed_in)))]
    policy = messages.POLICY.replace('spf  = "aligned"', "").replace('dkim = "aligned"', "")
    ctl.policy.write_text(policy, encoding="ascii")
    (ctl.directory / "empty.zone").write_text("contoso.com. A 192.0.2.1\n", encoding="ascii")
    records = []
    for queue_id, content in mail:
        (ctl.directory / "one.eml").write_bytes(content)
        done = ctl.run(*CHECK, ctl.directory / "one.eml", "--dns-from",
                       ctl.directory / "empty.zone")
        records.append({**json.loads(done.stdout), "queue_id": queue_id})
    path = ctl.directory / "decisions.json"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def simulated(ctl, *words):
    return json.loads(ctl.run("simulate", "--json", *words).stdout)


@pytest.mark.parametrize("command", ["learn", "simulate"])
def test_broken_lines_are_said_counted_and_left_out(ctl, log, command):
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(lines[0] + b"\n" + b"{broken\n" + lines[1] + b'{"other":1}\n' +
                    b"\xff\xfe\n" + lines[2][:200] + b"\n" + lines[2][:-1])
    done = ctl.run(command, "--json", log)
    result = json.loads(done.stdout)
    assert (result["decisions"], result["broken"]) == (3, 5)
    for number in (2, 3, 5, 6, 7):
        assert f"{log}:{number}: " in done.stderr


def test_a_flood_of_broken_lines_is_not_said_line_by_line(ctl, log):
    log.write_bytes(b"x\n" * 5000 + log.read_bytes())
    done = ctl.run("simulate", log)
    assert len(done.stderr.splitlines()) == 11
    assert "5000 broken lines were left out" in done.stdout


@pytest.mark.parametrize("command", ["learn", "simulate", "indicators"])
def test_another_schema_is_refused_by_name(ctl, log, command):
    log.write_text(log.read_text("utf-8").replace('"schema": 1', '"schema": 2'), encoding="utf-8")
    done = ctl.run(command, log)
    assert (done.returncode, done.stdout) == (65, "")
    assert f"{log}:1: schema 2, expected 1" in done.stderr


@pytest.mark.parametrize("compress", [
    gzip.compress, lambda data: gzip.compress(data[:700]) + gzip.compress(data[700:]),
    lambda data: subprocess.run(["zstd", "-c"], input=data, capture_output=True, check=True).stdout,
    bytes])
def test_every_kind_of_file_and_standard_input(ctl, log, compress):
    plain = simulated(ctl, log)
    packed = ctl.directory / "packed"
    packed.write_bytes(compress(log.read_bytes()))
    assert simulated(ctl, packed) == plain
    with packed.open("rb") as stream:
        done = subprocess.run(ctl.command("simulate", "--json", "-"), stdin=stream,
                              capture_output=True, check=False)
    assert json.loads(done.stdout) == plain
    assert simulated(ctl, log, packed)["decisions"] == 6


@pytest.mark.parametrize("cut", [20, 200])
def test_a_damaged_file_is_read_as_far_as_it_goes(ctl, log, cut):
    packed = ctl.directory / "packed.gz"
    packed.write_bytes(gzip.compress(log.read_bytes() * 50)[:-cut])
    done = ctl.run("simulate", "--json", packed)
    assert json.loads(done.stdout)["broken"] >= 1
    assert "it ends in the middle of gzip data" in done.stderr


def test_a_log_that_is_not_there(ctl, log):
    assert ctl.run("simulate", "absent.json").returncode == 66
    assert ctl.run("learn", ctl.directory).returncode == 65
    done = ctl.run("simulate")
    assert done.returncode == 64 and "no decision log" in done.stderr
    with ctl.config.open("a", encoding="ascii") as config:
        config.write(f"decision-log = {log}\n")
    assert simulated(ctl)["decisions"] == 3


def test_the_policy_that_made_a_log_changes_nothing(ctl, log):
    result = simulated(ctl, log)
    assert result["changes"] == [] and result["before"] == result["after"]


def test_what_was_not_asked_for_is_unknown(ctl, log):
    """The log was made without asking for SPF's answer: a policy that wants it can't tell."""
    records = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    for record in records:
        record["evidence"]["spf"]["result"] = "not-asked"
    log.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    strict = ctl.directory / "strict.toml"
    strict.write_text(ctl.policy.read_text("ascii") + 'spf = "aligned"\n', encoding="ascii")
    done = ctl.run("simulate", "--json", log, "-P", strict)
    result = json.loads(done.stdout)
    assert done.returncode == 0
    assert result["unknown"] == 1 and result["after"]["reject tenant-denied"] == 2


def test_explain_says_why_and_what_to_do(ctl, log):
    said = ctl.ok("explain", "S1", log)
    assert "was refused (550 5.7.1 tenant-denied)" in " ".join(said.split())
    assert "originator-org: attacker.onmicrosoft.com" in said
    assert "What to do\n" in said and "7 tenant-listed: fail" in said
    assert max(len(line) for line in said.splitlines()) <= 78
    assert "was accepted" in ctl.ok("explain", "H1", log)
    assert json.loads(ctl.ok("explain", "S2", log, "--json"))[0]["remedy"]
    done = ctl.run("explain", "S3", log)
    assert done.returncode == 66 and "S3" in done.stderr


def test_no_terminal_escape_comes_out_of_a_log(ctl, log):
    log.write_text(log.read_text("utf-8").replace("attacker.onmicrosoft.com", "a\\u001b[31mb\\u0007")
                   .replace('"queue_id": "S', '"queue_id": "\\u001bS'), encoding="utf-8")
    for words in (("learn", "--all"), ("simulate",), ("indicators",), ("explain", "H1")):
        done = ctl.run(*words, log, "-P", ctl.policy)
        assert done.stdout and "\x1b" not in done.stdout + done.stderr, words
        assert "\x07" not in done.stdout, words


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.text, self.open = [], "", []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_report_is_a_page_that_stands_alone(ctl, log):
    page_file = ctl.directory / "report.html"
    ctl.ok("report", log, "--html", page_file, "--sender", "contoso")
    page = Page(page_file.read_text("utf-8"))
    assert page.open == []
    for text in ("Mail in the name of contoso", "1 accepted", "2 refused", "tenant-denied: 2",
                 "attacker.onmicrosoft.com", "S1"):
        assert text in page.text, text
    assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "form"}
    assert not any(name in attributes for _, attributes in page.tags
                   for name in ("href", "src", "onload"))
    done = ctl.run("report", log, "--html", page_file, "--sender", "nobody")
    assert done.returncode == 66
    assert ctl.run("report", log).returncode == 64
    assert ctl.run("report", log, "--html", ctl.directory / "no/report.html").returncode == 73


def test_hostile_text_is_no_markup(ctl, log):
    log.write_text(log.read_text("utf-8").replace(
        "attacker.onmicrosoft.com", "<script>alert('x')</script>&"), encoding="utf-8")
    ctl.ok("report", log, "--html", ctl.directory / "report.html")
    text = (ctl.directory / "report.html").read_text("utf-8")
    assert "<script" not in text and "&lt;script&gt;" in text


def test_indicators_name_the_attacker_alone(ctl, log):
    assert ctl.ok("indicators", log).split() == ["198.51.100.77", ATTACKER,
                                                 "attacker.onmicrosoft.com"]
    rows = list(csv.DictReader(io.StringIO(ctl.ok("indicators", "--format", "csv", log))))
    assert {row["value"]: row["messages"] for row in rows}[ATTACKER] == "2"
    bundle = json.loads(ctl.ok("indicators", "--format", "stix", log))
    patterns = {one["pattern"] for one in bundle["objects"]}
    assert f"[email-message:additional_header_fields.'X-MS-Exchange-CrossTenant-Id' = '{ATTACKER}']" \
        in patterns
    assert "[ipv4-addr:value = '198.51.100.77']" in patterns
    assert bundle == json.loads(ctl.ok("indicators", "--format", "stix", log))
    assert len({one["id"] for one in bundle["objects"]}) == 3
    assert "contoso" not in json.dumps(bundle)
    assert ctl.run("indicators", "--format", "xml", log).returncode == 64


def test_colour_is_for_terminals(ctl):
    def on_terminal(**environment):
        ours, theirs = os.openpty()
        subprocess.run(ctl.command("senders"), stdout=theirs, check=True,
                       env={**os.environ, "TERM": "xterm", **environment})
        os.close(theirs)
        said = os.read(ours, 65536)
        os.close(ours)
        return said

    assert b"\x1b[1m" in on_terminal()
    assert b"\x1b" not in on_terminal(NO_COLOR="1")
    assert b"\x1b" not in on_terminal(TERM="dumb")
    assert program("tenantctl").exists()
