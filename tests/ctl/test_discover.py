# SPDX-License-Identifier: BSD-2-Clause
"""tenantctl discover: the entry that a domain's DNS suggests. What is printed is always a
good policy, whatever DNS says."""
import json
import os
import pty
import re
import subprocess
import tomllib

import pytest

from daemon import program

MICROSOFT = ('selector1._domainkey.contoso.example. CNAME '
             'selector1-contoso-example._domainkey.contoso.onmicrosoft.com.\n')
MICROSOFT_KEY = ('selector1-contoso-example._domainkey.contoso.onmicrosoft.com. '
                 'TXT "v=DKIM1; k=rsa; p=MIGf"\n')
OUTLOOK = 'spf.protection.outlook.com. TXT "v=spf1 ip4:40.92.0.0/15 ip4:40.107.0.0/16 -all"\n'
GOOGLE_KEY = 'google._domainkey.contoso.example. TXT "v=DKIM1; k=rsa; p=MIGf"\n'
LEVELS = ("(sure)", "(probable)", "(a guess)")


def spf(record, domain="contoso.example"):
    strings = record if "\\" in record else '" "'.join(re.findall(".{1,250}", record))
    return f'{domain}. TXT "{strings}"\n'


class Found:
    """What discover printed: the text, the senders in it, its comments."""

    def __init__(self, tool, done):
        self.code, self.text, self.said = done.returncode, done.stdout, done.stderr
        text = "version = 1\n" + done.stdout
        self.senders = tomllib.loads(text).get("sender", [])
        self.comments = [line for line in done.stdout.splitlines() if line.startswith("#")]
        path = tool.directory / "proposed.toml"
        path.write_text(text, encoding="ascii")
        check = tool.run("policy", "check", path)
        assert check.returncode == 0, check.stdout
        for line in done.stdout.splitlines():
            if line and not line.startswith(("#", "[", "  [")):
                assert line.endswith(LEVELS), line

    @property
    def sender(self):
        assert len(self.senders) == 1
        return self.senders[0]

    def has_comment(self, *parts):
        return any(all(part in line for part in parts) for line in self.comments)

    def line(self, start):
        return next(line for line in self.text.splitlines() if line.startswith(start))


@pytest.fixture
def discover(tool):
    """Runs discover on zone text, by file and by a DNS server: both say the same."""
    def run(zone, *domains, flags=()):
        domains = domains or ("contoso.example",)
        from_file = tool.run("discover", *domains, *flags, zone=zone)
        tool.serve(zone)
        served = tool.run("discover", *domains, *flags)
        assert (from_file.stdout, from_file.returncode) == (served.stdout, served.returncode)
        return Found(tool, served)
    return run


@pytest.fixture
def served(tool):
    """... on what only the server knows: its directives."""
    def run(zone, *domains):
        tool.serve(zone)
        return Found(tool, tool.run("discover", *(domains or ("contoso.example",))))
    return run


# --- tenants


def test_microsoft_by_its_alias(discover):
    found = discover(MICROSOFT + MICROSOFT_KEY + spf("v=spf1 -all"))
    assert found.code == 0
    assert found.sender["tenants"] == ["microsoft365:contoso.onmicrosoft.com"]
    assert found.sender["name"] == "contoso"
    assert found.sender["domains"] == ["contoso.example"]
    assert found.sender["dkim"] == "aligned"
    assert found.line("tenants").endswith("(sure)")
    assert "selector1._domainkey.contoso.example" in found.line("tenants")
    assert found.has_comment("GUID")


def test_microsoft_by_a_newer_tenant_s_alias(discover):
    found = discover("contoso.example. TXT x\nselector2._domainkey.contoso.example. CNAME "
                     "selector2-contoso-example._domainkey.contoso.n-v1.dkim.mail.microsoft.\n")
    assert found.sender["tenants"] == ["microsoft365:contoso.onmicrosoft.com"]
    assert found.line("tenants").endswith("(probable)")
    assert "dkim" not in found.sender
    assert found.has_comment("selector2._domainkey.contoso.example leads to no key")


