# SPDX-License-Identifier: MIT
"""The library: where it is, its errors, and what text, times and documents become on their way in and out."""
import json
import os
import subprocess
import threading
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from cffi import FFI


def _find(variable, name, file, *elsewhere):
    """A file that the environment names, or that lies beside this one, or that pkg-config knows, or elsewhere."""
    if name in os.environ:
        return os.environ[name]
    places = [os.path.join(os.path.dirname(os.path.abspath(__file__)), os.path.basename(file))]
    try:
        found = subprocess.run(['pkg-config', f'--variable={variable}', 'leadflow'], text=True, check=False,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        places.append(os.path.join(found.stdout.strip(), file))
    except OSError:
        pass  # there is no pkg-config
    return next(filter(os.path.isfile, [*places, *elsewhere]), elsewhere[-1])


ffi = FFI()
with open(_find('includedir', 'LEADFLOW_CDEF', 'leadflow/leadflow.cdef', '/usr/local/include/leadflow/leadflow.cdef',
                '/usr/include/leadflow/leadflow.cdef'), encoding='utf-8') as declarations:
    ffi.cdef(declarations.read())
lib = ffi.dlopen(_find('libdir', 'LEADFLOW_LIBRARY', 'libleadflow.so.1', 'libleadflow.so.1'))

NEVER = 2**63 - 1  # milliseconds, as stores keep them
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
lock = threading.RLock()  # held where contacts, events and steps are used, which one thread may do at a time


class Diagnostic(NamedTuple):
    """What is wrong in a document or an event, and where."""
    error: bool
    code: str
    text: str
    pointer: str
    source: str
    line: int
    column: int

    def __str__(self):
        source = self.source and self.source + ':'
        return f"{source}{self.line}:{self.column}: {self.text} [{self.code}] (at '{self.pointer}')"


class Error(Exception):
    """A call that ended with a status of the library. A store raises Conflict, Fenced, NotFound or Unknown itself."""
    STATUS = lib.LF_E_USER

    def __init__(self, message='', *, status=None, diagnostics=()):
        super().__init__(message)
        self.status = self.STATUS if status is None else int(status)
        self.diagnostics = list(diagnostics)

    def __str__(self):
        name = text(lib.lf_status_name(self.status)) if abs(self.status) < 2**31 else f'status {self.status}'
        parts = [name, self.args[0], *self.diagnostics]
        return '\n'.join(str(part) for part in parts if part)


class Busy(Error):
    """The engine is in a call already, of a callback that calls it or of another thread."""
    STATUS = lib.LF_E_BUSY


class Conflict(Error):
    """Somebody else changed the contact first."""
    STATUS = lib.LF_E_CONFLICT


class Fenced(Error):
    """The claim of an effect has been lost to somebody else."""
    STATUS = lib.LF_E_FENCED


class NotFound(Error, LookupError):
    """There is no such thing."""
    STATUS = lib.LF_E_NOTFOUND


class Refused(Error, ValueError):
    """The event is wrong and has changed nothing; the diagnostics say why."""
    STATUS = lib.LF_E_EVENT


class Unknown(Error):
    """It is not known whether a commit was done."""
    STATUS = lib.LF_E_UNKNOWN


_ERRORS = {one.STATUS: one for one in (Busy, Conflict, Fenced, NotFound, Refused, Unknown)}


class _Kept(threading.local):
    """What a callback of a blueprint has raised, by the status that it gave the library."""
    status, error = 0, None


_kept = _Kept()


def keep(status, error):
    _kept.status, _kept.error = status, error


def check(status, diagnostics=()):
    if status < 0:
        error = _kept.error if _kept.status == status else None
        keep(0, None)
        try:
            raise error or _ERRORS.get(status, Error)(status=status, diagnostics=diagnostics)
        finally:
            del error  # or it would hold this frame, which holds it


def out(kind, function, *args):
    """Calls a function whose last argument is an output, and gives that."""
    place = ffi.new(kind + '*')
    check(function(*args, place))
    return place[0]


def table(kind, members=()):
    """A table of callbacks, or of options, as its initialiser makes it, with these members set."""
    made = ffi.new(kind + ' *')
    getattr(lib, kind + '_init')(made, ffi.sizeof(kind))
    for name, value in dict(members).items():
        setattr(made, name, value)
    return made


def new_buffer():
    return ffi.gc(out('lf_buffer *', lib.lf_buffer_new, ffi.NULL), lib.lf_buffer_free)


def content(buffer):
    return ffi.unpack(lib.lf_buffer_data(buffer), lib.lf_buffer_size(buffer))


def written(write):
    """Calls write(buffer), checks the status that comes back, and gives the bytes."""
    buffer = new_buffer()
    check(write(buffer))
    return content(buffer)


def diagnosed(call):
    """Calls call(list of diagnostics), checks the status that comes back, and gives what was found."""
    found = ffi.gc(out('lf_diagnostics *', lib.lf_diagnostics_new, ffi.NULL), lib.lf_diagnostics_free)
    status = call(found)
    diagnostics = [
        Diagnostic(lib.lf_diagnostics_is_error(found, i) == 1, text(lib.lf_diagnostics_code(found, i)),
                   text(lib.lf_diagnostics_text(found, i)), text(lib.lf_diagnostics_pointer(found, i)),
                   text(lib.lf_diagnostics_source(found, i)), lib.lf_diagnostics_line(found, i),
                   lib.lf_diagnostics_column(found, i)) for i in range(lib.lf_diagnostics_count(found))]
    check(status, diagnostics)
    return diagnostics


def text(pointer):
    """Text of the library; None for NULL."""
    return ffi.string(pointer).decode() if pointer else None


def utf8(value):
    """Text for the library, which is told its size."""
    if not isinstance(value, str):
        raise TypeError(f'a str is wanted, not {type(value).__name__}')
    return value.encode()


def c_string(value):
    """Text for the library that ends with a NUL, so it must have none within."""
    value = value if isinstance(value, bytes) else utf8(value)
    if b'\0' in value:
        raise ValueError('text with a NUL')
    return value


def as_json(document):
    """A document for the library."""
    if isinstance(document, dict):
        document = json.dumps(document, ensure_ascii=False, allow_nan=False, default=_rfc3339)
    return document if isinstance(document, bytes) else utf8(document)


def _rfc3339(value):
    if not isinstance(value, datetime):
        raise TypeError(f'JSON has no {type(value).__name__}')
    return time(ms(value)).isoformat(timespec='milliseconds')


def ms(value):
    """A time in milliseconds since 1970: of an aware datetime, or given as such."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return (value - _EPOCH) // timedelta(milliseconds=1)
    if isinstance(value, int):
        return value
    raise TypeError(f'an aware datetime or milliseconds are wanted, not {value!r}')


def time(milliseconds):
    """The datetime of milliseconds since 1970; None for never."""
    return None if milliseconds == NEVER else _EPOCH + timedelta(milliseconds=milliseconds)
