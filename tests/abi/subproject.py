# SPDX-License-Identifier: MIT
"""The project can be taken in by another as a subproject of meson: `subproject.py ROOT VERSION`.

Once as whoever has it in subprojects/ does it, and once as a fallback of what might be installed. Of itself it brings the
library along: no tests, examples, figures or reference. What is built is run.
"""
import os
import shutil
import sys
import tempfile

from prefix import HERE, judge, run
from lint import report, write

PROJECT = """project('consumer', 'c', default_options: ['default_library=static', 'buildtype=plain'])
%s
executable('consumer', 'consumer.c', dependencies: dependency('leadflow', version: '>=1.0'%s))
"""
WAYS = {'subproject()': ("subproject('libleadflow')", ''), 'a fallback': ('', ", fallback: 'libleadflow'")}


def consumer(root, version, way):
    """what is wrong with it; and with what is built"""
    with tempfile.TemporaryDirectory() as folder:
        write(folder, {'meson.build': PROJECT % WAYS[way]})
        shutil.copy(os.path.join(HERE, 'consumer.c'), folder)
        os.mkdir(os.path.join(folder, 'subprojects'))
        os.symlink(root, os.path.join(folder, 'subprojects', 'libleadflow'))
        empty = {**os.environ, 'PKG_CONFIG_LIBDIR': folder, 'CMAKE_PREFIX_PATH': folder}
        fine, said = run('meson', 'setup', 'build', cwd=folder, env=empty)
        if not fine:
            return [said], []
        fine, targets = run('ninja', '-C', 'build', '-t', 'targets', 'all', cwd=folder)
        built = [line.split(':')[0] for line in targets.splitlines() if line.startswith('subprojects/libleadflow/')]
        more = ['%s would be built' % path for path in built
                if path.split('/')[2] in ('tests', 'examples', 'bench', 'docs')]
        if not any('libleadflow.a' in path for path in built):
            more.append('the library would not be built')
        fine, said = run('ninja', '-C', 'build', 'consumer', cwd=folder) if way == 'subproject()' else (True, '')
        if not fine:
            return [said], more
        return judge(run('build/consumer', cwd=folder), version) if way == 'subproject()' else [], more


def main():
    root, version = sys.argv[1:]
    results = []
    for way in WAYS:
        wrong, more = consumer(os.path.abspath(root), version, way)
        results += [('a consumer, by ' + way, wrong), ('nothing but the library, by ' + way, more)]
    report(results)


if __name__ == '__main__':
    main()
