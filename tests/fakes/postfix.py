# SPDX-License-Identifier: BSD-2-Clause
"""A real Postfix with configuration, queue and data of its own, on loopback.

It is the relay of the attack: it trusts every address of Microsoft 365, and XCLIENT is
allowed so that a message can come from one. Everything that it takes goes to one next
hop. Needs root, as Postfix does.

What a test adds to main.cf and master.cf may say $tenant_milter for the filter,
$next_hop for the outside world and $root for the directory.
"""
import contextlib
import pathlib
import pwd
import shutil
import smtplib
import socket
import subprocess

MASTER = """\
{listen} inet n - {chroot} - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""

MAIN = """\
compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {root}/postfix.log
maillog_file_prefixes = {root}
root = {root}
next_hop = [127.0.0.1]:{next_hop}
tenant_milter = {milter}
myhostname = relay.example
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
smtpd_peername_lookup = no
disable_dns_lookups = yes
relayhost = $next_hop
mynetworks = 127.0.0.0/8 40.92.0.0/15 40.107.0.0/16 52.100.0.0/14 104.47.0.0/17
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_authorized_xclient_hosts = 127.0.0.0/8
smtpd_milters = $tenant_milter
milter_default_action = tempfail
milter_protocol = 6
smtp_tls_security_level = none
smtputf8_enable = yes
"""

PORT_TRIES = 10


def free_ports(names):
    """A port for each name."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in names]
        return {name: probe.getsockname()[1] for name, probe in zip(names, probes)}


def free_port():
    return free_ports(["one"])["one"]


class Postfix:
    """Runs from `start` to `stop`. `root` is a directory that others may enter.

    `extra` is more of main.cf and `services` more of master.cf. `listeners` are further
    services on ports of their own: name, and what master.cf has from the process limit
    on ("- smtpd -o smtpd_milters="). `ports` says by name where; "smtpd" is the first.
    """

    def __init__(self, root, milter, next_hop, chroot=False, extra="", services="",
                 listeners=None):
        self.root = pathlib.Path(root)
        self.milter = milter
        self.next_hop = next_hop
        self.chroot = "y" if chroot else "n"
        self.extra = extra
        self.services = services
        self.listeners = listeners or {}
        self.ports = {}

    @property
    def port(self):
        return self.ports["smtpd"]

    @property
    def etc(self):
        return self.root / "etc"

    def start(self):
        for _ in range(PORT_TRIES):
            self.configure()
            if self._command("start").returncode == 0 and self._answers():
                return self
            self._command("stop")
        raise RuntimeError(f"Postfix does not start: {self.log()}")

    def configure(self):
        """Its directories and files, as they are before it starts."""
        uid = pwd.getpwnam("postfix").pw_uid
        for name, owner in (("etc", 0), ("queue", 0), ("data", uid)):
            path = self.root / name
            path.mkdir(exist_ok=True)
            shutil.chown(path, owner)
        self.ports = free_ports(("smtpd", *self.listeners))
        (self.etc / "main.cf").write_text(
            MAIN.format(root=self.root, milter=self.milter, next_hop=self.next_hop) + self.extra,
            encoding="ascii")
        (self.etc / "master.cf").write_text(
            MASTER.format(listen=f"127.0.0.1:{self.port}", chroot=self.chroot)
            + "".join(f"127.0.0.1:{self.ports[name]} inet n - n - {command}\n"
                      for name, command in self.listeners.items())
            + self.services, encoding="ascii")

    def _command(self, *words):
        return subprocess.run(["/usr/sbin/postfix", "-c", str(self.etc), *words],
                              capture_output=True, text=True, check=False)

    def _answers(self):
        """Whether it is this Postfix that listens on the port."""
        try:
            with smtplib.SMTP("127.0.0.1", self.port, timeout=30) as client:
                return b"relay.example" in client.ehlo()[1]
        except (OSError, smtplib.SMTPException):
            return False

    def log(self):
        path = self.root / "postfix.log"
        return path.read_text("utf-8", "replace") if path.exists() else "no log"

    def queue(self):
        """The queue ids of what waits here."""
        listing = subprocess.run(["/usr/sbin/postqueue", "-c", str(self.etc), "-j"],
                                 capture_output=True, text=True, check=True)
        return listing.stdout.splitlines()

    def stop(self):
        self._command("stop")

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


class Reply:
    """The reply that ended a transaction."""

    def __init__(self, code, text):
        self.code = code
        self.text = text.decode("utf-8", "replace") if isinstance(text, bytes) else text

    def __str__(self):
        return f"{self.code} {self.text}"


class Client(smtplib.SMTP):
    """An SMTP client that comes from where it says."""

    def __init__(self, port, address=None, helo="client.example", source="127.0.0.1",
                 **attributes):
        super().__init__("127.0.0.1", port, local_hostname=helo, timeout=120,
                         source_address=(source, 0))
        self.ehlo()
        if address is not None:
            self.come_from(address, **attributes)

    def come_from(self, address, name="[UNAVAILABLE]", **attributes):
        """XCLIENT: Postfix takes it from its own addresses alone, so once a session."""
        attributes = {"addr": address, "name": name, **attributes}
        words = " ".join(f"{key.upper()}={value}" for key, value in attributes.items())
        code, text = self.docmd("XCLIENT", words)
        if code != 220:
            raise smtplib.SMTPException(f"XCLIENT: {code} {text}")
        self.ehlo()

    def transact(self, sender, recipients, content):
        """One transaction: the first reply that is no success, else the last one."""
        for code, text in [self.mail(sender), *(self.rcpt(one) for one in recipients)]:
            if code >= 400:
                self.rset()
                return Reply(code, text)
        return Reply(*self.data(content))
