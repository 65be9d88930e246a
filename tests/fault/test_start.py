# SPDX-License-Identifier: BSD-2-Clause
"""What a faulty start says, and the exit codes of sysexits.h (spec 8)."""
import os
import pathlib
import resource
import select
import signal
import socket
import struct
import subprocess

import pytest

from daemon import Daemon, NotReady, program
from messages import POLICY


def run(*flags, **environment):
    """Exit code and what was said; a configuration of this machine is not read."""
    isolated = [] if any("config" in str(flag) for flag in flags) else ["--config=/dev/null"]
    done = subprocess.run([program("tenant-milter"), *isolated, *map(str, flags)], capture_output=True,
                          text=True, timeout=60, check=False, env={**os.environ, **environment})
    return done.returncode, done.stdout + done.stderr


def started(directory, *flags, policy=POLICY, socket_spec=None):
    with pytest.raises(NotReady) as fault:
        Daemon(directory, policy, None, flags, socket_spec=socket_spec)
    return fault.value.code, fault.value.log


@pytest.mark.parametrize("flags, code, said", [
    (["--nonsense"], 64, "--nonsense"),
    (["--mode=strict"], 64, "mode"),
    (["--socket=tcp:25"], 64, "socket"),
    (["--socket-mode=999"], 64, "socket-mode"),
    (["--dns-budget=-1"], 64, "dns-budget"),
    (["--max-headers-bytes=lots"], 64, "max-headers-bytes"),
    (["--scope=some"], 64, "scope"),
    (["--reply-url=" + "x" * 301], 64, "reply-url"),
    (["--nameserver=ns.example"], 64, "nameserver"),
    (["--log-target=file"], 64, "log-target"),
    (["extra"], 64, "extra"),
    (["--scope=relayed"], 78, "inbound-domains"),
    (["--metrics=127.0.0.1:9100"], 78, "not built in"),
    (["--policy=lmdb:/var/lib/policy"], 78, "not built in"),
    (["--policy=postgresql://db.example/policy"], 78, "not built in"),
    (["--policy=ldap://directory.example"], 78, "not built in"),
    (["--policy=/nonexistent/policy.toml"], 66, "/nonexistent/policy.toml"),
    (["--config=/nonexistent/tenant-milter.conf"], 66, "/nonexistent/tenant-milter.conf"),
])
def test_a_faulty_flag_is_named(flags, code, said):
    ended, text = run("--check", *flags)
    assert (ended, said in text) == (code, True), text


CLOSED = ["<&-", ">&-", "2>&-", "<&- >&-", ">&- 2>&-", "<&- >&- 2>&-"]


@pytest.mark.parametrize("closed", CLOSED)
def test_standard_descriptors_that_are_closed_are_opened_on_dev_null(tmp_path, closed):
    """In the background: the starter returns, the daemon rests, and ends on SIGTERM."""
    (tmp_path / "policy.toml").write_text(POLICY)
    spec = f"unix:{tmp_path}/m.sock"
    command = [str(program("tenant-milter")), "--config=/dev/null", f"--socket={spec}",
               f"--policy={tmp_path}/policy.toml", "--log-target=syslog"]
    started = subprocess.run(["sh", "-c", f'"$@" {closed}', "sh", *command], timeout=30,
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, check=False)
    assert started.returncode == 0
    pid = serving(spec)
    try:
        descriptors = pathlib.Path(f"/proc/{pid}/fd")
        assert {os.readlink(descriptors / str(fd)) for fd in (0, 1, 2)} == {"/dev/null"}
        before = processor_time(pid)
        subprocess.run([program("tenantctl"), "ping", "--config=/dev/null", f"--socket={spec}"],
                       check=False, capture_output=True)
        assert processor_time(pid) - before < 20  # hundredths of a second
    finally:
        os.kill(pid, signal.SIGTERM)
    gone(pid)


@pytest.mark.parametrize("closed", CLOSED)
def test_tenantctl_with_closed_descriptors_writes_into_no_file_of_its_own(tmp_path, closed):
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY)
    done = subprocess.run(["sh", "-c", f'"$@" {closed}', "sh", str(program("tenantctl")), "allow",
                           "contoso", "microsoft365:new.onmicrosoft.com", f"--policy={policy}",
                           "--config=/dev/null"], timeout=30, check=False, capture_output=True)
    assert done.returncode == 0
    text = policy.read_text()
    assert "new.onmicrosoft.com" in text and text.startswith(POLICY.split("tenants")[0])


