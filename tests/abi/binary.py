# SPDX-License-Identifier: MIT
"""What the library as it was compiled offers, compared with the stored baseline: `binary.py ROOT CC...`.

The library is compiled anew, without optimization, which makes one function of two that do the same; so it makes no
difference with what options it was built. abidw writes what the debug information says of the exported functions; abidiff compares two such texts. Both must have
been written by the same command: abidiff sees less where it compares a text with a library. Suppressions are not used: that
of members at the end hides more than it says, and crashes. And without debug information
there is nothing to see, which abidiff takes for no difference; so that is looked at first, on both sides.

The proof compiles, from the headers and with changes in them, libraries whose functions do nothing.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from xml.etree import ElementTree

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from interface import OPTIONS, END, altered, declarations, everything, preprocessed  # noqa: E402
from lint import report, write  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
BASELINE = os.path.join(HERE, 'leadflow.abi')
ABIDW = ['abidw', '--exported-interfaces-only', '--drop-private-types', '--no-show-locs', '--no-corpus-path', '--no-comp-dir-path',
         '--no-parameter-names']
LINK = ['-shared', '-fPIC', '-fvisibility=hidden', '-Wl,-soname,libleadflow.so.1', '-Wl,--version-script=lib/leadflow.map']


def run(*command, **more):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **more)
    return done.returncode, done.stdout


def compiled(cc, root, library, *options):
    """the library of the sources below a root"""
    sources = sorted(os.path.relpath(os.path.join(top, name), root) for top, _, names in os.walk(os.path.join(root, 'lib'))
                     for name in names if name.endswith('.c'))
    subprocess.run([*cc, '-std=c11', '-O0', '-w', *options, *LINK, '-Iinclude', '-Ilib', '-o', library, *sources], cwd=root, check=True)


def described(root, library):
    """what abidw says, without the places where it was compiled"""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'abi')
        status, said = run(*ABIDW, '--headers-dir', os.path.join(root, 'include'), '--out-file', path, library)
        if status:
            raise SystemExit(said)
        with open(path, encoding='utf-8') as file:
            return re.sub(r"(<abi-instr [^>]*path=')[^']*?((?:lib/)?[^'/]*(?:/[^'/]*)?')", r'\1\2', file.read())


def has_debug_info(library):
    return '.debug_info' in run('readelf', '-SW', library)[1]


def untyped(text):
    """exported symbols of whose types nothing is known"""
    return sorted(set(re.findall(r"<elf-symbol name='(\w+)'", text)) - set(re.findall(r"<function-decl name='(\w+)'", text)))


def without_growth(now, baseline):
    """the same without members behind the end that a struct of the baseline has: struct_size makes them harmless"""
    sizes = {one.get('name'): int(one.get('size-in-bits', 0)) for one in ElementTree.fromstring(baseline).iter('class-decl')}
    corpus = ElementTree.fromstring(now)
    for one in corpus.iter('class-decl'):
        size = sizes.get(one.get('name'), 0)
        if 0 < size < int(one.get('size-in-bits', 0)):
            one.set('size-in-bits', str(size))
            for member in one.findall('data-member'):
                if int(member.get('layout-offset-in-bits')) >= size:
                    one.remove(member)
    return ElementTree.tostring(corpus, encoding='unicode')


def check(root, library, baseline):
    if not has_debug_info(library):
        return ['%s has no debug information' % os.path.basename(library)]
    now = described(root, library)
    wrong = ['nothing is known of the type of %s in %s' % (name, side) for side, text in (('the baseline', baseline), ('the library', now))
             for name in (untyped(text) if '<elf-symbol' in text else ['any function'])]
    if wrong:
        return wrong
    with tempfile.TemporaryDirectory() as folder:
        write(folder, {'was.abi': baseline, 'is.abi': without_growth(now, baseline)})
        status, said = run('abidiff', '--no-added-syms', 'was.abi', 'is.abi', cwd=folder)
    return ['abidiff ends with %d' % status, *said.splitlines()[:40]] if status else []


# ---- the proof ----

ENGINE = 'LF_API void lf_engine_free'
SEEDS = [  # (what, a change in the headers, C beside them, options, a part of the finding or None)
    ('nothing', [], '', ['-g'], None),
    ('a new function', [(ENGINE, 'LF_API void lf_seeded(void);\n' + ENGINE)], '', ['-g'], None),
    ('a new member at the end', [END], '', ['-g'], None),
    ('a new member at the end of what one member has changed in', [('const char *tenant;', 'int64_t tenant;'), END], '', ['-g'],
     'tenant'),
    ('another inside of a handle', [], 'struct lf_engine { int inside; };\n', ['-g'], None),
    ('a member in the middle', [('int64_t lease_ms;', 'int64_t seeded; int64_t lease_ms;')], '', ['-g'], "'int64_t lease_ms'"),
    ('another argument', [('size_t limit, size_t *done);', 'uint32_t limit, size_t *done);')], '', ['-g'], 'parameter 3'),
    ('an argument of a callback', [('lf_receipt *receipt);\n} ', 'lf_effect *receipt);\n} ')], '', ['-g'], 'deliver'),
    ('a function that is gone', [('LF_API lf_status lf_engine_revive(lf_engine *engine, const char *key);', '')], '', ['-g'],
     'lf_engine_revive'),
    ('no debug information', [], '', [], 'has no debug information'),
    ('debug information without types', [], '', ['-g1'], 'lf_allocator_init'),
]


def stub(cc, root):
    """a function that does nothing for each that is declared"""
    said = (part for part in declarations(preprocessed(cc, root)) if not re.match(r'typedef|enum', part))
    return everything(os.path.join(root, 'include')) + ''.join(
        '%s { %s }\n' % (part, '' if re.match(r'void\s+lf_', part) else 'return 0;') for part in said)


def seeded(cc, root, baseline, changes, beside, options):
    with tempfile.TemporaryDirectory() as there:
        altered(root, there, OPTIONS, changes)
        os.mkdir(os.path.join(there, 'lib'))
        shutil.copy(os.path.join(root, 'lib', 'leadflow.map'), os.path.join(there, 'lib'))
        with open(os.path.join(there, 'lib', 'leadflow.map'), 'a', encoding='utf-8') as file:
            file.write('LEADFLOW_SEEDED { global: lf_seeded; } LEADFLOW_1.0;\n')
        write(there, {'lib/stub.c': beside + stub(cc, there)})
        library = os.path.join(there, 'libleadflow.so')
        compiled(cc, there, library, *options)
        return check(there, library, baseline)


def main():
    root, *cc = sys.argv[1:]
    root = os.path.abspath(root)
    if not shutil.which('abidiff'):
        print('1..0 # SKIP there is no abidiff (abigail-tools)')
        return
    with open(BASELINE, encoding='utf-8') as file:
        baseline = file.read()
    with tempfile.TemporaryDirectory() as folder:
        library = os.path.join(folder, 'libleadflow.so')
        compiled(cc, root, library, '-g')
        blind = re.sub(r'<abi-instr.*</abi-instr>', '', baseline, flags=re.S)
        results = [('the library offers what the baseline does', check(root, library, baseline)),
                   ('bites: a baseline without types', [] if check(root, library, blind) else ['it says nothing'])]
    for what, changes, beside, options, part in SEEDS:
        found = seeded(cc, root, baseline, changes, beside, options)
        right = part in '\n'.join(found) if part else not found
        results.append((('bites: ' if part else 'passes: ') + what, [] if right else ['it says "%s"' % '\n'.join(found)]))
    report(results)


if __name__ == '__main__':
    main()
