# SPDX-License-Identifier: MIT
"""Every fenced block of the README and of docs/ is of something that a test compiles, runs or reads: `snippets.py ROOT`.

Code (c, ruby, python) is an excerpt, but for white space, of a file that some test names. Of any other language (json,
sql, sh, console, text) there is a test that names the page and the language: it takes the blocks from the page. And a
function that a page names is there.
"""
import re
import sys

from lint import Tree, line_of, run

CODE = {'c': ('.c', '.h'), 'ruby': ('.rb',), 'python': ('.py',)}
FENCE = re.compile(r'^```(\w*)\n(.*?)^```$', re.M | re.S)


def squeezed(text):
    return ''.join(text.split())


def functions(tree):
    """`lf_x()` in the text of a page"""
    there = ' '.join(tree.read(path) for path in tree.files('include', 'lib', 'examples', ends=('.h',)))
    known = set(re.findall(r'\blf_\w+', there))
    for page in tree.files('docs', ends=('.md',)) + ['README.md', 'CHANGELOG.md']:
        for match in re.finditer(r'`(lf_\w+)\(\)', tree.read(page)):
            if match.group(1) not in known:
                yield '%s:%d: there is no %s' % (page, line_of(tree.read(page), match.start()), match.group(1))


def check(tree):
    yield from functions(tree)
    tests = {path: tree.read(path) for path in tree.files('tests', ends=('.build', '.py', '.rb', '.c'))}
    sources = {}

    def named(path):
        stem = path.rsplit('/', 1)[-1].rsplit('.', 1)[0]
        return any(re.search(r'\b%s\b' % re.escape(stem), text) for other, text in tests.items() if other != path)

    def excerpt_of(language, block):
        for path in tree.files('examples', 'include', 'tests', ends=CODE[language]):
            if path not in sources:
                sources[path] = squeezed(tree.read(path))
            if squeezed(block) in sources[path]:
                yield path

    for page in tree.files('docs', ends=('.md',)) + ['README.md']:
        for match in FENCE.finditer(tree.read(page)):
            language, block = match.groups()
            where = '%s:%d' % (page, line_of(tree.read(page), match.start()))
            if language in CODE:
                found = list(excerpt_of(language, block))
                if not found:
                    yield '%s: this is in no file' % where
                elif not any(path.startswith('include/') or named(path) for path in found):
                    yield '%s: no test names %s' % (where, found[0])
            elif language == '':
                yield '%s: a block of no language' % where
            elif not any(page.rsplit('/', 1)[-1] in text and re.search(r'```%s\b|["\']%s["\']' % (language, language), text)
                         for text in tests.values()):
                yield '%s: no test reads the %s of %s' % (where, language, page)


GOOD = {
    'README.md': '# A\n\n```text\nout\n```\n',
    'CHANGELOG.md': '`lf_a_new()`\n',
    'include/a.h': 'LF_API void lf_a_new(void);\n',
    'docs/a.md': '# A\n\n```c\nint main(void) {\n  return 0;\n}\n```\n\n```json\n{}\n```\n',
    'examples/thing.c': '#include <a.h>\n\n    int main(void) {\n        return 0; }\n',
    'tests/meson.build': "test('thing', thing)\n",
    'tests/readme.py': "PAGE, LANGUAGE = 'README.md', 'text'\n",
    'tests/pages.py': "re.findall('```json', 'a.md')\n",
}
BAD = [
    ('code that is in no file', {'examples/thing.c': 'int main(void) { return 1; }\n'}, 'docs/a.md:3: this is in no file'),
    ('code of a file that no test names', {'tests/meson.build': ''}, 'docs/a.md:3: no test names examples/thing.c'),
    ('output that no test reads', {'tests/readme.py': "PAGE = 'README.md'\n"}, 'README.md:3: no test reads the text'),
    ('JSON that no test reads', {'tests/pages.py': "re.findall('```json', 'b.md')\n"}, 'docs/a.md:9: no test reads the json'),
    ('a function that there is not', {'CHANGELOG.md': '`lf_a_make()`\n'}, 'CHANGELOG.md:1: there is no lf_a_make'),
    ('a block of no language', {'README.md': '# A\n\n```\nout\n```\n'}, 'README.md:3: a block of no language'),
]

if __name__ == '__main__':
    run(check, GOOD, BAD, Tree(sys.argv[1]))