def serving(spec):
    """The process that listens at a Unix socket, by its peer's credentials."""
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(spec.removeprefix("unix:"))
        credentials = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return struct.unpack("3i", credentials)[0]


def processor_time(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def gone(pid):
    """Waits until a process that is no child of ours has ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    with open(descriptor, closefd=True):
        assert select.select([descriptor], [], [], 30)[0], "it does not end on SIGTERM"


def test_a_faulty_configuration_file_names_file_and_line(tmp_path):
    config = tmp_path / "tenant-milter.conf"
    for line, code, said in (("mode = strict", 78, "mode"), ("nonsense = 1", 78, "nonsense"),
                             ("mode enforce", 78, "=")):
        config.write_text(f"# a comment\n\n{line}\n")
        ended, text = run("--check", f"--config={config}")
        assert (ended, f"{config}:3" in text, said in text) == (code, True, True), text


def test_a_faulty_policy_ends_with_all_its_errors(tmp_path):
    policy = 'version = 1\n[[sender]]\nname = "contoso"\ndomains = ["com"]\nnonsense = 1\n'
    code, log = started(tmp_path, policy=policy)
    assert code == 65
    assert f"{tmp_path}/policy.toml:4:12" in log and f"{tmp_path}/policy.toml:5:1" in log


def test_check_says_what_is_wrong_and_listens_on_nothing(tmp_path):
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY, encoding="utf-8")
    code, text = run("--check", f"--policy={policy}", f"--socket=unix:{tmp_path}/s")
    assert code == 0, text
    assert not (tmp_path / "s").exists()
    policy.write_text("version = 1\nnonsense = 1\n", encoding="utf-8")
    code, text = run("--check", f"--policy={policy}")
    assert code == 65 and f"{policy}:2:1" in text


def test_a_socket_in_use_is_not_taken_away(tmp_path):
    path = tmp_path / "milter.sock"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()
        code, log = started(tmp_path)
        assert code == 69 and str(path) in log and "in use" in log
        assert path.exists()


def test_a_socket_left_behind_is_replaced(tmp_path):
    path = tmp_path / "milter.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with Daemon(tmp_path, POLICY) as daemon:
        assert daemon.process.poll() is None
        assert oct(path.stat().st_mode & 0o777) == "0o660"
    assert not path.exists()


def test_what_is_no_socket_is_left_alone(tmp_path):
    path = tmp_path / "milter.sock"
    path.write_text("precious")
    code, log = started(tmp_path)
    assert code == 69 and str(path) in log
    assert path.read_text() == "precious"


def test_a_socket_that_is_not_permitted_names_path_and_remedy(tmp_path):
    code, log = started(tmp_path, socket_spec=f"unix:{tmp_path}/missing/milter.sock")
    assert code == 69 and f"{tmp_path}/missing" in log


def test_a_port_in_use(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, log = started(tmp_path, socket_spec=f"inet:{port}@127.0.0.1")
        assert code == 69 and str(port) in log


def test_a_user_that_is_not_there(tmp_path):
    code, log = started(tmp_path, "--user=nobody-of-that-name")
    assert code in (64, 67, 78) and "nobody-of-that-name" in log


def test_a_decision_log_that_cannot_be_opened(tmp_path):
    code, log = started(tmp_path, "--decision-log=/nonexistent/decisions.json")
    assert code == 73 and "/nonexistent/decisions.json" in log


def test_descriptors_are_enough_for_connections_and_resolver(tmp_path):
    with Daemon(tmp_path, POLICY, None, ["--max-connections=3000"]) as daemon:
        soft, _ = resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE)
        assert soft >= 5000


def test_in_the_background_a_fault_is_said_where_the_operator_looks(tmp_path):
    code, text = run(f"--policy={tmp_path}/missing.toml", f"--socket=unix:{tmp_path}/s",
                     "--log-target=syslog")
    assert code == 66 and f"{tmp_path}/missing.toml" in text


def test_in_the_background_it_is_ready_when_the_command_ends(tmp_path):
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY, encoding="utf-8")
    code, text = run(f"--policy={policy}", f"--socket=unix:{tmp_path}/s", "--log-target=syslog")
    assert code == 0, text
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(tmp_path / "s"))
        peer = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    os.kill(struct.unpack("3i", peer)[0], signal.SIGTERM)


def test_version_and_help_end_well():
    assert run("--version")[0] == 0
    code, text = run("--help")
    assert code == 0 and "--dns-budget" in text


def test_the_programs_are_where_they_should_be():
    assert pathlib.Path(program("tenantctl")).exists()
