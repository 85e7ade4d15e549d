# SPDX-License-Identifier: MIT
"""The way of one event through the floors: the table in docs/architecture.md, checked against the code, and drawn.

Each row is a stop: a number, whose parent called it; a function; the file where it is defined, or whose callback it is;
what is done there. `way.py ROOT` draws docs/architecture.svg anew; the lint `floors` compares.
"""
import html
import re
import sys

from lint import Tree, code_only

PAGE, PICTURE = 'docs/architecture.md', 'docs/architecture.svg'
FILE = r'\[[^\]]*\]\(\.\./lib/([\w/]+\.c)\)'
ROW = re.compile(r'^\| ([\d.]+) \| `(\w+)` \| (?:%s|the (store|delivery)) \| (.*) \|$' % FILE, re.M)
LANE, LINE, WIDE, HIGH, TOP = 184, 27, 142, 22, 56


class Stop:
    def __init__(self, match):
        self.number, self.function, self.file, self.outside, self.what = match.groups()
        self.module = self.file.split('/')[0] if self.file else 'yours'
        self.parent = None


def stops(tree):
    found = [Stop(match) for match in ROW.finditer(tree.read(PAGE))]
    known = {stop.number: stop for stop in found}
    for stop in found:
        stop.parent = known.get(stop.number.rpartition('.')[0])
    return found


def ancestors(stop):
    while stop.parent is not None:
        stop = stop.parent
        yield stop


def wrong_with(tree, stop, allowed):
    """One reason, or None."""
    if '.' in stop.number and stop.parent is None:
        return 'nobody has the number above it'
    if stop.file is not None:
        if not tree.has('lib/' + stop.file):
            return 'there is no lib/%s' % stop.file
        definition = r'^\w[^;{}()]*\b%s\([^;{}]*\{' % stop.function
        if not re.search(definition, code_only(tree.read('lib/' + stop.file)), re.M):
            return 'lib/%s does not define %s' % (stop.file, stop.function)
        if stop.parent is not None and stop.module not in allowed.get(stop.parent.module, set()) | {stop.parent.module}:
            return 'from %s it goes up, or sideways, to %s' % (stop.parent.module, stop.module)
    callers = [above.file for above in ancestors(stop) if above.file]
    if callers and not any(re.search(r'\b%s\b' % stop.function, code_only(tree.read('lib/' + path))) for path in callers
                           if path != stop.file or above_defines(tree, stop)):
        return 'none of the files above it calls %s' % stop.function
    return None


def above_defines(tree, stop):
    """In its own file a function stands once where it is defined: it has to stand there once more."""
    return len(re.findall(r'\b%s\b' % stop.function, code_only(tree.read('lib/' + stop.file)))) > 1


def findings(tree, allowed):
    if not tree.has(PAGE):
        return
    found = stops(tree)
    for stop in found:
        reason = wrong_with(tree, stop, allowed)
        if reason is not None:
            yield '%s: stop %s: %s' % (PAGE, stop.number, reason)
            return
    if not tree.has(PICTURE) or tree.read(PICTURE) != picture(found, allowed):
        yield '%s: is not the way of %s; `python3 tests/lint/way.py .` draws it anew' % (PICTURE, PAGE)


def text(x, y, words, extra=''):
    return '<text x="%d" y="%d"%s>%s</text>' % (x, y, extra, html.escape(words))


def picture(found, allowed):
    """A lane for each module, the highest floor on the left; a line for each stop. Calls go to the right: down."""
    lanes = ['yours'] + [module for module in reversed(list(allowed)) if any(stop.module == module for stop in found)]
    width, height = LANE * len(lanes) + 20, TOP + LINE * len(found) + 10
    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d"' % (width, height),
           ' font-family="sans-serif" font-size="11">',
           '<title>The way of one event through the floors</title>',
           '<rect width="%d" height="%d" fill="#ffffff"/>' % (width, height)]
    for at, lane in enumerate(lanes):
        out.append('<rect x="%d" y="8" width="%d" height="%d" fill="%s"/>'
                   % (10 + at * LANE, LANE - 4, height - 16, '#fff4dd' if at == 0 else '#eef2f7'))
        name = 'store and delivery' if at == 0 else lane
        out.append(text(18 + at * LANE, 28, name, ' font-weight="bold" font-size="13"'))
    place = {}
    for row, stop in enumerate(found):
        inner = sum(above.module == stop.module for above in ancestors(stop))
        x, y = 16 + lanes.index(stop.module) * LANE + 9 * inner, TOP + row * LINE
        place[stop.number] = x, y
        if stop.parent is not None:
            from_x, from_y = place[stop.parent.number]
            turn = from_x + 4
            end = x if x > turn else x + WIDE
            out.append('<path d="M%d %d V%d H%d" fill="none" stroke="#8a99ad"%s/>'
                       % (turn, from_y + HIGH, y + HIGH // 2, end, ' stroke-dasharray="3 3"' if stop.outside else ''))
    for stop in found:
        x, y = place[stop.number]
        where = stop.file or 'the ' + stop.outside
        out.append('<g><title>%s %s: %s</title>' % (stop.number, where, html.escape(re.sub(r'[`*]', '', stop.what))))
        out.append('<rect x="%d" y="%d" width="%d" height="%d" rx="3" fill="#ffffff" stroke="#44546a"/>' % (x, y, WIDE, HIGH))
        out.append(text(x + 5, y + 15, stop.function) + '</g>')
    return '\n'.join(out + ['</svg>', ''])


if __name__ == '__main__':
    from floors import floors
    root = Tree(sys.argv[1])
    with open(root.root + '/' + PICTURE, 'w', encoding='utf-8') as file:
        file.write(picture(stops(root), floors(root)[0]))
