# SPDX-License-Identifier: MIT
"""What a public function's comment says of its statuses is what the code can return: `statuses.py ROOT`.

A status that is listed must be one of enum lf_status_code, and somewhere below the function, in what it calls, there
must be a place that makes it. One that is made below, and that nothing between there and the function compares with
(so that it may be another one by then), must be listed. Tables of functions are not followed: "or what load returned"
is for the reader. Every status has its row in docs/errors.md.
"""
import re
import sys

import headers
from lint import Tree, code_only, run

CODE = r'\bLF_(?:E_[A-Z]+|OK)\b'
FUNCTION = re.compile(r'^(?:static )?(?:inline )?(?:const )?[\w]+(?: \**| )(\w+)\(([^;{}]*)\) \{\n(.*?)^\}', re.M | re.S)


class Body:
    def __init__(self, text):
        text = re.sub(r'\b[A-Z][A-Z_0-9]+\([^()]*\)', '', text)  # what is given to a macro is no function
        self.calls = {call or passed for call, passed in re.findall(r'\b(\w+)\(|(?:\.run =|,) (\w+)[,)}]', text)}
        self.handled = set(re.findall(r'[!=]= (%s)' % CODE, text))
        rest = re.sub(r'[!=]= %s|\bcase %s' % (CODE, CODE), '', text)
        self.made = set(re.findall(CODE, rest))


def bodies(tree):
    """{name: [Body]} of lib/; static ones of one name in several files are told apart by their file"""
    found = {}
    for path in tree.files('lib', ends=('.c', '.h')):
        text = code_only(tree.read(path))
        for match in FUNCTION.finditer(text):
            static = match.group(0).startswith('static') and path.endswith('.c')
            found[(path if static else None, match.group(1))] = (path, Body(match.group(3)))
    return found


def below(found, start):
    """(all codes made below a function, those of them that nothing on the way compares with)"""
    memo = {}

    def walk(key, path):
        if key in memo or key not in found:
            return memo.get(key, (set(), set()))
        memo[key] = (set(), set())
        where, body = found[key]
        every, free = set(body.made), set()
        for call in body.calls:
            inner = (where, call) if (where, call) in found else (None, call)
            more, more_free = walk(inner, where)
            every |= more
            free |= more_free
        free = (free & {'LF_E_NOMEM'} if 'LF_E_NOMEM' in body.handled else free - body.handled) | body.made
        memo[key] = (every, free)
        return memo[key]
    return walk((None, start), None)


def said_of(functions, name):
    return functions[name].said.get('returns', '')


def listed(functions, name, seen=()):
    """The codes that a comment names, with those of "as lf_other()\""""
    said = said_of(functions, name)
    codes = set(re.findall(CODE, said))
    for other in re.findall(r'\bas (lf_\w+)\(\)', said):
        if other in functions and other not in seen:
            codes |= listed(functions, other, (*seen, name))
    return codes


def check(tree):
    declared = headers.read(tree)
    statuses = {one.name: one for one in declared if one.kind == 'value' and one.outer.name == 'lf_status_code'}
    known = set(statuses)
    rows = re.findall(r'^\| `(LF_\w+)` \| (-?\d+) \| \S', tree.read('docs/errors.md'), re.M)
    for name in sorted({(name, one.value) for name, one in statuses.items()} ^ set(rows)):
        yield 'docs/errors.md:1: %s, %s is not both there and in lf_status_code' % name
    functions = {one.name: one for one in declared if one.kind == 'function' and one.type == 'lf_status'}
    found, excused = bodies(tree), set()
    for name, one in functions.items():
        codes, (every, free) = listed(functions, name), below(found, name)
        for code in sorted(codes - known):
            yield '%s says %s, which is not in lf_status_code' % (one, code)
        if 'LF_OK' not in codes or not codes - {'LF_OK'}:
            yield '%s does not say LF_OK and what else it returns' % one
        from_callbacks = re.search(r'\bwhat [\w ]+ returned', said_of(functions, name))
        for code in [] if from_callbacks else sorted(codes & known - every - {'LF_OK'}):
            yield '%s says %s, which nothing below it makes' % (one, code)
        for code in sorted(free - codes - {'LF_OK'}):
            if (name, code) not in IMPOSSIBLE:
                yield '%s does not say %s' % (one, code)
            excused.add((name, code))
    for name, code in sorted(set(IMPOSSIBLE) - excused):
        if name in functions:
            yield '%s: nobody has to be told any more why it does not return %s' % (functions[name], code)


