/* SPDX-License-Identifier: MIT */
/* Arithmetic: on numbers without wrapping, on times within their ranges, and what + joins. */
#include "expr/expr_internal.h"

static lf_value no_overload(void) {
    return lf_value_error("no such operation for these types");
}

static lf_value overflow(void) {
    return lf_value_error("integer overflow");
}

static lf_value of_int(bool failed, const int64_t *i) {
    return failed ? overflow() : lf_value_int(*i);
}

static lf_value of_uint(bool failed, const uint64_t *u) {
    return failed ? overflow() : lf_value_uint(*u);
}

static lf_value add_times(const lf_value *a, const lf_value *b, int sign) {
    bool stamp_a = a->type == LF_T_TIMESTAMP, stamp_b = b->type == LF_T_TIMESTAMP;
    bool times = (stamp_a || a->type == LF_T_DURATION) && (stamp_b || b->type == LF_T_DURATION);
    if (!times || (sign > 0 && stamp_a && stamp_b) || (sign < 0 && stamp_b && !stamp_a)) {
        return no_overload();
    }
    uint8_t type = stamp_a != stamp_b ? LF_T_TIMESTAMP : LF_T_DURATION;
    return lf_value_of_time(type, a->u.time.seconds + sign * b->u.time.seconds,
                            (int64_t)a->u.time.nanos + sign * b->u.time.nanos);
}

static lf_value concatenate(const lf_value *a, const lf_value *b, lf_run *run) {
    lf_value v;
    if (a->type == LF_T_LIST) {
        uint32_t n = a->u.list.n, m = b->u.list.n;
        lf_value *items = lf_list_make(run, (uint64_t)n + m, &v);
        if (items != NULL && n > 0) {
            memcpy(items, a->u.list.items, n * sizeof *items);
        }
        if (items != NULL && m > 0) {
            memcpy(items + n, b->u.list.items, m * sizeof *items);
        }
        return v;
    }
    char *text = lf_text_make(run, (uint64_t)a->u.s.n + b->u.s.n, &v);
    if (text != NULL) {
        lf_text_put(lf_text_put(text, a->u.s), b->u.s);
        v.type = a->type;
    }
    return v;
}

lf_value lf_run_add(const lf_value *args, lf_run *run) {
    const lf_value *a = &args[0], *b = &args[1];
    int64_t i = 0;
    uint64_t u = 0;
    if (a->type != b->type) {
        return add_times(a, b, 1);
    }
    switch (a->type) {
    case LF_T_INT:
        return of_int(__builtin_add_overflow(a->u.i, b->u.i, &i), &i);
    case LF_T_UINT:
        return of_uint(__builtin_add_overflow(a->u.u, b->u.u, &u), &u);
    case LF_T_DOUBLE:
        return lf_value_double(a->u.d + b->u.d);
    case LF_T_STRING:
    case LF_T_BYTES:
    case LF_T_LIST:
        return concatenate(a, b, run);
    default:
        return add_times(a, b, 1);
    }
}

lf_value lf_run_sub(const lf_value *args, lf_run *run) {
    const lf_value *a = &args[0], *b = &args[1];
    int64_t i = 0;
    uint64_t u = 0;
    (void)run;
    if (a->type != b->type) {
        return add_times(a, b, -1);
    }
    switch (a->type) {
    case LF_T_INT:
        return of_int(__builtin_sub_overflow(a->u.i, b->u.i, &i), &i);
    case LF_T_UINT:
        return of_uint(__builtin_sub_overflow(a->u.u, b->u.u, &u), &u);
    case LF_T_DOUBLE:
        return lf_value_double(a->u.d - b->u.d);
    default:
        return add_times(a, b, -1);
    }
}

lf_value lf_run_mul(const lf_value *args, lf_run *run) {
    const lf_value *a = &args[0], *b = &args[1];
    int64_t i = 0;
    uint64_t u = 0;
    (void)run;
    switch (a->type == b->type ? a->type : LF_T_ERROR) {
    case LF_T_INT:
        return of_int(__builtin_mul_overflow(a->u.i, b->u.i, &i), &i);
    case LF_T_UINT:
        return of_uint(__builtin_mul_overflow(a->u.u, b->u.u, &u), &u);
    case LF_T_DOUBLE:
        return lf_value_double(a->u.d * b->u.d);
    default:
        return no_overload();
    }
}

static lf_value divided(const lf_value *a, const lf_value *b, bool rest) {
    int64_t i = 0;
    uint64_t u = 0;
    switch (a->type == b->type ? a->type : LF_T_ERROR) {
    case LF_T_INT:
        if (b->u.i == 0) {
            return lf_value_error(rest ? "modulus by zero" : "division by zero");
        }
        if (b->u.i == -1) { /* the one quotient that does not fit */
            bool failed = __builtin_sub_overflow(0, a->u.i, &i);
            i = rest ? 0 : i;
            return of_int(failed, &i);
        }
        return lf_value_int(rest ? a->u.i % b->u.i : a->u.i / b->u.i);
    case LF_T_UINT:
        if (b->u.u == 0) {
            return lf_value_error(rest ? "modulus by zero" : "division by zero");
        }
        u = rest ? a->u.u % b->u.u : a->u.u / b->u.u;
        return of_uint(false, &u);
    case LF_T_DOUBLE:
        return rest ? no_overload() : lf_value_double(a->u.d / b->u.d);
    default:
        return no_overload();
    }
}

lf_value lf_run_div(const lf_value *args, lf_run *run) {
    (void)run;
    return divided(&args[0], &args[1], false);
}

lf_value lf_run_mod(const lf_value *args, lf_run *run) {
    (void)run;
    return divided(&args[0], &args[1], true);
}

lf_value lf_run_negate(const lf_value *args, lf_run *run) {
    (void)run;
    if (args[0].type == LF_T_INT) {
        int64_t i = 0;
        return of_int(__builtin_sub_overflow(0, args[0].u.i, &i), &i);
    }
    return args[0].type == LF_T_DOUBLE ? lf_value_double(-args[0].u.d) : no_overload();
}
