# SPDX-License-Identifier: BSD-2-Clause
"""The table of goals: which loads are run in turn (TRIALS), and which ratio of them is a
row with a goal (ROWS). Rows that need more than loads in turn are named in large.py."""
import typing

from filters import NOTHING, OPENDKIM, OURS, RSPAMD
from measure import Load

EVERYONE = (NOTHING, OPENDKIM, RSPAMD, OURS)


def for_each(filters, **load):
    return {name: Load(name, **load) for name in filters}


# Loads by label. The labels are the filters' where each has one load.
TRIALS = {
    "4 KiB legitimate": for_each(EVERYONE),
    "4 KiB spoof": for_each((NOTHING, OURS), kind="spoof"),
    "20 messages a connection": for_each((NOTHING, OURS), per_connection=20),
    "50 connections": for_each((OPENDKIM, OURS), connections=50),
    "many connections": {"8": Load(OURS), "200": Load(OURS, connections=200),
                         "1000": Load(OURS, connections=1000, share=2)},
    "spoof by size": {size: Load(OURS, kind="spoof", size=size, share=4)
                      for size in ("4 KiB", "1 MiB")},
    "64 KiB legitimate": for_each(EVERYONE, size="64 KiB", share=0.25),
    "1 MiB legitimate": for_each(EVERYONE, size="1 MiB", share=0.04),
}


class Row(typing.NamedTuple):
    """A ratio of two loads of a trial, and its goal."""

    what: str
    trial: str
    metric: str
    of: str
    to: str
    relation: str
    goal: float


CPU, RATE = "cpu_us", "rate"
ROWS = {
    "nothing": Row("4 KiB legitimate: CPU against nothing",
                   "4 KiB legitimate", CPU, OURS, NOTHING, "<=", 0.75),
    "rspamd": Row("4 KiB legitimate: CPU against rspamd",
                  "4 KiB legitimate", CPU, OURS, RSPAMD, "<=", 0.75),
    "opendkim": Row("4 KiB legitimate: CPU against OpenDKIM",
                    "4 KiB legitimate", CPU, OURS, OPENDKIM, "<=", 0.2),
    "spoof": Row("4 KiB spoof: CPU against nothing", "4 KiB spoof", CPU, OURS, NOTHING, "<=", 0.5),
    "session": Row("20 messages a connection: CPU against nothing",
                   "20 messages a connection", CPU, OURS, NOTHING, "<=", 0.6),
    "rate-50": Row("50 connections: messages/s against OpenDKIM",
                   "50 connections", RATE, OURS, OPENDKIM, ">=", 5),
    "connections-200": Row("200 connections: messages/s against 8",
                           "many connections", RATE, "200", "8", ">=", 0.9),
    "connections-1000": Row("1,000 connections: messages/s against 8",
                            "many connections", RATE, "1000", "8", ">=", 0.9),
    "spoof-size": Row("1 MiB spoof: CPU against 4 KiB spoof",
                      "spoof by size", CPU, "1 MiB", "4 KiB", "<=", 1.1),
    "large": Row("1 MiB legitimate: CPU against rspamd",
                 "1 MiB legitimate", CPU, OURS, RSPAMD, "<=", 0.6),
}
