# SPDX-License-Identifier: MIT
"""The comments of the public headers say the whole contract, in fixed words: `headerdocs.py ROOT`.

Every function, type, value, member and macro: what it is, @since; a function each @param, and @returns. Where a
pointer crosses, one of the words of docs/ownership.md that say whose it is. What a handle's threads may do, and where a
function has no handle, that any thread may call it. Of numbers what they count, of times from when.
statuses.py sees to the statuses.
"""
import re
import sys

import headers
from lint import Tree, run

# Whose a pointer is. docs/ownership.md says what each means.
WORDS = ['owned', 'borrowed until', 'static', 'copied', 'read during the call', 'used during the call', 'written',
         'appended to', 'a reference is taken', 'freed', 'given back', 'passed on']
RETURNED = ['owned', 'borrowed until', 'static']
THREADS = ['any thread', 'one thread at a time', 'only within the callback']
# What a number is. A time is in milliseconds since 1970, and so is what is named like one.
UNITS = {
    'int64_t': 'milliseconds|milli-points|how many|count|at most so many|value|from 1',
    'uint64_t': 'how many|count|revision|fence|bytes',
    'uint32_t': 'from [01]',
    'size_t': 'bytes|how many|count|from 0|sizeof|at most|room|not 0',
    'int32_t': r'one of lf_\w+|\b[01]\b|100',
    'double': 'value',
}
TIME = re.compile(r'(?:^|_)(?:at|now|ms|since|until|due|clock|wake|wake_time|created|not_before|change)$')
SINCE = re.compile(r'^1\.\d+$')


def said_one_of(words, text):
    return any(re.search(r'\b%s\b' % word, text, re.I) for word in words)


def units(what, type_, name, text):
    """What is wrong with how a number is described"""
    type_ = type_.replace('const ', '').rstrip('* ')
    if type_ == 'int64_t' and TIME.search(name):
        wanted = 'milliseconds' if name.endswith('_ms') else 'milliseconds since 1970'
        if wanted not in text:
            yield '%s is a time: "%s"' % (what, wanted)
    elif type_ in UNITS and not re.search(UNITS[type_], text, re.I):
        yield '%s is a number of what?' % what


def function(one, handles):
    where = str(one)
    if (one.type != 'void') != ('returns' in one.said):
        yield '%s %s' % (where, '@returns nothing' if one.type == 'void' else 'has no @returns')
    result = one.said.get('returns', '')
    if '*' in one.type and result and not said_one_of(RETURNED, result):
        yield '%s does not say whose its result is' % where
    if result and one.type != 'lf_status':
        yield from units(where, one.type, one.name, result)
    for type_, name in one.parameters:
        text = one.said.get('param ' + name)
        if not text:
            yield '%s has no @param %s' % (where, name)
        elif '*' in type_ and not said_one_of(WORDS, text):
            yield '%s does not say whose %s is' % (where, name)
        else:
            yield from units('%s: %s' % (where, name), type_, name, text)
    known = {name for _, name in one.parameters}
    for part in one.said:
        if part.startswith('param ') and part.split()[1] not in known:
            yield '%s has no parameter %s' % (where, part.split()[1])
    first = re.sub(r'\bconst\b|[* ]', '', one.parameters[0][0]) if one.parameters else None
    if one.kind == 'function' and first not in handles and not said_one_of(THREADS, one.said.get('note', '')):
        yield '%s has no handle and does not say which threads may call it' % where


def member(one):
    text = one.said['text']
    around = text + ' ' + ' '.join(one.outer.said.values())
    if one.parameters is None:
        if '*' in one.type and not said_one_of(WORDS, text):
            yield '%s does not say whose it is' % one
        yield from units(str(one), one.type, one.name, text)
        return
    for _, name in one.parameters:
        if '`%s`' % name not in around:
            yield '%s says nothing of `%s`' % (one, name)
    if any('*' in type_ and name != 'user' for type_, name in one.parameters) and 'borrowed until' not in around:
        yield '%s does not say whose its pointers are' % one
    if one.type == 'lf_status' and 'LF_OK' not in around:
        yield '%s does not say what it returns' % one


def check(tree):
    declared = headers.read(tree)
    handles = {one.name for one in declared if one.kind == 'handle'}
    for one in declared:
        since = one.said.get('since', '')
        if not one.doc:
            yield '%s has no comment' % one
            continue
        if not SINCE.match(since):
            yield '%s has no @since with a version' % one
        if one.outer is None and not one.said.get('brief') or one.outer and not one.said['text']:
            yield '%s does not say what it is' % one
        if one.kind == 'handle' and not said_one_of(THREADS, ' '.join(one.said.values())):
            yield '%s does not say which threads may use it' % one
        if one.kind == 'function' or one.kind == 'typedef' and one.parameters is not None:
            yield from function(one, handles)
        if one.kind == 'member':
            yield from member(one)
    for path in tree.files('include/leadflow', ends=('.h',)):
        if not re.search(r'/\*\*\s*\* @file %s\s*\* @brief \S' % re.escape(path.rsplit('/', 1)[-1]), tree.read(path)):
            yield '%s:1: the file does not say what it is for' % path
    page = tree.read('docs/ownership.md') if tree.has('docs/ownership.md') else ''
    for word in WORDS:
        if not re.search(r'^\| \*\*%s\*\* \|' % re.escape(word), page, re.M):
            yield 'docs/ownership.md:1: the word "%s" is not explained' % word


