# SPDX-License-Identifier: MIT
"""leadflow.cdef is simple C: `cdef.py ROOT CDEF`.

A parser of a dozen lines is enough for it: opaque types, structs of members, enums of numbers, function types and
plain functions, of fixed-width integers, double, char, void and pointers. No varargs, va_list, bit-fields, inline,
structs by value or enum-typed parameters. It declares what the version script exports.
"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lint'))
from lint import Tree, report, seeded  # noqa: E402

SCALARS = {'int8_t', 'uint8_t', 'int16_t', 'uint16_t', 'int32_t', 'uint32_t', 'int64_t', 'uint64_t', 'size_t', 'double',
           'lf_status'}
FUNCTION = re.compile(r'(?P<result>[\w\s]+?[\s*]+)(?P<name>lf_\w+)\((?P<given>[^()]*)\)$')
POINTER = re.compile(r'(?P<result>[\w\s]+?[\s*]+)\(\*(?P<name>\w+)\)\((?P<given>[^()]*)\)$')


def declarations(text):
    """split at the semicolons outside of braces"""
    depth, start = 0, 0
    for at, char in enumerate(text):
        depth += (char == '{') - (char == '}')
        if char == ';' and depth == 0:
            yield ' '.join(text[start:at].split())
            start = at + 1
    if text[start:].strip():
        yield text[start:].strip()


class Reader:
    def __init__(self):
        self.types, self.functions, self.wrong = set(), set(), []

    def value(self, text, what):
        """a type that is passed or stored: a scalar, or a pointer to something known"""
        words = text.replace('*', ' * ').split()
        base = [word for word in words if word not in ('const', '*')]
        known = len(base) == 1 and (base[0] in SCALARS or ('*' in words and base[0] in self.types | {'char', 'void'}))
        if not known and not (len(base) == 1 and base[0].endswith('_fn') and base[0] in self.types):
            self.wrong.append('%s: "%s"' % (what, text))

    def given(self, text, what):
        for part in text.split(',') if text.strip() != 'void' else []:
            match = re.match(r'(.*?[\s*])(\w+)$', part.strip())
            if match:
                self.value(match.group(1), what)
            else:
                self.wrong.append('%s: "%s"' % (what, part.strip()))

    def callable(self, match):
        if match.group('result').strip() != 'void':
            self.value(match.group('result'), match.group('name'))
        self.given(match.group('given'), match.group('name'))

    def member(self, text, what):
        pointer, plain = POINTER.match(text), re.match(r'(.*?[\s*])(\w+)$', text)
        if pointer:
            self.callable(pointer)
        elif plain:
            self.value(plain.group(1), what)
        else:
            self.wrong.append('%s: "%s"' % (what, text))

    def declaration(self, text):
        opaque = re.match(r'typedef struct (\w+) (\w+)$', text)
        struct = re.match(r'typedef struct (\w+) \{(.*)\} (\w+)$', text)
        enum = re.match(r'enum \w+ \{(.*)\}$', text)
        if opaque and opaque.group(1) == opaque.group(2):
            self.types.add(opaque.group(1))
        elif struct and struct.group(1) == struct.group(3):
            self.types.add(struct.group(1))
            for member in struct.group(2).split(';')[:-1]:
                self.member(member.strip(), struct.group(1))
        elif enum and all(re.match(r'\s*LF_\w+ = -?\d+\s*$', value) for value in enum.group(1).rstrip(', ').split(',')):
            pass
        elif text.startswith('typedef ') and POINTER.match(text[8:]):
            self.types.add(POINTER.match(text[8:]).group('name'))
            self.callable(POINTER.match(text[8:]))
        elif re.match(r'typedef \w+ lf_\w+$', text):
            self.value(text.split()[1], text)
        elif FUNCTION.match(text) and not re.match(r'(static|inline|extern)\b', text):
            self.functions.add(FUNCTION.match(text).group('name'))
            self.callable(FUNCTION.match(text))
        else:
            self.wrong.append('not simple: "%s"' % text[:100])


def check(tree, cdef=None):
    reader = Reader()
    text = tree.read('leadflow.cdef') if cdef is None else open(cdef, encoding='utf-8').read()
    for line in re.findall(r'^\s*#.*', text, re.M):
        yield 'a directive: "%s"' % line
    for declaration in declarations(text):
        reader.declaration(declaration)
    yield from reader.wrong
    script = re.sub(r'/\*.*?\*/', '', tree.read('lib/leadflow.map'), flags=re.S)
    exported = set(re.findall(r'\blf_\w+', script))
    yield from ('%s is exported, but not declared' % name for name in sorted(exported - reader.functions))
    yield from ('%s is declared, but not exported' % name for name in sorted(reader.functions - exported))


CDEF = '''
typedef int32_t lf_status;
enum lf_kind {
    LF_A = 0,
    LF_B = -1
};
typedef void *(*lf_realloc_fn)(void *user, void *ptr, size_t new_size);
typedef struct lf_thing lf_thing;
typedef struct lf_options { size_t struct_size; const char *const *names; lf_realloc_fn fn;
    lf_status (*call)(void *user, const lf_thing *thing); } lf_options;
lf_status lf_thing_new(const lf_options *options, lf_thing **out);
const char *lf_thing_name(const lf_thing *thing, size_t *len);
'''
GOOD = {'leadflow.cdef': CDEF, 'lib/leadflow.map': 'LEADFLOW_1.0 { global: lf_thing_new; lf_thing_name; };'}
BAD = [(what, {'leadflow.cdef': CDEF.replace(old, new)}, part) for what, old, new, part in [
    ('varargs', 'size_t *len)', '...)', 'lf_thing_name: "..."'),
    ('an int that is not of fixed width', 'size_t *len', 'unsigned len', 'lf_thing_name: "unsigned'),
    ('a struct by value', 'const lf_options *options', 'lf_options options', 'lf_thing_new: "lf_options'),
    ('an enum-typed parameter', 'size_t *len', 'enum lf_kind kind', 'lf_thing_name: "enum lf_kind'),
    ('a bit-field', 'size_t struct_size;', 'size_t struct_size : 3;', 'lf_options: "size_t struct_size : '),
    ('an inline function', 'const char *lf_thing_name', 'inline const char *lf_thing_name', 'not simple'),
    ('a type from elsewhere', 'size_t *len', 'FILE *file', 'lf_thing_name: "FILE'),
    ('an enum that is computed', 'LF_B = -1', 'LF_B = 1 << 3', 'not simple'),
    ('a directive', 'typedef int32_t', '#define LF_X 1\ntypedef int32_t', 'a directive'),
]] + [('an export that it does not declare',
       {'lib/leadflow.map': 'LEADFLOW_1.0 { global: lf_thing_new; lf_thing_name; lf_x; };'}, 'lf_x is exported')]


def main():
    tree = Tree(sys.argv[1])
    results = [('leadflow.cdef is simple', list(check(tree, sys.argv[2]))), ('is silent on a good one', seeded(check, GOOD, {}))]
    for what, changes, part in BAD:
        found = seeded(check, GOOD, changes)
        results.append(('bites: ' + what, [] if any(part in finding for finding in found) else
                        ['"%s" was to come, but there came: %s' % (part, found)]))
    report(results)


if __name__ == '__main__':
    main()
