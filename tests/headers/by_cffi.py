# SPDX-License-Identifier: MIT
"""leadflow.cdef as cffi reads it: `by_cffi.py CDEF LIBRARY INTERFACE`.

It parses as it is; every function is found in the library; and sizes, offsets and values are those that are recorded
(../abi/interface.txt). Without a LIBRARY ("") only what needs none is looked at.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lint'))
from lint import report  # noqa: E402


def expected(interface):
    """{key: value} of the recorded facts that cffi knows too"""
    with open(interface, encoding='utf-8') as file:
        return dict(line.rstrip('\n').split(' = ', 1) for line in file if ' = ' in line)


def layouts(ffi, recorded, bits):
    for key, value in recorded.items():
        if key.startswith(bits + ' '):
            name, _, member = key.split()[1].partition('.')
            numbers = (ffi.offsetof(name, member), ffi.sizeof(dict(ffi.typeof(name).fields)[member].type)) if member else (
                ffi.sizeof(name), ffi.alignof(name))
            if '%d %d' % numbers != value:
                yield '%s: %d %d, but recorded is %s' % (key, *numbers, value)


def main():
    cdef, library, interface = sys.argv[1:]
    try:
        from cffi import FFI
    except ImportError:
        print('1..0 # SKIP there is no cffi for %s (python3-cffi)' % sys.executable)
        return
    ffi = FFI()
    with open(cdef, encoding='utf-8') as file:
        ffi.cdef(file.read())
    recorded = expected(interface)
    bits = str(8 * ffi.sizeof('void *'))
    results = [('leadflow.cdef parses, and structs are as recorded', list(layouts(ffi, recorded, bits)))]
    if library:
        lib = ffi.dlopen(library)
        names = [key.split() for key in recorded]
        results.append(('every function is there', [name for kind, name in names if kind == 'function' and not hasattr(lib, name)]))
        results.append(('constants are as recorded', [
            name for kind, name in names if kind == 'constant' and str(getattr(lib, name, None)) != recorded['constant ' + name]]))
        results.append(('it can be called', [] if lib.lf_version() == lib.LF_VERSION else [str(lib.lf_version())]))
    report(results)


if __name__ == '__main__':
    main()
