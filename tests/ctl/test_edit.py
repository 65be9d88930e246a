# SPDX-License-Identifier: BSD-2-Clause
"""The policy file edited in place: what is changed, what is said, what is left after faults."""
import json
import os
import re
import shutil
import subprocess
import tomllib

import pytest

from conftest import POLICY

NEW = "microsoft365:new.onmicrosoft.com"
CONTOSO = "microsoft365:contoso.onmicrosoft.com"


def sender(ctl, name):
    senders = tomllib.loads(ctl.policy.read_text("utf-8"))["sender"]
    return next(one for one in senders if one["name"] == name)


def test_allow_by_name_and_by_domain(ctl):
    assert ctl.ok("allow", "contoso", NEW) == f"allowed {NEW}\n"
    assert ctl.policy.read_text("utf-8") == POLICY.replace(
        'd4e3f"]', f'd4e3f",\n           "{NEW}"]')
    assert ctl.ok("allow", "mail.fabrikam.example", NEW) == f"allowed {NEW}\n"
    assert sender(ctl, "fabrikam")["tenants"] == [NEW]
    assert "nothing to change" in ctl.ok("allow", "contoso.co.uk", NEW)


def test_until_and_note(ctl):
    ctl.ok("allow", "contoso", NEW, "--until", "2027-03-31", "--note", "migration, \"phase 2\"")
    entry = sender(ctl, "contoso")["tenants"][-1]
    assert (entry["tenant"], entry["until"].isoformat(), entry["note"]) == (
        NEW, "2027-03-31", 'migration, "phase 2"')


@pytest.mark.parametrize("words", [
    ("allow", "contoso", NEW), ("revoke", "contoso", CONTOSO), ("block", NEW),
    ("unblock", "microsoft365:known-bad.onmicrosoft.com"), ("sender", "remove", "fabrikam"),
    ("sender", "add", "new", "--domain", "new.example", "--network", "198.51.100.0/24")])
def test_dry_run_prints_what_patch_understands(ctl, words):
    diff = ctl.ok(*words, "--dry-run")
    assert ctl.policy.read_text("utf-8") == POLICY
    patched = ctl.directory / "patched.toml"
    patched.write_text(POLICY, encoding="utf-8")
    subprocess.run(["patch", "-s", patched], input=diff, text=True, check=True)
    ctl.ok(*words)
    assert ctl.policy.read_text("utf-8") == patched.read_text("utf-8") != POLICY


def test_revoke_and_the_rest_stays(ctl):
    ctl.ok("revoke", "contoso.com", CONTOSO)
    assert ctl.policy.read_text("utf-8") == POLICY.replace(f'"{CONTOSO}",\n           ', "")


def test_block_and_unblock(ctl):
    ctl.ok("block", NEW, "google:bad.example")
    assert tomllib.loads(ctl.policy.read_text("utf-8"))["blocked-tenants"][1:] == [
        NEW, "google:bad.example"]
    assert "is blocked for everybody" in ctl.run("allow", "contoso", NEW).stderr
    ctl.ok("revoke", "contoso", NEW)
    ctl.ok("unblock", NEW, "google:bad.example")
    assert ctl.policy.read_text("utf-8") == POLICY


def test_sender_add_and_remove(ctl):
    ctl.ok("sender", "add", "new", "--domain", "new.example", "--domain", "new.test", "--tenant",
           NEW, "--login", "app", "--mode", "monitor", "--subdomains")
    assert sender(ctl, "new") == {
        "name": "new", "domains": ["new.example", "new.test"], "tenants": [NEW],
        "logins": ["app"], "subdomains": True, "mode": "monitor"}
    ctl.ok("sender", "remove", "new")
    assert ctl.policy.read_text("utf-8").rstrip("\n") == POLICY.rstrip("\n")