@pytest.mark.parametrize("target, tenant", [
    ("x._domainkey.contoso.onmicrosoft.us.", "microsoft365-us:contoso.onmicrosoft.us"),
    ("x._domainkey.contoso.partner.onmschina.cn.",
     "microsoft365-china:contoso.partner.onmschina.cn"),
    ("x._domainkey.contoso.mail.onmicrosoft.com.", "microsoft365:contoso.mail.onmicrosoft.com"),
])
def test_other_clouds(discover, target, tenant):
    found = discover("contoso.example. TXT x\n"
                     f"selector1._domainkey.contoso.example. CNAME {target}\n")
    assert found.sender["tenants"] == [tenant]


@pytest.mark.parametrize("target", [
    "x._domainkey.onmicrosoft.com.", "contoso.onmicrosoft.com.",
    "x._domainkey.contoso.example.com.",
    "x._domainkey.a.b.n-v1.dkim.mail.microsoft.", "x._domainkey.dkim.mail.microsoft.",
    "x._domainkey.contoso.onmicrosoft.com.evil.example.",
    r"x._domainkey.a\"b\010.onmicrosoft.com."])
def test_what_names_no_tenant(discover, target):
    found = discover("contoso.example. TXT x\n"
                     f"selector1._domainkey.contoso.example. CNAME {target}\n")
    assert found.senders == []
    assert found.has_comment("no way in")


def test_an_alias_by_way_of_another(discover):
    found = discover("contoso.example. TXT x\n"
                     "selector1._domainkey.contoso.example. CNAME keys.mailer.example.\n"
                     "keys.mailer.example. CNAME x._domainkey.contoso.onmicrosoft.com.\n"
                     'x._domainkey.contoso.onmicrosoft.com. TXT "p=MIGf"\n')
    assert found.sender["tenants"] == ["microsoft365:contoso.onmicrosoft.com"]
    assert found.sender["dkim"] == "aligned"


def test_google_by_its_key(discover):
    found = discover(GOOGLE_KEY + spf("v=spf1 -all"))
    assert found.sender["tenants"] == ["google:contoso.example"]
    assert found.sender["dkim"] == "aligned"
    assert found.line("tenants").endswith("(probable)")
    found = discover(GOOGLE_KEY + "contoso.example. MX 1 aspmx.l.google.com.\n")
    assert found.line("tenants").endswith("(sure)")


def test_a_key_that_was_withdrawn_is_none(discover):
    found = discover('google._domainkey.contoso.example. TXT "v=DKIM1; p="\n'
                     "contoso.example. MX 1 aspmx.l.google.com.\n")
    assert found.senders == []
    assert found.has_comment("MX aspmx.l.google.com", '"google:contoso.example"')


@pytest.mark.parametrize("selector", ["salesforce", "salesforce1", "salesforce2", "sf", "sf1",
                                      "sf2", "sfdc"])
def test_salesforce_has_no_id_in_dns(discover, selector):
    found = discover(f"contoso.example. TXT x\n{selector}._domainkey.contoso.example. CNAME "
                     f"{selector}.a1b2c3.custdkim.salesforce.com.\n")
    assert found.senders == []
    assert found.has_comment(f"{selector}._domainkey.contoso.example", "Salesforce", "(sure)")
    assert not re.search(r"salesforce:00D", found.text)


def test_microsoft_without_a_name(discover):
    found = discover("contoso.example. MX 10 contoso-example.mail.protection.outlook.com.\n")
    assert found.senders == []
    assert found.has_comment("MX", "Microsoft 365 is used")
    assert found.has_comment("ask for", "onmicrosoft.com")
    found = discover('contoso.example. TXT "MS=ms12345678"\n')
    assert found.has_comment("TXT MS=ms12345678", "Microsoft 365 is used")


# --- SPF


def test_aligned_where_the_record_lets_the_platform_pass(discover):
    found = discover(MICROSOFT + OUTLOOK + spf("v=spf1 include:spf.protection.outlook.com -all"))
    assert found.sender["spf"] == "aligned"
    assert "include:spf.protection.outlook.com" in found.line("spf ")


def test_aligned_by_the_networks_themselves(discover):
    networks = " ".join(["ip4:40.92.0.0/15 ip4:40.107.0.0/16 ip4:52.100.0.0/14 ip4:104.47.0.0/17",
                         "ip6:2a01:111:f400::/48 ip6:2a01:111:f403::/48"])
    record = "v=spf1 include:_spf.mailer.example ~all"
    found = discover(MICROSOFT + spf(record)
                     + spf(f"v=spf1 {networks} -all", "_spf.mailer.example"))
    assert found.sender["spf"] == "aligned"
    assert "include:_spf.mailer.example" in found.line("spf ")


