/* SPDX-License-Identifier: MIT */
/*
 * How libFuzzer changes texts of JSON: mostly so that they stay JSON. A value takes the place of another one, is
 * doubled, taken out, or changed in itself. Only for run.sh.
 */
#include <stdbool.h>
#include <string.h>

#include "fuzz.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

#define MOST_SPANS 8192

typedef struct span {
    size_t at, n;
} span;

/* Values, and members with their names. */
static span spans[MOST_SPANS];
static size_t n_spans;

static uint32_t next_random(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

static void note(size_t at, size_t end) {
    if (n_spans < MOST_SPANS) {
        spans[n_spans++] = (span){at, end - at};
    }
}

static size_t skip_space(const uint8_t *data, size_t size, size_t at) {
    while (at < size && memchr(" \t\r\n", data[at], 4) != NULL) {
        at++;
    }
    return at;
}

static size_t skip_string(const uint8_t *data, size_t size, size_t at) {
    for (at++; at < size && data[at] != '"'; at++) {
        at += data[at] == '\\';
    }
    return at < size ? at + 1 : size;
}

/* Notes every value; of what is no JSON, something. */
static size_t scan(const uint8_t *data, size_t size, size_t at, int depth) {
    at = skip_space(data, size, at);
    size_t start = at;
    if (at >= size || depth > 100) {
        return size;
    }
    if (data[at] == '{' || data[at] == '[') {
        bool object = data[at] == '{';
        at = skip_space(data, size, at + 1);
        while (at < size && data[at] != '}' && data[at] != ']') {
            size_t member = at;
            if (object && data[at] == '"') {
                at = skip_space(data, size, skip_string(data, size, at));
                at += at < size && data[at] == ':';
            }
            at = scan(data, size, at, depth + 1);
            if (object) {
                note(member, at);
            }
            at = skip_space(data, size, at);
            at += at < size && data[at] == ',';
            at = skip_space(data, size, at);
        }
        at += at < size;
    } else if (data[at] == '"') {
        at = skip_string(data, size, at);
    } else {
        do {
            at++;
        } while (at < size && memchr(" \t\r\n,:]}", data[at], 8) == NULL);
    }
    note(start, at);
    return at;
}

static size_t splice(uint8_t *data, size_t size, size_t max_size, span out, const void *in,
                     size_t n) {
    if (size - out.n + n > max_size) {
        return size;
    }
    memmove(data + out.at + n, data + out.at + out.n, size - out.at - out.n);
    memcpy(data + out.at, in, n);
    return size - out.n + n;
}

static size_t take_out(uint8_t *data, size_t size, span out) {
    size_t after = skip_space(data, size, out.at + out.n);
    if (after < size && data[after] == ',') {
        out.n = skip_space(data, size, after + 1) - out.at;
    } else {
        while (out.at > 0 && memchr(" \t\r\n,", data[out.at - 1], 5) != NULL) {
            out.at--;
            out.n++;
        }
    }
    return splice(data, size, size, out, "", 0);
}

static size_t put_in(uint8_t *data, size_t size, size_t max_size, span behind, span what) {
    static uint8_t copy[1 << 16];
    if (what.n + 1 > sizeof copy) {
        return size;
    }
    copy[0] = ',';
    memcpy(copy + 1, data + what.at, what.n);
    return splice(data, size, max_size, (span){behind.at + behind.n, 0}, copy, what.n + 1);
}

static size_t put_instead(uint8_t *data, size_t size, size_t max_size, span out, span what) {
    static uint8_t copy[1 << 16];
    if (what.n > sizeof copy) {
        return size;
    }
    memcpy(copy, data + what.at, what.n);
    return splice(data, size, max_size, out, copy, what.n);
}

static size_t put_special(uint8_t *data, size_t size, size_t max_size, span out, uint32_t random) {
    static const char *const values[] = {"0",
                                         "1",
                                         "-1",
                                         "0.001",
                                         "-0",
                                         "1000000",
                                         "-1000000",
                                         "1e3",
                                         "1e308",
                                         "9223372036854775807",
                                         "null",
                                         "true",
                                         "false",
                                         "[]",
                                         "{}",
                                         "\"\"",
                                         "\"1ms\"",
                                         "\"1d\"",
                                         "\"-1d\"",
                                         "\"3000000000w\"",
                                         "\"0s\"",
                                         "\"100%\"",
                                         "\"0.0001%\"",
                                         "\"10%\"",
                                         "\"always\"",
                                         "\"*\"",
                                         "\"true\"",
                                         "\"idle('1ms')\"",
                                         "\"count('*','1d') > 1\"",
                                         "\"0001-01-01T00:00:00Z\"",
                                         "\"9999-12-31T23:59:59.999Z\"",
                                         "\"2026-01-05T10:00:00Z\"",
                                         "\"a\"",
                                         "\"{a|b}\""};
    const char *value = values[random % (sizeof values / sizeof *values)];
    return splice(data, size, max_size, out, value, strlen(value));
}

/* The inside of a string, a number: as libFuzzer likes. */
static size_t change(uint8_t *data, size_t size, size_t max_size, span what) {
    static uint8_t copy[512];
    bool string = data[what.at] == '"' && what.n >= 2;
    span inside = string ? (span){what.at + 1, what.n - 2} : what;
    if (inside.n > sizeof copy / 2 || inside.n == 0) {
        return size;
    }
    memcpy(copy, data + inside.at, inside.n);
    size_t n = LLVMFuzzerMutate(copy, inside.n, sizeof copy);
    return splice(data, size, max_size, inside, copy, n);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
    uint64_t random = seed;
    n_spans = 0;
    for (size_t at = 0; at < size;) {
        at = scan(data, size, at, 0);
    }
    uint32_t how = next_random(&random) % 8;
    if (n_spans == 0 || how == 0) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    span a = spans[next_random(&random) % n_spans], b = spans[next_random(&random) % n_spans];
    switch (how) {
    case 1:
        return take_out(data, size, a);
    case 2:
        return put_in(data, size, max_size, a, a);
    case 3:
        return put_in(data, size, max_size, a, b);
    case 4:
    case 5:
        return put_instead(data, size, max_size, a, b);
    case 6:
        return put_special(data, size, max_size, a, next_random(&random));
    default:
        return change(data, size, max_size, a);
    }
}
