# SPDX-License-Identifier: MIT
"""Nothing committed depends on where it was written: `paths.py ROOT`.

Users have neither the folder beside a checkout where tests look for data, nor the machines this was built
on. Tests and .ci may name the first, and do without it; the second nobody names.
"""
import re
import subprocess
import sys

from lint import Tree, line_of, run

BESIDE = re.compile(r'\.\./sh' r'ared')
ELSEWHERE = re.compile(r'(?<![\w.}/-])/(?:wo' r'rk|farm|ro' r'ot|ho' r'me/\w+)/|\bfarm-\w+')


def committed(tree):
    """Where there is a repository, what it holds; else every file."""
    listed = subprocess.run(['git', '-C', tree.root, 'ls-files', '-z'], capture_output=True, check=False)
    names = [name for name in listed.stdout.decode().split('\0') if name != '']
    return [name for name in names if tree.has(name)] if listed.returncode == 0 and names else tree.files()


def check(tree):
    for path in committed(tree):
        text = tree.read(path)
        found = list(ELSEWHERE.finditer(text))
        if not path.startswith(('tests/', '.ci/')):
            found += BESIDE.finditer(text)
        for match in found:
            yield '%s:%d: names %s' % (path, line_of(text, match.start()), match.group(0))


GOOD = {'README.md': 'see https://example.com/work/here and build/root/x\n', 'tests/a.sh': 'ls ../sh' 'ared/data\n'}
BAD = [
    ('a folder beside the checkout', {'README.md': '\nsee ../sh' 'ared/data\n'}, 'README.md:2: names ../sh' 'ared'),
    ('a place on one machine', {'tests/a.sh': 'cd /wo' 'rk/main\n'}, 'tests/a.sh:1: names /wo' 'rk/'),
]

if __name__ == '__main__':
    run(check, GOOD, BAD, Tree(sys.argv[1]))