@pytest.mark.parametrize("record", [
    "v=spf1 -all", "v=spf1 ip4:40.107.0.0/16 -all", "v=spf1 +all",
    "v=spf1 -include:spf.protection.outlook.com -all",
    "v=spf1 ?include:spf.protection.outlook.com -all",
    "v=spf1 -all include:spf.protection.outlook.com",
    "v=spf1 -all redirect=spf.protection.outlook.com",
    "v=spf1 include:spf.protection.outlook.com +all"])
def test_off_where_it_does_not(discover, record):
    found = discover(MICROSOFT + OUTLOOK + spf(record))
    assert "spf" not in found.sender
    assert found.has_comment("spf stays off")


def test_by_platform_where_only_one_has_it(discover):
    found = discover(MICROSOFT + GOOGLE_KEY + OUTLOOK
                     + spf("v=spf1 include:spf.protection.outlook.com -all"))
    assert found.sender["tenants"] == ["microsoft365:contoso.onmicrosoft.com",
                                       "google:contoso.example"]
    assert "spf" not in found.sender and "dkim" not in found.sender
    assert found.sender["platform"] == {"microsoft365": {"spf": "aligned"},
                                        "google": {"dkim": "aligned"}}


def test_the_tree_is_shown(discover):
    found = discover(spf("v=spf1 include:a.example include:none.example redirect=r.example")
                     + spf("v=spf1 include:b.example ~all", "a.example")
                     + spf("v=spf1 include:a.example include:%{d}.c.example -all", "b.example")
                     + spf("v=spf1 ip4:192.0.2.1 oops -all", "r.example"))
    assert found.text.splitlines()[:7] == [
        "# SPF of contoso.example: v=spf1 include:a.example include:none.example redirect=r.example",
        "#   include:a.example: v=spf1 include:b.example ~all",
        "#     include:b.example: v=spf1 include:a.example include:%{d}.c.example -all",
        "#       include:a.example: a loop: it is included by itself",
        "#       include:%{d}.c.example: depends on the message (macros)",
        "#   include:none.example: no SPF record",
        "#   redirect=r.example: malformed: v=spf1 ip4:192.0.2.1 oops -all"]


def test_the_tree_has_limits(discover):
    chain = "".join(spf(f"v=spf1 include:n{i + 1}.example -all", f"n{i}.example")
                    for i in range(20))
    found = discover(spf("v=spf1 include:n0.example -all") + chain)
    assert found.has_comment("include:n10.example: not read: more than 10 deep")
    assert not found.has_comment("include:n11.example:")
    wide = " ".join(f"include:w{i}.example" for i in range(60))
    found = discover(spf(f"v=spf1 {wide} -all")
                     + "".join(spf("v=spf1 -all", f"w{i}.example") for i in range(60)))
    assert found.text.count(": v=spf1 -all\n") == 49
    assert found.text.count("not read: more than 50 records") == 11


def test_several_records_are_none(discover):
    found = discover(spf("v=spf1 ip4:192.0.2.1 -all") + spf("v=spf1 -all"))
    assert found.senders == []
    assert found.has_comment("several SPF records")


def test_networks_of_its_own_record(discover):
    found = discover(spf("v=spf1 ip4:192.0.2.0/24 ip4:192.0.2.0/24 ip6:2001:db8::/48 "
                         "ip4:198.51.0.0/16 ip6:2001:db8::/32 ip4:40.107.1.0/24 ip4:40.95.1.1 ip4:127.0.0.1 "
                         "?ip4:203.0.113.9 include:other.example -all")
                     + spf("v=spf1 ip4:203.0.113.0/24 -all", "other.example"))
    assert found.sender["networks"] == ["192.0.2.0/24", "2001:db8::/48"]
    assert found.line("networks").endswith("(a guess)")
    assert "tenants" not in found.sender and "spf" not in found.sender
    for network in ("198.51.0.0/16", "2001:db8::/32", "40.107.1.0/24", "40.95.1.1/32",
                    "127.0.0.1/32"):
        assert found.has_comment("not proposed", network)


