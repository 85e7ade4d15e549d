# SPDX-License-Identifier: MIT
"""Binaries of today run on a later library: `later.py ROOT TEST_SIZES SCENARIOS FOLDER CC...`.

From a copy of the sources a library is made such as a later release may be: every public struct has one member more at its
end, every handle another inside, and there is a new function. Onto it go the programs that were linked with the library of
today: all scenarios, and the callers of every struct in every size. The gates call it an addition.

The proof is a later library that takes only structs of its own size.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

from binary import BASELINE, LINK, check
from interface import compare, facts
from prefix import run
from lint import report, write


def edit(root, folder, change):
    for top, _, names in os.walk(os.path.join(root, folder)):
        for name in names:
            path = os.path.join(top, name)
            with open(path, encoding='utf-8') as file:
                text = file.read()
            if change(text) != text:
                write(top, {name: change(text)})


def grow(root):
    """how many structs and handles have grown"""
    counts = [0, 0]

    def public(text):
        new, count = re.subn(r'^\} (lf_\w+);', r'    int64_t later;\n} \1;', text, flags=re.M)
        counts[0] += count
        return new

    def handle(text):
        new, count = re.subn(r'^(struct lf_\w+ \{.*?)^\};', r'\1    int64_t inside;\n};', text, flags=re.M | re.S)
        counts[1] += count
        return new
    edit(root, 'include', public)
    edit(root, 'lib', handle)
    edit(root, 'include', lambda text: text.replace('LF_API int32_t lf_version(void);',
                                                    'LF_API int32_t lf_version(void);\nLF_API void lf_later(void);'))
    edit(root, 'lib', lambda text: text.replace('int32_t lf_version(void) {', 'void lf_later(void) {}\nint32_t lf_version(void) {'))
    with open(os.path.join(root, 'lib', 'leadflow.map'), 'a', encoding='utf-8') as file:
        file.write('LEADFLOW_1.1 { global: lf_later; } LEADFLOW_1.0;\n')
    return counts


class Later:
    def __init__(self, root, folder, cc):
        self.folder, self.cc = folder, cc
        for name in ('include', 'lib'):
            shutil.copytree(os.path.join(root, name), os.path.join(folder, name))
        self.grown = grow(folder)
        self.compile(lambda text: True)

    def compile(self, wanted):
        """compiles the sources whose text is wanted, and links"""
        sources = []
        for top, _, names in os.walk(os.path.join(self.folder, 'lib')):
            for path in (os.path.join(top, name) for name in names if name.endswith('.c')):
                with open(path, encoding='utf-8') as file:
                    sources += [path] if wanted(file.read()) else []
        subprocess.run([*self.cc, '-std=c11', '-O0', '-g', '-w', '-fPIC', '-fvisibility=hidden', '-Iinclude', '-Ilib', '-c', *sources],
                       cwd=self.folder, check=True)
        objects = [name for name in os.listdir(self.folder) if name.endswith('.o')]
        self.library = os.path.join(self.folder, 'libleadflow.so.1')
        subprocess.run([*self.cc, *LINK, '-o', self.library, *objects], cwd=self.folder, check=True)

    def run(self, *command):
        """what is wrong with a binary of today on this library"""
        env = {**os.environ, 'LD_LIBRARY_PATH': self.folder}
        if self.library not in run('ldd', command[0], env=env)[1]:
            return ['%s does not load it' % command[0]]
        fine, said = run(*command, env=env)
        return [] if fine else [said]


def main():
    root, sizes, scenarios, folder, *cc = sys.argv[1:]
    root = os.path.abspath(root)
    with tempfile.TemporaryDirectory() as there:
        later = Later(root, there, cc)
        now, then = facts(cc, root), facts(cc, there)
        structs = len({key for key in now if re.match(r'64 \w+$', key)})
        broken, new = compare(now, then)
        results = [('it has grown', [] if later.grown[0] >= structs > 0 and later.grown[1] > 5 else [str(later.grown)]),
                   ('the headers have additions alone', broken + ([] if len(new) > structs else ['there are none'])),
                   ('callers in every size', later.run(sizes, '--older')),
                   ('all scenarios', later.run(scenarios, folder))]
        if shutil.which('abidiff'):
            with open(BASELINE, encoding='utf-8') as file:
                results.append(('the debug information has additions alone', check(there, later.library, file.read())))
        else:
            results.append(('the debug information # SKIP there is no abidiff (abigail-tools)', []))
        macro = r'(#define LF_SIZE_1_0\(type, last\)).*'
        edit(there, 'lib', lambda text: re.sub(macro, r'\1 sizeof(type)', text))
        later.compile(lambda text: 'LF_SIZE_1_0(' in text)
        results.append(('bites: structs of its own size alone', [] if later.run(sizes, '--older') else ['nobody misses it']))
    report(results)


if __name__ == '__main__':
    main()
