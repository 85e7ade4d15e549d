# SPDX-License-Identifier: MIT
"""Unicode's simple case folding (CaseFolding.txt, status C and S), as lib/regex/regex_fold.c has it.

    fold_table.py          prints the bytes of the table
    fold_table.py FILE     a test: FILE has them
"""
import re
import sys
import unicodedata

VERSIONS = ('14.0.0', '15.0.0')  # in which nothing differs


def fold(c):
    """Python has the full folding; where that is longer than a character, the simple one is the lower case."""
    for text in (chr(c).casefold(), chr(c).lower()):
        if len(text) == 1:
            return ord(text)
    return c


def entries():
    """(first, last, step, distance): from first to last, each or every second, what is added to fold it"""
    todo = [(c, fold(c) - c) for c in range(0x110000) if fold(c) != c]
    while todo:
        (first, distance), best = todo[0], (1, 1)
        for step in (1, 2):
            n = 1
            while n < len(todo) and todo[n] == (first + n * step, distance):
                n += 1
            best = max(best, (n, step))
        yield first, todo[best[0] - 1][0], best[1], distance
        todo = todo[best[0]:]


def varint(n):
    while n >= 128:
        yield n & 127 | 128
        n >>= 7
    yield n


def table():
    previous = 0
    for first, last, step, distance in entries():
        yield from varint(first - previous)
        yield from varint((last - first) * 2 + step - 1)
        yield from varint(distance * 2 if distance >= 0 else -distance * 2 - 1)
        previous = last


def main():
    if len(sys.argv) < 2:
        print(', '.join(map(str, table())))
        return 0
    print('1..1')
    if unicodedata.unidata_version not in VERSIONS:
        print('ok 1 - folds # SKIP the table is that of Unicode %s, Python has %s'
              % (VERSIONS[-1], unicodedata.unidata_version))
        return 0
    with open(sys.argv[1], encoding='utf-8') as file:
        there = re.search(r'folds\[\] = \{([0-9,\s]*)\}', file.read()).group(1)
    fine = [int(n) for n in there.split(',') if n.strip()] == list(table())
    print('%sok 1 - folds' % ('' if fine else 'not '))
    return not fine


if __name__ == '__main__':
    sys.exit(main())
