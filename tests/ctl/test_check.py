# SPDX-License-Identifier: BSD-2-Clause
"""tenantctl check with zone text in place of DNS."""
import json
import subprocess
import time

import messages
from daemon import program

CHECK = ["check", "--client-ip", "40.107.22.1", "--mail-from", "alice@contoso.com", "--json"]


def checked(tool, zone, serve=False, words=tuple(CHECK)):
    file = tool.directory / "message.eml"
    if not file.exists():
        file.write_bytes(messages.honest())
    tool.policy.write_text(messages.POLICY, encoding="ascii")
    if serve:
        tool.serve(zone)
    done = tool.run(*words, "message.eml", zone=None if serve else zone)
    return done, json.loads(done.stdout) if done.stdout else None


def test_the_verdict_is_that_of_a_dns_server(tool):
    now = [*CHECK, "--time", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())]
    from_zone, record = checked(tool, messages.zone(), words=now)
    served, other = checked(tool, messages.zone(), serve=True, words=now)
    assert from_zone.returncode == served.returncode == 0
    assert record == other
    assert record["verdict"] == "accept"


def test_what_is_not_in_the_file_does_not_exist(tool):
    done, record = checked(tool, "contoso.com. TXT \"v=spf1 ip4:40.107.0.0/16 -all\"\n")
    assert done.returncode == 1
    assert record["reason"] in ("dkim-missing", "dkim-failed")


def test_an_alias_loop_is_a_failure(tool):
    done, record = checked(tool, "contoso.com. CNAME www.contoso.com.\n"
                                 "www.contoso.com. CNAME contoso.com.\n"
                           + messages.key().zone_line("contoso.com") + "\n")
    assert done.returncode == 75
    assert record["reason"] == "dns-unavailable"


def test_a_fault_is_named_by_its_line(tool):
    done, _ = checked(tool, "; contoso\ncontoso.com. TXT\ncontoso.com. A 192.0.2.999\n")
    assert done.returncode == 65
    assert f"{tool.zone_file}:" in done.stderr
    assert done.stdout == ""


def test_a_file_that_is_not_there(tool):
    (tool.directory / "message.eml").write_bytes(messages.honest())
    done = tool.run(*CHECK, "message.eml", "--dns-from", "absent.zone")
    assert done.returncode == 66
    assert "absent.zone" in done.stderr


def test_several_end_with_a_table(tool):
    (tool.directory / "honest.eml").write_bytes(messages.honest())
    (tool.directory / "spoof.eml").write_bytes(messages.spoof())
    tool.policy.write_text(messages.POLICY, encoding="ascii")
    done = tool.run(*CHECK[:-1], "honest.eml", "spoof.eml", zone=messages.zone())
    assert done.returncode == 1
    table = done.stdout.splitlines()[-3:]
    assert table[0].split() == ["MESSAGE", "VERDICT", "REASON", "DOMAIN", "SENDERS"]
    assert table[1].split() == ["honest.eml", "accept", "contoso"]
    assert table[2].split() == ["spoof.eml", "reject", "tenant-denied", "contoso.com", "contoso"]


def test_a_message_from_standard_input(tool):
    tool.policy.write_text(messages.POLICY, encoding="ascii")
    tool.zone_file.write_text(messages.zone(), encoding="ascii")
    done = subprocess.run([program("tenantctl"), *CHECK, "-", "--dns-from", tool.zone_file, "-c",
                           tool.conf], input=messages.honest(), capture_output=True, check=False)
    assert done.returncode == 0
    assert json.loads(done.stdout)["verdict"] == "accept"
