# SPDX-License-Identifier: BSD-2-Clause
"""The demonstration of packaging/quickstart: a relay with its DNS, its filter and the
outside world, and four messages sent through it over SMTP."""
import contextlib
import os
import pathlib
import signal
import sys
import tempfile
import textwrap

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/fakes"))

import messages  # noqa: E402
from daemon import Daemon  # noqa: E402
from dns_server import DnsServer  # noqa: E402
from postfix import Client, Postfix  # noqa: E402
from smtp_sink import SmtpSink  # noqa: E402

POLICY = f"""\
version = 1

[[sender]]
name    = "contoso"
domains = ["contoso.com"]
tenants = ["microsoft365:contoso.onmicrosoft.com",
           "microsoft365:{messages.CUSTOMER_TENANT}"]
spf  = "aligned"
dkim = "aligned"
"""

# contoso.com sends by Microsoft 365, so every tenant of Microsoft passes its SPF.
ZONE = """\
contoso.com. 300 IN TXT "v=spf1 include:spf.protection.outlook.com -all"
spf.protection.outlook.com. 300 IN TXT "v=spf1 ip4:40.92.0.0/15 ip4:40.107.0.0/16 -all"
"""

PLATFORM = {"address": "40.107.22.1", "name": "mail-22-1.outbound.protection.outlook.com",
            "helo": "mail-22-1.outbound.protection.outlook.com"}


def demonstration():
    """(letter, what it is, message, the reason of its refusal or "none")."""
    spoof = messages.message(extra=messages.stamps(
        "attacker.onmicrosoft.com", messages.ATTACKER_TENANT, "HybridOnPrem"))
    two_authors = messages.message(extra=[("From", "Mallory <mallory@attacker.example>"),
                                          *messages.stamps()])
    passed_through = messages.message(extra=messages.stamps(
        entity="Internet",
        connecting=f"TenantId={messages.ATTACKER_TENANT};Ip=[203.0.113.9];Helo=[mail.example]"))
    return [("a", "the customer's own signed message", messages.honest(), "none"),
            ("b", "EchoSpoofing: the customer as author, from somebody else's tenant", spoof,
             "tenant-denied"),
            ("c", "two From fields", two_authors, "author-invalid"),
            ("d", "one that only passed through the customer's tenant", passed_through,
             "tenant-transit")]


def in_words(record):
    """The decision of the log, for a reader."""
    failed = [check["name"] for check in record["checks"] if check["result"] == "fail"]
    if record["verdict"] == "accept":
        return f"accepted: every check passed for the sender {', '.join(record['senders'])}"
    return (f"refused at end of {record['stage']}: {record['reason']} "
            f"(check \"{failed[0]}\" failed, all before it passed)")


def send_all(postfix, filter_daemon, sink):
    """Sends the four; gives whether each got what it should."""
    is_good = True
    for letter, title, content, reason in demonstration():
        with Client(postfix.port, **PLATFORM) as client:
            reply = client.transact("alice@contoso.com", ["bob@example.net"], content)
        record = filter_daemon.decisions()[-1]
        print(f"\n({letter}) {title}\n    SMTP reply: {reply}\n    decision:   {in_words(record)}")
        as_it_should = record["reason"] == reason and (reply.code == 250) == (reason == "none")
        if not as_it_should:
            print(f"    EXPECTED:   reason {reason}")
        is_good = is_good and as_it_should
    sink.wait_for(1)
    print(f"\n== what reached the outside world: {len(sink.messages)} message(s)")
    for one in sink.messages:
        print(f"    from <{one.sender}> to <{', '.join(one.recipients)}>")
        for line in one.content.split(b"\r\n\r\n")[0].decode().splitlines():
            if line.startswith(("From:", "Subject:", "Authentication-Results:")):
                print(f"      {line}")
    return is_good and len(sink.messages) == 1 and not postfix.queue()


def leave_up(postfix, filter_daemon, dns):
    print(f"""
== left running; Ctrl-C ends it
    Postfix:   127.0.0.1:{postfix.port} (XCLIENT is allowed), configuration {postfix.root}/etc
    filter:    {filter_daemon.socket}, policy {filter_daemon.policy}
    decisions: {filter_daemon.decision_log}
    DNS:       127.0.0.1 port {dns.port}
    A message from somebody else's tenant, in a session of telnet 127.0.0.1 {postfix.port}:
        EHLO client.example
        XCLIENT ADDR=40.107.22.1
        EHLO client.example
        MAIL FROM:<alice@contoso.com>
        RCPT TO:<bob@example.net>
        DATA
        From: alice@contoso.com
        X-OriginatorOrg: attacker.onmicrosoft.com

        .""", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        signal.pause()
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.SIG_IGN)  # while what was started is stopped


def main(arguments):
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was started is stopped
    keep = arguments == ["--keep"]
    if arguments and not keep:
        print("usage: packaging/quickstart [--keep]", file=sys.stderr)
        return 64
    if os.geteuid() != 0:
        print("packaging/quickstart: Postfix needs root", file=sys.stderr)
        return 77
    with contextlib.ExitStack() as stack:
        root = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tenant-milter-")))
        root.chmod(0o755)
        print(f"== the policy of the demonstration\n\n{textwrap.indent(POLICY, '    ')}")
        print("== starting a DNS server, tenant-milter, Postfix and an outside world, on loopback")
        dns = stack.enter_context(DnsServer(ZONE + messages.key().zone_line("contoso.com")))
        sink = stack.enter_context(SmtpSink())
        filter_daemon = stack.enter_context(
            Daemon(root, POLICY, dns.port, ["--socket-mode=0660", "--socket-group=postfix"]))
        postfix = stack.enter_context(Postfix(root, filter_daemon.socket, sink.port))
        is_good = send_all(postfix, filter_daemon, sink)
        if keep:
            leave_up(postfix, filter_daemon, dns)
    print("""
== for a real main.cf, once tenant-milter listens in the queue directory (see README.md)
    smtpd_milters = unix:tenant-milter/tenant-milter.sock
    milter_default_action = tempfail
    milter_protocol = 6
""")
    print("quickstart: " + ("all four messages were handled as they should be" if is_good
                             else "NOT all four messages were handled as they should be"))
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
