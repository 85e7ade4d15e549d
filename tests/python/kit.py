# SPDX-License-Identifier: MIT
"""What the tests of the examples share: running a program in a folder of its own, and TAP."""
import json
import os
import subprocess
import sys
import tempfile
import traceback


class Skip(Exception):
    """A test that cannot run here, and says why."""


class Folder:
    """A temporary folder in which a program runs."""

    def __init__(self, program):
        self.program = os.path.abspath(program)
        self.temporary = tempfile.TemporaryDirectory(prefix='leadflow-')
        self.path = self.temporary.name

    def write(self, name, content):
        """bytes, text, or anything that becomes JSON; a list becomes NDJSON"""
        if isinstance(content, list):
            content = ''.join(json.dumps(line, ensure_ascii=False) + '\n' for line in content)
        elif not isinstance(content, (bytes, str)):
            content = json.dumps(content, ensure_ascii=False)
        with open(os.path.join(self.path, name), 'wb') as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return name

    def run(self, *args, **options):
        """(exit status, standard output, standard error)"""
        options.setdefault('stdin', subprocess.DEVNULL if 'input' not in options else None)
        if options['stdin'] is None:
            del options['stdin']
        done = subprocess.run([self.program, *args], cwd=self.path, stdout=options.pop('stdout', subprocess.PIPE),
                              stderr=subprocess.PIPE, timeout=100, **options)
        return done.returncode, (done.stdout or b'').decode(), done.stderr.decode(errors='replace')


def ndjson(text):
    return [json.loads(line) for line in text.split('\n') if line]


def equal(got, expected, what=''):
    if got != expected:
        raise AssertionError('%s\n got      %r\n expected %r' % (what, got, expected))


def contains(text, part):
    if part not in text:
        raise AssertionError('%r is not in %r' % (part, text))


def run_tests(tests):
    """Prints TAP for (name, function) pairs; the exit status says nothing, as TAP does."""
    print('1..%d' % len(tests))
    for number, (name, test) in enumerate(tests, 1):
        try:
            test()
            print('ok %d - %s' % (number, name))
        except Skip as reason:
            print('ok %d - %s # SKIP %s' % (number, name, reason))
        except Exception:
            print('not ok %d - %s' % (number, name))
            for line in traceback.format_exc().splitlines():
                print('# ' + line)
        sys.stdout.flush()


def tests_of(module):
    """The functions test_... of a module, in the order in which they stand there."""
    return [(name[5:].replace('_', ' '), value) for name, value in vars(module).items() if name.startswith('test_')]
