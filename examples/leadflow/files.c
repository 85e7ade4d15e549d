/* SPDX-License-Identifier: MIT */
/* A whole file in memory: for blueprints, which are small. */
#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int read_all(FILE *in, struct text *out) {
    size_t cap = 0, n;
    do {
        if (cap - out->n < 4096) {
            cap = cap == 0 ? 65536 : cap * 2;
            char *more = realloc(out->p, cap);
            if (more == NULL) {
                return ENOMEM;
            }
            out->p = more;
        }
        errno = 0;
        n = fread(out->p + out->n, 1, cap - out->n - 1, in);
        out->n += n;
    } while (n > 0);
    out->p[out->n] = '\0';
    return ferror(in) ? (errno != 0 ? errno : EIO) : 0;
}

int text_read(const char *path, struct text *out) {
    FILE *in = fopen(path, "rb");
    *out = (struct text){NULL, 0};
    if (in == NULL) {
        return errno;
    }
    int error = read_all(in, out);
    fclose(in);
    if (error != 0) {
        free(out->p);
        *out = (struct text){NULL, 0};
    } else if (out->n >= 3 && memcmp(out->p, "\xef\xbb\xbf", 3) == 0) {
        out->n -= 3;
        memmove(out->p, out->p + 3, out->n + 1);
    }
    return error;
}
