# SPDX-License-Identifier: MIT
"""How the pages become HTML: `pages.py ROOT`. What docs/page.py makes of a page, and that docs/reference.py finds links that
lead nowhere. The HTML itself is made by `meson compile docs`, with doxygen."""
import os
import sys
import tempfile

ROOT = os.path.abspath(sys.argv[1])
sys.path.insert(0, os.path.join(ROOT, 'docs'))
import page  # noqa: E402
import reference  # noqa: E402
from lint import report, write  # noqa: E402

PAGES = [
    ('headings get names', 'docs/a.md', '# The `A`\n## In a file: `x`', '# The `A` {#a}\n## In a file: `x` {#a_in-a-file-x}'),
    ('links between pages', 'docs/a.md', '[b](b.md), [c](b.md#some-c), [d](#d)', '[b](@ref b), [c](@ref b_some-c), [d](@ref a_d)'),
    ('links out of the HTML', 'docs/a.md', '[x.c](../examples/x.c) [w](https://a.example)', 'x.c [w](https://a.example)'),
    ('pictures stay', 'docs/a.md', '![a b](a.svg) [a](a.svg)', '![a b](a.svg) a'),
    ('code stays as it is', 'docs/a.md', '```c\n# [b](b.md)\n```\n    # x', '```c\n# [b](b.md)\n```\n    # x'),
    ('code with a backtick', 'docs/a.md', '`` a`b ``', '@htmlonly<code>a`b</code>@endhtmlonly'),
    ('the README is the root', 'README.md', '[b](docs/b.md) [b](docs/b.md)', '@subpage b "b" [b](@ref b)'),
]
LINKS = [
    ('good links', {'a.html': '<a href="b.html#x">', 'b.html': '<h1 id="x"><a href="#x"><a href="https://a.example">'}, []),
    ('a page that is not there', {'a.html': '<a href="b.html">'}, ['a.html: there is no b.html']),
    ('a place that is not there', {'a.html': '<a href="b.html#x">', 'b.html': ''}, ['a.html: there is no #x in b.html']),
]


def broken(files):
    with tempfile.TemporaryDirectory() as folder:
        write(folder, files)
        return list(reference.broken(folder))


def differs(got, wanted):
    return [] if got == wanted else ['"%s" is not "%s"' % (got, wanted)]


report([(what, differs('\n'.join(page.lines_of(os.path.join('/tree', path), text)), wanted)) for what, path, text, wanted in PAGES] +
       [(what, differs(broken(files), wanted)) for what, files, wanted in LINKS])
