# SPDX-License-Identifier: MIT
"""Every public declaration is documented in full: `headerdocs.py ROOT`.

What it does (@brief), each parameter (@param), what comes back (@returns), since when (@since), and, where a
pointer crosses, one of the words that say whose it is: owned, borrowed, copied, static, read (during the call
only). Values and members have their own comment with @since.
"""
import re
import sys

from lint import Tree, line_of, run

COMMENT = r'/\*\*(?!<)(?P<doc>(?:(?!\*/).)*)\*/\s*'
WORDS = re.compile(r'\b(?:owned|borrowed|copied|static|read)\b', re.I)


def parameters(text):
    """(declaration, name) of each parameter in the list"""
    for part in re.split(r',(?![^()]*\))', text):
        part = ' '.join(part.split())
        if part not in ('', 'void'):
            yield part, re.search(r'(\w+)(?:\[\w*\])?$', part).group(1)


def sections(doc):
    """{'brief': text, 'returns': text, 'param x': text} of a comment"""
    doc = re.sub(r'^\s*\*', '', doc, flags=re.M)
    found = {}
    for part in re.split(r'(?=@(?:brief|param|returns|since|note)\b)', doc):
        named = re.match(r'@(param\s+\w+|\w+)(.*)', part, re.S)
        if named:
            found[' '.join(named.group(1).split())] = ' '.join(named.group(2).split())
    return found


def function(where, doc, returned, name, given):
    said = sections(doc)
    for part in ('brief', 'since'):
        if not said.get(part):
            yield '%s: %s has no @%s' % (where, name, part)
    if (returned != 'void') != ('returns' in said):
        yield '%s: %s %s' % (where, name, '@returns nothing' if returned == 'void' else 'has no @returns')
    if '*' in returned and 'returns' in said and not WORDS.search(said['returns']):
        yield '%s: %s does not say whose its result is' % (where, name)
    known = dict((param, text) for text, param in parameters(given))
    for param, text in known.items():
        if not said.get('param ' + param):
            yield '%s: %s has no @param %s' % (where, name, param)
        elif re.search(r'\*\*\w+$|\bconst (?:char|void) \*\w+$', text) and not WORDS.search(said['param ' + param]):
            yield '%s: %s does not say whose %s is' % (where, name, param)
    for param in said:
        if param.startswith('param ') and param.split()[1] not in known:
            yield '%s: %s has no parameter %s' % (where, name, param.split()[1])


def functions(path, text):
    documented = set()
    for match in re.finditer(COMMENT + r'LF_API\s+(?P<returned>[\w\s]+?\**)\s*\b(?P<name>lf_\w+)\s*\((?P<given>[^;]*)\);', text, re.S):
        where = '%s:%d' % (path, line_of(text, match.start('returned')))
        documented.add(match.group('name'))
        yield from function(where, match.group('doc'), match.group('returned').strip(), match.group('name'), match.group('given'))
    for match in re.finditer(r'^LF_API\b[^;]*?\b(lf_\w+)\s*\(', text, re.M):
        if match.group(1) not in documented:
            yield '%s:%d: %s has no comment' % (path, line_of(text, match.start()), match.group(1))


def members(path, text):
    """enum values and struct members: a comment behind (/**<) or before each, with @since"""
    for block in re.finditer(r'^(?:typedef )?(struct|enum) \w+ \{\n(.*?)^\}', text, re.M | re.S):
        body, start, pending = block.group(2), line_of(text, block.start(2)), ''
        end = ';' if block.group(1) == 'struct' else ','
        for item in re.finditer(r'(/\*\*(?!<).*?\*/)|([^/%s]+%s?)(\s*/\*\*<.*?\*/)?' % (end, end), body, re.S):
            comment, code, behind = item.groups()
            if comment:
                pending = comment
            elif re.search(r'\w', code):
                if '@since' not in (behind or '') + pending:
                    yield '%s:%d: %s has no comment with @since' % (
                        path, start + body.count('\n', 0, item.start() + len(code) - len(code.lstrip())),
                        re.search(r'(?:\(\*)?(\w+)\W*(?:\([^)]*\))?[\s;,]*$', code.split('=')[0]).group(1))
                pending = ''


def types(path, text):
    for match in re.finditer(r'^(?:typedef\b|(?:enum|struct) \w+ \{)[^\n]*', text, re.M):
        before = text[:match.start()].rstrip()
        if not before.endswith('*/') or '@since' not in before[before.rindex('/**'):]:
            yield '%s:%d: "%s" has no comment with @since' % (path, line_of(text, match.start()), match.group(0))


def check(tree):
    for path in tree.files('include', ends=('.h',)):
        text = tree.read(path)
        yield from functions(path, text)
        yield from members(path, text)
        yield from types(path, text)


GOOD = {'include/leadflow/a.h': '''
/** @brief A thing. @since 1.0 */
typedef struct lf_thing lf_thing;
/** @brief Kinds. @since 1.0 */
enum lf_kind {
    LF_A = 0, /**< One. @since 1.0 */
    LF_B = 1  /**< Other. @since 1.0 */
};
/** @brief Options. @since 1.0 */
typedef struct lf_options {
    size_t struct_size; /**< Its size. @since 1.0 */
    /** What is called. @since 1.0 */
    lf_status (*call)(void *user, size_t n);
} lf_options;
/**
 * @brief Makes one.
 * @param name  copied
 * @param out   owned
 * @returns LF_OK
 * @since 1.0
 */
LF_API lf_status lf_thing_new(const char *name, lf_thing **out);
/** @brief Its name. @param thing  the thing @returns borrowed until it is freed @since 1.0 */
LF_API const char *lf_thing_name(const lf_thing *thing);
/** @brief Ends it. @param thing  may be NULL @since 1.0 */
LF_API void lf_thing_free(lf_thing *thing);
'''}


def bad(what, old, new, part):
    text = GOOD['include/leadflow/a.h']
    assert old in text
    return what, {'include/leadflow/a.h': text.replace(old, new)}, part


BAD = [
    bad('no comment', '/** @brief Ends it. @param thing  may be NULL @since 1.0 */\n', '', 'lf_thing_free has no comment'),
    bad('no @since', 'may be NULL @since 1.0', 'may be NULL', 'lf_thing_free has no @since'),
    bad('no @returns', ' * @returns LF_OK\n', '', 'lf_thing_new has no @returns'),
    bad('a parameter that is left out', '@param thing  the thing ', '', 'lf_thing_name has no @param thing'),
    bad('a parameter of another name', '@param thing  may be NULL', '@param thing  may be NULL @param x  more', 'lf_thing_free has no parameter x'),
    bad('a result that is nobody\'s', 'borrowed until it is freed', 'text', 'does not say whose its result is'),
    bad('a handle that is nobody\'s', 'out   owned', 'out   the thing', 'does not say whose out is'),
    bad('text that is nobody\'s', 'name  copied', 'name  its name', 'does not say whose name is'),
    bad('a value without @since', 'Other. @since 1.0', 'Other.', 'a.h:7: LF_B has no comment'),
    bad('a member without @since', 'is called. @since 1.0', 'is called.', 'call has no comment'),
    bad('a type without a comment', '/** @brief A thing. @since 1.0 */\n', '', 'lf_thing;" has no comment'),
]

if __name__ == '__main__':
    run(check, GOOD, BAD, Tree(sys.argv[1]))
