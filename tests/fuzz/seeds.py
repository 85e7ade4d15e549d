# SPDX-License-Identifier: MIT
"""Inputs to begin with, made of what the tree has already; what was found beside them is in corpus/.

    seeds.py TARGET FOLDER       writes them, and FOLDER.dict, words for libFuzzer
    seeds.py TARGET - PROGRAM [ARG...]
                                 lets PROGRAM, a target with standalone.c, take them and those of corpus/
"""
import base64
import json
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
ROOT = TESTS.parent


def contact():
    """Byte 0 is the number of the blueprint; the high bit: leave the checksum as it is."""
    for number, path in enumerate(sorted(TESTS.glob('contact/golden/v1/*.txt'))):
        stored = re.findall(r'^stored (.*)$', path.read_text(encoding='utf-8'), re.MULTILINE)
        for i, text in enumerate(stored):
            yield f'{path.stem}-{i}', bytes([number]) + base64.b64decode(text)


def event():
    for name in 'rich', 'odd':
        folder = TESTS / 'api' / 'rich.ndjson' if name == 'rich' else TESTS / 'oom/odd/events.ndjson'
        yield name, folder.read_bytes()
    for path in sorted(TESTS.glob('scenario/*/events.ndjson')):
        yield path.parent.name, path.read_bytes()
    for i, line in enumerate((TESTS / 'api/rich.ndjson').read_bytes().splitlines()):
        yield f'rich-{i}', line
    cases = (TESTS / 'blueprint/cases/events.txt').read_text(encoding='utf-8')
    for i, line in enumerate(re.findall(r'^\{"contact.*$', cases, re.MULTILINE)):
        yield f'case-{i}', line.encode()


def blueprint():
    pairs = [(path, path.parent / 'events.ndjson') for path in sorted(TESTS.glob('scenario/*/blueprint.json'))]
    pairs += [(TESTS / 'oom/odd/blueprint.json', TESTS / 'oom/odd/events.ndjson'),
              (TESTS / 'contact/golden/features.json', TESTS / 'contact/golden/features.txt')]
    for document, events in pairs:
        yield f'{document.parent.name}', document.read_bytes() + b'\n%\n' + events.read_bytes()
    rich = re.search(r'^blueprint (.*)$', (TESTS / 'contact/golden/v1/rich.txt').read_text(encoding='utf-8'),
                     re.MULTILINE).group(1)
    yield 'rich', rich.encode() + b'\n%\n' + (TESTS / 'api/rich.ndjson').read_bytes()
    yield 'crm_workflow', (ROOT / 'examples/blueprints/crm_workflow.json').read_bytes()
    for path in sorted(TESTS.glob('blueprint/cases/*.txt')):
        for i, case in enumerate(re.split(r'^## .*\n', path.read_text(encoding='utf-8'), flags=re.MULTILINE)[1:]):
            yield f'{path.stem}-{i}', case.split('\n=>')[0].encode()


def expr():
    """Each condition and value of the cases, scenarios and examples."""
    texts = [path.read_text(encoding='utf-8') for folder, glob in
             ((TESTS, 'blueprint/cases/*.txt'), (TESTS, 'scenario/*/blueprint.json'), (ROOT, 'examples/blueprints/*.json'))
             for path in sorted(folder.glob(glob))]
    found = set()
    for text in texts:
        for string in re.findall(r'"(?:when|until|goal|derive|per|cel)": ("(?:[^"\\\n]|\\.)*")', text):
            found.add(json.loads(string))
    page = (ROOT / 'docs/expressions.md').read_text(encoding='utf-8')
    for block in re.findall(r'^```cel\n(.*?)^```', page, re.MULTILINE | re.DOTALL):
        found.update(line.rsplit(' // ', 1)[0].rstrip() for line in block.splitlines())
    for i, source in enumerate(sorted(found)):
        yield f'seed-{i}', source.encode()


def tzif():
    """Rules alone, and files of each version: of turns and a rule, with marks, with leap seconds."""
    rules = (b'UTC0', b'<+0545>-5:45', b'CET-1CEST,M3.5.0,M10.5.0/3', b'<-03>3<-02>,M3.5.0/-2,M10.5.0/-1', b'IST-1GMT0,M10.5.0,M3.5.0/1',
             b'XXX3EDT4,0/0,J365/23', b'AAA0BBB-0:20:30,J60/0,60/0', b'AAA0BBB,J364/167,J364/160', b'<+1030>-10:30<+11>-11,M10.1.0,M4.1.0')
    for i, rule in enumerate(rules):
        yield f'rule-{i}', rule
    for version in b'\0', b'2', b'3', b'4':
        for leaps in range(3):
            yield f'file-{version[0]}-{leaps}', tzif_file(version, leaps, b'\n' + rules[2] + b'\n' if leaps == 0 else b'\n\n')


