# SPDX-License-Identifier: BSD-2-Clause
# Whenever our parser gives domains, every reader of readers.py must find the same ones:
# else whoever uses one of them can be spoofed past us. That goes for a body as it came,
# and for the body as Postfix breaks it where a line is too long. Fails on every
# difference that no row of EXPLAINED covers, and where too few bodies are accepted for
# the comparison to mean anything.
import argparse
import collections
import sys

import bodies
from explained import EXPLAINED
from readers import LOCAL, OWN, filtered, read_all

# One body as a reader was given it: the domains that we give for it, what readers find.
Case = collections.namedtuple('Case', 'body ours by_reader')


def accepted(options, given):
    """{body: domains} of those that our parser takes."""
    said = filtered([options.filter], [bodies.escaped(b) for b in given])
    assert len(said) == len(given)
    return {b: set(s.split(' ')) for b, s in zip(given, said) if not s.startswith('invalid: ')}


def cases(options, ours):
    """Every accepted body as it came, and once more where it gets broken."""
    sent = {body: domains for body, domains in ours.items()}
    for body, domains in ours.items():
        sent.setdefault(bodies.broken(body), domains)
    return [Case(body, sent[body], by) for body, by in zip(sent, read_all(options, list(sent)))]


def canonical_names(options, read):
    """({name that any reader gave: its A-labels}, those of them that nobody can have)"""
    names = sorted({n for case in read for r in case.by_reader.values() for n in r or ()})
    said = [line.split('\t') for line in filtered([options.filter, '--names'], names)]
    return ({name: words[0] for name, words in zip(names, said)},
            {words[0] for words in said if len(words) > 1})


def is_attack(ours, theirs, undelegated):
    """Whether a reader finds a domain that we did not give and that somebody can have."""
    return theirs is not None and bool(theirs - ours - undelegated - {LOCAL})


def explanation(reader, body, ours, theirs):
    """The row that covers this difference, or None."""
    for row in EXPLAINED:
        if reader in row.readers and row.covers(body, ours, theirs):
            return row
    return None


def judged(read, canonical, undelegated):
    """Counts the same and the explained, collects attacks and what else is not explained."""
    counts, attacks, others = collections.Counter(), [], []
    for case in read:
        for reader, names in case.by_reader.items():
            theirs = None if names is None else {canonical[n] for n in names}
            if theirs == case.ours:
                counts[reader, 'same'] += 1
                continue
            difference = (reader, case.body, case.ours, theirs)
            row = explanation(*difference)
            if is_attack(case.ours, theirs, undelegated):
                attacks.append(difference)
            elif row:
                counts[reader, row.name] += 1
            else:
                others.append(difference)
    return counts, attacks, others


def told(reader, body, ours, theirs):
    said = 'nothing for an exception' if theirs is None else sorted(theirs)
    return f'{reader}: {bodies.shown(body)}: ours {sorted(ours)}, theirs {said}'


def complaints(options, ours, read, counts, attacks, others):
    """What is wrong with this run, as lines."""
    for kind in attacks, others:
        yield from (told(*d) for d in sorted(kind, key=lambda d: len(d[1]))[:options.show])
    if attacks:
        yield f'{len(attacks)} times a reader finds a domain that we did not give'
    if others:
        yield f'{len(others)} other differences that no row of explained.py covers'
    if len(ours) * 6 < options.count:
        yield f'only {len(ours)} of {options.count} bodies are accepted: the comparison is vacuous'
    if (len(read) - len(ours)) * 200 < options.count:
        yield f'only {len(read) - len(ours)} broken bodies: their comparison is vacuous'
    for reader in read[0].by_reader:
        if counts[reader, 'same'] * 2 < len(read):
            yield f'{reader} agrees on {counts[reader, "same"]} of {len(read)} only'
    if options.all_classes:
        used = {name for _, name in counts}
        yield from (f'class "{r.name}" explains nothing' for r in EXPLAINED if r.name not in used)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--tables', required=True)
    parser.add_argument('--filter', required=True)
    parser.add_argument('--gmime', required=True)
    parser.add_argument('--readers', required=True, help='where prepare.py has put the others')
    parser.add_argument('--count', type=int, required=True)
    parser.add_argument('--seed', type=int, default=5322)
    parser.add_argument('--show', type=int, default=20, help='differences of a kind to print')
    parser.add_argument('--all-classes', action='store_true',
                        help='fail where a class of explained differences does not occur')
    options = parser.parse_args()
    # The judgement can fail: another domain is never explained.
    planted = Case(b'a@a.test', {'a.test'}, {OWN: ['b.test']})
    assert judged([planted], {'b.test': 'b.test'}, set())[1], 'a planted difference went unseen'
    given = bodies.generate(options.count, options.seed, options.tables)
    ours = accepted(options, given)
    read = cases(options, ours)
    counts, attacks, others = judged(read, *canonical_names(options, read))
    print(f'{len(given)} bodies, {len(ours)} accepted, {len(read) - len(ours)} of them broken')
    for (reader, name), number in sorted(counts.items()):
        print(f'{number:8} {reader}: {name}')
    found = list(complaints(options, ours, read, counts, attacks, others))
    print('\n'.join(found))
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
