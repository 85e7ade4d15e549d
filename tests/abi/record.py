# SPDX-License-Identifier: MIT
"""Records what is new in the interface: `record.py ROOT CC...`, or `ninja abi_record` in a build folder.

Writes interface.txt and leadflow.abi anew. Where something that binaries rely on has changed it writes nothing; before the
first release one deletes both files for that, and records again.
"""
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import binary  # noqa: E402
import interface  # noqa: E402
from lint import write  # noqa: E402

GOLDEN = os.path.join(binary.HERE, 'interface.txt')


def read(path):
    if not os.path.exists(path):
        return ''
    with open(path, encoding='utf-8') as file:
        return file.read()


def main():
    root, *cc = sys.argv[1:]
    if not shutil.which('abidw'):
        raise SystemExit('abidw is needed (abigail-tools)')
    now = interface.facts(cc, root)
    if len(interface.widths(now)) < 2:
        raise SystemExit('a compiler that knows 64 and 32 bits is needed')
    broken, new = interface.compare(interface.load(read(GOLDEN)), now)
    with tempfile.TemporaryDirectory() as folder:
        library = os.path.join(folder, 'libleadflow.so')
        binary.compiled(cc, root, library, '-g')
        if read(binary.BASELINE):
            broken += binary.check(root, library, read(binary.BASELINE))
        if broken:
            raise SystemExit('\n'.join(['nothing is recorded, since this breaks binaries:', *broken]))
        write(binary.HERE, {'interface.txt': interface.dump(now), 'leadflow.abi': binary.described(root, library)})
    print('\n'.join(['recorded:', *new] if new else ['nothing is new']))


if __name__ == '__main__':
    main()
