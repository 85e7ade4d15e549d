# SPDX-License-Identifier: MIT
"""What the tests of an installed library share: the library in a folder of its own, and what its consumers print."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lint'))

HERE = os.path.dirname(os.path.abspath(__file__))


def run(*command, **more):
    """(is it content, what it printed)"""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **more)
    return done.returncode == 0, done.stdout


def judge(result, version):
    """what a consumer that has run must have printed"""
    return [] if result == (True, version + ' LF_OK 20000\n') else ['it printed "%s"' % result[1]]


class Installed:
    def __init__(self, build, version, there):
        self.version, self.there = version, there
        fine, said = run('meson', 'install', '-C', build, '--no-rebuild', '--quiet', '--destdir', there)
        self.wrong = [] if fine else [said]
        self.paths = {os.path.relpath(os.path.join(top, name), there): os.path.join(top, name)
                      for top, _, names in os.walk(there) for name in names}

    def find(self, ending):
        return next((full for path, full in sorted(self.paths.items()) if path.endswith('/' + ending)), None)

    def libdir(self):
        return os.path.dirname(self.find('libleadflow.so.1'))

    def prefix(self):
        """where include/ stands"""
        return self.find('include/leadflow/leadflow.h')[:-len('/include/leadflow/leadflow.h')]
