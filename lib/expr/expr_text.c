/* SPDX-License-Identifier: MIT */
/* Text looked at and cut: positions count code points. What is cut is borrowed from what it was. */
#include "expr/expr_internal.h"

lf_value lf_run_size(const lf_value *args, lf_run *run) {
    switch (args[0].type) {
    case LF_T_STRING:
        lf_charge(&run->meter, args[0].u.s.n / LF_BYTES_PER_COST);
        return lf_value_int((int64_t)lf_utf8_length(args[0].u.s));
    case LF_T_BYTES:
        return lf_value_int((int64_t)args[0].u.s.n);
    default:
        return lf_value_int(args[0].u.list.n);
    }
}

/* ---- finding ---- */
size_t lf_text_find(lf_str s, lf_str part, size_t from) {
    if (part.n == 0) {
        return from;
    }
    for (size_t i = from; i + part.n <= s.n; i++) {
        if (s.p[i] == part.p[0] && s.p[i + part.n - 1] == part.p[part.n - 1] &&
            memcmp(s.p + i, part.p, part.n) == 0) {
            return i;
        }
    }
    return LF_NOWHERE;
}

/* The last place not behind `from`. */
static size_t find_last(lf_str s, lf_str part, size_t from) {
    if (part.n > s.n) {
        return LF_NOWHERE;
    }
    for (size_t i = from < s.n - part.n ? from : s.n - part.n;; i--) {
        if (part.n == 0 || (s.p[i] == part.p[0] && memcmp(s.p + i, part.p, part.n) == 0)) {
            return i;
        }
        if (i == 0) {
            return LF_NOWHERE;
        }
    }
}

bool lf_text_search(lf_run *run, lf_str s, lf_str part) {
    return lf_charge(&run->meter, (uint64_t)s.n * (part.n + 16) / 64); /* at the very worst */
}

lf_value lf_run_contains(const lf_value *args, lf_run *run) {
    lf_str s = args[0].u.s, part = args[1].u.s;
    return lf_value_bool(lf_text_search(run, s, part) && lf_text_find(s, part, 0) != LF_NOWHERE);
}

lf_value lf_run_starts(const lf_value *args, lf_run *run) {
    lf_str s = args[0].u.s, start = args[1].u.s;
    return lf_value_bool(lf_charge(&run->meter, start.n / LF_BYTES_PER_COST) &&
                         lf_str_starts(s, start));
}

lf_value lf_run_ends(const lf_value *args, lf_run *run) {
    lf_str s = args[0].u.s, end = args[1].u.s;
    return lf_value_bool(lf_charge(&run->meter, end.n / LF_BYTES_PER_COST) && s.n >= end.n &&
                         lf_str_eq((lf_str){s.p + (s.n - end.n), end.n}, end));
}

/* ---- positions ---- */
static bool starts_character(char c) {
    return ((uint8_t)c & 0xc0) != 0x80;
}

size_t lf_text_step(lf_str s, size_t at) {
    do {
        at++;
    } while (at < s.n && !starts_character(s.p[at]));
    return at;
}

/* Where the code point of that number begins, s.n for the one behind the last. False: there is none. */
static bool position(lf_run *run, lf_str s, int64_t number, size_t *at) {
    *at = 0;
    if (number < 0 || !lf_charge(&run->meter, s.n / LF_LETTERS_PER_COST)) {
        return false;
    }
    for (; number > 0 && *at < s.n; number--) {
        *at = lf_text_step(s, *at);
    }
    return number == 0;
}

static lf_value no_position(void) {
    return lf_value_error("no such position in the text");
}

static lf_value number_of(lf_str s, size_t at) {
    return lf_value_int(at == LF_NOWHERE ? -1 : (int64_t)lf_utf8_length((lf_str){s.p, at}));
}

lf_value lf_run_index_of(const lf_value *args, lf_run *run) {
    lf_str s = args[0].u.s, part = args[1].u.s;
    size_t from = 0;
    if (run->call->n_args > 2 && !position(run, s, args[2].u.i, &from)) {
        return no_position();
    }
    return lf_text_search(run, s, part) ? number_of(s, lf_text_find(s, part, from)) : no_position();
}

