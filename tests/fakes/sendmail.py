# SPDX-License-Identifier: BSD-2-Clause
"""A real Sendmail with configuration, queue and data of its own, on loopback.

tests/sendmail/unpack has laid it aside. Everything that it relays goes to one next hop,
a smart host; what it delivers itself is appended to a file a user. Host names and addresses
are those of HOSTS alone: libnss_wrapper keeps Sendmail from asking the machine's DNS,
and from waiting a minute for a qualified name of the machine. Needs root.
"""
import contextlib
import os
import pathlib
import select
import socket
import subprocess

from postfix import PORT_TRIES, free_port

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNPACKED = ROOT / "build/sendmail"
CF = UNPACKED / "usr/share/sendmail/cf"

HOSTS = """\
127.0.0.1 localhost
127.0.0.1 relay.example
127.0.0.2 platform.example
127.0.0.3 elsewhere.example
"""

# Load and free space of the machine are none of the tests' business.
MC = """\
divert(0)dnl
define(`TEST_ETC', `{root}/etc')dnl
define(`MAIL_SETTINGS_DIR', `{root}/etc/')dnl
OSTYPE(`linux')dnl
define(`confDOMAIN_NAME', `relay.example')dnl
define(`confPID_FILE', `{root}/sendmail.pid')dnl
define(`QUEUE_DIR', `{root}/queue')dnl
define(`STATUS_FILE', `{root}/statistics')dnl
define(`ALIAS_FILE', `{root}/etc/aliases')dnl
define(`HELP_FILE', `{root}/etc/helpfile')dnl
define(`confSERVICE_SWITCH_FILE', `{root}/etc/service.switch')dnl
define(`confHOSTS_FILE', `{root}/etc/hosts')dnl
define(`confFORWARD_PATH', `')dnl
define(`confDEF_USER_ID', `nobody:nogroup')dnl
define(`confDONT_PROBE_INTERFACES', `True')dnl
define(`confLOG_LEVEL', `0')dnl
define(`confTO_IDENT', `0')dnl
define(`confQUEUE_LA', `10000')dnl
define(`confREFUSE_LA', `10000')dnl
define(`confDELAY_LA', `10000')dnl
define(`confMIN_FREE_BLOCKS', `0')dnl
define(`LOCAL_MAILER_PATH', `/usr/bin/tee')dnl
define(`LOCAL_MAILER_ARGS', `tee -a {root}/local/$u')dnl
MODIFY_MAILER_FLAGS(`LOCAL', `-f')dnl
define(`SMTP_MAILER_ARGS', `TCP $h {next_hop}')dnl
define(`ESMTP_MAILER_ARGS', `TCP $h {next_hop}')dnl
define(`RELAY_MAILER_ARGS', `TCP $h {next_hop}')dnl
FEATURE(`no_default_msa')dnl
FEATURE(`nocanonify')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`accept_unqualified_senders')dnl
FEATURE(`promiscuous_relay')dnl
DAEMON_OPTIONS(`Name={daemon_name}, Family=inet, Addr=127.0.0.1, Port={port}')dnl
INPUT_MAIL_FILTER(`tenant-milter', `S={milter}, {filter_flags}')dnl
{mc}
MAILER(`local')dnl
MAILER(`smtp')dnl
LOCAL_CONFIG
ENSS_WRAPPER_HOSTS={root}/etc/hosts
ESASL_CONF_PATH={root}/etc
"""

SMART_HOST = "define(`SMART_HOST', `[127.0.0.1]')dnl\n"
FILTER_FLAGS = "F=T, T=S:30s;R:60s;E:5m"  # what the README and the manual recommend

START_TIMEOUT = 20  # seconds: where the port is taken, Sendmail itself tries for longer
IDLE_TIMEOUT = 60
POLL = 0.01


def processes():
    return [int(path.name) for path in pathlib.Path("/proc").glob("[0-9]*")]


def directory_of(pid):
    """Where a process works; "" where it has ended."""
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return ""


class Sendmail:
    """Runs from `start` to `stop`; `mc` are further lines of the .mc file."""

    def __init__(self, root, milter, next_hop, mc=SMART_HOST, filter_flags=FILTER_FLAGS,
                 daemon_name="MTA", files=()):
        self.root = pathlib.Path(root)
        self.values = {"root": root, "milter": milter, "next_hop": next_hop, "mc": mc,
                       "filter_flags": filter_flags, "daemon_name": daemon_name}
        self.files = {"hosts": HOSTS, "service.switch": "hosts files\naliases files\n",
                      "aliases": "", "helpfile": "", **dict(files)}
        self.port = None
        self.process = None

    def start(self):
        for _ in range(PORT_TRIES):
            self.configure()
            self._run()
            if self._listens():
                return self
            self.stop()
        raise RuntimeError(f"Sendmail does not start: {self.log()}")

    def _prepare(self):
        for name, mode in (("etc", 0o755), ("queue", 0o700), ("local", 0o777)):
            path = self.root / name
            path.mkdir(exist_ok=True)
            path.chmod(mode)
        for name, text in self.files.items():
            (self.root / "etc" / name).write_text(text, encoding="ascii")

    def configure(self):
        """Its directories and files, as they are before it starts."""
        self._prepare()
        self.port = free_port()
        mc = self.root / "etc/sendmail.mc"
        mc.write_text(MC.format(port=self.port, **self.values), encoding="ascii")
        made = subprocess.run(["m4", f"-D_CF_DIR_={CF}/", CF / "m4/cf.m4", mc],
                              capture_output=True, text=True, check=True)
        (self.root / "etc/sendmail.cf").write_text(made.stdout, encoding="ascii")

    def _run(self):
        environment = {"LD_PRELOAD": "libnss_wrapper.so", "NSS_WRAPPER_HOSTNAME": "relay.example",
                       "NSS_WRAPPER_HOSTS": str(self.root / "etc/hosts")}
        with open(self.root / "output", "ab") as output:
            self.process = subprocess.Popen(
                [UNPACKED / "usr/libexec/sendmail/sendmail", f"-C{self.root}/etc/sendmail.cf",
                 "-bD", f"-X{self.root}/transcript"],
                env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output)

    def _listens(self):
        """It writes its pid file once the port is its own, and listens a little later."""
        for _ in range(int(START_TIMEOUT / POLL)):
            if (self.root / "sendmail.pid").exists() and self._accepts():
                return True
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(POLL)
                return False
        return False

    def _accepts(self):
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", self.port)).close()
            return True
        return False

    def log(self):
        """What it said, and every SMTP session of it."""
        return "".join((self.root / name).read_text("utf-8", "replace")
                       for name in ("output", "transcript") if (self.root / name).exists())

    def quarantined(self):
        """The queue's control files of what is held."""
        return [path.read_text("utf-8", "replace") for path in (self.root / "queue").glob("hf*")]

    def mailbox(self, user):
        """What it has delivered itself."""
        path = self.root / "local" / user
        return path.read_bytes() if path.exists() else b""

    def wait_until_idle(self):
        """Waits for its sessions and deliveries to end."""
        while children := self._children():
            with contextlib.suppress(ProcessLookupError):
                child = os.pidfd_open(children[0])
                ended, _, _ = select.select([child], [], [], IDLE_TIMEOUT)
                os.close(child)
                if not ended:
                    raise TimeoutError(f"Sendmail goes on and on: {self.log()}")

    def _children(self):
        """All that works in its queue but the listener itself."""
        queue = str(self.root / "queue")
        return [pid for pid in processes() if pid != self.process.pid and directory_of(pid) == queue]

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.wait_until_idle()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
