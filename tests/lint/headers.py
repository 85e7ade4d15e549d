# SPDX-License-Identifier: MIT
"""Public headers, read into declarations with their comments, for the lints."""
import re

from lint import line_of

TAGS = r'@(?:brief|param|returns|since|note|file|defgroup|ref)\b'


class Declaration:
    """kind: function, struct, handle, enum, typedef, macro, member, value. `outer` is the one it stands in."""

    def __init__(self, where, kind, name, type_, doc, outer=None, given=None, value=None):
        self.where, self.kind, self.name, self.type = where, kind, name, ' '.join((type_ or '').split())
        self.outer, self.value = outer, value
        self.parameters = None if given is None else list(parameters(given))
        self.doc = doc
        self.said = sections(doc or '')

    def __str__(self):
        return '%s: %s' % (self.where, self.name)


def parameters(text):
    """(type, name) of each parameter in the list"""
    for part in re.split(r',(?![^()]*\))', text):
        part = ' '.join(part.split())
        if part not in ('', 'void'):
            yield re.match(r'(.*?)(\w+)(?:\[\w*\])?$', part).groups()


def plain(doc):
    """A comment's words"""
    doc = re.sub(r'^/\*\*<?|\*/$', '', (doc or '').strip())
    return ' '.join(re.sub(r'^\s*\*', '', doc, flags=re.M).split())


def sections(doc):
    """{'brief': text, 'returns': text, 'param x': text} of a comment; 'text': what stands before and between them"""
    found = {'text': []}
    for part in re.split(r'(?=%s)' % TAGS.replace('|ref', ''), plain(doc)):
        named = re.match(r'@(param\s+\w+|\w+)(.*)', part)
        if named:
            found[' '.join(named.group(1).split())] = named.group(2).strip()
        else:
            found['text'].append(part)
    found['text'] = ' '.join(found['text']).strip()
    return found


COMMENT = r'(?:/\*\*(?!<)(?P<doc>(?:(?!\*/).)*)\*/\s*)?'
FORMS = [
    ('function', COMMENT + r'^LF_API\s+(?P<type>[\w\s]+?\**)\s*\b(?P<name>lf_\w+)\s*\((?P<given>[^;]*)\);'),
    ('struct', COMMENT + r'^typedef struct (?P<name>lf_\w+) \{\n(?P<body>.*?)^\} (?P=name);'),
    ('enum', COMMENT + r'^enum (?P<name>lf_\w+) \{\n(?P<body>.*?)^\};'),
    ('handle', COMMENT + r'^typedef struct (?P<name>lf_\w+) (?P=name);'),
    ('typedef', COMMENT + r'^typedef (?P<type>[^;{]*?)\(\*(?P<name>lf_\w+)\)\((?P<given>[^;]*)\);'),
    ('typedef', COMMENT + r'^typedef (?!struct\b)(?P<type>\w+) (?P<name>lf_\w+);'),
    ('macro', COMMENT + r'^#define (?P<name>LF_\w+)(?!\w)'),
]
ITEM = r'(?P<before>/\*\*(?!<).*?\*/)|(?P<code>[^/%s]+%s?)(?P<behind>\s*/\*\*<.*?\*/)?'


def inside(outer, path, text, start, body):
    """The members or values of a block, each with the comment before it or behind it (/**<)"""
    before, end = None, ',' if outer.kind == 'enum' else ';'
    for item in re.finditer(ITEM % (end, end), body, re.S):
        code = item.group('code') or ''
        if item.group('before'):
            before = item.group('before')
        elif re.search(r'\w', code):
            where = '%s:%d' % (path, line_of(text, start + item.start('code') + len(code) - len(code.lstrip())))
            code, doc, before = ' '.join(code.strip(' \n;,').split()), item.group('behind') or before, None
            call = re.match(r'(.*)\(\*(\w+)\)\((.*)\)$', code)
            if outer.kind == 'enum':
                yield Declaration(where, 'value', code.split()[0], None, doc, outer, value=code.split('=')[-1].strip())
            elif call:
                yield Declaration(where, 'member', call.group(2), call.group(1), doc, outer, call.group(3))
            else:
                yield Declaration(where, 'member', re.search(r'\w+$', code).group(0),
                                  re.sub(r'\w+$', '', code), doc, outer)


def declarations(path, text):
    found, macros = [], set()
    for kind, form in FORMS:
        for match in re.finditer(form, text, re.M | re.S):
            groups = match.groupdict()
            name = groups['name']
            if kind == 'macro' and (name in macros or name.endswith('_H')):
                continue
            macros.add(name)
            if kind == 'macro' and groups['doc'] is None:
                guard = re.search(r'/\*\*(?!<)((?:(?!\*/).)*)\*/\s*^#ifndef %s$' % name, text, re.M | re.S)
                groups['doc'] = guard.group(1) if guard and '@file' not in guard.group(1) else None
            where = '%s:%d' % (path, line_of(text, match.start('name')))
            one = Declaration(where, kind, name, groups.get('type'), groups['doc'], None, groups.get('given'))
            found.append(one)
            if 'body' in groups:
                found += inside(one, path, text, match.start('body'), groups['body'])
    return found


def read(tree):
    """Every declaration of the public headers"""
    return [one for path in tree.files('include/leadflow', ends=('.h',)) for one in declarations(path, tree.read(path))]