@pytest.mark.parametrize("words, code, said", [
    (("allow", "contoso", "microsoft365"), 64, "PLATFORM:VALUE"),
    (("allow", "contoso", "nowhere:x.example"), 64, "a platform of"),
    (("allow", "contoso", "microsoft365:-"), 64, "GUID"),
    (("allow", "contoso..com", NEW), 64, "the name of a sender or a domain"),
    (("allow", "contosso", NEW), 66, 'did you mean contoso?'),
    (("allow", "fabricam.example", NEW), 66, "did you mean fabrikam.example?"),
    (("allow", "x.contoso.com", NEW), 66, "no sender"),
    (("allow", "contoso", NEW, "--until", "2027-02-30"), 64, "a date"),
    (("allow", "contoso", NEW, "--until", "tomorrow"), 64, "a date"),
    (("allow", "contoso"), 64, "TENANT"),
    (("revoke", "contoso", "microsoft365:contosso.onmicrosoft.com"), 66,
     f"did you mean {CONTOSO}?"),
    (("unblock", "microsoft365:knwn-bad.onmicrosoft.com"), 66, "did you mean"),
    (("sender", "add", "new"), 64, "--domain"),
    (("sender", "add", "new", "--domain", "new..example"), 64, "a domain name"),
    (("sender", "add", "new", "--domain", "new.example", "--network", "192.0.2.1/24"), 64,
     "a network"),
    (("sender", "add", "new", "--domain", "contoso.com"), 65, "which contoso has"),
    (("sender", "add", "new", "--domain", "a.contoso.com"), 65, "delegates"),
    (("sender", "add", "contoso", "--domain", "new.example"), 65, "again"),
    (("sender", "add", "new", "--domain", "new.example", "--mode", "off"), 65, "enforce"),
    (("sender", "remove", "fabricam"), 66, "did you mean fabrikam?"),
    (("policy", "show", "nobody.example"), 66, "no sender"),
    (("policy", "show", "a b"), 64, "a domain"),
    (("senders", "nobody"), 66, "nobody"),
    (("policy", "diff", "a.toml", "b.toml"), 66, "a.toml"),
    (("allow", "contoso", NEW, "--reload"), 69, "no daemon"),
])
def test_bad_input_is_named_and_changes_nothing(ctl, words, code, said):
    done = ctl.run(*words)
    assert (done.returncode, done.stdout if code != 69 else "") == (code, "")
    assert said in done.stderr
    if code != 69:
        assert ctl.policy.read_text("utf-8") == POLICY


def test_a_faulty_policy_is_not_edited(ctl):
    ctl.policy.write_text(POLICY + "colour = 1\n", encoding="utf-8")
    done = ctl.run("allow", "contoso", NEW)
    assert done.returncode == 65 and "colour" in done.stderr
    ctl.policy.unlink()
    assert ctl.run("allow", "contoso", NEW).returncode == 66


def test_mode_owner_attributes_and_link_stay(ctl):
    os.chmod(ctl.policy, 0o640)
    if os.geteuid() == 0:
        shutil.chown(ctl.policy, 65534, 65534)
    try:
        os.setxattr(ctl.policy, "user.note", b"kept")
        has_attributes = True
    except OSError:
        has_attributes = False
    link = ctl.directory / "link.toml"
    link.symlink_to(ctl.policy)
    ctl.ok("allow", "contoso", NEW, "-P", link)
    assert link.is_symlink() and NEW in ctl.policy.read_text("utf-8")
    status = ctl.policy.stat()
    assert status.st_mode & 0o7777 == 0o640
    if os.geteuid() == 0:
        assert (status.st_uid, status.st_gid) == (65534, 65534)
    if has_attributes:
        assert os.getxattr(ctl.policy, "user.note") == b"kept"
    assert sorted(path.name for path in ctl.directory.iterdir()) == [
        "link.toml", "policy.toml", "tenant-milter.conf"]


def test_a_read_only_file_stays(ctl):
    os.chmod(ctl.policy, 0o444)
    done = ctl.run("allow", "contoso", NEW)
    assert done.returncode == 73 and "read-only" in done.stderr
    assert ctl.policy.read_text("utf-8") == POLICY


# A sanitizer that looks for leaks can't under ptrace.
TRACED = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}


def strace(ctl, *injection):
    return subprocess.run(
        ["strace", "-f", "-qq", "-o", "/dev/null", *injection, *ctl.command("allow", "contoso", NEW)],
        capture_output=True, text=True, timeout=60, env=TRACED)


def is_old_or_new(ctl):
    text = ctl.policy.read_text("utf-8")
    assert text in (POLICY, POLICY.replace('d4e3f"]', f'd4e3f",\n           "{NEW}"]'))
    return text != POLICY


@pytest.mark.parametrize("call", ["fsync", "rename", "fchmod", "fchown"])
@pytest.mark.parametrize("fault", ["ENOSPC", "EIO", "EROFS"])
def test_a_full_or_broken_disk_leaves_the_old_file(ctl, call, fault):
    done = strace(ctl, f"--inject={call}:error={fault}:when=1")
    assert done.returncode == 73, done.stderr
    assert "can't be written" in done.stderr
    assert ctl.policy.read_text("utf-8") == POLICY
    assert not list(ctl.directory.glob(".*"))