lf_value lf_run_last_index_of(const lf_value *args, lf_run *run) {
    lf_str s = args[0].u.s, part = args[1].u.s;
    size_t from = s.n;
    if (run->call->n_args > 2) {
        if (!position(run, s, args[2].u.i, &from)) {
            return no_position();
        }
        if (from == s.n && part.n > 0) { /* so has it cel-go: nothing begins behind the end */
            return lf_value_int(-1);
        }
    }
    return lf_text_search(run, s, part) ? number_of(s, find_last(s, part, from)) : no_position();
}

lf_value lf_run_char_at(const lf_value *args, lf_run *run) {
    lf_str s = args[0].u.s;
    size_t from;
    if (!position(run, s, args[1].u.i, &from)) {
        return no_position();
    }
    size_t to = from < s.n ? lf_text_step(s, from) : from;
    return lf_value_str((lf_str){s.p + from, to - from});
}

lf_value lf_run_substring(const lf_value *args, lf_run *run) {
    lf_str s = args[0].u.s;
    size_t from, to = s.n;
    if (!position(run, s, args[1].u.i, &from) ||
        (run->call->n_args > 2 && !position(run, s, args[2].u.i, &to)) || from > to) {
        return no_position();
    }
    return lf_value_str((lf_str){s.p + from, to - from});
}

/* ---- white space, as Unicode has it ---- */
static bool is_space(int32_t c) {
    return (c >= 9 && c <= 13) || c == ' ' || c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
           c == 0x205f || c == 0x3000;
}

lf_value lf_run_trim(const lf_value *args, lf_run *run) {
    lf_str s = args[0].u.s;
    size_t from = 0, to = s.n, at = 0;
    lf_charge(&run->meter, s.n / LF_LETTERS_PER_COST);
    while (from < s.n && is_space(lf_utf8_next(s, &at))) {
        from = at;
    }
    while (to > from) {
        size_t last = to - 1;
        while (last > from && !starts_character(s.p[last])) {
            last--;
        }
        at = last;
        if (!is_space(lf_utf8_next(s, &at))) {
            break;
        }
        to = last;
    }
    return lf_value_str((lf_str){s.p + from, to - from});
}

/* ---- text made anew ---- */
/* Where addresses have 32 bits, n may be more than there are, and is not cut to what fits. */
static void *room_for(lf_run *run, uint64_t n, size_t size) {
    bool fits = n < SIZE_MAX / size;
    run->scratch->refused = run->scratch->refused || !fits;
    return fits ? lf_arena_alloc(run->scratch, (size_t)n * size) : NULL;
}

char *lf_text_make(lf_run *run, uint64_t n, lf_value *out) {
    *out = lf_value_error("too long");
    if (!lf_charge(&run->meter, n / LF_BYTES_PER_COST)) {
        return NULL;
    }
    char *text = room_for(run, n + 1, 1);
    *out = lf_value_str((lf_str){text, (size_t)n});
    out->type = text != NULL ? LF_T_STRING : LF_T_ABSENT;
    return text;
}

char *lf_text_put(char *out, lf_str s) {
    if (s.n > 0) {
        memcpy(out, s.p, s.n);
    }
    return out + s.n;
}

lf_value *lf_list_make(lf_run *run, uint64_t n, lf_value *out) {
    *out = lf_value_error("too long");
    if (!lf_charge(&run->meter, n)) {
        return NULL;
    }
    lf_value *items = room_for(run, n, sizeof *items);
    *out = (lf_value){.type = items != NULL || n == 0 ? LF_T_LIST : LF_T_ABSENT};
    out->u.list.items = items;
    out->u.list.n = (uint32_t)n;
    return items;
}

lf_value lf_run_ascii(const lf_value *args, lf_run *run) {
    lf_str s = args[0].u.s;
    lf_value v;
    char *out = lf_text_make(run, s.n, &v);
    for (size_t i = 0; out != NULL && i < s.n; i++) {
        bool other_case = (uint8_t)(s.p[i] - run->call->detail) < 26;
        out[i] = (char)(s.p[i] ^ (other_case ? 32 : 0));
    }
    return v;
}

lf_value lf_run_reverse(const lf_value *args, lf_run *run) {
    lf_str s = args[0].u.s;
    lf_value v;
    lf_charge(&run->meter, s.n / LF_LETTERS_PER_COST);
    char *out = lf_text_make(run, s.n, &v);
    for (size_t from = 0, to; out != NULL && from < s.n; from = to) {
        to = lf_text_step(s, from);
        memcpy(out + (s.n - to), s.p + from, to - from);
    }
    return v;
}
