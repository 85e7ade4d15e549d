/* SPDX-License-Identifier: MIT */
#include "json_sound.h"

#include <string.h>

#define DEEPEST 1000

typedef struct reader {
    const unsigned char *p, *end;
    int depth;
} reader;

static bool one_of(reader *r, const char *set) {
    bool found = r->p < r->end && *r->p != 0 && strchr(set, *r->p) != NULL;
    r->p += found;
    return found;
}

static bool digits(reader *r, const char *set, int least) {
    int n = 0;
    while ((least == 0 || n < least || least == 1) && one_of(r, set)) {
        n++;
    }
    return n >= least;
}

static void space(reader *r) {
    digits(r, " \t\r\n", 0);
}

static bool word(reader *r, const char *text) {
    size_t n = strlen(text);
    bool found = (size_t)(r->end - r->p) >= n && memcmp(r->p, text, n) == 0;
    r->p += found ? n : 0;
    return found;
}

static bool number(reader *r) {
    one_of(r, "-");
    if (!one_of(r, "0") && !digits(r, "0123456789", 1)) {
        return false;
    }
    if (one_of(r, ".") && !digits(r, "0123456789", 1)) {
        return false;
    }
    return !one_of(r, "eE") || (one_of(r, "+-"), digits(r, "0123456789", 1));
}

/* The rest of a character of several bytes: how many, and the lowest and highest that the second may be. */
static bool rest_of(reader *r, unsigned char first) {
    unsigned low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    unsigned high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    int more = first < 0xc2 || first > 0xf4 ? -1 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    for (int i = 0; i < more; i++, low = 0x80, high = 0xbf) {
        if (r->p == r->end || *r->p < low || *r->p > high) {
            return false;
        }
        r->p++;
    }
    return more > 0;
}

static bool string(reader *r) {
    if (!one_of(r, "\"")) {
        return false;
    }
    while (r->p < r->end && *r->p != '"') {
        unsigned char c = *r->p++;
        bool fine = c == '\\' ? one_of(r, "\"\\/bfnrt") ||
                                    (one_of(r, "u") && digits(r, "0123456789abcdefABCDEF", 4))
                    : c < 0x80 ? c >= 0x20
                               : rest_of(r, c);
        if (!fine) {
            return false;
        }
    }
    return one_of(r, "\"");
}

static bool value(reader *r);

static bool list(reader *r, bool members, const char *close) {
    space(r);
    if (one_of(r, close)) {
        return true;
    }
    do {
        space(r);
        if (members && (!string(r) || (space(r), !one_of(r, ":")))) {
            return false;
        }
        if (!value(r)) {
            return false;
        }
    } while (one_of(r, ","));
    return one_of(r, close);
}

static bool value(reader *r) {
    bool fine = false;
    space(r);
    if (++r->depth > DEEPEST || r->p == r->end) {
        return false;
    }
    if (one_of(r, "{")) {
        fine = list(r, true, "}");
    } else if (one_of(r, "[")) {
        fine = list(r, false, "]");
    } else if (*r->p == '"') {
        fine = string(r);
    } else {
        fine = word(r, "true") || word(r, "false") || word(r, "null") || number(r);
    }
    space(r);
    r->depth--;
    return fine;
}

bool json_sound(const char *text, size_t len) {
    const unsigned char *p = (const unsigned char *)text;
    reader r = {p, p + len, 0};
    return value(&r) && r.p == r.end;
}
