# SPDX-License-Identifier: MIT
"""What `meson dist` packs is the tree, and can be configured: `dist.py ROOT BUILD`.

The archive has the files of the last commit, all of them and nothing else. Skipped outside of a checkout.
"""
import os
import sys
import tarfile
import tempfile

from prefix import run
from lint import report


def main():
    root, build = sys.argv[1:]
    fine, said = run('git', '-C', root, 'ls-tree', '-r', '--name-only', '--full-tree', 'HEAD')
    if not fine or not os.path.exists(os.path.join(root, '.git')):
        print('1..0 # SKIP this is no checkout')
        return
    fine, log = run('meson', 'dist', '-C', build, '--no-tests', '--allow-dirty', '--formats', 'gztar')
    packed, configured = set(), (False, '')
    if fine:
        folder = os.path.join(build, 'meson-dist')
        [name] = [name for name in os.listdir(folder) if name.endswith('.tar.gz')]
        with tempfile.TemporaryDirectory() as there, tarfile.open(os.path.join(folder, name)) as archive:
            packed = {member.name.split('/', 1)[1] for member in archive if not member.isdir()}
            archive.extractall(there)
            configured = run('meson', 'setup', os.path.join(there, 'build'), os.path.join(there, os.listdir(there)[0]))
    tree = set(said.split('\n')) - {''}
    report([('meson dist', [] if fine else [log]),
            ('what is packed is the tree', ['%s is on one side only' % path for path in sorted(tree ^ packed)]),
            ('it can be configured', [] if configured[0] else [configured[1]])])


if __name__ == '__main__':
    main()