GOOD = {'docs/ownership.md': '\n'.join('| **%s** | means |' % word for word in WORDS), 'include/leadflow/a.h': '''
/**
 * @file a.h
 * @brief Things.
 */
/** @brief What is visible. @since 1.0 */
#ifndef LF_API
#define LF_API
#endif
/** @brief A thing. One thread at a time. @since 1.0 */
typedef struct lf_thing lf_thing;
/** @brief Kinds. @since 1.0 */
enum lf_kind {
    LF_A = 0, /**< One. @since 1.0 */
    LF_B = 1  /**< Other. @since 1.0 */
};
/** @brief Options; `user` is yours, all else is borrowed until the callback returns. @since 1.0 */
typedef struct lf_options {
    size_t struct_size; /**< sizeof(lf_options). @since 1.0 */
    int64_t lease_ms; /**< The lease, in milliseconds. @since 1.0 */
    const char *name; /**< Copied. @since 1.0 */
    /** What is called with `n`; it returns LF_OK. @since 1.0 */
    lf_status (*call)(void *user, const char *n);
} lf_options;
/**
 * @brief Makes one.
 * @param name  copied
 * @param at    milliseconds since 1970
 * @param out   owned
 * @returns LF_OK
 * @note Any thread.
 * @since 1.0
 */
LF_API lf_status lf_thing_new(const char *name, int64_t at, lf_thing **out);
/** @brief Its name. @param thing  read during the call @returns borrowed until it is freed @since 1.0 */
LF_API const char *lf_thing_name(const lf_thing *thing);
/** @brief Its age. @param thing  read during the call @returns how many days @since 1.0 */
LF_API int64_t lf_thing_age(const lf_thing *thing);
/** @brief Ends it. @param thing  freed; may be NULL @since 1.0 */
LF_API void lf_thing_free(lf_thing *thing);
'''}
HEADER = 'include/leadflow/a.h'


def bad(what, old, new, part, path=HEADER):
    assert old in GOOD[path]
    return what, {path: GOOD[path].replace(old, new)}, part


BAD = [
    bad('a function without a comment', '/** @brief Ends it. @param thing  freed; may be NULL @since 1.0 */\n', '',
        'lf_thing_free has no comment'),
    bad('no @since', 'may be NULL @since 1.0', 'may be NULL', 'lf_thing_free has no @since'),
    bad('@since of no version', 'may be NULL @since 1.0', 'may be NULL @since long ago', 'lf_thing_free has no @since'),
    bad('no @brief', '@brief Ends it.', 'Ends it.', 'lf_thing_free does not say what it is'),
    bad('no @returns', ' * @returns LF_OK\n', '', 'lf_thing_new has no @returns'),
    bad('a parameter that is left out', '@param thing  read during the call @returns borrowed', '@returns borrowed',
        'lf_thing_name has no @param thing'),
    bad('a parameter of another name', 'may be NULL', 'may be NULL @param x  more', 'lf_thing_free has no parameter x'),
    bad("a result that is nobody's", 'borrowed until it is freed', 'text', 'does not say whose its result is'),
    bad('a result that is borrowed for no time', 'borrowed until it is freed', 'borrowed', 'does not say whose its result is'),
    bad("a handle that is nobody's", 'out   owned', 'out   the thing', 'does not say whose out is'),
    bad("text that is nobody's", 'name  copied', 'name  its name', 'does not say whose name is'),
    bad("a member that is nobody's", 'Copied.', 'Its name.', 'name does not say whose it is'),
    bad('a time from when?', 'at    milliseconds since 1970', 'at    when', 'at is a time'),
    bad('a time in what?', ', in milliseconds', '', 'lease_ms is a time'),
    bad('a number of what?', 'how many days', 'its age', 'lf_thing_age is a number of what?'),
    bad('a value without @since', 'Other. @since 1.0', 'Other.', 'a.h:15: LF_B has no @since'),
    bad('a value without words', 'Other. @since', '@since', 'a.h:15: LF_B does not say'),
    bad('a member without @since', 'LF_OK. @since 1.0', 'LF_OK.', 'call has no @since'),
    bad('a member without a comment', ' /**< Copied. @since 1.0 */', '', 'name has no comment'),
    bad("a callback's parameter that is left out", 'with `n`', 'with text', 'call says nothing of `n`'),
    bad("a callback's pointers that are nobody's", 'all else is borrowed until', 'all else is good until', 'call does not say whose'),
    bad('a callback without a status', 'returns LF_OK', 'returns', 'call does not say what it returns'),
    bad('a type without a comment', '/** @brief A thing. One thread at a time. @since 1.0 */\n', '', 'lf_thing has no comment'),
    bad('a macro without a comment', '/** @brief What is visible. @since 1.0 */\n', '', 'LF_API has no comment'),
    bad('a handle without threads', ' One thread at a time.', '', 'lf_thing does not say which threads'),
    bad('a function without threads', ' * @note Any thread.\n', '', 'lf_thing_new has no handle'),
    bad('a file without a purpose', ' * @brief Things.\n', '', 'the file does not say'),
    bad('a word that the page does not explain', '| **owned** | means |', '', '"owned" is not explained', 'docs/ownership.md'),
]

if __name__ == '__main__':
    run(check, GOOD, BAD, Tree(sys.argv[1]))
