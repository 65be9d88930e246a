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
from readers import OWN, filtered, read_all

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
    """Every name that any reader gave, to its A-labels where it has them."""
    names = sorted({n for case in read for r in case.by_reader.values() for n in r or ()})
    return dict(zip(names, filtered([options.filter, '--names'], names)))


def explanation(reader, body, ours, theirs):
    """The row that covers this difference, or None; none covers a domain not given."""
    if theirs is not None and not theirs <= ours:
        return None
    for row in EXPLAINED:
        if reader in row.readers and row.covers(body, ours, theirs):
            return row
    return None


def judged(read, canonical):
    """Counts the same and the explained, collects the rest."""
    counts, rest = collections.Counter(), []
    for case in read:
        for reader, names in case.by_reader.items():
            theirs = None if names is None else {canonical[n] for n in names}
            if theirs == case.ours:
                counts[reader, 'same'] += 1
                continue
            row = explanation(reader, case.body, case.ours, theirs)
            if row:
                counts[reader, row.name] += 1
            else:
                rest.append((reader, case.body, case.ours, theirs))
    return counts, rest


def difference(reader, body, ours, theirs):
    said = 'nothing for an exception' if theirs is None else sorted(theirs)
    return f'{reader}: {bodies.shown(body)}: ours {sorted(ours)}, theirs {said}'


def complaints(options, ours, read, counts, rest):
    """What is wrong with this run, as lines."""
    attacks = [d for d in rest if d[3] is not None and not d[3] <= d[2]]
    others = [d for d in rest if d not in attacks]
    for kind in attacks, others:
        yield from (difference(*d) for d in sorted(kind, key=lambda d: len(d[1]))[:options.show])
    if rest:
        yield f'{len(rest)} unexplained differences, in {len(attacks)} of them a domain not given'
    if len(ours) * 6 < options.count:
        yield f'only {len(ours)} of {options.count} bodies are accepted: the comparison is vacuous'
    if (len(read) - len(ours)) * 200 < options.count:
        yield f'only {len(read) - len(ours)} broken bodies: their comparison is vacuous'
    for reader in read[0].by_reader:
        if counts[reader, 'same'] * 5 < len(read) * 4:
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
    assert judged([Case(b'a@a.test', {'a.test'}, {OWN: ['b.test']})],
                  {'b.test': 'b.test'})[1], 'a planted difference went unseen'
    given = bodies.generate(options.count, options.seed, options.tables)
    ours = accepted(options, given)
    read = cases(options, ours)
    counts, rest = judged(read, canonical_names(options, read))
    print(f'{len(given)} bodies, {len(ours)} accepted, {len(read) - len(ours)} of them broken')
    for (reader, name), number in sorted(counts.items()):
        print(f'{number:8} {reader}: {name}')
    found = list(complaints(options, ours, read, counts, rest))
    print('\n'.join(found))
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