def test_a_disk_that_is_full_in_mid_file(ctl):
    """A limit on the size of files stands for the full disk: part of the file is written."""
    done = subprocess.run(["bash", "-c", 'ulimit -f 1; exec "$@"', "bash",
                           *ctl.command("allow", "contoso", NEW)],
                          capture_output=True, text=True, timeout=60)
    assert len(POLICY) < 1024 and done.returncode == 0
    ctl.policy.write_text(POLICY + "# filler\n" * 200, encoding="utf-8")
    before = ctl.policy.read_text("utf-8")
    done = subprocess.run(["bash", "-c", 'ulimit -f 1; exec "$@"', "bash",
                           *ctl.command("block", NEW)],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 73 and "can't be written" in done.stderr
    assert ctl.policy.read_text("utf-8") == before
    assert not list(ctl.directory.glob(".*"))


def test_killed_at_every_system_call(ctl):
    """Before each call in turn, the first of its kind, the second, and so on."""
    traced = subprocess.run(["strace", "-f", "-qq", *ctl.command("allow", "contoso", NEW)],
                            capture_output=True, text=True, timeout=60, env=TRACED)
    assert traced.returncode == 0
    calls = {}
    for name in re.findall(r"^(?:\[pid +\d+\] )?(\w+)\(", traced.stderr, re.MULTILINE):
        calls[name] = calls.get(name, 0) + 1
    assert {"openat", "write", "fsync", "rename", "flock"} <= set(calls)
    became_new = became_old = 0
    for name, count in calls.items():
        if name in ("execve", "exit_group"):
            continue
        for nth in range(1, count + 1):
            ctl.policy.write_text(POLICY, encoding="utf-8")
            strace(ctl, f"--inject={name}:signal=KILL:when={nth}")
            if is_old_or_new(ctl):
                became_new += 1
            else:
                became_old += 1
    assert became_old > 20 and became_new > 0
    # What a killed one has left is no hindrance.
    ctl.policy.write_text(POLICY, encoding="utf-8")
    ctl.ok("allow", "contoso", NEW)
    assert is_old_or_new(ctl) and not list(ctl.directory.glob(".*"))


def test_two_hundred_at_once_lose_none(ctl):
    tenants = [f"microsoft365:tenant{i}.onmicrosoft.com" for i in range(200)]
    running = [subprocess.Popen(ctl.command("allow", "contoso" if i % 2 else "fabrikam", tenant),
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
               for i, tenant in enumerate(tenants)]
    assert all(process.wait(120) == 0 for process in running)
    listed = {*sender(ctl, "contoso")["tenants"], *sender(ctl, "fabrikam")["tenants"]}
    assert set(tenants) < listed


def test_senders(ctl):
    table = ctl.ok("senders")
    assert re.search(r"^contoso +contoso.com \+1 +enforce +2 +0 +0 +aligned +off$", table,
                     re.MULTILINE)
    assert "\x1b" not in table
    both = json.loads(ctl.ok("senders", "--json"))
    assert [one["name"] for one in both] == ["contoso", "fabrikam"]
    assert both[0]["platform"]["google"]["spf"] == "off"
    assert [one["name"] for one in json.loads(ctl.ok("senders", "fabri", "--json"))] == ["fabrikam"]


def test_policy_show_names_where_each_value_comes_from(ctl):
    keys = {(key["platform"], key["key"]): key
            for key in json.loads(ctl.ok("policy", "show", "contoso.co.uk", "--json"))[0]["keys"]}
    lines = POLICY.splitlines()
    for name, value, text in [("mode", "enforce", 'mode = "enforce"'),
                              ("spf", "aligned", 'spf = "aligned"'),
                              ("dkim", "off", 'dkim = "off"')]:
        key = keys["", name]
        line = int(key["from"].rsplit(":", 1)[1])
        assert key["value"] == value and text in lines[line - 1]
    assert keys["", "forwarding"]["from"] == "built in"
    assert keys["google", "spf"]["value"] == "off"
    google_line = lines.index('spf = "off"') + 1
    assert keys["google", "spf"]["from"].endswith(f":{google_line}")
    assert keys["google", "dkim"]["from"] == keys["", "dkim"]["from"]
    assert "without subdomains" in ctl.ok("policy", "show", "x.contoso.com")
    assert "platform name" in ctl.ok("policy", "show", "contoso.onmicrosoft.com")


def test_policy_check_for_programs(ctl):
    good = json.loads(ctl.ok("policy", "check", "--json"))
    assert good["revision"] and {one["severity"] for one in good["findings"]} <= {"warning"}
    ctl.policy.write_text(POLICY + "colour = 1\n", encoding="utf-8")
    done = ctl.run("policy", "check", "--json")
    bad = json.loads(done.stdout)
    assert done.returncode == 65 and bad["revision"] == ""
    error = next(one for one in bad["findings"] if one["severity"] == "error")
    assert error["line"] == len(POLICY.splitlines()) + 1 and "colour" in error["found"]


def test_policy_diff_is_by_meaning(ctl):
    other = ctl.directory / "other.toml"
    other.write_text("version = 1\nblocked-tenants = ['microsoft365:Known-Bad.onmicrosoft.com']\n"
                     + POLICY.split("]\n", 1)[1].replace("# both", "")
                     + "forwarding = 'reject'\n", encoding="utf-8")
    assert ctl.ok("policy", "diff", ctl.policy, other) == "no difference\n"
    ctl.ok("allow", "contoso", NEW, "-P", other)
    ctl.ok("sender", "remove", "fabrikam", "-P", other)
    ctl.ok("sender", "add", "new", "--domain", "new.example", "-P", other)
    done = ctl.run("policy", "diff", ctl.policy, other)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [f"contoso: tenants: + {NEW}", "fabrikam: no longer a sender",
                                        "new: a new sender"]
