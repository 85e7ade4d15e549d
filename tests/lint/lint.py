# SPDX-License-Identifier: MIT
"""What the lints share: the tree as files, and TAP.

A lint is a function of a tree that yields findings. Each comes with a small good tree and with bad ones:
before the lint is believed, it must be silent on the good one and find exactly what each bad one was
seeded with. So a lint that has gone blind fails.
"""
import os
import re
import sys
import tempfile


class Tree:
    """Text files by their path below a root."""

    def __init__(self, root):
        self.root = root

    def files(self, *folders, ends=('',)):
        """Paths in these folders (all without any), in order; nothing of version control or a build."""
        out = []
        for top, inner, names in os.walk(self.root):
            inner[:] = sorted(d for d in inner
                              if not d.startswith(('.git', 'build', '__pycache__')) or d == '.github')
            for name in sorted(names):
                path = os.path.relpath(os.path.join(top, name), self.root)
                if path.endswith(ends) and (not folders or path.startswith(tuple(f + '/' for f in folders))):
                    out.append(path)
        return out

    def read(self, path):
        with open(os.path.join(self.root, path), encoding='utf-8', errors='replace') as file:
            return file.read()

    def has(self, path):
        return os.path.exists(os.path.join(self.root, path))


def code_only(text):
    """C without comments and without what stands in strings; lines stay where they are."""
    def blank(match):
        found = match.group(0)
        return found if found[0] not in '/"\'' else found[0] * 2 * (found[0] != '/') + '\n' * found.count('\n')
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|[^/"\']+|/', blank, text, flags=re.S)


def line_of(text, position):
    return text.count('\n', 0, position) + 1


def write(root, files):
    for path, text in files.items():
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, 'w', encoding='utf-8') as file:
            file.write(text)


def seeded(check, good, changes, *args):
    """The findings of the good tree with some files changed (None: without them)."""
    with tempfile.TemporaryDirectory() as root:
        write(root, {path: text for path, text in {**good, **changes}.items() if text is not None})
        return list(check(Tree(root), *args))


def run(check, good, bad, tree, *args):
    """Prints TAP: the lint on the tree, then the proof. `bad` is a list of (what, changes, part of the finding)."""
    results = [('the tree is clean', list(check(tree, *args))),
               ('is silent on a good tree', seeded(check, good, {}, *args))]
    for what, changes, part in bad:
        found = seeded(check, good, changes, *args)
        right = len(found) == 1 and part in found[0]
        results.append(('bites: ' + what, [] if right else
                        ['one finding with "%s" was to come, but there came: %s' % (part, found)]))
    report(results)


def report(results):
    """Prints TAP of (name, what is wrong with it) and ends the program."""
    print('1..%d' % len(results))
    for number, (name, wrong) in enumerate(results, 1):
        print('%s %d - %s' % ('not ok' if wrong else 'ok', number, name))
        for finding in wrong:
            print('# ' + finding.replace('\n', '\n# '))
    sys.exit(any(wrong for _, wrong in results))
