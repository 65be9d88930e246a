# SPDX-License-Identifier: BSD-2-Clause
"""tenantctl platforms: what is known of them, from where, and what it would be today."""
import datetime
import json
import shutil
import subprocess
import tomllib

import pytest

from daemon import ROOT, program

BUILT_IN = (ROOT / "policy/store/platforms.toml").read_text("ascii")
TODAY = datetime.datetime.now(datetime.timezone.utc).date()


def published(text=BUILT_IN, **others):
    """The zone in which the platforms publish what this file says, others aside."""
    zone = ""
    for name, platform in tomllib.loads(text)["platform"].items():
        for place in platform.get("spf", []):
            networks = others.get(name, platform["networks"])
            terms = [f"ip{6 if ':' in one else 4}:{one}" for one in networks]
            strings = '" "'.join(" " + term for term in terms)
            zone += f'{place}. TXT "v=spf1 include:_nets.{place} -all"\n'
            zone += f'_nets.{place}. TXT "v=spf1" "{strings}" " ~all"\n'
    return zone


class Share:
    """tenantctl with a /usr/share of its own: an installed platforms.toml, or none."""

    def __init__(self, tool):
        self._tool, self.directory = tool, tool.directory / "share"
        (self.directory / "tenant-milter").mkdir(parents=True)
        shutil.copytree("/usr/share/publicsuffix", self.directory / "publicsuffix")

    def install(self, text):
        (self.directory / "tenant-milter/platforms.toml").write_text(text, encoding="ascii")

    def run(self, *words, zone=None):
        if zone is not None:
            self._tool.zone_file.write_text(zone, encoding="ascii")
            words = [*words, "--dns-from", self._tool.zone_file]
        script = f'mount --bind {self.directory} /usr/share && exec "$@"'
        return subprocess.run(
            ["unshare", "--mount", "sh", "-c", script, "sh", program("tenantctl"), "platforms",
             *words, "-c", self._tool.conf], text=True, capture_output=True, check=False)


@pytest.fixture
def share(tool):
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no mounts of its own are allowed here")
    return Share(tool)


def rows(done):
    assert done.returncode == 0, done.stderr
    table = done.stdout.split("\n\n")[0].splitlines()
    starts = [table[0].index(name) for name in ("PLATFORM", "KIND", "SUFFIX", "FROM", "NETWORKS")]
    return [[line[a:b].strip() for a, b in zip(starts, [*starts[1:], None])] for line in table]


# --- the list


def test_the_list_is_aligned(share):
    listed = rows(share.run())
    assert listed[0] == ["PLATFORM", "KIND", "SUFFIX", "FROM", "NETWORKS"]
    date = str(tomllib.loads(BUILT_IN)["date"])
    assert [row[:4] for row in listed[1:] if row[0]] == [
        ["google", "google", "gappssmtp.com", f"built in {date}"],
        ["microsoft365", "microsoft365", "onmicrosoft.com", f"built in {date}"],
        ["microsoft365-china", "microsoft365", "partner.onmschina.cn", f"built in {date}"],
        ["microsoft365-us", "microsoft365", "onmicrosoft.us", f"built in {date}"],
        ["salesforce", "salesforce", "-", f"built in {date}"]]
    assert "52.100.0.0/14" in [row[4] for row in listed]


def test_what_a_policy_changes_and_adds(tool):
    tool.policy.write_text('version = 1\n[platform.salesforce]\nnetworks = ["198.51.100.0/24"]\n'
                           '[platform.acme]\nnetworks = ["192.0.2.0/24"]\n'
                           'tenant-dkim-suffix = "mail.acme.example"\n', encoding="ascii")
    listed = {row[0]: row[1:] for row in rows(tool.run("platforms")) if row[0]}
    assert listed["acme"] == ["custom", "mail.acme.example", "policy", "192.0.2.0/24"]
    assert listed["salesforce"] == ["salesforce", "-", "policy", "198.51.100.0/24"]
    assert not listed["google"][2].startswith("policy")
    known = json.loads(tool.run("platforms", "--json").stdout)
    assert {one["name"]: (one["origin"], one["date"]) for one in known["platforms"]}["acme"] == \
        ("policy", "")


def test_where_the_installed_file_differs(share):
    share.install(BUILT_IN)
    done = share.run()
    assert rows(done)[1][3].startswith("installed")
    assert "is what is built in" in done.stdout
    share.install(BUILT_IN.replace('"52.100.0.0/14"', '"192.0.2.0/24"')
                  .replace("2026", "2025", 1)
                  .replace('[platform.salesforce]\nkind = "salesforce"', "")
                  + '[platform.acme]\nkind = "custom"\ntenant-dkim-suffix = "acme.example"\n')
    done = share.run()
    assert "differs from what is built in" in done.stdout
    for line in ("microsoft365: removed 52.100.0.0/14", "microsoft365: added 192.0.2.0/24",
                 "salesforce: removed", "acme: added"):
        assert f"  {line}\n" in done.stdout
    assert json.loads(share.run("--json").stdout)["differences"] == [
        "salesforce: removed", "acme: added", "microsoft365: removed 52.100.0.0/14",
        "microsoft365: added 192.0.2.0/24"]


def test_a_policy_with_an_error_is_said(tool):
    tool.policy.write_text("version = 2\n", encoding="ascii")
    done = tool.run("platforms")
    assert done.returncode == 65
    assert "policy.toml:1:11: error" in done.stderr
    assert "microsoft365" in done.stdout