def test_a_redirect_below_the_domain_is_its_own_record(discover):
    own = spf("v=spf1 ip4:192.0.2.7 -all", "_spf.contoso.example")
    found = discover(spf("v=spf1 redirect=_spf.contoso.example") + own)
    assert found.sender["networks"] == ["192.0.2.7/32"]
    found = discover(spf("v=spf1 redirect=_spf.mailer.example")
                     + spf("v=spf1 ip4:192.0.2.7 -all", "_spf.mailer.example"))
    assert found.senders == []


# --- DMARC


def test_strict_alignment_is_dmarc_s(discover):
    base = (MICROSOFT + MICROSOFT_KEY + OUTLOOK
            + spf("v=spf1 include:spf.protection.outlook.com -all"))
    found = discover(base + '_dmarc.contoso.example. TXT "v=DMARC1; p=reject; aspf=s; adkim=S"\n')
    assert found.sender["spf-alignment"] == found.sender["dkim-alignment"] == "strict"
    assert found.has_comment("_dmarc.contoso.example", "p=reject")
    found = discover(base + '_dmarc.contoso.example. TXT "v=DMARC1; p=none"\n')
    assert "spf-alignment" not in found.sender and "dkim-alignment" not in found.sender


def test_dmarc_of_the_organisation(discover):
    found = discover(spf("v=spf1 ip4:192.0.2.7 -all", "mail.contoso.example")
                     + '_dmarc.contoso.example. TXT "v=DMARC1; p=quarantine; aspf=s"\n',
                     "mail.contoso.example")
    assert found.has_comment("_dmarc.contoso.example", "p=quarantine")


# --- what can't be proposed


def test_nothing_found(discover):
    found = discover("contoso.example. A 192.0.2.1\n")
    assert found.code == 0
    assert found.senders == []
    assert found.has_comment("contoso.example: no way in can be proposed")
    assert found.has_comment('# domains = ["contoso.example"]')


def test_a_public_suffix_has_no_entry(discover):
    found = discover(spf("v=spf1 ip4:192.0.2.7 -all", "co.uk"), "co.uk")
    assert found.senders == []
    assert found.has_comment("co.uk", "public suffix")


def test_a_domain_that_does_not_exist(discover):
    found = discover(MICROSOFT + spf("v=spf1 -all"), "gone.example", "contoso.example")
    assert found.code == 66
    assert found.sender["name"] == "contoso"
    assert found.has_comment("gone.example: does not exist")


@pytest.mark.parametrize("failing", [
    "contoso.example. SERVFAIL TXT", "contoso.example. SERVFAIL MX",
    "_dmarc.contoso.example. SERVFAIL", "google._domainkey.contoso.example. SERVFAIL"])
def test_a_failure_of_dns(served, failing):
    zone = MICROSOFT + ("contoso.example. A 192.0.2.1\n" if "SERVFAIL TXT" in failing
                        else spf("v=spf1 -all"))
    found = served(zone + failing + "\n" + spf("v=spf1 ip4:192.0.2.7 -all", "other.example"),
                   "contoso.example", "gone.example", "other.example")
    assert found.code == 75
    assert found.sender["name"] == "other"
    assert found.has_comment("contoso.example: no answer to", failing.split(". ")[0])
    assert found.has_comment("gone.example: does not exist")


def test_an_include_that_fails_is_named(served):
    found = served(MICROSOFT + spf("v=spf1 include:broken.example -all")
                   + "broken.example. SERVFAIL\n")
    assert found.code == 75
    assert found.sender["tenants"] == ["microsoft365:contoso.onmicrosoft.com"]
    assert found.has_comment("include:broken.example: DNS gave no answer")


def test_a_loop_of_aliases_is_a_failure(served):
    found = served(spf("v=spf1 -all") + "selector1._domainkey.contoso.example. CNAME "
                   "selector1._domainkey.contoso.example.\n")
    assert found.code == 75
    assert found.has_comment("no answer to TXT selector1._domainkey.contoso.example")


@pytest.mark.parametrize("domain", ["a..b", "contoso.example.", "-", "bad domain",
                                    "a" * 64 + ".example", "x\n[[sender]]", ""])
def test_what_is_no_domain(tool, domain):
    done = tool.run("discover", "contoso.example", domain, zone=spf("v=spf1 ip4:192.0.2.7 -all"))
    if domain == "-":  # a label as good as another
        assert done.returncode == 66
        return
    assert done.returncode == 64
    assert done.stdout == ""
    assert domain.splitlines()[0] in done.stderr if domain else "domain" in done.stderr
    assert done.stderr.count("\n") == 1


