# SPDX-License-Identifier: BSD-2-Clause
"""Nothing that there is, is missing in its page; no page names what there is not."""
import re
import subprocess

import pytest

import pages
from daemon import program

# mandoc looks for other packages' pages on this machine: what it has is its own affair.
OF_THE_MACHINE = re.compile(r"referenced manual not found|outdated mandoc.db")
REASON = re.compile(r"\b(?:author|sender|origin|tenant|spf|dkim|dns)-[a-z]+\b")
CODE = re.compile(r"\b[45]\d\d [45]\.\d+\.\d+\b")


@pytest.mark.parametrize("name", pages.NAMES)
def test_lint_is_clean(name):
    lint = subprocess.run(["mandoc", "-Tlint", str(pages.DIRECTORY / name)],
                          capture_output=True, text=True, check=False)
    complaints = (lint.stdout + lint.stderr).splitlines()
    assert [line for line in complaints if not OF_THE_MACHINE.search(line)] == []


def test_every_page_is_listed():
    built = {path.name for path in pages.DIRECTORY.glob("*.[1-8]")}
    assert built == set(pages.NAMES)


def test_the_daemon_s_flags_are_in_its_page():
    flags = set(pages.vocabulary()["flags"]["tenant-milter"])
    items = re.findall(r"^\.It .*Fl -(\S+)", pages.source("tenant-milter.8"), re.MULTILINE)
    assert sorted(items) == sorted(flags)


def test_every_key_of_the_configuration_is_in_its_page():
    items = re.findall(r"^\.It Ic (\S+) No = ", pages.source("tenant-milter.conf.5"), re.MULTILINE)
    assert items == pages.vocabulary()["settings"]


def test_every_key_of_the_policy_is_in_its_page():
    items = re.findall(r"^\.It Ic (\S+) No \\\(em", pages.source("tenant-milter-policy.5"),
                       re.MULTILINE)
    assert set(items) == set(pages.vocabulary()["keys"])


def test_every_member_of_the_record_is_in_its_page():
    items = re.findall(r"^\.It Va (\S+)", pages.source("tenant-milter-decisions.5"), re.MULTILINE)
    assert items == pages.vocabulary()["fields"]


def test_every_command_and_its_flags_are_in_the_page():
    text = pages.source("tenantctl.1")
    sections = dict(re.findall(r"^\.Ss (.+)\n((?:(?!\.S[sh] ).*\n)*)", text, re.MULTILINE))
    assert list(sections) == pages.vocabulary()["commands"]
    for command, section in sections.items():
        items = re.findall(r"^\.It .*Fl -(\S+)", section, re.MULTILINE)
        assert items == pages.vocabulary()["flags"][f"tenantctl {command}"], command


def test_every_finding_of_doctor_is_explained():
    items = re.findall(r"^\.It Sy (\S+) Pq (?:error|warning)$", pages.source("tenantctl.1"),
                       re.MULTILINE)
    assert items == pages.vocabulary()["findings"]


def test_every_finding_of_doctor_is_planted_somewhere():
    tests = "".join((pages.ROOT / f"tests/{mta}/test_doctor.py").read_text("ascii")
                    for mta in ("postfix", "sendmail"))
    assert [name for name in pages.vocabulary()["findings"] if f'"{name}"' not in tests] == []


def test_every_reason_and_code_is_explained():
    text = pages.source("tenant-milter-rollout.7")
    assert re.findall(r"^\.It Er (\S+)", text, re.MULTILINE) == pages.vocabulary()["reasons"]
    assert set(CODE.findall(pages.rendered("tenant-milter-rollout.7"))) == \
        set(pages.vocabulary()["codes"])


@pytest.mark.parametrize("name", pages.NAMES)
def test_no_page_names_what_is_not_there(name):
    known = pages.vocabulary()
    flags = {flag for of in known["flags"].values() for flag in of} | {"config", "policy", "help"}
    used = {flag.lstrip("-") for flag in pages.arguments_of(name, "Fl") if flag.startswith("-")}
    assert used - flags == set()
    assert pages.arguments_of(name, "Er") - set(known["reasons"]) == set()
    assert pages.arguments_of(name, "Ic") - set(known["keys"]) - set(known["settings"]) == set()
    assert set(CODE.findall(pages.rendered(name))) - set(known["codes"]) == set()
    words = set(REASON.findall(pages.rendered(name)))
    named_otherwise = {"tenant-milter", "tenant-evidence", "tenant-header", "tenant-dkim",
                       "spf-alignment", "dkim-alignment", "dkim-domains", "dkim-max", "dns-timeout",
                       "dns-budget", "dns-from", "tenant-present", "tenant-consistent", "tenant-not",
                       "tenant-listed"}
    assert words - set(known["reasons"]) - named_otherwise == set()
    ours = {page.rsplit(".", 1)[0] for page in pages.NAMES}
    references = re.findall(r"^\.Xr (tenant\S+) (\d)", pages.source(name), re.MULTILINE)
    assert {f"{page}.{section}" for page, section in references} <= set(pages.NAMES), ours


def words_of(text):
    return re.sub(r"\s+", " ", text)


def test_help_says_what_the_pages_say():
    page = words_of(pages.rendered("tenant-milter.8"))
    text = subprocess.run([program("tenant-milter"), "--help"], capture_output=True, text=True,
                          check=True).stdout
    paragraphs = re.findall(r"^  (?:-., |    )--(\S+).*\n((?:        .*\n)+)", text, re.MULTILINE)
    assert len(paragraphs) == len(pages.vocabulary()["flags"]["tenant-milter"])
    for flag, help_text in paragraphs:
        for line in help_text.splitlines():
            assert words_of(line.strip()) in page, flag


def test_the_readme_names_only_what_is_there():
    text = (pages.ROOT / "README.md").read_text("utf-8")
    known = pages.vocabulary()
    flags = {flag for of in known["flags"].values() for flag in of} | {"config", "policy", "help"}
    code = " ".join(re.findall(r"`[^`]+`|```.*?```", text, re.DOTALL))
    ours = re.sub(r"(?:cmake|install|useradd|ctest|packaging/\S+|pkill|sort|uniq|jq)\b[^\n`]*", "", code)
    used = {flag.split("=")[0] for flag in re.findall(r"(?<![\w-])--([a-z][a-z-]+)", ours)}
    assert used - flags == set()
    commands = set(re.findall(r"tenantctl ((?:policy )?[a-z]+)", code))
    assert commands - set(known["commands"]) == set()
    for page in re.findall(r"`?(tenant[a-z.-]*)\((\d)\)", text):
        assert f"{page[0]}.{page[1]}" in pages.NAMES
