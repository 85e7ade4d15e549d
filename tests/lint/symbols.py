# SPDX-License-Identifier: MIT
"""What the library shows and what it needs: `symbols.py ROOT SHARED STATIC CC...`.

What headers declare LF_API, what the version script lists and what the shared library exports are the
same. Every global of the archive starts with lf_. No object holds data that can change. The objects need
nothing of libc but memory and bytes, and only the doors to memory need the allocator.

The proof compiles small libraries with CC.
"""
import os
import re
import subprocess
import sys
import tempfile

from lint import Tree, code_only, report, write

LIBC = {'memchr', 'memcmp', 'memcpy', 'memmove', 'memset', 'strchr', 'strcmp', 'strlen', 'strncmp', 'strrchr', 'bsearch'}
MEMORY = {'malloc', 'calloc', 'realloc', 'free', 'qsort'}
DOORS = re.compile(r'(?:^|_)(?:mem|memstore)\.c?\.?o$')
LINKER = {'_GLOBAL_OFFSET_TABLE_', '__stack_chk_fail'}


def declared(tree):
    names = set()
    for path in tree.files('include', ends=('.h',)):
        names.update(re.findall(r'^LF_API\b[^;]*?\b(lf_\w+)\s*\(', code_only(tree.read(path)), re.M))
    return names


def listed(tree):
    text = re.sub(r'/\*.*?\*/', '', tree.read('lib/leadflow.map'), flags=re.S)
    return [name for part in re.findall(r'global:(.*?)(?:local:|\})', text, re.S) for name in re.findall(r'[\w*]+', part)]


def nm(path, *options):
    """(object, symbol, class, section) of each line of `nm --format=sysv`"""
    out = subprocess.run(['nm', '--format=sysv', *options, path], capture_output=True, text=True, check=True).stdout
    where = os.path.basename(path)
    for line in out.splitlines():
        inner = re.match(r'(?:Symbols|Undefined symbols) from (?:.*\[)?([^\]]*?)\]?:$', line)
        if inner:
            where = inner.group(1)
        columns = [column.strip() for column in line.split('|')]
        if len(columns) == 7:
            yield where, columns[0].split('@')[0], columns[2], columns[6]


def check(tree, shared, static):
    in_headers, in_script = declared(tree), listed(tree)
    exported = {name for _, name, kind, _ in nm(shared, '-D', '--defined-only') if kind != 'A'}
    for name in sorted(name for name in set(in_script) if in_script.count(name) > 1):
        yield 'lib/leadflow.map:1: %s stands twice' % name
    for names, place in ((set(in_script), 'the version script'), (exported, 'the shared library')):
        for name in sorted(in_headers - names):
            yield '%s: declared, but not in %s' % (name, place)
        for name in sorted(names - in_headers):
            yield '%s: in %s, but not declared' % (name, place)
    for where, name, kind, section in nm(static):
        if kind.isupper() and kind not in 'UW' and not name.startswith('lf_'):
            yield '%s: the global %s does not start with lf_' % (where, name)
        if kind in 'bBdDC' and not section.startswith('.data.rel.ro'):
            yield '%s: %s can change (%s)' % (where, name, section)
        if kind == 'U' and not name.startswith('lf_') and name not in LIBC | LINKER and not (
                name in MEMORY and DOORS.search(where)):
            yield '%s: needs %s' % (where, name)


HEADER = '#define LF_API __attribute__((visibility("default")))\n#define X "lf_no(" /*\nLF_API void lf_no(void); */\n'
GOOD = {
    'include/leadflow/a.h': HEADER + 'LF_API const char *lf_name(int at);\nLF_API void lf_two(void);\n',
    'lib/leadflow.map': 'LEADFLOW_1.0 { global: lf_name; /* two */ lf_two; local: *; };\n',
    'a.c': '#include "include/leadflow/a.h"\n#include <string.h>\nvoid lf_inside(char *to);\n'
           'static const char *const names[] = {"a", "b"};\nconst char *lf_name(int at) { return names[at]; }\n'
           'void lf_two(void) { }\nvoid lf_inside(char *to) { memcpy(to, names[*to], (size_t)*to); }\n',
    'mem.c': '#include <stdlib.h>\nvoid *lf_get(void *p, size_t n);\nvoid *lf_get(void *p, size_t n) { return realloc(p, n); }\n',
}
BAD = [
    ('a function that no script lists', {'include/leadflow/a.h': GOOD['include/leadflow/a.h'] + 'LF_API int lf_three(void);\n',
                                         'lib/leadflow.map': GOOD['lib/leadflow.map'] + 'LEADFLOW_1.1 { global: lf_three; };\n'},
     'lf_three: declared, but not in the shared library'),
    ('an export that no header declares', {'include/leadflow/a.h': GOOD['include/leadflow/a.h'].replace('LF_API void lf_two', 'void lf_two'),
                                           'lib/leadflow.map': 'LEADFLOW_1.0 { global: lf_name; lf_two; local: *; };\n'},
     'lf_two: in the'),
    ('a global without lf_', {'a.c': GOOD['a.c'] + 'int helper(void);\nint helper(void) { return 1; }\n'},
     'the global helper does not start with lf_'),
    ('data that can change', {'a.c': GOOD['a.c'] + 'int lf_count(void);\nint lf_count(void) { static int n; return ++n; }\n'},
     'can change (.bss)'),
    ('a global table that can change', {'a.c': GOOD['a.c'] + 'int lf_table[3] = {1, 2, 3};\n'}, 'lf_table can change (.data)'),
    ('a call of stdio', {'a.c': GOOD['a.c'] + 'int puts(const char *);\nvoid lf_say(void);\nvoid lf_say(void) { puts("x"); }\n'},
     'a.o: needs puts'),
    ('memory taken past the door', {'a.c': GOOD['a.c'] + '#include <stdlib.h>\nvoid lf_drop(void *);\nvoid lf_drop(void *p) { free(p); }\n'},
     'a.o: needs free'),
]


def seeded(changes, cc):
    with tempfile.TemporaryDirectory() as root:
        write(root, {**GOOD, **changes})
        flags = ['-fPIC', '-fvisibility=hidden', '-O1', '-w']
        for name in ('a', 'mem'):
            subprocess.run([*cc, *flags, '-c', name + '.c', '-o', name + '.o'], cwd=root, check=True)
        subprocess.run([*cc, '-shared', '-Wl,--version-script=lib/leadflow.map', 'a.o', 'mem.o', '-o', 'a.so'], cwd=root, check=True)
        subprocess.run(['ar', 'rcs', 'a.a', 'a.o', 'mem.o'], cwd=root, check=True)
        return list(check(Tree(root), os.path.join(root, 'a.so'), os.path.join(root, 'a.a')))


def main():
    root, shared, static, *cc = sys.argv[1:]
    results = [('the library is clean', list(check(Tree(root), shared, static))),
               ('is silent on a good one', seeded({}, cc))]
    for what, changes, part in BAD:
        found = seeded(changes, cc)
        results.append(('bites: ' + what, [] if found and all(part in finding for finding in found) else
                        ['"%s" was to come, but there came: %s' % (part, found)]))
    report(results)


if __name__ == '__main__':
    main()
