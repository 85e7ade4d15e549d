# SPDX-License-Identifier: MIT
"""Time zones from a function of Python: it gets a name, and gives the bytes of a TZif file, or None.

What it raises comes out of the call of the library that led to it; NotFound says the same as None.
"""
from .library import Error, check, ffi, keep, lib, text

_sources = {}  # by address; the library may outlive the Blueprint: contacts and engines hold what is behind it


def _raised(_kind, error, traceback):
    status = error.status if isinstance(error, Error) and -2**31 <= error.status < 0 else lib.LF_E_USER
    if status != lib.LF_E_NOTFOUND:  # which the library takes for "no such zone"
        keep(status, error.with_traceback(traceback))
    return status


def _member(name, **options):
    return ffi.callback(dict(ffi.typeof('lf_zone_source').fields)[name].type, **options)


@_member('load', error=lib.LF_E_USER, onerror=_raised)
def _load(user, name, _size, data):
    found = ffi.from_handle(user)(text(name))
    if found is not None:
        found = memoryview(found).tobytes()
        check(lib.lf_zone_data_set(data, found, len(found)))
    return lib.LF_OK


@_member('user_free')
def _user_free(user):
    del _sources[user]


class Source:
    """The table for a function; the library gives it back when it has made something of it."""

    def __init__(self, function):
        if not callable(function):
            raise TypeError(f'a function is wanted, not {type(function).__name__}')
        self.table = ffi.new('lf_zone_source *')
        lib.lf_zone_source_init(self.table, ffi.sizeof('lf_zone_source'))
        self.table.user = self._handle = ffi.new_handle(function)
        self.table.load, self.table.user_free = _load, _user_free
        _sources[self._handle] = self._handle, function

    def not_taken(self):
        del _sources[self._handle]
