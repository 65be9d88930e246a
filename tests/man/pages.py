# SPDX-License-Identifier: BSD-2-Clause
"""The pages as they were built, what they name, and the examples in them."""
import functools
import json
import os
import pathlib
import re
import subprocess
import sys
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/fakes"))

from daemon import program  # noqa: E402

DIRECTORY = pathlib.Path(os.environ.get("TENANT_MILTER_MAN", ROOT / "build/release/man"))
NAMES = ["tenant-milter.8", "tenant-milter.conf.5", "tenant-milter-policy.5",
         "tenant-milter-decisions.5", "tenantctl.1", "tenant-milter-rollout.7"]
EXAMPLE = re.compile(r'^\.\\" example: (\S+)\n(?:\.Dl (.*)|\.Bd .*\n((?:(?!\.Ed\n).*\n)*)\.Ed)$',
                     re.MULTILINE)


@functools.lru_cache(maxsize=None)
def source(name):
    """A page in mdoc."""
    return (DIRECTORY / name).read_text("ascii")


@functools.lru_cache(maxsize=None)
def rendered(name):
    """A page as a reader sees it, on lines that never break."""
    text = subprocess.run(["mandoc", "-Tascii", "-Owidth=1000", str(DIRECTORY / name)],
                          capture_output=True, text=True, check=True).stdout
    return re.sub(r".\x08", "", text)


@functools.lru_cache(maxsize=None)
def vocabulary():
    """All names of the code's own tables."""
    return json.loads(subprocess.run([program("manual")], capture_output=True, text=True,
                                     check=True).stdout)


def arguments_of(name, macro):
    """The first argument of each use of a macro in a page."""
    return {match.strip('"') for match in
            re.findall(rf"(?:^\.|\s){macro} ([^\s,]+)", source(name), re.MULTILINE)}


def check_policy(*words):
    """What tenantctl says of a policy or a configuration that has to be right."""
    done = subprocess.run([program("tenantctl"), "policy", "check", *map(str, words)],
                          capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    return done.stdout


@dataclass
class Example:
    page: str
    kind: str
    text: str


def unescaped(text):
    """Literal text of mdoc as it is shown."""
    return text.replace("\\e", "\\").replace("\\&", "").replace("\\(dq", '"')


def examples():
    """Every example, in the order of the pages."""
    return [Example(name, kind, unescaped(line or block))
            for name in NAMES for kind, line, block in EXAMPLE.findall(source(name))]
