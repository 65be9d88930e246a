# SPDX-License-Identifier: BSD-2-Clause
"""Mail that comes otherwise: the host's own, by a login, through postscreen."""
import os
import subprocess

import messages

SPOOF = messages.spoof()
LOGINS = messages.POLICY.replace('spf  =', 'logins = ["contoso-app"]\nspf  =')
OPEN = "mynetworks = 0.0.0.0/0\n"
PICKUP = "pickup unix n - n 60 1 pickup\n"


def submit(this, content):
    """By sendmail(1), on the host itself."""
    return subprocess.run(["/usr/sbin/sendmail", "-f", "alice@contoso.com", "bob@example.net"],
                          input=content.replace(b"\r\n", b"\n"), capture_output=True, check=False,
                          env={**os.environ, "MAIL_CONFIG": str(this.root / "etc")})


def test_the_host_s_own_mail_is_not_judged_by_smtpd_milters(relay):
    this = relay(services=PICKUP)
    assert submit(this, messages.honest()).returncode == 0
    assert this.sink.wait_for(1)
    assert this.filter.decisions() == []


def test_non_smtpd_milters_see_localhost_and_no_transport(relay):
    """So the host's own mail is refused, for nobody lists 127.0.0.1: leave the filter out there."""
    this = relay(services=PICKUP, extra="non_smtpd_milters = $tenant_milter\n")
    assert submit(this, messages.honest()).returncode == 0
    record = this.last_decision()
    assert (record["reason"], record["action"]) == ("origin-denied", "reject")
    assert record["evidence"]["client"] == "127.0.0.1"
    assert record["evidence"]["client_name"] == "localhost"
    assert [to["mailer"] for to in record["evidence"]["recipients"]] == [""]


def test_a_login_in_front_arrives(relay):
    """XCLIENT LOGIN= is what an authenticating proxy in front gives."""
    this = relay(policy=LOGINS, extra=OPEN)
    plain = messages.message()
    assert this.send(plain, address="203.0.113.9", login="contoso-app").code == 250
    assert this.send(plain, address="203.0.113.9", login="other-app").code == 550
    assert this.send(plain, address="203.0.113.9").code == 550
    assert [one["evidence"]["login"] for one in this.filter.decisions()] == [
        "contoso-app", "other-app", ""]


def test_a_login_arrives_whatever_milter_mail_macros_says(relay):
    this = relay(policy=LOGINS, extra=OPEN + "milter_mail_macros = i\n")
    assert this.send(messages.message(), address="203.0.113.9", login="contoso-app").code == 250


def test_through_postscreen(relay):
    this = relay(listeners={"screened": "1 postscreen"},
                 services="smtpd pass - - n - - smtpd\n",
                 extra="postscreen_access_list = permit_mynetworks\n")
    assert this.send(messages.honest(), at="screened").code == 250
    assert this.send(SPOOF, at="screened").code == 550
    assert [one["evidence"]["client"] for one in this.filter.decisions()] == ["40.107.22.1"] * 2
