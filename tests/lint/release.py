# SPDX-License-Identifier: MIT
"""One release everywhere: `release.py ROOT`.

meson.build and version.h name the same one, CHANGELOG.md begins with it or with what is not released yet, and each
release there has an ABI section. Neither the version script nor a header knows a later one.
"""
import re
import sys

from lint import Tree, line_of, run


def parts(version):
    return tuple(int(part) for part in version.split('.'))


def header_version(text):
    number = dict(re.findall(r'\bLF_VERSION(_\w+|) = (\d+)', text))
    return tuple(int(number.get('_' + part, -1)) for part in ('MAJOR', 'MINOR', 'PATCH')), int(number.get('', -1))


def check(tree):
    version = re.search(r"\bversion: '([0-9.]+)'", tree.read('meson.build')).group(1)
    major, minor, patch = parts(version)
    named, whole = header_version(tree.read('include/leadflow/version.h'))
    if named != (major, minor, patch):
        yield 'include/leadflow/version.h:1: says %d.%d.%d, meson.build %s' % (named + (version,))
    if whole != major * 10000 + minor * 100 + patch:
        yield 'include/leadflow/version.h:1: LF_VERSION is %d' % whole
    releases = re.split(r'^## ', tree.read('CHANGELOG.md'), flags=re.M)[1:]
    if not releases or releases[0].split()[0].strip('[]') not in (version, 'Unreleased'):
        yield 'CHANGELOG.md:1: does not begin with ' + version
    for release in releases:
        named = release.split()[0].strip('[]')
        if named != 'Unreleased' and parts(named) > (major, minor, patch):
            yield 'CHANGELOG.md:1: there is no release %s yet' % named
        if not re.search(r'^### ABI', release, re.M):
            yield 'CHANGELOG.md:1: %s has no ABI section' % named
    for node in re.findall(r'^LEADFLOW_([0-9.]+) \{', tree.read('lib/leadflow.map'), re.M):
        if parts(node) > (major, minor):
            yield 'lib/leadflow.map:1: there is no release %s yet' % node
    for path in tree.files('include', ends=('.h',)):
        text = tree.read(path)
        for match in re.finditer(r'@since ([0-9.]+[0-9])', text):
            if parts(match.group(1)) > (major, minor):
                yield '%s:%d: since %s, which is no release yet' % (path, line_of(text, match.start()), match.group(1))


VERSION_H = 'enum { LF_VERSION_MAJOR = 1, LF_VERSION_MINOR = 2, LF_VERSION_PATCH = 3, LF_VERSION = 10203 };\n'
GOOD = {
    'meson.build': "project('leadflow', 'c',\n  version: '1.2.3')\n",
    'include/leadflow/version.h': '/** @since 1.2 */\n' + VERSION_H,
    'lib/leadflow.map': 'LEADFLOW_1.0 {\n};\nLEADFLOW_1.2 {\n};\n',
    'CHANGELOG.md': '# Changes\n\n## [1.2.3] - 2026-01-05\n\n### ABI\n\nnone\n\n## 1.0.0\n\n### ABI\n\nthe first\n',
}
BAD = [
    ('another version in the header', {'include/leadflow/version.h': VERSION_H.replace('PATCH = 3', 'PATCH = 4')},
     'says 1.2.4'),
    ('another number in the header', {'include/leadflow/version.h': VERSION_H.replace('10203', '10204')}, '10204'),
    ('a changelog left behind', {'CHANGELOG.md': '## 1.0.0\n### ABI\n'}, 'does not begin with 1.2.3'),
    ('a release that is silent on its ABI', {'CHANGELOG.md': '## 1.2.3\n\n## 1.0.0\n### ABI\n'}, '1.2.3 has no ABI'),
    ('a release of the future', {'CHANGELOG.md': '## [Unreleased]\n### ABI\n## [1.3.0]\n### ABI\n'}, 'no release 1.3.0'),
    ('a node of the future', {'lib/leadflow.map': 'LEADFLOW_1.3 {\n};\n'}, 'no release 1.3 yet'),
    ('a function of the future', {'include/leadflow/x.h': '\n/** @since 1.3 */\n'}, 'x.h:2: since 1.3'),
]

if __name__ == '__main__':
    run(check, GOOD, BAD, Tree(sys.argv[1]))