# --- several


def test_names_are_unique_and_parents_delegate(discover):
    zone = "".join(spf(f"v=spf1 ip4:192.0.2.{i} -all", name) for i, name in enumerate(
        ("contoso.example", "contoso.test", "mail.contoso.example", "x.mail.contoso.example")))
    found = discover(zone, "x.mail.contoso.example", "contoso.example", "contoso.test",
                     "mail.contoso.example", "CONTOSO.example")
    assert [one["domains"][0] for one in found.senders] == [
        "x.mail.contoso.example", "contoso.example", "contoso.test", "mail.contoso.example"]
    names = [one["name"] for one in found.senders]
    assert names[0] == "contoso" and len(set(names)) == 4
    delegates = {one["domains"][0]: one.get("delegates", []) for one in found.senders}
    assert delegates["mail.contoso.example"] == [names[0]]
    assert sorted(delegates["contoso.example"]) == sorted([names[0], names[3]])


def test_one_tenant_of_several_domains(discover):
    zone = "".join(f"{name}. TXT x\nselector1._domainkey.{name}. CNAME "
                   "x._domainkey.contoso.onmicrosoft.com.\n" for name in ("a.example", "b.example"))
    found = discover(zone, "b.example", "a.example")
    assert [one["name"] for one in found.senders] == ["b", "a"]
    assert {tuple(one["tenants"]) for one in found.senders} == {
        ("microsoft365:contoso.onmicrosoft.com",)}


def test_a_thousand_domains(tool):
    zone = OUTLOOK + "".join(
        f"selector1._domainkey.d{i}.example. CNAME x._domainkey.t{i}.onmicrosoft.com.\n"
        + spf(f"v=spf1 ip4:192.0.2.{i % 256} include:spf.protection.outlook.com -all",
              f"d{i}.example") for i in range(1000) if i % 100 != 99)
    domains = [f"d{i}.example" for i in range(1000)]
    found = Found(tool, tool.run("discover", *domains, zone=zone))
    assert found.code == 66
    assert [one["name"] for one in found.senders] == [f"d{i}" for i in range(1000) if i % 100 != 99]
    assert found.text.count("does not exist") == 10
    assert found.said == ""
    tool.serve(zone)
    one_by_one = tool.run("discover", *domains[:100], "--parallel", "1")
    many = tool.run("discover", *domains[:100], "--parallel", "64")
    assert one_by_one.stdout == many.stdout != ""


def test_progress_is_for_a_terminal(tool):
    tool.zone_file.write_text(spf("v=spf1 ip4:192.0.2.7 -all"), encoding="ascii")
    ours, theirs = pty.openpty()
    subprocess.run([program("tenantctl"), "discover", "contoso.example", "x.contoso.example",
                    "--dns-from", tool.zone_file, "-c", tool.conf], stderr=theirs,
                   stdout=subprocess.PIPE, check=False)
    os.close(theirs)
    assert b"/2" in os.read(ours, 4096)
    os.close(ours)


@pytest.mark.parametrize("number", ["0", "-1", "257", "x", "1.5"])
def test_how_many_at_once(tool, number):
    done = tool.run("discover", "contoso.example", f"--parallel={number}")
    assert done.returncode == 64
    assert "--parallel" in done.stderr


# --- hostile


HOSTILE = r'\"\010[[sender]]\010name = \"evil\"\013\010\\u0022 \027[31m \255\226\128\168'


