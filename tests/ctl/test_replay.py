# SPDX-License-Identifier: BSD-2-Clause
"""`learn` and copies of signed mail: whoever has one signed message of a brand can send it again
through a tenant of his own, and its signature still verifies."""
import json

import pytest

import messages
from daemon import Daemon
from dns_server import DnsServer
from milter_client import Session, send_message

BRAND, BRAND_ID = "brandmail.onmicrosoft.com", messages.CUSTOMER_TENANT
ATTACKER, ATTACKER_ID = "attacker.onmicrosoft.com", messages.ATTACKER_TENANT


def signed(number, body=None, **stamps):
    """A message of the brand, signed as Microsoft signs: the stamps are not covered."""
    plain = messages.message(subject=f"Invoice {number}", extra=messages.stamps(**stamps))
    content = messages.signed(plain)
    return content if body is None else content.replace(b"Hello Bob.", body)


def restamped(content):
    return content.replace(BRAND.encode(), ATTACKER.encode()).replace(
        BRAND_ID.encode(), ATTACKER_ID.encode())


def learnt(ctl, tmp_path, mail):
    """What is learnt of messages, each sent twice so that DNS has answered; by tenant name."""
    (tmp_path / "monitor").mkdir()
    with DnsServer(messages.zone()) as dns, Daemon(
            tmp_path / "monitor", "version = 1\n", dns.port, ["--mode=monitor"]) as daemon:
        for letter in "UT":
            for number, content in enumerate(mail):
                with Session(daemon.socket) as session:
                    session.connect("40.107.22.1")
                    session.helo()
                    send_message(session, content, queue_id=f"{letter}{number}")
        second = [record for record in daemon.decisions() if record["queue_id"].startswith("T")]
    log = tmp_path / "decisions.json"
    log.write_text("".join(json.dumps(record) + "\n" for record in second), encoding="utf-8")
    rows = json.loads(ctl.ok("learn", "--json", log))["rows"]
    return {row["tenant_name"]: row for row in rows}, ctl.ok("learn", "--toml", log)


@pytest.mark.parametrize("honest, copies", [(30, 12), (12, 12), (3, 30)])
def test_a_signed_message_sent_again_by_another_tenant_is_marked(ctl, tmp_path, honest, copies):
    mail = [signed(i, org=BRAND, tenant=BRAND_ID) for i in range(honest)]
    mail += [restamped(mail[0])] * copies
    rows, proposal = learnt(ctl, tmp_path, mail)
    assert rows[ATTACKER]["mark"] == "replayed" and not rows[ATTACKER]["proven"]
    assert rows[BRAND]["mark"] != "replayed"
    assert ATTACKER not in proposal and ATTACKER_ID not in proposal


def test_a_copy_with_another_body_is_marked_whoever_sends_it_first(ctl, tmp_path):
    content = signed(1, org=BRAND, tenant=BRAND_ID)
    changed = restamped(content).replace(b"Hello Bob.", b"Pay me.")
    mail = [signed(i, org=BRAND, tenant=BRAND_ID) for i in range(2, 20)] + [content] + [changed] * 9
    rows, proposal = learnt(ctl, tmp_path, mail)
    assert rows[ATTACKER]["mark"] == "replayed"
    assert ATTACKER not in proposal


def test_a_signature_alone_shows_nothing_of_a_tenant_that_the_platform_stamps(ctl, tmp_path):
    """Copies of a message that was never seen here: no replay is known, and nothing is proven."""
    mail = [signed(i, org=BRAND, tenant=BRAND_ID) for i in range(200)]
    mail += [restamped(signed(1000, org=BRAND, tenant=BRAND_ID))] * 12
    rows, proposal = learnt(ctl, tmp_path, mail)
    assert not rows[ATTACKER]["proven"] and rows[ATTACKER]["mark"] == "stranger"
    assert ATTACKER not in proposal


def test_a_message_to_several_that_is_sent_in_parts_is_no_replay(ctl, tmp_path):
    mail = [signed(i // 3, org=BRAND, tenant=BRAND_ID) for i in range(30)]
    rows, proposal = learnt(ctl, tmp_path, mail)
    assert rows[BRAND]["mark"] == "" and BRAND in proposal
