# SPDX-License-Identifier: MIT
"""What is installed can be used through pkg-config: `installed.py ROOT BUILD SANITIZED VERSION CC...`.

Installs into a folder of its own, looks at what is there and at nothing being there beside it, and builds and runs
consumer.c and consumer.cc with what pkg-config says: with the shared library and wholly static, from the folder that
DESTDIR named and from another that all was moved to.
"""
import os
import re
import shlex
import shutil
import sys
import tempfile

from prefix import HERE, Installed, judge, run
from lint import report

LANGUAGES = {'C99': ['-x', 'c', '-std=c99', os.path.join(HERE, 'consumer.c')],
             'C++11': ['-x', 'c++', '-std=c++11', os.path.join(HERE, 'consumer.cc')]}


class PkgConfig(Installed):
    def __init__(self, root, build, version, cc, there):
        super().__init__(build, version, there)
        self.root, self.cc = root, cc

    def files(self):
        """all headers, both libraries, what pkg-config and CMake read, leadflow.cdef, the command; nothing else"""
        wanted = {'include/leadflow/' + name for name in os.listdir(os.path.join(self.root, 'include', 'leadflow'))
                  if name.endswith('.h')}
        wanted |= {'libleadflow.so', 'libleadflow.so.1', 'libleadflow.so.' + self.version, 'libleadflow.a',
                   'pkgconfig/leadflow.pc', 'cmake/leadflow/leadflowConfig.cmake',
                   'cmake/leadflow/leadflowConfigVersion.cmake', 'include/leadflow/leadflow.cdef'}
        there = [self.find(name) for name in wanted] + [self.find('bin/leadflow')]
        yield from self.wrong
        yield from ('%s is not installed' % name for name in sorted(wanted) if self.find(name) is None)
        yield from ('%s is installed' % path for path, full in sorted(self.paths.items())
                    if full not in there and '/doc/' not in path)

    def soname(self):
        """the soname, and that libc is all that it needs"""
        said = run('readelf', '-d', self.find('libleadflow.so.1'))[1]
        sonames = re.findall(r'\(SONAME\).*\[(.*)\]', said)
        return [] if sonames == ['libleadflow.so.1'] else ['the soname is %s' % sonames]

    def needs(self):
        said = run('readelf', '-d', self.find('libleadflow.so.1'))[1]
        needed = set(re.findall(r'\(NEEDED\).*\[(.*)\]', said))
        return ['it needs ' + name for name in sorted(needed - {'libc.so.6'})]

    def pkg_config(self, *options):
        where = {**os.environ, 'PKG_CONFIG_LIBDIR': os.path.dirname(self.find('pkgconfig/leadflow.pc'))}
        fine, said = run('pkg-config', '--define-variable=prefix=' + self.prefix(), *options, 'leadflow', env=where)
        return shlex.split(said) if fine else None

    def versions(self):
        for asked, there in (('--atleast-version=1.0', True), ('--atleast-version=2', False),
                             ('--exact-version=' + self.version, True)):
            if (self.pkg_config(asked) is not None) != there:
                yield 'pkg-config %s' % asked

    def cdef(self):
        path = self.pkg_config('--variable=cdef')
        return [] if path == [self.find('leadflow.cdef')] else ['it is said to be at %s' % path]

    def plain_prefix(self):
        """Whoever gives a libdir of one folder can say --define-prefix; here such a tree is made."""
        with tempfile.TemporaryDirectory() as folder:
            os.makedirs(os.path.join(folder, 'lib', 'pkgconfig'))
            with open(self.find('pkgconfig/leadflow.pc'), encoding='utf-8') as file:
                text = re.sub(r'^libdir=.*', 'libdir=${prefix}/lib', file.read(), flags=re.M)
            with open(os.path.join(folder, 'lib', 'pkgconfig', 'leadflow.pc'), 'w', encoding='utf-8') as file:
                file.write(text)
            said = run('pkg-config', '--define-prefix', '--cflags', '--libs', 'leadflow',
                       env={**os.environ, 'PKG_CONFIG_LIBDIR': os.path.join(folder, 'lib', 'pkgconfig')})[1]
            wanted = ['-I%s/include' % folder, '-L%s/lib' % folder, '-lleadflow']
            return [] if shlex.split(said) == wanted else [said]

    def consumer(self, language, options, extra):
        with tempfile.TemporaryDirectory() as folder:
            program = os.path.join(folder, 'consumer')
            flags = self.pkg_config(*options, '--cflags', '--libs') or []
            fine, said = run(*self.cc, '-pedantic', '-Wall', '-Werror', *extra, '-o', program, *LANGUAGES[language], *flags,
                             *(['-lstdc++'] if language == 'C++11' else []))
            env = {'LD_LIBRARY_PATH': '' if '-static' in extra else self.libdir()}
            return judge(run(program, env=env), self.version) if fine else [said]


def main():
    root, build, sanitized, version, *cc = sys.argv[1:]
    with tempfile.TemporaryDirectory() as there, tempfile.TemporaryDirectory() as elsewhere:
        it = PkgConfig(os.path.abspath(root), build, version, cc, there)
        results = [('everything is installed, and nothing else', list(it.files())), ('the soname', it.soname()),
                   ('pkg-config knows the version', list(it.versions())), ('pkg-config says where leadflow.cdef is', it.cdef()),
                   ('pkg-config --define-prefix', it.plain_prefix())]
        if sanitized == 'no':
            results += [('needs libc alone', it.needs())]
            cplusplus = run(*cc, '-x', 'c++', '-fsyntax-only', os.devnull)[0]
            for language in LANGUAGES:
                skip = '' if cplusplus or language == 'C99' else ' # SKIP there is no C++'
                for how, options, extra in (('shared', [], []), ('static', ['--static'], ['-static'])):
                    results.append(('a consumer in %s, %s%s' % (language, how, skip),
                                    [] if skip else it.consumer(language, options, extra)))
            shutil.move(it.prefix(), os.path.join(elsewhere, 'moved'))
            it.paths = {os.path.relpath(os.path.join(top, name), elsewhere): os.path.join(top, name)
                        for top, _, names in os.walk(elsewhere) for name in names}
            results.append(('a consumer of what was moved elsewhere', it.consumer('C99', [], [])))
    report(results)


if __name__ == '__main__':
    main()