# What only looks possible, and why it is not.
IMPOSSIBLE = {(name, code): why for code, names, why in [
    ('LF_E_LIMIT', 'lf_contact_new lf_contact_why_sequence lf_step_new lf_engine_new', 'an id has 255 bytes'),
    ('LF_E_LIMIT', 'lf_contact_copy lf_contact_decode lf_engine_contact', 'the texts fitted in before'),
    ('LF_E_LIMIT', 'lf_event_parse lf_event_set_json', 'JSON that is too deep is refused'),
    ('LF_E_PARSE', 'lf_event_parse lf_event_set_json lf_engine_take_json', 'JSON that is none is refused'),
    ('LF_E_PARSE', 'lf_engine_deliver', 'the texts of a blueprint were read when it was parsed'),
    ('LF_E_EVENT', 'lf_step_wake', 'only the event $move can be refused a move'),
    ('LF_E_NOTFOUND', 'lf_step_take lf_step_wake lf_engine_take lf_engine_deliver',
     'who leaves a sequence is in it'),
] for name in names.split()}

GOOD = {
    'docs/errors.md': '| `LF_OK` | 0 | done |\n| `LF_E_NOMEM` | -1 | x |\n| `LF_E_ARG` | -2 | x |\n| `LF_E_LIMIT` | -3 | x |\n',
    'include/leadflow/a.h': """
/** @brief The statuses. @since 1.0 */
enum lf_status_code {
    LF_OK = 0, /**< Done. @since 1.0 */
    LF_E_NOMEM = -1, /**< No memory. @since 1.0 */
    LF_E_ARG = -2, /**< No. @since 1.0 */
    LF_E_LIMIT = -3 /**< Too much. @since 1.0 */
};
/** @brief Keeps. @returns LF_OK, LF_E_ARG, LF_E_NOMEM @since 1.0 */
LF_API lf_status lf_thing_keep(lf_thing *thing);
/** @brief Stores. @returns LF_OK, otherwise as lf_thing_keep() @since 1.0 */
LF_API lf_status lf_thing_store(lf_thing *thing);
/** @brief Calls. @returns LF_OK, LF_E_NOMEM, or what the store returned @since 1.0 */
LF_API lf_status lf_thing_call(lf_thing *thing);
""",
    'lib/a/a.c': """
static lf_status room(size_t n) {
    return n > 5 ? LF_E_LIMIT : n > 4 ? LF_E_NOMEM : LF_OK;
}
lf_status lf_thing_keep(lf_thing *thing) {
    lf_status status = thing == NULL ? LF_E_ARG : room(3);
    return status == LF_E_LIMIT ? LF_OK : status;
}
lf_status lf_thing_store(lf_thing *thing) {
    lf_status status = lf_thing_keep(thing);
    return status == LF_E_LIMIT ? LF_E_ARG : status;
}
"""}


def bad(what, path, old, new, part):
    assert old in GOOD[path]
    return what, {path: GOOD[path].replace(old, new)}, part


PAGE, HEADER, SOURCE = GOOD
BAD = [
    bad('a status that is not listed', SOURCE, 'status == LF_E_LIMIT ? LF_OK', 'n > 7 ? LF_OK',
        'lf_thing_keep does not say LF_E_LIMIT'),
    bad('a status that nothing makes', SOURCE, '? LF_E_ARG : room', '? LF_OK : room', 'lf_thing_keep says LF_E_ARG, which nothing'),
    bad('a status that there is not', HEADER, 'LF_OK, LF_E_NOMEM,', 'LF_OK, LF_E_OOPS,', 'says LF_E_OOPS, which is not in'),
    bad('success that is not listed', HEADER, '@returns LF_OK, LF_E_ARG', '@returns LF_E_ARG', 'lf_thing_keep does not say LF_OK'),
    bad('no failure that is listed', HEADER, 'LF_OK, LF_E_NOMEM,', 'LF_OK,', 'lf_thing_call does not say LF_OK and what'),
    bad('a status without a row', PAGE, '| `LF_E_ARG` | -2 | x |\n', '', 'LF_E_ARG, -2 is not both'),
    ('an excuse that is not needed any more', {path: text.replace('lf_thing_call', 'lf_contact_copy') for path, text in GOOD.items()},
     'lf_contact_copy: nobody has to be told any more why it does not return LF_E_LIMIT'),
]

if __name__ == '__main__':
    run(check, GOOD, BAD, Tree(sys.argv[1]))
