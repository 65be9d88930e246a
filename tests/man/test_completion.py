# SPDX-License-Identifier: BSD-2-Clause
"""What bash and zsh complete, from the code that tenantctl prints."""
import subprocess

import pytest

import pages
from daemon import program


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    paths = {}
    for shell in ("bash", "zsh"):
        code = subprocess.run([program("tenantctl"), "completion", shell], capture_output=True,
                              text=True, check=True).stdout
        paths[shell] = tmp_path_factory.mktemp("completion") / f"code.{shell}"
        paths[shell].write_text(code, encoding="utf-8")
    return paths


def completed(script, line, directory):
    """The words that bash offers at the end of a line."""
    words = line.replace("=", " = ").split()
    if line.endswith((" ", "=")):
        words.append("" if line.endswith(" ") else "=")
        if line.endswith("="):
            words.pop(-2)
    code = (f"source {script['bash']}; COMP_WORDS=({' '.join(repr(word) for word in words)}); "
            f"COMP_CWORD={len(words) - 1}; "
            f"_{words[0].replace('-', '_')}; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
    done = subprocess.run(["bash", "--norc", "-uc", code], capture_output=True, text=True,
                          check=True, cwd=directory)
    assert done.stderr == ""
    return done.stdout.split()


def test_bash_knows_every_command_flag_and_choice(script, tmp_path):
    (tmp_path / "policy.toml").touch()
    vocabulary = pages.vocabulary()
    first = {command.split()[0] for command in vocabulary["commands"]}
    assert set(completed(script, "tenantctl ", tmp_path)) == first
    for command in vocabulary["commands"]:
        head, *rest = command.split()
        if rest:
            assert rest[0] in completed(script, f"tenantctl {head} ", tmp_path)
        flags = {f"--{flag}" for flag in vocabulary["flags"][f"tenantctl {command}"]}
        assert set(completed(script, f"tenantctl {command} --", tmp_path)) == \
            flags | {"--config", "--policy", "--help"}
    assert set(completed(script, "tenant-milter --", tmp_path)) == \
        {f"--{flag}" for flag in vocabulary["flags"]["tenant-milter"]}
    assert completed(script, "tenant-milter --mode=", tmp_path) == ["enforce", "monitor"]
    assert completed(script, "tenant-milter --mode=mo", tmp_path) == ["monitor"]
    assert completed(script, "tenant-milter --log-level w", tmp_path) == ["warning"]
    assert completed(script, "tenantctl policy check pol", tmp_path) == ["policy.toml"]
    assert completed(script, "tenantctl -c pol", tmp_path) == []
    assert completed(script, "tenantctl ping -c pol", tmp_path) == ["policy.toml"]
    assert completed(script, "tenantctl completion ", tmp_path) == ["bash", "zsh"]


def test_zsh_takes_every_specification(script, tmp_path):
    """A stand-in for _arguments sees each command's; zsh itself reads the code."""
    vocabulary = pages.vocabulary()
    for command in [*vocabulary["commands"], None]:
        words = f"tenantctl {command} ''" if command else "tenant-milter ''"
        count = len(words.split())
        code = (f"_arguments() {{ print -rl -- \"$@\" }}; compadd() {{ print -rl -- \"$@\" }}; "
                f"service={words.split()[0]}; words=({words}); CURRENT={count}; "
                f"source {script['zsh']}")
        done = subprocess.run(["zsh", "-fc", code], capture_output=True, text=True, check=True,
                              cwd=tmp_path)
        assert done.stderr == ""
        of = f"tenantctl {command}" if command else "tenant-milter"
        for flag in vocabulary["flags"][of]:
            assert f"--{flag}" in done.stdout, (command, flag)
    first = subprocess.run(
        ["zsh", "-fc", f"compadd() {{ print -rl -- \"$@\" }}; service=tenantctl; "
         f"words=(tenantctl ''); CURRENT=2; source {script['zsh']}"],
        capture_output=True, text=True, check=True).stdout.split()
    assert set(first) == {command.split()[0] for command in vocabulary["commands"]}
