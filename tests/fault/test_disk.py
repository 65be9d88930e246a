# SPDX-License-Identifier: BSD-2-Clause
"""No room for the decision log: mail flows, the loss is counted and said once, and where
there is room again the log goes on with whole lines."""
import contextlib
import json
import resource
import subprocess

import pytest

import messages

WRITE_FAULT = "the decision log can't be written"


def lines(path):
    """The log's records; every line must be one, and the last one ended."""
    text = path.read_text("utf-8")
    assert text == "" or text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def sent(this, count, session):
    """Sends pairs of an honest message and a spoof, which get their verdicts."""
    for _ in range(count):
        assert this.judge(messages.honest(), session).accepted
        assert this.judge(messages.spoof(), session).code == 550


def said(this, text):
    return [line for line in this.daemon.log.splitlines() if text in line]


@contextlib.contextmanager
def size_limit(this, size):
    """The daemon's files may not grow past this; soft, so that it can be taken back."""
    old = resource.prlimit(this.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(this.pid, resource.RLIMIT_FSIZE, (size, old[1]))
    yield
    resource.prlimit(this.pid, resource.RLIMIT_FSIZE, old)


@pytest.mark.parametrize("room", [0, 1, 100])
def test_a_log_that_may_not_grow_loses_records_and_never_half_of_one(service, room):
    this = service()
    log = this.daemon.decision_log
    with this.connect() as session:
        sent(this, 2, session)
        with size_limit(this, log.stat().st_size + room):
            sent(this, 5, session)
        assert len(lines(log)) == 4
        sent(this, 3, session)
        with size_limit(this, log.stat().st_size + room):
            sent(this, 2, session)
        sent(this, 1, session)
    assert len(lines(log)) == 12
    assert this.daemon.stop() == 0
    assert len(said(this, WRITE_FAULT)) == 1
    again = said(this, "is written again")
    assert len(again) == 1 and "10 decisions were lost" in again[0]
    assert [one["reason"] for one in lines(log)] == ["none", "tenant-denied"] * 6


@pytest.fixture
def small_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], check=False,
                      capture_output=True).returncode != 0:
        pytest.skip("no file system can be mounted here")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def test_a_full_disk_loses_records_and_never_half_of_one(service, small_disk):
    log = small_disk / "decisions.json"
    this = service(flags=[f"--decision-log={log}"])
    filler = small_disk / "filler"
    with this.connect() as session:
        sent(this, 1, session)
        with pytest.raises(OSError), filler.open("wb", 0) as file:
            while True:
                file.write(bytes(4096))
        sent(this, 20, session)  # what is left of the last page, and then nothing
        before = len(lines(log))
        assert 2 <= before < 42
        filler.unlink()
        sent(this, 2, session)
    assert len(lines(log)) == before + 4
    assert this.daemon.stop() == 0
    assert len(said(this, WRITE_FAULT)) == 1
    assert f"{42 - before} decisions were lost" in said(this, "is written again")[0]


def test_a_disk_that_is_full_at_a_reload_is_said_anew(service):
    this = service(flags=["--decision-log=/dev/full"])
    with this.connect() as session:
        sent(this, 3, session)
        this.daemon.reload()
        sent(this, 3, session)
    assert this.daemon.stop() == 0
    assert len(said(this, WRITE_FAULT)) == 2
    assert this.daemon.decisions() == []
