/* SPDX-License-Identifier: MIT */
/* Text in pieces: split, join, replace, of the extension strings. What comes out is measured, and charged,
 * before it is made. */
#include "expr/expr_internal.h"

/* Behind the next `part` from `at`, which there is; an empty one is found where a code point ends. */
static size_t behind_next(lf_str s, lf_str part, size_t at) {
    return part.n > 0 ? lf_text_find(s, part, at) + part.n : lf_text_step(s, at);
}

/* How often it is found, one behind the other. An empty text is found before each code point and at the end. */
static uint64_t occurrences(lf_str s, lf_str part) {
    uint64_t n = 0;
    if (part.n == 0) {
        return (uint64_t)lf_utf8_length(s) + 1;
    }
    for (size_t at = lf_text_find(s, part, 0); at != LF_NOWHERE; n++) {
        at = lf_text_find(s, part, at + part.n);
    }
    return n;
}

static uint64_t at_most(uint64_t n, int64_t most) { /* below 0: no limit */
    return most < 0 || n <= (uint64_t)most ? n : (uint64_t)most;
}

lf_value lf_run_split(const lf_value *args, lf_run *run) {
    lf_str s = args[0].u.s, separator = args[1].u.s;
    int64_t most = run->call->n_args > 2 ? args[2].u.i : -1;
    lf_value v = {.type = LF_T_LIST};
    if (most == 0 || (s.n == 0 && separator.n == 0)) {
        return v;
    }
    if (!lf_text_search(run, s, separator)) {
        return lf_value_error("too long");
    }
    uint64_t cuts = occurrences(s, separator) - (separator.n > 0 ? 0 : 2); /* not at the ends */
    cuts = at_most(cuts, most < 0 ? most : most - 1);
    lf_value *items = lf_list_make(run, cuts + 1, &v);
    size_t from = 0;
    for (uint64_t i = 0; items != NULL && i <= cuts; i++) {
        size_t to = i < cuts ? behind_next(s, separator, from) : s.n + separator.n;
        items[i] = lf_value_str((lf_str){s.p + from, to - separator.n - from});
        from = to;
    }
    return v;
}

lf_value lf_run_join(const lf_value *args, lf_run *run) {
    uint32_t n = args[0].u.list.n;
    const lf_value *items = args[0].u.list.items;
    lf_str separator = run->call->n_args > 1 ? args[1].u.s : (lf_str){NULL, 0};
    uint64_t length = n > 0 ? (uint64_t)(n - 1) * separator.n : 0;
    lf_value v;
    lf_charge(&run->meter, n);
    for (uint32_t i = 0; i < n; i++) {
        if (items[i].type != LF_T_STRING) {
            return lf_value_error("only strings are joined");
        }
        length += items[i].u.s.n;
    }
    char *out = lf_text_make(run, length, &v);
    for (uint32_t i = 0; out != NULL && i < n; i++) {
        out = i > 0 ? lf_text_put(out, separator) : out;
        out = lf_text_put(out, items[i].u.s);
    }
    return v;
}

lf_value lf_run_replace(const lf_value *args, lf_run *run) {
    lf_str s = args[0].u.s, old = args[1].u.s, new = args[2].u.s;
    lf_value v;
    if (!lf_text_search(run, s, old)) {
        return lf_value_error("too long");
    }
    uint64_t times = at_most(occurrences(s, old), run->call->n_args > 3 ? args[3].u.i : -1);
    lf_charge(&run->meter, 3 * times); /* each is searched again, and put together */
    char *out = lf_text_make(run, s.n + times * new.n - times *old.n, &v);
    size_t from = 0;
    for (uint64_t i = 0; out != NULL && i < times; i++) {
        size_t to = old.n == 0 && i == 0 ? 0 : behind_next(s, old, from);
        out = lf_text_put(out, (lf_str){s.p + from, to - old.n - from});
        out = lf_text_put(out, new);
        from = to;
    }
    if (out != NULL) {
        lf_text_put(out, (lf_str){s.p + from, s.n - from});
    }
    return v;
}
