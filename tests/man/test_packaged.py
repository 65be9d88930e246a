# SPDX-License-Identifier: BSD-2-Clause
"""The configuration that the packages install: complete, right, and denying everything."""
import re
import subprocess

import yaml

import pages
from daemon import program

ETC = pages.ROOT / "packaging/etc"


def keys_of(text):
    return re.findall(r"^#?([a-z][a-z-]+) = ", text, re.MULTILINE)


def test_the_configuration_shows_every_key():
    text = (ETC / "tenant-milter.conf").read_text("ascii")
    assert set(keys_of(text)) == set(pages.vocabulary()["settings"])


def test_the_configuration_marks_what_needs_a_restart():
    """The paragraphs that are marked are those of the keys that SIGHUP does not take."""
    page = pages.source("tenant-milter.conf.5")
    items = re.split(r"^\.It Ic ", page, flags=re.MULTILINE)[1:]
    restart = {item.split()[0] for item in items if "A change needs a restart." in item}
    marked = set()
    for paragraph in (ETC / "tenant-milter.conf").read_text("ascii").split("\n\n"):
        if "(restart" in paragraph:
            marked |= set(keys_of(paragraph))
    assert restart <= marked
    assert marked - restart == {"dns-budget", "log-level"}  # which their paragraphs except


def test_each_commented_line_of_the_configuration_is_a_good_one(tmp_path):
    """All of them at once, with one value a key; but metrics, which says that it is not built in."""
    seen = {}
    for line in (ETC / "tenant-milter.conf").read_text("ascii").splitlines():
        match = re.match(r"^#?([a-z][a-z-]+) = (.*)$", line)
        if match and match.group(1) != "metrics":
            seen[match.group(1)] = match.group(2)
    conf = tmp_path / "tenant-milter.conf"
    seen["user"] = "nobody"
    seen["policy"] = str(ETC / "policy.toml")
    conf.write_text("".join(f"{key} = {value}\n" for key, value in seen.items()), encoding="ascii")
    pages.check_policy("-c", conf)


def test_the_policy_is_right_and_denies_everything(tmp_path):
    said = pages.check_policy(ETC / "policy.toml", "-c", "/dev/null")
    assert said.startswith(f"{ETC}/policy.toml: no errors")
    message = tmp_path / "message.eml"
    message.write_bytes(b"From: alice@contoso.com\r\n\r\n")
    done = subprocess.run([program("tenantctl"), "check", str(message), "--client-ip", "192.0.2.1",
                           "--config", "/dev/null", "--policy", str(ETC / "policy.toml")],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "sender-unknown" in done.stdout and "mode: enforce" in done.stdout


def test_the_policy_s_example_is_a_good_one(tmp_path):
    text = (ETC / "policy.toml").read_text("ascii")
    shown = re.sub(r"^#(?=[\[a-z ])(?! [A-Z\"])", "", text, flags=re.MULTILINE)
    lines = [line for line in shown.splitlines()
             if not re.match(r"^ [a-z]", line) or line.startswith("           ")]
    path = tmp_path / "policy.toml"
    path.write_text("\n".join(lines), encoding="ascii")
    pages.check_policy(path, "-c", "/dev/null")
    assert "[[sender]]" in "\n".join(lines) and "\n#[[" not in "\n".join(lines)


def test_the_container_s_files_name_what_is_there(tmp_path):
    container = pages.ROOT / "packaging/container"
    compose = yaml.safe_load((container / "compose.yaml").read_text("ascii"))
    for service in compose["services"].values():
        assert (container / service["build"]["context"] / service["build"]["dockerfile"]).exists()
    mounted = compose["services"]["filter"]["volumes"][0].split(":")[0]
    pages.check_policy(container / mounted, "-c", container / "tenant-milter.conf")
    main_cf = (container / "main.cf").read_text("ascii")
    (tmp_path / "main.cf").write_text(main_cf, encoding="ascii")
    (tmp_path / "master.cf").touch()
    done = subprocess.run(["postconf", "-c", str(tmp_path), "-n"], capture_output=True, text=True,
                          check=True)
    assert done.stderr == ""
    asked = re.search(r"^smtpd_milters = inet:(\w+):(\d+)$", main_cf, re.MULTILINE)
    assert asked.group(1) in compose["services"]
    assert f"inet:{asked.group(2)}@" in (container / "tenant-milter.conf").read_text("ascii")
