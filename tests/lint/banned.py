# SPDX-License-Identifier: MIT
"""Calls that lib/ does not make: `banned.py ROOT`.

No stdio, clock, locale, environment, signals, threads or end of the process; no string function that does
not know its room; memory only through base/mem.c, so that every byte can be counted and refused. (The
symbols lint holds the objects against the same promises.) Nothing in the tree is left unfinished.
"""
import re
import sys

from lint import Tree, code_only, line_of, run

CALLS = re.compile(r'(?<![\w.>])(?:v?(?:f|s|sn|d|as)?w?printf|v?(?:f|s)?w?scanf|puts|fputs|putchar|fopen|fwrite|fread|getenv|setenv|'
                   r'putenv|setlocale|localeconv|time|clock|clock_gettime|gettimeofday|localtime(?:_r)?|gmtime(?:_r)?|'
                   r'mktime|timegm|strftime|exit|_exit|_Exit|quick_exit|abort|atexit|assert|signal|raise|kill|system|'
                   r'strcpy|strcat|strncpy|strncat|stpcpy|sprintf|gets|strtok(?:_r)?|strdup|strndup|strerror|atoi|atol|atof|'
                   r'strtod|strtof|strtold|rand|srand|random|alloca|isalpha|isdigit|isalnum|isspace|isupper|'
                   r'islower|toupper|tolower|fork|pthread_\w+|thrd_\w+|mtx_\w+|setjmp|longjmp)\s*\(')
MEMORY = re.compile(r'(?<![\w.>])(?:qsort|malloc|calloc|realloc|free|aligned_alloc)\s*\(')
# The door to libc's, and the store that is written as an outsider would write it. (qsort may allocate.)
OWN_MEMORY = {'lib/base/mem.c', 'lib/memstore/memstore.c'}
LOOSE = re.compile(r'\b(?:TODO|FIXME|XXX|HACK)\b')


def check(tree):
    for path in tree.files('lib', 'include', 'examples', 'bench', 'tests', ends=('.c', '.h')):
        text = tree.read(path)
        for match in LOOSE.finditer(text):
            yield '%s:%d: %s' % (path, line_of(text, match.start()), match.group(0))
        if not path.startswith('lib/'):
            continue
        code = code_only(text)
        banned = list(CALLS.finditer(code))
        if path not in OWN_MEMORY:
            banned += MEMORY.finditer(code)
        for match in banned:
            yield '%s:%d: calls %s' % (path, line_of(code, match.start()), match.group(0).rstrip(' \t\n('))


GOOD = {
    'lib/base/mem.c': 'void *f(void *p) { return realloc(p, 1); }\n',
    'lib/flow/flow.c': '/* time( */ int lf_time(int wait_time) { return s->clock(wait_time) + lf_exit(options.time(1)) + strlen("exit()"); }\n',
    'examples/main.c': 'int main(void) { puts(""); return 0; }\n',
}
BAD = [(name, {'lib/flow/flow.c': 'int f(void)\n{ return %s; }\n' % call}, 'lib/flow/flow.c:2: calls ' + name)
       for name, call in [('printf', 'printf("x")'), ('snprintf', 'snprintf(b, 1, "x")'), ('time', 'time(0)'),
                          ('getenv', 'getenv("HOME")'), ('setlocale', 'setlocale(0, "")'), ('exit', 'exit(1)'),
                          ('abort', 'abort ()'), ('strcpy', 'strcpy(a, b)'), ('malloc', 'malloc(1)'),
                          ('free', 'free(p)'), ('qsort', 'qsort(a, 1, 1, f)')]]
BAD.append(('a loose end', {'examples/main.c': '/* TO' 'DO: more */\n'}, 'examples/main.c:1: TO' 'DO'))

if __name__ == '__main__':
    run(check, GOOD, BAD, Tree(sys.argv[1]))
