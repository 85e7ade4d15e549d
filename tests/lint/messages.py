# SPDX-License-Identifier: MIT
"""What the parser can say is said in a test, and what it knows is in the documents: `messages.py ROOT`.

Every sentence in a call that reports an error or a finding of a blueprint, an event or a message text appears
in what the tests of the blueprint or of the template expect. Every code of lib/base/codes.h has its row in
docs/errors.md, and no other has. Every key of the tables in lib/blueprint is in docs/blueprint.md; one that is
known for later is refused in a test, one that is supported is used in one. Every kind of effect has its row in
docs/delivery.md.
"""
import re
import sys

from lint import Tree, line_of, run

REPORTS = re.compile(r'\b(?:lf_build_error|lf_build_finding|lf_build_unknown|lf_event_refuse|lf_buf_format|lf_buf_text'
                     r'|refuse|unknown|fail|check_name|check_word|wrong_kind)\(')
STRING = re.compile(r'"((?:\\.|[^"\\])*)"')


def call_at(text, start):
    """The call that opens at start, up to its closing parenthesis; strings are passed over."""
    depth, at = 0, start
    while at < len(text):
        if text[at] == '"':
            at = STRING.match(text, at).end()
            continue
        depth += (text[at] == '(') - (text[at] == ')')
        at += 1
        if depth == 0:
            break
    return text[start:at]


def sentences(text):
    """(position, sentence) of what is reported; neighbouring strings are one."""
    for match in REPORTS.finditer(text):
        call = re.sub(r'"\s+"', '', call_at(text, match.end() - 1))
        for string in STRING.findall(call):
            if string.count(' ') > 1:
                yield match.start(), string.replace('\\"', '"')


def pattern(sentence):
    return re.compile('.*?'.join(re.escape(part) for part in re.split(r'%[sSqdu]', sentence.replace('%%', '%'))))


def expected(tree):
    """What the tests of these modules expect, as text without the escapes of C."""
    files = tree.files('tests/blueprint', 'tests/template', ends=('.txt', '.c'))
    return '\n'.join(re.sub(r'"\s*\n\s*"', '', tree.read(path)).replace('\\"', '"') for path in files)


def unsaid(tree, said):
    for path in tree.files('lib/blueprint', 'lib/template', ends=('.c',)):
        text = tree.read(path)
        for position, sentence in sentences(text):
            if not pattern(sentence).search(said):
                yield '%s:%d: no test expects "%s"' % (path, line_of(text, position), sentence)


def codes(tree):
    known = {name: (number, meaning) for number, name, meaning in
             re.findall(r'X\(\w+, (\d+), "([^"]+)", "([^"]+)"\)', tree.read('lib/base/codes.h'))}
    page = tree.read('docs/errors.md')
    rows = {name: (number, meaning) for name, number, meaning in
            re.findall(r'^\| `([a-z-]+)` \| (\d+) \| ([^|]+) \|', page, re.M)}
    for name in sorted(known.keys() | rows.keys()):
        if known.get(name) != rows.get(name):
            yield 'docs/errors.md:1: %s is %s in lib/base/codes.h and %s here' % (name, known.get(name), rows.get(name))


def keys(tree, said):
    page = tree.read('docs/blueprint.md')
    for path in tree.files('lib/blueprint', ends=('.c',)):
        text = tree.read(path)
        for match in re.finditer(r'\{"(\w+)", (LF_K_[A-Z_| ]+)\}', text):
            where, key = '%s:%d' % (path, line_of(text, match.start())), match.group(1)
            if '`%s`' % key not in page:
                yield '%s: the key %s is not in docs/blueprint.md' % (where, key)
            if 'LATER' in match.group(2) and not re.search(r"not-supported \S*/%s \S+ '%s' is not" % (key, key), said):
                yield '%s: no test expects that %s is not supported yet' % (where, key)
            if 'LATER' not in match.group(2) and '"%s":' % key not in said:
                yield '%s: no test uses the key %s' % (where, key)


def effects(tree):
    kinds = re.findall(r'\[LF_FX_\w+\] = "(\w+)"', tree.read('lib/flow/effect_json.c'))
    rows = ' '.join(re.findall(r'^\| ((?:`\w+` ?)+)\|', tree.read('docs/delivery.md'), re.M))
    for kind in kinds or ['none']:
        if '`%s`' % kind not in rows:
            yield 'docs/delivery.md:1: the kind of effect %s has no row' % kind


def check(tree):
    said = expected(tree)
    yield from unsaid(tree, said)
    yield from codes(tree)
    yield from keys(tree, said)
    yield from effects(tree)


GOOD = {
    'lib/base/codes.h': '#define C(X) X(BAD, 1, "bad", "it is bad") \\\n    X(WORSE, 2, "worse", "it is worse")\n',
    'lib/blueprint/a.c': 'static const lf_key keys[] = {{"name", LF_K_STRING | LF_K_REQUIRED}, {"soon", LF_K_LATER}};\n'
                         'void f(void) { lf_build_error(b, (x), "the name %q "\n    "is too long", name); }\n',
    'docs/errors.md': '| code | number | means |\n|---|---|---|\n| `bad` | 1 | it is bad |\n| `worse` | 2 | it is worse |\n',
    'docs/blueprint.md': '`name` and `soon`\n',
    'lib/flow/effect_json.c': 'static const char *names[] = {[LF_FX_TAG] = "tag", [LF_FX_FLAG] = "flag"};\n',
    'docs/delivery.md': '| `tag` `flag` | one | more |\n',
    'tests/blueprint/cases/a.txt': '{"name": "x"}\n=>\nerror bad /name 1:1 the name \'x\' is too long\n'
                                   "error not-supported /soon 1:1 'soon' is not supported yet\n",
}
BAD = [
    ('a sentence that no test expects', {'lib/blueprint/b.c': 'void g(void) { refuse(why, "nobody hears this"); }\n'},
     'lib/blueprint/b.c:1: no test expects "nobody hears this"'),
    ('a sentence that has changed', {'lib/blueprint/a.c': GOOD['lib/blueprint/a.c'].replace('too long', 'far too long')},
     'lib/blueprint/a.c:2: no test expects'),
    ('a code without a row', {'docs/errors.md': '| `bad` | 1 | it is bad |\n'}, 'worse is'),
    ('a row that says something else', {'docs/errors.md': GOOD['docs/errors.md'].replace('is worse', 'is best')}, 'worse is'),
    ('a key that is not in the page', {'docs/blueprint.md': '`name`\n'}, 'the key soon is not in docs/blueprint.md'),
    ('a kind of effect without a row', {'docs/delivery.md': '| `tag` | one | more |\n'}, 'the kind of effect flag has no row'),
    ('a later key that no test refuses',
     {'tests/blueprint/cases/a.txt': GOOD['tests/blueprint/cases/a.txt'].replace('/soon', '/late')},
     'no test expects that soon is not supported yet'),
    ('a key that no test uses', {'tests/blueprint/cases/a.txt': GOOD['tests/blueprint/cases/a.txt'].replace('"name"', '"nom"')},
     'no test uses the key name'),
]

if __name__ == '__main__':
    run(check, GOOD, BAD, Tree(sys.argv[1]))
