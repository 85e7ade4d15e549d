# SPDX-License-Identifier: MIT
"""A page as Doxygen is to read it: `page.py FILE.md`, with the text on standard output.

Headings get the names that links use; links between pages become references; where a link leads to a file of the tree,
which the HTML has not, the text of the link stays; pictures stay as they are. The README, which is the first page, is the root of all others, in the
order in which it names them.
"""
import html
import os
import re
import sys

CODE = re.compile(r'`` (.+?) ``|`([^`]*)`')
LINK = re.compile(r'(?<!!)\[([^\]]+)\]\(([^)\s]+)\)')  # no picture


def page_of(path):
    return os.path.basename(path)[:-len('.md')]


def slug(heading):
    """as GitHub names headings"""
    return re.sub(r'[^\w\- ]', '', heading.strip().lower()).replace(' ', '-')


def heading(page, match):
    marks, text = match.groups()
    return '%s %s {#%s}' % (marks, text, page if marks == '#' else '%s_%s' % (page, slug(text)))


def code(match):
    """Doxygen knows no code with a backtick in it (`` `x` ``), ends it at a quote, and reads links in it."""
    known = match.group(1) is None and not set(match.group(2)) & {"'", '<'}
    return match.group(0) if known else '@htmlonly<code>%s</code>@endhtmlonly' % html.escape(match[1] or match[2])


def link(path, page, named):
    def replace(match):
        text, target = match.groups()
        if re.match(r'\w+:', target):
            return match.group(0)
        target, _, anchor = target.partition('#')
        there = os.path.normpath(os.path.join(os.path.dirname(path), target)) if target else path
        to = page_of(there) if there.endswith('.md') else None
        known = to is not None and (to == page or os.path.basename(os.path.dirname(there)) == 'docs')
        if not known:
            return text
        if page == 'README' and not anchor and to not in named:
            named.add(to)
            return '@subpage %s "%s"' % (to, text.replace('`', ''))
        return '[%s](@ref %s)' % (text, '%s_%s' % (to, anchor) if anchor else to)
    return replace


def lines_of(path, text):
    page, named, fenced = page_of(path), set(), False
    for line in text.splitlines():
        fenced ^= line.startswith('```')
        if fenced or line.startswith(('```', '    ')):
            yield line
            continue
        line = re.sub(r'^(#+) (.*)$', lambda match: heading(page, match), line)
        line = CODE.sub(code, line)
        yield LINK.sub(link(path, page, named), line)


if __name__ == '__main__':
    with open(sys.argv[1], encoding='utf-8') as file:
        print('\n'.join(lines_of(os.path.abspath(sys.argv[1]), file.read())))
