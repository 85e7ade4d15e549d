/* SPDX-License-Identifier: MIT */
/* A comparison by recursive descent over the two texts; there is no tree. Texts are taken to be sound JSON:
 * what is not compares as unequal. */
#define _POSIX_C_SOURCE 200809L
#include "json_equal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char *skip_space(const char *p) {
    return p + strspn(p, " \t\r\n");
}

static const char *skip_string(const char *p) {
    for (p++; *p != '"' && *p != '\0'; p++) {
        if (*p == '\\' && p[1] != '\0') {
            p++;
        }
    }
    return *p == '"' ? p + 1 : p;
}

/* The end of the value at `p`. */
static const char *skip_value(const char *p) {
    int depth = 0;
    do {
        p = skip_space(p);
        if (*p == '"') {
            p = skip_string(p);
        } else if (*p == '{' || *p == '[') {
            depth++;
            p++;
        } else if (*p == '}' || *p == ']') {
            depth--;
            p++;
        } else if (*p == ',' || *p == ':') {
            p++;
        } else {
            p += strcspn(p, " \t\r\n,:]}");
        }
    } while (depth > 0 && *p != '\0');
    return p;
}

static uint32_t hex4(const char *p) {
    char digits[5] = "";
    strncat(digits, p, 4);
    return (uint32_t)strtoul(digits, NULL, 16);
}

static size_t put_utf8(char *out, uint32_t code) {
    size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; code >>= 6) {
        out[i] = (char)(0x80 | (code & 0x3F));
    }
    out[0] = (char)(n == 1 ? code : (0xF00u >> n & 0xFF) | code);
    return n;
}

/* The bytes of the string at `p` without its escapes, to be freed. */
static char *decode(const char *p, size_t *size) {
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    char *out = malloc((size_t)(skip_string(p) - p) + 1);
    size_t n = 0;
    if (out == NULL) {
        abort();
    }
    for (p++; *p != '"' && *p != '\0';) {
        const char *known;
        if (*p != '\\' || p[1] == '\0') {
            out[n++] = *p++;
        } else if (p[1] != 'u') {
            known = strchr(from, p[1]);
            out[n++] = known == NULL ? p[1] : to[known - from];
            p += 2;
        } else {
            uint32_t code = hex4(p + 2);
            p += 2 + strnlen(p + 2, 4);
            if (code >= 0xD800 && code < 0xDC00 && p[0] == '\\' && p[1] == 'u') {
                code = 0x10000 + ((code - 0xD800) << 10) + (hex4(p + 2) - 0xDC00);
                p += 2 + strnlen(p + 2, 4);
            }
            n += put_utf8(out + n, code);
        }
    }
    *size = n;
    return out;
}

static bool equal_strings(const char *a, const char *b) {
    size_t n, m;
    char *x = decode(a, &n), *y = decode(b, &m);
    bool equal = n == m && memcmp(x, y, n) == 0;
    free(x);
    free(y);
    return equal;
}

static bool equal_values(const char *a, const char *b);

/* The value of the member that has the name of the string at `name`; NULL: the object has none. */
static const char *find_member(const char *object, const char *name) {
    const char *p = skip_space(object + 1);
    while (*p == '"') {
        bool found = equal_strings(name, p);
        p = skip_space(skip_string(p));
        p = skip_space(*p == ':' ? p + 1 : p);
        if (found) {
            return p;
        }
        p = skip_space(skip_value(p));
        p = skip_space(*p == ',' ? p + 1 : p);
    }
    return NULL;
}

/* Checks that every member of `a` has its equal in `b`, and counts them. */
static bool members_in(const char *a, const char *b, size_t *count) {
    const char *p = skip_space(a + 1);
    *count = 0;
    while (*p == '"') {
        const char *other = find_member(b, p);
        p = skip_space(skip_string(p));
        p = skip_space(*p == ':' ? p + 1 : p);
        if (other == NULL || !equal_values(p, other)) {
            return false;
        }
        p = skip_space(skip_value(p));
        p = skip_space(*p == ',' ? p + 1 : p);
        ++*count;
    }
    return *p == '}';
}

static bool equal_arrays(const char *a, const char *b) {
    a = skip_space(a + 1);
    b = skip_space(b + 1);
    while (*a != ']' && *b != ']' && *a != '\0' && *b != '\0') {
        if (!equal_values(a, b)) {
            return false;
        }
        a = skip_space(skip_value(a));
        b = skip_space(skip_value(b));
        a = skip_space(*a == ',' ? a + 1 : a);
        b = skip_space(*b == ',' ? b + 1 : b);
    }
    return *a == ']' && *b == ']';
}

static bool equal_words(const char *a, const char *b) {
    size_t n = (size_t)(skip_value(a) - a), m = (size_t)(skip_value(b) - b);
    return n > 0 && n == m && memcmp(a, b, n) == 0;
}

static bool equal_values(const char *a, const char *b) {
    size_t n, m;
    if (*a == '{' && *b == '{') {
        return members_in(a, b, &n) && members_in(b, a, &m) && n == m;
    }
    if (*a == '[' && *b == '[') {
        return equal_arrays(a, b);
    }
    if (*a == '"' && *b == '"') {
        return equal_strings(a, b);
    }
    return equal_words(a, b);
}

bool json_covers(const char *expected, const char *actual) {
    size_t n;
    expected = skip_space(expected);
    actual = skip_space(actual);
    return *expected == '{' && *actual == '{' && members_in(expected, actual, &n) && n > 0 &&
           *skip_space(skip_value(expected)) == '\0' && *skip_space(skip_value(actual)) == '\0';
}
