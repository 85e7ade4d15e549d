# SPDX-License-Identifier: MIT
"""The floors of the house: `floors.py ROOT`.

lib/floors.txt says which module may include which. A file in lib/ includes only headers of its own module
and of those, public headers, and the few headers of the C library that need nothing but memory. Every .c
file in lib/ is in lib/meson.build. No two C files in the tree have one name. The way of an event that
docs/architecture.md tells and draws is the one that the code goes (way.py).
"""
import re
import sys
import tempfile

import way
from lint import Tree, line_of, run, write

SYSTEM = {'float.h', 'limits.h', 'stdarg.h', 'stdatomic.h', 'stdbool.h', 'stddef.h', 'stdint.h', 'stdlib.h', 'string.h'}


def floors(tree):
    """{module: those it may include}, in the order of the file, and what is wrong with the file"""
    allowed, wrong = {}, []
    for number, line in enumerate(tree.read('lib/floors.txt').splitlines(), 1):
        if line.strip() == '' or line.startswith('#'):
            continue
        module, _, others = line.partition(':')
        for other in others.split():
            if other not in allowed:
                wrong.append('lib/floors.txt:%d: %s stands on no lower floor than %s' % (number, other, module))
        allowed[module.strip()] = set(others.split())
    return allowed, wrong


def includes(tree, path, allowed):
    module, text = path.split('/')[1], tree.read(path)
    if module not in allowed:
        yield '%s:1: the module %s is not in lib/floors.txt' % (path, module)
        return
    for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]*)[>"]', text, re.M):
        where = '%s:%d' % (path, line_of(text, match.start()))
        name = match.group(2)
        if name.startswith('leadflow/') and name != 'leadflow/leadflow.h':
            continue
        if match.group(1) == '<':
            if name not in SYSTEM:
                yield '%s: <%s> is none of the headers that lib/ may use' % (where, name)
        elif name.count('/') != 1:
            yield '%s: "%s" does not name its module' % (where, name)
        elif name.split('/')[0] != module and name.split('/')[0] not in allowed[module]:
            yield '%s: %s may not include "%s"' % (where, module, name)


def check(tree):
    allowed, wrong = floors(tree)
    yield from wrong
    listed = set(re.findall(r"'([^']*\.c)'", tree.read('lib/meson.build')))
    for path in tree.files('lib', ends=('.c', '.h')):
        yield from includes(tree, path, allowed)
        if path.endswith('.c') and path[len('lib/'):] not in listed:
            yield '%s:1: not in lib/meson.build' % path
    seen = {}
    for path in tree.files(ends=('.c', '.h')):
        name = path.split('/')[-1]
        if name in seen:
            yield '%s:1: has the name of %s' % (path, seen[name])
        seen[name] = path
    yield from way.findings(tree, allowed)


def drawn(files):
    with tempfile.TemporaryDirectory() as root:
        write(root, files)
        tree = Tree(root)
        return way.picture(way.stops(tree), floors(tree)[0])


WAY = '''
| 1 | `step` | [flow/flow.c](../lib/flow/flow.c) | all of it |
| 1.1 | `work` | [flow/flow.c](../lib/flow/flow.c) | a part |
| 1.1.1 | `read` | [json/read.c](../lib/json/read.c) | text |
| 1.2 | `load` | the store | bytes |
'''
READ = 'int read(void) {\n}\n'
FLOW = 'static int work(void) {\n    read();\n}\nint step(void) {\n    work();\n    load();\n}\n'
GOOD = {
    'lib/floors.txt': '# module: others\nbase:\njson: base\ntime: base\nflow: base json\n',
    'lib/meson.build': "files('base/mem.c', 'json/read.c', 'flow/flow.c')\n",
    'lib/base/base.h': '#include <stddef.h>\n',
    'lib/base/mem.c': '#include "base/base.h"\n#include <leadflow/types.h>\n',
    'lib/json/json.h': '/* #include "flow/flow.h" */\n',
    'lib/json/read.c': '#include "json/json.h"\n#include "base/base.h"\n' + READ,
    'lib/flow/flow.c': '#include "json/json.h"\n' + FLOW,
    'docs/architecture.md': WAY,
}
GOOD['docs/architecture.svg'] = drawn(GOOD)
BAD = [
    ('an include of a higher floor', {'lib/json/read.c': '\n#include "flow/flow.h"\n' + READ},
     'lib/json/read.c:2: json may not include "flow/flow.h"'),
    ('an include sideways', {'lib/json/read.c': '#  include "time/time.h"\n' + READ}, 'json may not include'),
    ('a lower module that is not listed', {'lib/flow/flow.c': '#include "time/time.h"\n' + FLOW}, 'flow may not include'),
    ('a list that leads upwards', {'lib/floors.txt': 'base: json\njson: base\ntime: base\nflow: base json\n'},
     'lib/floors.txt:1: json stands on no lower floor than base'),
    ('a header of stdio', {'lib/base/mem.c': '#include <stdio.h>\n'}, '<stdio.h>'),
    ('a file that is not built', {'lib/json/write.c': ''}, 'lib/json/write.c:1: not in lib/meson.build'),
    ('a module of no floor', {'lib/misc/misc.h': ''}, 'the module misc is not in'),
    ('two files of one name', {'tests/json.h': ''}, 'has the name of lib/json/json.h'),
    ('a way through a file that is gone', {'docs/architecture.md': WAY.replace('(../lib/json/read.c)', '(../lib/json/text.c)')},
     'stop 1.1.1: there is no lib/json/text.c'),
    ('a way through a function that has moved', {'lib/json/read.c': 'int read(void);\n'}, 'does not define read'),
    ('a way that goes up', {'docs/architecture.md': WAY.replace('| 1.2 | `load` | the store', '| 1.1.1.1 | `step` | [](../lib/flow/flow.c)')},
     'stop 1.1.1.1: from json it goes up, or sideways, to flow'),
    ('a call that is not made', {'lib/flow/flow.c': FLOW.replace('read();', '')}, 'none of the files above it calls read'),
    ('a call within a file that is not made', {'lib/flow/flow.c': FLOW.replace('    work();', '')},
     'none of the files above it calls work'),
    ('a callback that is not called', {'lib/flow/flow.c': FLOW.replace('load();', '')}, 'none of the files above it calls load'),
    ('a stop that hangs in the air', {'docs/architecture.md': WAY.replace('| 1.1 |', '| 2.1 |')}, 'nobody has the number above it'),
    ('a picture of another way', {'docs/architecture.md': WAY.replace('a part', 'a bit')}, 'is not the way of'),
]

if __name__ == '__main__':
    run(check, GOOD, BAD, Tree(sys.argv[1]))
