# SPDX-License-Identifier: MIT
"""Signed links of unsubscription, and the requests that follow them (RFC 8058)."""
from typing import NamedTuple, Optional

from .library import c_string, check, content, ffi, lib, ms, new_buffer, table, utf8

ANSWERS = ('reject', 'confirm', 'deny')


class Answer(NamedTuple):
    """How a request is to be answered: 'reject' with an error, 'confirm' with a page that asks, 'deny' with success when
    the event, for Engine.take(), is in."""
    what: str
    event: Optional[str]


class Unsubscribe:
    """Where links lead and what signs them, for Engine and Step: 'https://mail.example/u/', and 1 to 8 keys
    'id:hex id:hex', of which the first signs and all verify."""

    def __init__(self, link, keys):
        self._alive = ffi.new('char[]', c_string(link)), ffi.new('char[]', c_string(keys))
        self._options = table('lf_unsubscribe_options', zip(('link', 'keys'), self._alive))

    @staticmethod
    def of(one):
        """The options; none for None."""
        if one is None:
            return ffi.NULL
        if not isinstance(one, Unsubscribe):
            raise TypeError(f'an Unsubscribe is wanted, not {type(one).__name__}')
        return one._options

    def parse(self, token, method, *, at, content_type=None, body=None, tenant='default'):
        """The Answer to a request, whatever it is. `token` stands behind the link, `body` is bytes or None."""
        token, body = utf8(token), None if body is None else memoryview(body).tobytes()
        texts = dict(tenant=tenant, method=method, content_type=content_type)
        alive = {name: ffi.new('char[]', c_string(value)) for name, value in texts.items() if value is not None}
        alive.update(token=ffi.from_buffer(token), body=ffi.NULL if body is None else ffi.from_buffer(body))
        request = table('lf_unsubscribe_request', dict(alive, token_len=len(token), body_len=len(body or b''), at=ms(at)))
        what, event = ffi.new('int32_t *'), new_buffer()
        check(lib.lf_unsubscribe_parse(self._options, request, what, event))
        return Answer(ANSWERS[what[0]], content(event).decode() or None)
