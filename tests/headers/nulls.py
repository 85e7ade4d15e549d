# SPDX-License-Identifier: MIT
"""NULL is answered, not followed, as docs/ownership.md says: `nulls.py ROOT LIBRARY CC...`.

Each public function that takes a pointer is called with NULL for all of them and 0 for all else. One with a status returns
LF_E_ARG; any other what stands for none: 0, NULL, "", or a time that is never, or before all others.
"""
import os
import subprocess
import sys
import tempfile

ROOT = os.path.abspath(sys.argv[1])
sys.path.insert(0, os.path.join(ROOT, 'tests', 'lint'))
import headers  # noqa: E402
from lint import Tree, report, write  # noqa: E402


def call(one):
    given = ', '.join('NULL' if '*' in type_ else '0' for type_, _ in one.parameters)
    if one.type == 'void':
        return '    %s(%s); say("%s", 1);' % (one.name, given, one.name)
    fine = ('got == LF_E_ARG' if one.type == 'lf_status' else
            'got == NULL || *(const char *)got == 0' if '*' in one.type else
            'got == 0 || got == INT64_MAX || got == INT64_C(-62135596800000)' if one.type == 'int64_t' else 'got == 0')
    return '    { %s got = %s(%s); say("%s", %s); }' % (one.type, one.name, given, one.name, fine)


def program(functions):
    return '\n'.join(['#include <leadflow/leadflow.h>', '#include <stdio.h>',
                      'static void say(const char *name, int fine) { printf("%s %d\\n", name, fine); fflush(stdout); }',
                      'int main(void) {', *(call(one) for one in functions), '    return 0;', '}', ''])


def main(library, *cc):
    functions = [one for one in headers.read(Tree(ROOT)) if one.kind == 'function' and any('*' in type_ for type_, _ in one.parameters)]
    with tempfile.TemporaryDirectory() as folder:
        write(folder, {'nulls.c': program(functions)})
        run = os.path.join(folder, 'nulls')
        subprocess.run([*cc, os.path.join(folder, 'nulls.c'), '-I', os.path.join(ROOT, 'include'), library,
                        '-Wl,-rpath,' + os.path.dirname(os.path.abspath(library)), '-o', run], check=True)
        said = subprocess.run([run], stdout=subprocess.PIPE, text=True, check=False)
    answers = dict(line.split() for line in said.stdout.splitlines())
    report([(one.name, [] if answers.get(one.name) == '1' else
             ['it follows NULL' if one.name not in answers else 'NULL is not answered']) for one in functions])


if __name__ == '__main__':
    main(*sys.argv[2:])
