# SPDX-License-Identifier: MIT
"""The quickstart prints what the one in C prints (README.md shows it: tests/examples/readme.py), from the build and from
an installed library that pkg-config knows.   test_quickstart.py FILE_OF_THE_OUTPUT"""
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from binding import ROOT, leadflow
from kit import equal, run_tests, tests_of

FOLDER = ROOT / 'examples' / 'python'
PROGRAM = (FOLDER / 'quickstart.py').read_text(encoding='utf-8')
EXPECTED = Path(sys.argv[1]).read_text(encoding='utf-8')


def said(program, environment=os.environ):
    return subprocess.run([sys.executable, '-X', 'dev', '-W', 'error', '-B', '-c', program], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, cwd=FOLDER, env=environment).stdout


def test_the_quickstart():
    equal(said(PROGRAM), EXPECTED)


def test_on_a_store_written_in_python():
    program = PROGRAM.replace('leadflow.MemoryStore', 'DictStore').replace(
        'import leadflow\n', 'import leadflow\nfrom dict_store import DictStore\n')
    equal([program.count('DictStore'), said(program)], [2, EXPECTED])


def test_with_an_installed_library():
    with tempfile.TemporaryDirectory() as prefix:
        for variable, place in (('LEADFLOW_CDEF', 'include/leadflow/leadflow.cdef'),
                                ('LEADFLOW_LIBRARY', 'lib/libleadflow.so.1')):
            installed = Path(prefix) / place
            installed.parent.mkdir(parents=True)
            installed.symlink_to(os.environ[variable])
        pkg_config = Path(prefix) / 'pkg-config'
        pkg_config.write_text('#!/bin/sh\n[ "$2" = leadflow ] || exit 1\ncase $1 in\n'
                              f'--variable=includedir) echo {prefix}/include ;;\n'
                              f'--variable=libdir) echo {prefix}/lib ;;\nesac\n')
        pkg_config.chmod(0o755)
        others = {name: value for name, value in os.environ.items() if not name.startswith('LEADFLOW_')}
        equal(said(PROGRAM, dict(others, PATH=f'{prefix}:{os.environ["PATH"]}')), EXPECTED)


def test_what_is_exported():
    equal([name for name in leadflow.__all__ if not hasattr(leadflow, name)], [])


run_tests(tests_of(sys.modules['__main__']))