@pytest.mark.parametrize("zone", [
    spf("v=spf1 include:" + HOSTILE.replace(" ", "") + ".example -all"),
    spf("v=spf1 exists:" + HOSTILE + " -all"),
    spf("v=spf1 x=" + HOSTILE + " ip4:192.0.2.7 -all"),
    spf("v=spf1 ip4:192.0.2.7 include:evil.example -all")
    + spf("v=spf1 " + HOSTILE, "evil.example"),
    spf("v=spf1 redirect=%{d}" + HOSTILE.replace(" ", "") + ".example"),
    f'contoso.example. TXT "MS=ms1{HOSTILE}"\n',
    f'_dmarc.contoso.example. TXT "v=DMARC1; p={HOSTILE}; aspf=s"\n'
    + spf("v=spf1 ip4:192.0.2.7 -all"),
    f'google._domainkey.contoso.example. TXT "v=DKIM1; p={HOSTILE}"\n' + spf("v=spf1 -all"),
    r"contoso.example. MX 1 a\"\010b.mail.protection.outlook.com." + "\n",
    r"selector1._domainkey.contoso.example. CNAME a\"\010b._domainkey.x\"\010y.onmicrosoft.com."
    + "\n" + spf("v=spf1 -all"),
    r"selector1._domainkey.contoso.example. CNAME a\"\010b._domainkey.x\046y.onmicrosoft.com."
    + "\n" + spf("v=spf1 -all"),
    r"sf._domainkey.contoso.example. CNAME a\"\010b.custdkim.salesforce.com." + "\n"
    + spf("v=spf1 -all"),
])
def test_hostile_text(discover, zone):
    found = discover(zone)
    assert found.text.isascii() and not re.search(r"[^\n -~]", found.text)
    assert "evil" not in [one["name"] for one in found.senders]
    assert all(one["domains"] == ["contoso.example"] for one in found.senders)


# --- JSON


def test_json(discover, tool):
    zone = MICROSOFT + MICROSOFT_KEY + OUTLOOK + spf(
        "v=spf1 include:spf.protection.outlook.com ip4:192.0.2.7 -all")
    text = discover(zone, "contoso.example", "gone.example").text
    done = tool.run("discover", "contoso.example", "gone.example", "--json", zone=zone)
    assert done.returncode == 66
    one, gone = json.loads(done.stdout)
    assert one["domain"] == "contoso.example" and one["outcome"] == "entry"
    assert one["tenants"] == [{
        "value": "microsoft365:contoso.onmicrosoft.com", "sureness": "sure",
        "rests_on": "CNAME selector1._domainkey.contoso.example "
                    "selector1-contoso-example._domainkey.contoso.onmicrosoft.com"}]
    assert one["networks"][0]["value"] == "192.0.2.7/32"
    assert [node["depth"] for node in one["spf"]] == [0, 1]
    assert one["platforms"][0]["dkim"]["value"] == "aligned"
    assert gone["outcome"] == "no-such-name"
    assert text == one["toml"] + "\n" + gone["toml"]


# --- --apply


def test_apply_adds_the_entries(tool):
    zone = (spf("v=spf1 ip4:192.0.2.7 -all", "new.example") +
            spf("v=spf1 ip4:192.0.2.8 -all", "old.example") + "empty.example. A 192.0.2.1\n")
    before = ('version = 1\n# kept\n[[sender]]\nname = "new"\ndomains = ["old.example"]\n'
              'networks = ["192.0.2.9"]\n')
    tool.policy.write_text(before, encoding="ascii")
    words = ("discover", "new.example", "old.example", "empty.example", "--apply")
    diff = tool.run(*words, "--dry-run", zone=zone)
    assert (diff.returncode, tool.policy.read_text("ascii")) == (0, before)
    assert "+networks" in diff.stdout
    done = tool.run(*words, zone=zone)
    assert done.stdout == "added the sender new.example\n"
    assert "old.example: new has it already" in done.stderr
    text = tool.policy.read_text("ascii")
    assert text.startswith(before)
    senders = tomllib.loads(text)["sender"]
    assert [(one["name"], one["domains"]) for one in senders] == [
        ("new", ["old.example"]), ("new.example", ["new.example"])]
    assert senders[1]["networks"] == ["192.0.2.7/32"]


def test_a_renamed_entry_is_delegated_to(tool):
    zone = (spf("v=spf1 ip4:192.0.2.7 -all", "corp.example") +
            spf("v=spf1 ip4:192.0.2.8 -all", "mail.corp.example"))
    tool.policy.write_text('version = 1\n[[sender]]\nname = "corp"\ndomains = ["old.example"]\n',
                           encoding="ascii")
    done = tool.run("discover", "mail.corp.example", "corp.example", "--apply", zone=zone)
    assert done.returncode == 0, done.stderr
    by_domain = {one["domains"][0]: one for one in tomllib.loads(tool.policy.read_text())["sender"]}
    assert by_domain["corp.example"]["delegates"] == [by_domain["mail.corp.example"]["name"]]
