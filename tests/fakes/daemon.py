# SPDX-License-Identifier: BSD-2-Clause
"""The real tenant-milter in a directory of its own, ready when the constructor returns.

It is ready when it says so by sd_notify; it is stopped by SIGTERM and must end with 0.
"""
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]


def program(name):
    """The path of a program under test: of a build, or as it is installed (/usr/sbin:/usr/bin)."""
    directories = os.environ.get("TENANT_MILTER_BIN", str(ROOT / "build/release/bin"))
    found = shutil.which(name, path=directories)
    if found is None:
        raise FileNotFoundError(f"no {name} in {directories}")
    return pathlib.Path(found)


class NotReady(Exception):
    """The daemon ended before it was ready: its exit code and what it said."""

    def __init__(self, code, log):
        super().__init__(f"exit {code}: {log}")
        self.code = code
        self.log = log


class Daemon:
    def __init__(self, directory, policy, nameserver=None, flags=(), socket_spec=None, user=None,
                 patience=30):
        self.patience = patience  # seconds, to be ready
        self.directory = pathlib.Path(directory)
        self.policy = self.directory / "policy.toml"
        self.policy.write_text(policy, encoding="utf-8")
        self.decision_log = self.directory / "decisions.json"
        self.socket = socket_spec or f"unix:{self.directory}/milter.sock"
        self.flags = list(flags)
        self.reloaded = False
        self.log = ""
        self._said = threading.Condition()
        command = [program("tenant-milter"), "--foreground", "--log-target=stderr",
                   f"--socket={self.socket}", f"--policy={self.policy}",
                   f"--decision-log={self.decision_log}", "--authserv-id=relay.example"]
        config = self.directory / "tenant-milter.conf"
        config.touch()
        command.append(f"--config={config}")
        if nameserver is not None:
            command.append(f"--nameserver=127.0.0.1@{nameserver}")
        if user is not None:
            self.decision_log.touch()
            shutil.chown(self.decision_log, user)
            command.append(f"--user={user}")
        self._start([str(word) for word in [*command, *flags]])

    def _start(self, command):
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        address = str(self.directory / "notify.sock")
        notify.bind(address)
        os.chmod(address, 0o666)
        self._notify = notify
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE,
                                        env={**os.environ, "NOTIFY_SOCKET": address})
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.wait_for_state("READY=1", self.patience)

    def _read(self):
        for line in self.process.stderr:
            with self._said:
                self.log += line.decode("utf-8", "replace")
                self._said.notify_all()

    def wait_for_log(self, text, timeout=30):
        """Waits until the daemon has said this on standard error."""
        with self._said:
            assert self._said.wait_for(lambda: text in self.log, timeout), self.log

    def wait_for_state(self, wanted, timeout=30):
        """Waits until sd_notify has said a line, such as READY=1."""
        self._notify.settimeout(0.1)
        for _ in range(int(timeout / 0.1)):
            try:
                if wanted in self._notify.recv(4096).decode().splitlines():
                    return
            except TimeoutError:
                if self.process.poll() is not None:
                    self._reader.join()
                    self._notify.close()
                    raise NotReady(self.process.returncode, self.log) from None
        raise TimeoutError(f"no {wanted}: {self.log}")

    def reload(self):
        """SIGHUP, and waits until the reload is done."""
        self.reloaded = True
        self.process.send_signal(signal.SIGHUP)
        self.wait_for_state("READY=1", self.patience)

    def descriptors(self):
        """How many it has open."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def memory(self):
        """What is resident, in bytes."""
        statm = pathlib.Path(f"/proc/{self.process.pid}/statm").read_text("ascii")
        return int(statm.split()[1]) * resource.getpagesize()

    def decisions(self):
        """The decision log so far, oldest first; a line that is just being written aside."""
        if not self.decision_log.exists():
            return []
        *lines, _ = self.decision_log.read_text("utf-8").split("\n")
        return [json.loads(line) for line in lines]

    def stop(self, signal_number=signal.SIGTERM, timeout=60):
        """Ends it, and gives its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal_number)
        code = self.process.wait(timeout)
        self._reader.join()
        self.process.stderr.close()
        self._notify.close()
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
