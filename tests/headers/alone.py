# SPDX-License-Identifier: MIT
"""Each public header compiles alone: `alone.py ROOT CC...`.

As C99, C11, C17, C++11 and C++17, and as C99 where pointers have 32 bits and an int64_t is aligned to 4 bytes (i386) or
to 8 (ARM); twice in one file, with everything that may be warned of as an error, padding that nobody wrote included. What
the compiler cannot do is skipped; ARM takes clang.
"""
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lint'))
from lint import write  # noqa: E402

LANGUAGES = {'C99': ['-x', 'c', '-std=c99'], 'C11': ['-x', 'c', '-std=c11'], 'C17': ['-x', 'c', '-std=c17'],
             'C++11': ['-x', 'c++', '-std=c++11'], 'C++17': ['-x', 'c++', '-std=c++17'],
             'C99 with 32 bits': ['-x', 'c', '-std=c99', '-ffreestanding', '-m32'],
             'C99 on ARM with 32 bits': ['-x', 'c', '-std=c99', '-ffreestanding', '--target=arm-linux-gnueabihf']}
WARNINGS = ['-Wall', '-Wextra', '-pedantic', '-Wpadded', '-Wconversion', '-Wundef', '-Werror']


def compiles(cc, language, folder, header):
    """what the compiler says; empty where it is content"""
    with open(os.path.join(folder, 'leadflow', header), encoding='utf-8') as file:
        structs = re.findall(r'^.*\} (lf_\w+);', file.read(), re.M)  # clang looks for padding where a size is asked for
    text = '#include <leadflow/%s>\n' % header * 2 + 'extern int there_is_something;\n' + ''.join(
        'extern char size_of_%s[sizeof(%s)];\n' % (name, name) for name in structs)
    done = subprocess.run([*cc, *LANGUAGES[language], *WARNINGS, '-fsyntax-only', '-I', folder, '-'], input=text,
                          capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else ''


def has(cc, language):
    with tempfile.TemporaryDirectory() as folder:
        write(folder, {'leadflow/a.h': '#include <stddef.h>\n'})
        return not compiles(cc, language, folder, 'a.h')


SEEDS = [
    ('C99', 'a header that is no C99', '_Static_assert(1, "");\n'),
    ('C99', 'a type that it does not bring along', 'bool lf_a(void);\n'),
    ('C11', 'padding that nobody wrote', 'typedef struct lf_a { char a; long long b; } lf_a;\n'),
    ('C11', 'a header without a guard', 'typedef struct lf_a { int a; } lf_a;\n'),
    ('C++17', 'a word of C++', 'int lf_a(int class);\n'),
    ('C99 with 32 bits', 'padding in 32 bits alone',
     'typedef struct lf_a { int a; char b[sizeof(void *) / 4 * 2]; } lf_a;\n'),
    ('C99 on ARM with 32 bits', 'padding on ARM alone', 'typedef struct lf_a { void *a; long long b; } lf_a;\n'),
]


def main():
    root, *cc = sys.argv[1:]
    include = os.path.join(root, 'include')
    headers = sorted(name for name in os.listdir(os.path.join(include, 'leadflow')) if name.endswith('.h'))
    known = {language: has(cc, language) for language in LANGUAGES}
    results = [('%s as %s' % (header, language), language, lambda h=header, l=language: compiles(cc, l, include, h))
               for language in LANGUAGES for header in headers]
    for language, what, text in SEEDS:
        def bites(language=language, what=what, text=text):
            with tempfile.TemporaryDirectory() as folder:
                guard = '' if 'guard' in what else '#ifndef A\n#define A\n'
                write(folder, {'leadflow/a.h': guard + text + ('#endif\n' if guard else '')})
                return '' if compiles(cc, language, folder, 'a.h') else 'it compiles'
        results.append(('bites: ' + what, language, bites))
    print('1..%d' % len(results))
    failed = False
    for number, (name, language, test) in enumerate(results, 1):
        if not known[language]:
            print('ok %d - %s # SKIP %s has no %s' % (number, name, cc[0], language))
            continue
        said = test()
        failed = failed or said != ''
        print('%s %d - %s' % ('not ok' if said else 'ok', number, name))
        print(re.sub(r'^', '# ', said.rstrip(), flags=re.M) + '\n' if said else '', end='')
    sys.exit(failed)


if __name__ == '__main__':
    main()
