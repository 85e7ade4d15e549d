# SPDX-License-Identifier: MIT
"""What is installed can be used through CMake: `cmake.py ROOT BUILD VERSION`.

Installs into a folder of its own. A project in C and C++ finds it there, links the shared library and the static one, and
what it builds is run. A version that is not there is refused. The same where all was moved to, and where one of the two
libraries is missing.
"""
import os
import shutil
import sys
import tempfile

from prefix import HERE, Installed, judge, run
from lint import report, write

# Without dpkg-architecture meson installs into lib64 on Debian, where CMake does not look unless it is asked to.
PROJECT = """cmake_minimum_required(VERSION 3.13)
project(consumer %s)
set_property(GLOBAL PROPERTY FIND_LIBRARY_USE_LIB64_PATHS ON)
find_package(leadflow %s REQUIRED)
if(NOT EXISTS "${leadflow_CDEF}")
  message(FATAL_ERROR "there is no ${leadflow_CDEF}")
endif()
"""
PROGRAM = 'add_executable(%s "%s")\ntarget_link_libraries(%s %s)\n'


class CMake:
    def __init__(self, prefix, version, cxx):
        self.prefix, self.version, self.cxx = prefix, version, cxx

    def configured(self, folder, text):
        write(folder, {'CMakeLists.txt': text})
        return run('cmake', '-S', folder, '-B', os.path.join(folder, 'build'), '-G', 'Ninja', '-DCMAKE_PREFIX_PATH=' + self.prefix,
                   '-DCMAKE_BUILD_TYPE=Debug', '--no-warn-unused-cli')

    def consumer(self, source, target):
        """what is wrong with a consumer that links the target"""
        with tempfile.TemporaryDirectory() as folder:
            fine, said = self.configured(folder, PROJECT % ('C CXX' if self.cxx else 'C', self.version) +
                                         PROGRAM % ('consumer', os.path.join(HERE, source), 'consumer', target))
            if fine:
                fine, said = run('cmake', '--build', os.path.join(folder, 'build'))
            return judge(run(os.path.join(folder, 'build', 'consumer')), self.version) if fine else [said]

    def needs_it(self, target):
        """whether a program that links the target needs the shared library"""
        with tempfile.TemporaryDirectory() as folder:
            text = PROJECT % ('C', '') + PROGRAM % ('consumer', os.path.join(HERE, 'consumer.c'), 'consumer', target)
            fine, said = self.configured(folder, text)
            if fine:
                fine, said = run('cmake', '--build', os.path.join(folder, 'build'))
            return 'libleadflow.so.1' in run('readelf', '-d', os.path.join(folder, 'build', 'consumer'))[1] if fine else said

    def finds(self, version):
        with tempfile.TemporaryDirectory() as folder:
            return self.configured(folder, PROJECT % ('C', version))[0]

    def versions(self):
        major, minor, patch = map(int, self.version.split('.'))
        for asked, there in (('', True), (str(major), True), ('%d.%d' % (major, minor), True), (self.version + ' EXACT', True),
                             ('%d.%d.%d' % (major, minor, patch + 1), False), ('%d.%d' % (major, minor + 1), False),
                             (str(major + 1), False), (str(major - 1), False), ('%d.0 EXACT' % (major + 1), False)):
            if self.finds(asked) != there:
                yield 'find_package(leadflow %s) is %s' % (asked, 'refused' if there else 'content')


def main():
    root, build, version = sys.argv[1:]
    if not shutil.which('cmake'):
        print('1..0 # SKIP there is no cmake')
        return
    with tempfile.TemporaryDirectory() as there, tempfile.TemporaryDirectory() as elsewhere:
        it = Installed(build, version, there)
        cxx = shutil.which('c++') is not None
        cmake = CMake(it.prefix(), version, cxx)
        results = [('installed', it.wrong), ('the version', list(cmake.versions()))]
        for source in ('consumer.c', 'consumer.cc'):
            skip = '' if cxx or source == 'consumer.c' else ' # SKIP there is no C++'
            for target in ('leadflow::leadflow', 'leadflow::leadflow_static'):
                results.append(('%s with %s%s' % (source, target, skip), [] if skip else cmake.consumer(source, target)))
        for target, needs in (('leadflow::leadflow', True), ('leadflow::leadflow_static', False)):
            said = cmake.needs_it(target)
            results.append(('%s is the right library' % target, [] if said is needs else [str(said)]))
        shutil.move(it.prefix(), os.path.join(elsewhere, 'moved'))
        cmake.prefix = os.path.join(elsewhere, 'moved')
        results.append(('moved elsewhere', cmake.consumer('consumer.c', 'leadflow::leadflow')))
        libraries = os.path.join(cmake.prefix, os.path.relpath(it.libdir(), it.prefix()))
        for name in os.listdir(libraries):
            if name.startswith('libleadflow.so'):
                os.remove(os.path.join(libraries, name))
        said = cmake.needs_it('leadflow::leadflow')
        results.append(('the static one alone', [] if said is False else [str(said)]))
        os.remove(os.path.join(libraries, 'libleadflow.a'))
        results.append(('no library is refused', [] if not cmake.finds('') else ['it was found']))
    report(results)


if __name__ == '__main__':
    main()