# --- what it would be today


def test_nothing_changed_but_the_date(share):
    done = share.run("--refresh", zone=published())
    assert done.returncode == 0
    date = tomllib.loads(BUILT_IN)["date"]
    assert done.stdout == BUILT_IN.replace(f"date = {date}", f"date = {TODAY}")
    assert "is what the platforms publish today" in done.stderr


def test_networks_added_and_removed(share):
    before = tomllib.loads(BUILT_IN)["platform"]["microsoft365"]["networks"]
    now = ["192.0.2.0/24", *reversed(before), "2001:db8::/48"]
    now.remove("52.100.0.0/14")
    done = share.run("--refresh", zone=published(microsoft365=now))
    assert done.returncode == 0
    data = tomllib.loads(done.stdout)
    expected = [one for one in before if one != "52.100.0.0/14"]
    at = next(i for i, one in enumerate(expected) if ":" in one)
    assert data["platform"]["microsoft365"]["networks"] == [
        *expected[:at], "192.0.2.0/24", *expected[at:], "2001:db8::/48"]
    assert data["date"] == TODAY
    assert [line.strip() for line in done.stderr.splitlines()[1:]] == [
        "microsoft365: removed 52.100.0.0/14", "microsoft365: added 192.0.2.0/24",
        "microsoft365: added 2001:db8::/48"]
    old, new = (text.split("[platform.google]")[1] for text in (BUILT_IN, done.stdout))
    assert old == new
    share.install(done.stdout)
    again = share.run("--refresh", zone=published(microsoft365=now))
    assert again.stdout == done.stdout
    assert "is what the platforms publish today" in again.stderr


def test_many_networks(share):
    now = [f"10.{i}.0.0/16" for i in range(100)]
    done = share.run("--refresh", zone=published(google=now))
    assert tomllib.loads(done.stdout)["platform"]["google"]["networks"] == now
    assert max(map(len, done.stdout.splitlines())) <= 100


def test_a_platform_without_networks_gets_them(share):
    share.install(BUILT_IN + 'spf = ["_spf.salesforce.com"]\n# the end\n')
    done = share.run("--refresh", zone=published()
                     + '_spf.salesforce.com. TXT "v=spf1 ip4:198.51.100.0/24 -all"\n')
    assert done.returncode == 0, done.stderr
    assert tomllib.loads(done.stdout)["platform"]["salesforce"]["networks"] == ["198.51.100.0/24"]
    assert done.stdout.endswith("# the end\n")


def test_an_older_file_names_no_record(share):
    share.install("\n".join(line for line in BUILT_IN.splitlines()
                            if not line.startswith("spf")) + "\n")
    done = share.run("--refresh", zone=published())
    assert done.returncode == 0
    assert tomllib.loads(done.stdout)["date"] == TODAY


def test_refreshed_as_json(share):
    done = share.run("--refresh", "--json", zone=published(google=["192.0.2.0/24"]))
    known = json.loads(done.stdout)
    assert known["date"] == str(TODAY)
    assert {one["name"]: one["networks"] for one in known["platforms"]}["google"] == ["192.0.2.0/24"]
    assert "google: added 192.0.2.0/24" in known["differences"]


# --- what can't be read


@pytest.mark.parametrize("failing", ["spf.protection.outlook.com.", "_nets._spf.google.com."])
def test_a_failure_of_dns_prints_nothing(tool, failing):
    zone = "".join(line + "\n" for line in published().splitlines()
                   if not line.startswith(failing))
    tool.serve(zone + f"{failing} SERVFAIL\n")
    done = tool.run("platforms", "--refresh")
    assert (done.returncode, done.stdout) == (75, "")
    assert failing.rstrip(".") in done.stderr


@pytest.mark.parametrize("record", [
    None, "v=spf1 nonsense -all", "v=spf1 include:%{d}.example -all", "v=spf1 -all",
    "v=spf1 include:_spf.google.com -all", "v=spf1 include:absent.example ip4:192.0.2.1 -all"])
def test_a_record_that_can_t_be_read_whole_prints_nothing(tool, record):
    zone = "".join(line + "\n" for line in published().splitlines()
                   if not line.startswith("_spf.google.com."))
    if record is not None:
        zone += f'_spf.google.com. TXT "{record}"\n'
    done = tool.run("platforms", "--refresh", zone=zone)
    assert (done.returncode, done.stdout) == (65, "")
    assert "google: " in done.stderr


@pytest.mark.parametrize("layout", [
    'platform = { a = { kind = "google", spf = ["_spf.google.com"], networks = ["10.0.0.0/8"] } }',
    '["platform"."a"]\nkind = "google"\nspf = ["_spf.google.com"]\nnetworks = ["10.0.0.0/8"]'])
def test_a_layout_that_can_t_be_rewritten(share, layout):
    share.install("date = 2026-01-01\n" + layout + "\n")
    done = share.run("--refresh", zone=published())
    assert (done.returncode, done.stdout) == (65, "")
    assert "layout" in done.stderr


def test_an_installed_file_that_is_broken(share):
    share.install("date = \n")
    for words in ([], ["--refresh"]):
        done = share.run(*words, zone=published())
        assert done.returncode == 65
        assert "/usr/share/tenant-milter/platforms.toml:1" in done.stderr
