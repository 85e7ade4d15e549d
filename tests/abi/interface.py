# SPDX-License-Identifier: MIT
"""What the public headers say, as facts: `facts()`, a dict of "kind name" to what is said of it.

    constant LF_OK              its value
    function lf_version         result and parameters, without the parameters' names
    member lf_store.load        its type
    order lf_version            the names of the parameters, where there are several: of one type, they tell them apart
    opaque lf_engine            ""
    type lf_status              what it stands for
    macro LF_X                  what it stands for; LF_API and the guards are none
    64 lf_store                 size and alignment where a pointer has 64 bits; and 32
    64 lf_store.load            offset and size there

Text and names come from the preprocessed headers, all of them; numbers from the compiler, which writes them into
assembly, so nothing is run and no library for 32 bits is needed. Numbers for 32 bits are missing where the compiler
knows no -m32.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', folder) for folder in ('lint', 'headers')]
from cdef import FUNCTION, POINTER, declarations  # noqa: E402
from lint import report, write  # noqa: E402

# They change with every release, as lint_release demands.
RELEASE = {'LF_VERSION_MINOR', 'LF_VERSION_PATCH', 'LF_VERSION'}


def everything(include):
    folder = os.path.join(include, 'leadflow')
    return ''.join('#include <leadflow/%s>\n' % name for name in sorted(os.listdir(folder)) if name.endswith('.h'))


def compiler(cc, text, *options):
    done = subprocess.run([*cc, '-x', 'c', '-std=c11', *options, '-'], input=text, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None


def preprocessed(cc, root, *options):
    """as leadflow.cdef, but of all headers"""
    include = os.path.join(root, 'include')
    return compiler(cc, everything(include), '-E', '-P', '-nostdinc', '-DLF_API=', '-I', os.path.join(include, 'empty'),
                    '-I', include, *options)


def bare(text):
    """a type as it was written, without names of parameters and needless spaces"""
    text = ' '.join(text.split())
    text = re.sub(r'(?<=[\s*])\w+(?=\s*[,)])', '', text)
    return re.sub(r'\s+(?=[,)*])|(?<=\*)\s+', '', text).strip()


def pointer(match):
    return bare('%s(*)(%s)' % (match.group('result'), match.group('given')))


def order(name, given):
    names = [part.split()[-1].strip('*') for part in given.split(',') if part.strip() != 'void']
    if len(names) > 1:
        yield 'order ' + name, ' '.join(names)


def struct(name, inside):
    for member in filter(None, (part.strip() for part in inside.split(';'))):
        called = POINTER.match(member)
        if called:
            yield 'member %s.%s' % (name, called.group('name')), pointer(called)
            yield from order('%s.%s' % (name, called.group('name')), called.group('given'))
        else:
            kind, own = re.match(r'(.*?)(\w+)$', ' '.join(member.split())).groups()
            yield 'member %s.%s' % (name, own), bare(kind)


def declared(text):
    for declaration in declarations(text):
        if declaration.startswith('enum '):
            for name, value in re.findall(r'(\w+) = (-?\d+)', declaration):
                if name not in RELEASE:
                    yield 'constant ' + name, value
        elif '{' in declaration:
            yield from struct(*re.match(r'typedef struct (\w+) \{(.*)\}', declaration).groups())
        elif declaration.startswith('typedef struct '):
            yield 'opaque ' + declaration.split()[-1], ''
        elif declaration.startswith('typedef ') and POINTER.match(declaration[8:]):
            called = POINTER.match(declaration[8:])
            yield 'type ' + called.group('name'), pointer(called)
            yield from order(called.group('name'), called.group('given'))
        elif declaration.startswith('typedef '):
            kind, name = re.match(r'typedef (.*?)(\w+)$', declaration).groups()
            yield 'type ' + name, bare(kind)
        else:
            called = FUNCTION.match(declaration)
            yield 'function ' + called.group('name'), bare('%s(%s)' % (called.group('result'), called.group('given')))
            yield from order(called.group('name'), called.group('given'))


def macros(cc, root):
    for name, value in re.findall(r'^#define (\w+)(.*)$', preprocessed(cc, root, '-dM'), re.M):
        if re.match(r'LF_|LEADFLOW_', name) and name != 'LF_API' and not re.fullmatch(r'LEADFLOW_\w+_H', name):
            yield 'macro ' + name, value.strip()


def numbers(cc, root, said, *options):
    """{'64 lf_store': 'size alignment', '64 lf_store.load': 'offset size'}; without any where the compiler cannot"""
    members = [key.split()[1] for key in said if key.startswith('member ')]
    asked = {}
    for place in members:
        name, own = place.split('.')
        asked[name] = ('sizeof(%s)' % name, '_Alignof(%s)' % name)
        asked[place] = ('offsetof(%s, %s)' % (name, own), 'sizeof(((%s *)0)->%s)' % (name, own))
    say = '__asm__ volatile("\\n.ascii \\"@@%s %%c0 %%c1\\"" : : "i"((long)%s), "i"((long)%s));\n'
    include = os.path.join(root, 'include')
    body = ''.join(say % (place, *both) for place, both in [('pointer', ('sizeof(void *)', '0')), *asked.items()])
    text = compiler(cc, everything(include) + 'void lf_asked(void);\nvoid lf_asked(void) {\n%s}\n' % body,
                    '-S', '-O0', '-w', '-ffreestanding', '-I', include, '-o', '-', *options)
    found = dict(re.findall(r'@@(\S+) (\d+ \d+)', text or ''))
    width = str(8 * int(found.pop('pointer', '0 0').split()[0])) + ' '
    return {width + place: both for place, both in found.items()}


def facts(cc, root):
    said = dict(declared(preprocessed(cc, root)))
    return {**said, **dict(macros(cc, root)), **numbers(cc, root, said), **numbers(cc, root, said, '-m32')}


# ---- the golden file ----

def load(text):
    return dict(line.split(' = ', 1) for line in text.splitlines() if line and not line.startswith('#'))


def dump(said):
    return ('# What binaries may rely on; interface.py says how to read it, tests/README.md how it is renewed.\n' +
            ''.join('%s = %s\n' % (key, said[key]) for key in sorted(said)))


def widths(said):
    return {key[:3] for key in said if key[:3] in ('32 ', '64 ')}


def grown(golden, now, key):
    """whether a struct has become longer and is aligned as before"""
    was, is_now = golden[key].split(), now[key].split()
    return '.' not in key and key[:3] in widths(golden) and int(is_now[0]) > int(was[0]) and is_now[1] == was[1]


def inserted(golden, now, key):
    """whether a new member stands where an older caller has one of its own"""
    whole = key.split('.')[0]
    return key[:3] in widths(golden) and '.' in key and whole in golden and int(now[key].split()[0]) < int(golden[whole].split()[0])


def renamed(golden, now, key):
    """whether parameters have other names, in the order that they had"""
    was, is_now = golden[key].split(), now[key].split()
    return key.startswith('order ') and [name for name in was if name in is_now] == [name for name in is_now if name in was]


def compare(golden, now):
    """(what breaks binaries, what is new); numbers of a width that one side lacks are not compared"""
    there = [key for key in golden if key[:3] not in ('32 ', '64 ') or key[:3] in widths(now)]
    broken = ['%s: it was "%s", and is gone' % (key, golden[key]) for key in there if key not in now]
    broken += ['%s: it was "%s", and is "%s"' % (key, golden[key], now[key]) for key in there
               if key in now and now[key] != golden[key] and not grown(golden, now, key) and not renamed(golden, now, key)]
    broken += ['%s: it is new, and not at the end' % key for key in now if key not in golden and inserted(golden, now, key)]
    new = ['%s = %s' % (key, now[key]) for key in now if now[key] != golden.get(key)]
    return sorted(broken), [] if broken else sorted(new)


# ---- the test: `interface.py ROOT CC...` ----

OPTIONS, STORE = 'include/leadflow/engine.h', 'include/leadflow/store.h'
SWAP = [('int64_t lease_ms;', 'int64_t held;'), ('int64_t retry_ms;', 'int64_t lease_ms;'), ('int64_t held;', 'int64_t retry_ms;')]
END = ('} lf_engine_options;', 'int64_t seeded; } lf_engine_options;')
BREAKS = [
    ('a member in the middle', OPTIONS, [('int64_t lease_ms;', 'int64_t seeded; int64_t lease_ms;')], 'lf_engine_options.lease_ms'),
    ('members that change places', OPTIONS, SWAP, 'lf_engine_options.lease_ms'),
    ('the same, and a new one at the end', OPTIONS, [*SWAP, END], 'lf_engine_options.lease_ms'),
    ('a member that is gone', STORE, [('lf_status (*revive)(void *user, const char *tenant, const char *key);', '')], 'lf_store.revive'),
    ('a member of another type', OPTIONS, [('const char *tenant;', 'const void *tenant;')], 'lf_engine_options.tenant'),
    ('an argument of a callback', OPTIONS, [('lf_receipt *receipt);\n} ', 'const lf_receipt *receipt);\n} ')], 'lf_delivery.deliver'),
    ('another value', STORE, [('LF_OUTCOME_DEAD = 2', 'LF_OUTCOME_DEAD = 3')], 'LF_OUTCOME_DEAD'),
    ('a constant that is gone', STORE, [('LF_OUTCOME_DEAD = 2', 'LF_OUTCOME_LOST = 2')], 'LF_OUTCOME_DEAD'),
    ('another argument', OPTIONS, [('size_t limit, size_t *done);', 'uint32_t limit, size_t *done);')], 'lf_engine_run_due'),
    ('a function that is gone', OPTIONS, [('LF_API lf_status lf_engine_revive(lf_engine *engine, const char *key);', '')],
     'lf_engine_revive'),
    ('arguments of one type that change places', STORE,
     [('int64_t now, int64_t lease_until,', 'int64_t lease_until, int64_t now,')], 'order lf_store.claim_due'),
    ('another width of a type', 'include/leadflow/types.h', [('typedef int32_t lf_status', 'typedef int64_t lf_status')], 'lf_status'),
]
ADDITIONS = [
    ('a member at the end', OPTIONS, [END], 'lf_engine_options.seeded'),
    ('a constant', STORE, [('LF_OUTCOME_DEAD = 2', 'LF_OUTCOME_SEEDED = 3, LF_OUTCOME_DEAD = 2')], 'LF_OUTCOME_SEEDED'),
    ('a function', OPTIONS, [('LF_API void lf_engine_free', 'LF_API void lf_seeded(void);\nLF_API void lf_engine_free')], 'lf_seeded'),
    ('a struct', OPTIONS, [('LF_API void lf_engine_free',
                            'typedef struct lf_seeded { size_t struct_size; } lf_seeded;\nLF_API void lf_engine_free')], ' lf_seeded ='),
    ('a handle', OPTIONS, [('LF_API void lf_engine_free', 'typedef struct lf_seeded lf_seeded;\nLF_API void lf_engine_free')],
     'opaque lf_seeded'),
    ('another name of an argument', STORE, [('int64_t now, int64_t lease_until,', 'int64_t present, int64_t lease_until,')],
     'order lf_store.claim_due'),
    ('a macro', OPTIONS, [('LF_API void lf_engine_free', '#define LF_SEEDED 1\nLF_API void lf_engine_free')], 'macro LF_SEEDED'),
]


def altered(root, to, path, changes):
    """a copy of the headers with a change; a change that finds no place is an error of this test"""
    shutil.copytree(os.path.join(root, 'include'), os.path.join(to, 'include'))
    with open(os.path.join(to, path), encoding='utf-8') as file:
        text = file.read()
    for old, new in changes:
        if old not in text:
            raise SystemExit('the seed "%s" has no place in %s' % (old, path))
        text = text.replace(old, new)
    write(to, {path: text})


def seeded(cc, root, golden, path, changes):
    with tempfile.TemporaryDirectory() as there:
        altered(root, there, path, changes)
        return compare(golden, facts(cc, there))


def main():
    root, *cc = sys.argv[1:]
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'interface.txt'), encoding='utf-8') as file:
        golden = load(file.read())
    now = facts(cc, root)
    broken, new = compare(golden, now)
    results = [('nothing that binaries rely on has changed', broken),
               ('what is new is recorded', [line + ' (to record it: ninja abi_record)' for line in new]),
               ('numbers were compared', [] if widths(now) else ['the compiler gave none'])]
    for what, path, changes, part in BREAKS:
        found = seeded(cc, root, now, path, changes)[0]
        results.append(('bites: ' + what, [] if any(part in line for line in found) else ['it says %s' % found]))
    for what, path, changes, part in ADDITIONS:
        found = seeded(cc, root, now, path, changes)
        results.append(('may be added: ' + what, [] if not found[0] and any(part in line for line in found[1]) else ['%s, %s' % found]))
    forgotten = {key: value for key, value in now.items() if 'lf_delivery' not in key}
    found = compare(forgotten, now)[1]
    results.append(('bites: a struct that is not recorded', [] if any(' lf_delivery =' in line for line in found) else [str(found)]))
    for width in sorted({'32 ', '64 '} - widths(now)):
        results.append(('numbers for %sbits # SKIP the compiler makes none' % width, []))
    report(results)


if __name__ == '__main__':
    main()
