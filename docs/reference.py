# SPDX-License-Identifier: MIT
"""Makes the HTML of the headers and of all pages: `reference.py DOXYGEN DOXYFILE FOLDER`.

A warning of Doxygen is an error, and so is a link within the HTML that leads nowhere.
"""
import html.parser
import os
import shutil
import subprocess
import sys
import urllib.parse


class Page(html.parser.HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.links, self.anchors = [], set()
        with open(path, encoding='utf-8') as file:
            self.feed(file.read())

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.anchors |= {attrs[name] for name in ('id', 'name') if attrs.get(name)}
        if tag == 'a' and attrs.get('href'):
            self.links.append(attrs['href'])


def broken(folder):
    pages = {name: Page(os.path.join(folder, name)) for name in os.listdir(folder) if name.endswith('.html')}
    for name, page in sorted(pages.items()):
        for link in page.links:
            parts = urllib.parse.urlsplit(link)
            if parts.scheme:
                continue
            target = urllib.parse.unquote(parts.path) or name
            if target in pages and parts.fragment and parts.fragment not in pages[target].anchors:
                yield '%s: there is no #%s in %s' % (name, parts.fragment, target)
            elif not os.path.exists(os.path.join(folder, target)):
                yield '%s: there is no %s' % (name, target)


def main(doxygen, doxyfile, folder):
    shutil.rmtree(folder, ignore_errors=True)
    made = subprocess.run([doxygen, doxyfile], check=False)
    wrong = sorted(set(broken(folder))) if made.returncode == 0 else ['doxygen is not content']
    for line in wrong:
        print(line, file=sys.stderr)
    if wrong:
        shutil.rmtree(folder, ignore_errors=True)
        sys.exit(1)
    print('made: ' + os.path.join(folder, 'index.html'))


if __name__ == '__main__':
    main(*sys.argv[1:])
