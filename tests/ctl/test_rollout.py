# SPDX-License-Identifier: BSD-2-Clause
"""From nothing configured to enforced: a monitored week of two hundred senders with 3 % of
spoofs; what `learn` proposes accepts every legitimate message and refuses every spoof."""
import gzip
import json
import subprocess

import pytest

from conftest import Ctl
from daemon import Daemon
from dns_server import DnsServer
from world import World

DECISIONS = 100_000


@pytest.fixture(scope="module")
def rollout(tmp_path_factory):
    """The world, its log, and the policy that was learned from it."""
    directory = tmp_path_factory.mktemp("rollout")
    ctl = Ctl(directory)
    ctl.policy.write_text("version = 1\n", encoding="ascii")
    world = World()
    (directory / "monitor").mkdir()
    with DnsServer(world.zone_text()) as dns, Daemon(
            directory / "monitor", "version = 1\n", dns.port, ["--mode=monitor"]) as daemon:
        world.observe(daemon)
    log = directory / "decisions.json"
    with log.open("w", encoding="ascii") as lines:
        lines.writelines(line + "\n" for line in world.week(DECISIONS))
    learned = directory / "learned.toml"
    learned.write_text("version = 1\n\n" + ctl.ok("learn", "--toml", log), encoding="utf-8")
    return ctl, world, log, learned


def counts(ctl, *words):
    return json.loads(ctl.run("simulate", "--json", *words).stdout)


def test_the_proposal_is_a_policy_without_errors(rollout):
    ctl, world, _, learned = rollout
    report = ctl.ok("policy", "check", learned)
    assert "no errors" in report
    proposed = json.loads(ctl.ok("senders", "--json", "-P", learned))
    assert sorted(domain for sender in proposed for domain in sender["domains"]) == sorted(
        {mail.envelope.partition("@")[2] for mail in world.mail if mail.honest and mail.envelope})


def test_simulate_says_so_before(rollout):
    ctl, _, log, learned = rollout
    spoofs = DECISIONS * 3 // 100
    result = counts(ctl, log, "-P", learned)
    assert (result["decisions"], result["broken"], result["unknown"]) == (DECISIONS, 0, 0)
    assert result["after"].get("accept") == DECISIONS - spoofs, result["after"]
    refused = sum(count for outcome, count in result["after"].items()
                  if outcome.startswith("reject "))
    assert refused == spoofs, result["after"]


def test_no_message_is_on_the_wrong_side(rollout):
    """Each side of the log by itself, through gzip and standard input."""
    ctl, _, log, learned = rollout
    for letter, verdict in (("H", "accept"), ("S", "reject")):
        lines = b"".join(line for line in log.read_bytes().splitlines(keepends=True)
                         if b'"queue_id":"' + letter.encode() in line)
        done = subprocess.run(ctl.command("simulate", "--json", "-", "-P", learned),
                              input=gzip.compress(lines), capture_output=True, check=True)
        after = json.loads(done.stdout)["after"]
        assert {outcome.partition(" ")[0] for outcome in after} == {verdict}, after


def test_the_daemon_says_so_after(rollout, tmp_path):
    _, world, _, learned = rollout
    with DnsServer(world.zone_text()) as dns, Daemon(
            tmp_path, learned.read_text("utf-8"), dns.port) as daemon:
        for number, mail in enumerate(world.mail):
            outcome = world.send(daemon, mail, f"E{number}")
            assert outcome.accepted == mail.honest, daemon.decisions()[-1]


def test_the_strictest_settings_are_proposed(rollout):
    ctl, _, log, learned = rollout
    by_domain = {domain: sender for sender in json.loads(ctl.ok("senders", "--json", "-P", learned))
                 for domain in sender["domains"]}
    hybrid = by_domain["customer14.example"]
    assert hybrid["entities"] == ["Hosted", "HybridOnPrem"]
    assert len(hybrid["hybrid-sources"]) == 2 and hybrid["spf"] == hybrid["dkim"] == "aligned"
    google = by_domain["customer17.example"]
    assert google["tenants"] == ["google:customer17.example"]
    assert (google["spf"], google["dkim"]) == ("off", "pass")
    assert by_domain["customer16.example"]["dkim-alignment"] == "strict"
    assert len(by_domain["customer18.example"]["networks"]) == 2
    assert by_domain["customer19.example"]["logins"] == ["customer19-app"]
    marked = {row["mark"] for row in json.loads(ctl.ok("learn", "--json", log))["rows"]}
    assert {"", "many-domains", "stranger", "consumer", "transit", "missing"} <= marked


def test_what_was_not_known_changes_nothing(rollout):
    """Where DNS had no answer for every twentieth message in time."""
    ctl, _, log, learned = rollout
    partly = ctl.directory / "partly.json"
    with log.open(encoding="ascii") as lines, partly.open("w", encoding="ascii") as out:
        for number, line in enumerate(lines):
            if number % 20 == 0:
                record = json.loads(line)
                record["evidence"]["spf"]["result"] = "pending"
                for signature in record["evidence"]["signatures"]:
                    signature["result"] = "pending"
                line = json.dumps(record) + "\n"
            out.write(line)
    senders = json.loads(ctl.ok("senders", "--json", "-P", learned))
    again = ctl.directory / "again.toml"
    again.write_text("version = 1\n" + ctl.ok("learn", "--toml", partly), encoding="utf-8")
    assert json.loads(ctl.ok("senders", "--json", "-P", again)) == senders


def test_what_is_configured_is_only_completed(rollout):
    ctl, _, log, learned = rollout
    assert ctl.ok("learn", "--toml", log, "-P", learned) == ""
    tenants = next(sender["tenants"] for sender in
                   json.loads(ctl.ok("senders", "customer0", "--json", "-P", learned))
                   if sender["name"] == "customer0")
    partly = ctl.directory / "partly.toml"
    partly.write_text(learned.read_text("utf-8"), encoding="utf-8")
    ctl.ok("revoke", "customer0", tenants[0], "-P", partly)
    assert f"# tenantctl allow customer0 {tenants[0]}   (" in ctl.ok("learn", "--toml", log, "-P",
                                                                    partly)
    done = ctl.run("simulate", log, "-P", partly)
    assert done.returncode == 0 and "accept" in done.stdout


def test_revoke_warns_with_figures(rollout):
    ctl, _, log, learned = rollout
    enforced = ctl.directory / "enforced.json"
    lines = [json.loads(line) for line in log.read_text("ascii").splitlines()[:2000]]
    for record in lines:
        record["senders"] = [record["evidence"]["authors"][0]["domain"].partition(".")[0]]
        record["verdict"] = "accept"
    enforced.write_text("".join(json.dumps(record) + "\n" for record in lines), encoding="ascii")
    sender = json.loads(ctl.ok("senders", "customer0", "--json", "-P", learned))[0]
    guid = next(tenant for tenant in sender["tenants"] if ".com" not in tenant)
    done = ctl.run("revoke", "customer0", guid, "--decisions", enforced, "--dry-run", "-P", learned)
    assert done.returncode == 0 and f"{guid} sent " in done.stderr


def test_simulate_exits_1_where_accepted_mail_would_be_refused(rollout):
    ctl, _, log, _ = rollout
    accepted = ctl.directory / "accepted.json"
    accepted.write_text(log.read_text("ascii").partition("\n")[0].replace(
        '"verdict":"reject"', '"verdict":"accept"').replace('"sender-unknown"', '"none"') + "\n",
        encoding="ascii")
    done = ctl.run("simulate", accepted)
    assert done.returncode == 1 and "1 accepted message would be refused" in done.stdout
