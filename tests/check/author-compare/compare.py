# SPDX-License-Identifier: BSD-2-Clause
# Whenever our parser gives domains, GMime and Python's email must find the same ones:
# else whoever picks one of them can be spoofed past the other. Fails on every
# difference that no row of EXPLAINED covers, and where too few bodies are accepted for
# the comparison to mean anything.
import argparse
import collections
import email
import email.policy
import email.utils
import re
import subprocess
import sys

import bodies
from explained import EXPLAINED

READERS = ('gmime-loose', 'gmime-strict', 'python-default', 'python-legacy', 'python-lenient')
LOCAL = '(local)'  # a mailbox without a domain


def domain_of(address):
    return address.rsplit('@', 1)[1] if '@' in address else LOCAL


def python_default(body):
    """The domains by policy.default, which is given a whole message."""
    message = email.message_from_bytes(b'From:' + body + b'\r\n\r\n', policy=email.policy.default)
    return [a.domain or LOCAL for a in message['from'].addresses]


def python_legacy(body, **options):
    """The domains by getaddresses, which is given unfolded text."""
    text = re.sub(rb'\r?\n(?=[ \t])', b'', body).decode('utf-8', 'surrogateescape')
    return [domain_of(a) for _, a in email.utils.getaddresses([text], **options) if a]


def python_lenient(body):
    """The same without the checks that came with CVE-2023-27043."""
    return python_legacy(body, strict=False)


def attempt(reader, body):
    """What a Python reader says, escaped; an exception is None."""
    try:
        return [bodies.escaped(d.encode('utf-8', 'surrogateescape')) for d in reader(body)]
    except Exception:  # the reader's bug is what we ask about
        return None


def filtered(command, lines):
    text = ''.join(line + '\n' for line in lines)
    done = subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE, check=True)
    return done.stdout.decode().split('\n')[:-1]


def read_all(options, given):
    """For each accepted body: (body, ours, {reader: list or None})."""
    lines = [bodies.escaped(b) for b in given]
    ours = filtered([options.filter], lines)
    beside = [line.split('\t') for line in filtered([options.gmime], lines)]
    assert len(ours) == len(given) and [b[0] for b in beside] == ours
    for body, own, (_, loose, strict) in zip(given, ours, beside):
        if own.startswith('invalid: '):
            continue
        yield body, set(own.split(' ')), {
            'gmime-loose': loose.split(' ') if loose != '-' else [],
            'gmime-strict': strict.split(' ') if strict != '-' else [],
            'python-default': attempt(python_default, body),
            'python-legacy': attempt(python_legacy, body),
            'python-lenient': attempt(python_lenient, body)}


def canonical_names(options, readings):
    """Every name that any reader gave, to its A-labels where it has them."""
    names = sorted({n for _, _, by in readings for r in by.values() for n in r or ()})
    return dict(zip(names, filtered([options.filter, '--names'], names)))


def explanation(reader, body, ours, theirs):
    """The row that covers this difference, or None; none covers a domain not given."""
    if theirs is not None and not theirs <= ours:
        return None
    for row in EXPLAINED:
        if reader in row.readers and row.covers(body, ours, theirs):
            return row
    return None


def judged(readings, canonical):
    """Counts the same and the explained, collects the rest."""
    counts, rest = collections.Counter(), []
    for body, ours, by_reader in readings:
        for reader, names in by_reader.items():
            theirs = None if names is None else {canonical[n] for n in names}
            if theirs == ours:
                counts[reader, 'same'] += 1
                continue
            row = explanation(reader, body, ours, theirs)
            if row:
                counts[reader, row.name] += 1
            else:
                rest.append((reader, body, ours, theirs))
    return counts, rest


def complaints(options, total, readings, counts, rest):
    """What is wrong with this run, as lines."""
    for reader, body, ours, theirs in rest[:options.show]:
        yield f'{reader}: {bodies.escaped(body)[:300]}: ours {sorted(ours)}, theirs ' \
              f'{"an exception" if theirs is None else sorted(theirs)}'
    if rest:
        yield f'{len(rest)} unexplained differences'
    if len(readings) * 5 < total:
        yield f'only {len(readings)} of {total} bodies are accepted: the comparison is vacuous'
    for reader in READERS:
        if counts[reader, 'same'] * 5 < len(readings) * 4:
            yield f'{reader} agrees on {counts[reader, "same"]} of {len(readings)} only'
    if options.all_classes:
        used = {name for _, name in counts}
        yield from (f'class "{r.name}" explains nothing' for r in EXPLAINED if r.name not in used)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--tables', required=True)
    parser.add_argument('--filter', required=True)
    parser.add_argument('--gmime', required=True)
    parser.add_argument('--count', type=int, required=True)
    parser.add_argument('--seed', type=int, default=5322)
    parser.add_argument('--show', type=int, default=20, help='differences to print')
    parser.add_argument('--all-classes', action='store_true',
                        help='fail where a class of explained differences does not occur')
    options = parser.parse_args()
    # The judgement can fail: another domain is never explained.
    assert judged([(b'a@a.test', {'a.test'}, {r: ['b.test'] for r in READERS})],
                  {'b.test': 'b.test'})[1], 'a planted difference went unseen'
    given = bodies.generate(options.count, options.seed, options.tables)
    readings = list(read_all(options, given))
    counts, rest = judged(readings, canonical_names(options, readings))
    print(f'{len(given)} bodies, {len(readings)} accepted')
    for (reader, name), number in sorted(counts.items()):
        print(f'{number:8} {reader}: {name}')
    found = list(complaints(options, len(given), readings, counts, rest))
    print('\n'.join(found))
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
