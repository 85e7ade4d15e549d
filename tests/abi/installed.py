# SPDX-License-Identifier: MIT
"""What is installed can be used: `installed.py ROOT BUILD SANITIZED VERSION CC...`.

Installs into a folder of its own, looks at what is there, and builds and runs consumer.c with what pkg-config says:
with the shared library, wholly static, and (as a subproject of meson) from source.
"""
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lint'))
from lint import report, write  # noqa: E402

SUBPROJECT = '''project('consumer', 'c', default_options: ['default_library=static', 'buildtype=plain'])
executable('consumer', 'consumer.c', dependencies: dependency('leadflow', fallback: 'leadflow'))
'''


def run(*command, **more):
    """(is it content, what it printed)"""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **more)
    return done.returncode == 0, done.stdout


class Installed:
    def __init__(self, root, build, version, cc, there):
        self.root, self.version, self.cc, self.there = root, version, cc, there
        fine, said = run('meson', 'install', '-C', build, '--no-rebuild', '--quiet', '--destdir', there)
        self.wrong = [] if fine else [said]
        self.paths = {os.path.relpath(os.path.join(top, name), there): os.path.join(top, name)
                      for top, _, names in os.walk(there) for name in names}

    def find(self, ending):
        return next((full for path, full in sorted(self.paths.items()) if path.endswith('/' + ending)), None)

    def files(self):
        """all headers, both libraries, leadflow.pc, leadflow.cdef"""
        headers = [name for name in os.listdir(os.path.join(self.root, 'include', 'leadflow')) if name.endswith('.h')]
        wanted = ['include/leadflow/' + name for name in headers]
        wanted += ['libleadflow.so', 'libleadflow.so.1', 'libleadflow.so.' + self.version, 'libleadflow.a',
                   'pkgconfig/leadflow.pc', 'include/leadflow/leadflow.cdef']
        return self.wrong + ['%s is not installed' % name for name in wanted if self.find(name) is None]

    def soname(self):
        """the soname, and that libc is all that it needs"""
        said = run('readelf', '-d', self.find('libleadflow.so.1'))[1]
        sonames = re.findall(r'\(SONAME\).*\[(.*)\]', said)
        return [] if sonames == ['libleadflow.so.1'] else ['the soname is %s' % sonames]

    def needs(self):
        said = run('readelf', '-d', self.find('libleadflow.so.1'))[1]
        needed = set(re.findall(r'\(NEEDED\).*\[(.*)\]', said))
        return ['it needs ' + name for name in sorted(needed - {'libc.so.6'})]

    def flags(self, *options):
        where = dict(os.environ, PKG_CONFIG_LIBDIR=os.path.dirname(self.find('pkgconfig/leadflow.pc')),
                     PKG_CONFIG_SYSROOT_DIR=self.there)
        fine, said = run('pkg-config', *options, '--cflags', '--libs', 'leadflow', env=where)
        return shlex.split(said) if fine else []

    def consumer(self, options, extra):
        with tempfile.TemporaryDirectory() as folder:
            program = os.path.join(folder, 'consumer')
            fine, said = run(*self.cc, '-std=c99', '-pedantic', '-Wall', '-Werror', *extra, '-o', program,
                             os.path.join(self.root, 'tests', 'abi', 'consumer.c'), *self.flags(*options))
            if not fine:
                return [said]
            libraries = os.path.dirname(self.find('libleadflow.so.1'))
            return self.judge(run(program, env={'LD_LIBRARY_PATH': '' if '-static' in extra else libraries}))

    def judge(self, result):
        return [] if result == (True, self.version + ' LF_OK 20000\n') else ['it printed "%s"' % result[1]]

    def subproject(self):
        with tempfile.TemporaryDirectory() as folder:
            write(folder, {'meson.build': SUBPROJECT})
            shutil.copy(os.path.join(self.root, 'tests', 'abi', 'consumer.c'), folder)
            os.mkdir(os.path.join(folder, 'subprojects'))
            os.symlink(self.root, os.path.join(folder, 'subprojects', 'leadflow'))
            fine, said = run('meson', 'setup', 'build', '-Dleadflow:tests=disabled', '-Dleadflow:examples=disabled',
                             '-Dleadflow:bench=disabled', cwd=folder)
            if fine:
                fine, said = run('ninja', '-C', 'build', 'consumer', cwd=folder)
            return self.judge(run('build/consumer', cwd=folder)) if fine else [said]


def main():
    root, build, sanitized, version, *cc = sys.argv[1:]
    root = os.path.abspath(root)
    with tempfile.TemporaryDirectory() as there:
        it = Installed(root, build, version, cc, there)
        results = [('everything is installed', it.files()), ('the soname', it.soname())]
        if sanitized == 'no':
            results += [('needs libc alone', it.needs()), ('a consumer of the shared library', it.consumer([], [])),
                        ('a static consumer', it.consumer(['--static'], ['-static'])),
                        ('a subproject of meson', it.subproject())]
        report(results)


if __name__ == '__main__':
    main()