def tzif_file(version, leaps, footer):
    """Turns into and out of summer time, in 1980, and into standard time for good."""
    turns = ((323830800, 1), (338950800, 0), (417574800, 1), (1761440400, 0))

    def block(width):
        head = b'TZif' + version + bytes(15) + struct.pack('>6L', 2, 2, leaps, len(turns), 2, 9)
        data = b''.join(at.to_bytes(width, 'big') for at, _ in turns) + bytes(kind for _, kind in turns)
        data += struct.pack('>lBB', 3600, 0, 0) + struct.pack('>lBB', 7200, 1, 4) + b'CET\0CEST\0'
        data += b''.join(at.to_bytes(width, 'big') + struct.pack('>l', i + 1) for i, at in enumerate((78796800, 94694401)[:leaps]))
        return head + data + b'\1\1\0\1'
    return block(4) if version == b'\0' else block(4) + block(8) + footer


def regex():
    """All that stands between quotes in the tests, as a pattern, with two texts."""
    source = (TESTS / 'regex/test_regex.c').read_text(encoding='utf-8')
    meaning = {'n': '\n', 't': '\t', 'r': '\r', 'a': '\a', 'f': '\f', 'v': '\v', '0': ''}
    for i, string in enumerate(re.findall(r'"((?:[^"\\\n]|\\.)+)"', source)):
        pattern = re.sub(r'\\(x[0-9a-f]{2}|.)', lambda e: chr(int(e[1][1:], 16)) if e[1][0] == 'x' else meaning.get(e[1], e[1]),
                         string).encode('latin-1')
        yield f'ascii-{i}', pattern + b'\0abBc-1 lead_K\naa.'
        yield f'utf8-{i}', pattern + '\0aé\nÉk本-\u017fa'.encode()


def one_click():
    """A token (none: one that is good), a method, a type and a body."""
    form, field = 'application/x-www-form-urlencoded', 'List-Unsubscribe=One-Click'
    named = 'Content-Disposition: form-data; name="List-Unsubscribe"'
    requests = [('GET', '', ''), ('HEAD', form, field), ('PUT', form, field), ('post', form, field), ('POST', '', field)]
    requests += [('POST', kind, body) for kind in (form, form.upper() + '; charset=utf-8', 'text/plain')
                 for body in (field, f' {field}\r\n', f'a=b&{field.lower()}&c', '', field + '=', 'List-Unsubscribe=One-Click%00',
                              'List%2DUnsubscribe=One%2dClick', '%6cist-unsubscribe=%4fNE-CLICK', 'List+Unsubscribe=One-Click',
                              'List-Unsubscribe=One%2', '&&=&%', field.replace('=', '%3D'))]
    for kind, boundary in (('AaB03x', 'AaB03x'), ('"a b"', 'a b'), ('x; charset=utf-8', 'x'), ('', 'x')):
        for head, value in ((named, 'One-Click'), (named.lower(), ' one-click '), (named + '; filename="a"', 'One-Click'),
                            ('Content-Disposition: form-data; name=other', 'One-Click'), (named + '\r\nContent-Type: text/plain', 'No')):
            part = f'--{boundary}\r\n{head}\r\n\r\n{value}\r\n'
            for body in (f'{part}--{boundary}--\r\n', f'before\r\n{part}{part}--{boundary}--\r\nbehind', part,
                         f'{part}--{boundary}--'.replace('\r', '')):
                requests.append(('POST', f'multipart/form-data; boundary={kind}', body))
    for i, request in enumerate(requests):
        yield f'request-{i}', '\n'.join(('',) + request).encode()
    for i, token in enumerate(('A', 'AQFrAAEDYy0x', '=' * 40, 'a' * 900, 'AQFr\u00e4')):
        yield f'token-{i}', f'{token}\nPOST\n{form}\n{field}'.encode()


def words():
    """What the guides set as code."""
    text = (ROOT / 'docs/blueprint.md').read_text(encoding='utf-8') + \
        (ROOT / 'docs/expressions.md').read_text(encoding='utf-8')
    found = set(re.findall(r'`([^`\n]{1,24})`', text)) | set(re.findall(r'"([^"\n]{1,16})"', text))
    for word in sorted(found):
        if word.isascii():
            yield '"' + word.replace('\\', '\\\\').replace('"', '\\"') + '"\n'


def write(target, folder):
    folder.mkdir(parents=True, exist_ok=True)
    targets = {'contact': contact, 'event': event, 'blueprint': blueprint, 'expr': expr, 'tzif': tzif, 'regex': regex,
               'one_click': one_click}
    for name, data in targets[target]():
        (folder / name).write_bytes(data)


def main():
    target, folder = sys.argv[1:3]
    program = [pathlib.Path(arg).resolve() if pathlib.Path(arg).exists() else arg for arg in sys.argv[3:]]
    if not program:
        write(target, pathlib.Path(folder))
        pathlib.Path(folder + '.dict').write_text(''.join(words()), encoding='ascii')
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        write(target, pathlib.Path(scratch))
        return subprocess.run([*program, scratch, TESTS / 'fuzz/corpus' / target], cwd=ROOT, check=False).returncode


if __name__ == '__main__':
    sys.exit(main())
