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
    lf_value v = {.type = LF_T_UINT};
    v.u.u = *u;
    return failed ? overflow() : v;
}

static lf_value of_double(double d) {
    lf_value v = {.type = LF_T_DOUBLE};
    v.u.d = d;
    return v;
}

#define NANOS INT64_C(1000000000)

/* Seconds and nanos that may have run over, as a timestamp or duration in its range. */
static lf_value of_time(uint8_t type, int64_t seconds, int64_t nanos) {
    lf_value v = {.type = type};
    seconds += lf_floor_div(nanos, NANOS);
    nanos -= lf_floor_div(nanos, NANOS) * NANOS;
    if (type == LF_T_TIMESTAMP) {
        if (seconds < LF_TIME_MIN / 1000 || seconds > LF_TIME_MAX / 1000) {
            return lf_value_error("a timestamp outside the years 1 to 9999");
        }
    } else if (seconds < -315576000000 || seconds >= 315576000000) {
        return lf_value_error("a duration beyond 10,000 years");
    } else if (seconds < 0 && nanos > 0) {
        seconds++;
        nanos -= NANOS;
    }
    v.u.time.seconds = seconds;
    v.u.time.nanos = (int32_t)nanos;
    return v;
}

static lf_value add_times(const lf_value *a, const lf_value *b, int sign) {
    bool stamp_a = a->type == LF_T_TIMESTAMP, stamp_b = b->type == LF_T_TIMESTAMP;
    bool times = (stamp_a || a->type == LF_T_DURATION) && (stamp_b || b->type == LF_T_DURATION);
    if (!times || (sign > 0 && stamp_a && stamp_b) || (sign < 0 && stamp_b && !stamp_a)) {
        return no_overload();
    }
    uint8_t type = stamp_a != stamp_b ? LF_T_TIMESTAMP : LF_T_DURATION;
    return of_time(type, a->u.time.seconds + sign * b->u.time.seconds,
                   (int64_t)a->u.time.nanos + sign * b->u.time.nanos);
}

static lf_value concatenate(const lf_value *a, const lf_value *b, lf_run *run) {
    lf_value v = *a;
    if (a->type == LF_T_LIST) {
        uint32_t n = a->u.list.n, m = b->u.list.n;
        if (!lf_charge(&run->meter, (uint64_t)n + m)) {
            return lf_value_error("too long");
        }
        lf_value *items = lf_arena_alloc(run->scratch, ((size_t)n + m) * sizeof *items);
        if (items == NULL) {
            return (lf_value){.type = LF_T_ABSENT};
        }
        for (uint32_t i = 0; i < n + m; i++) {
            items[i] = i < n ? a->u.list.items[i] : b->u.list.items[i - n];
        }
        v.u.list.items = items;
        v.u.list.n = n + m;
        return v;
    }
    if (!lf_charge(&run->meter, (a->u.s.n + b->u.s.n) / LF_BYTES_PER_COST)) {
        return lf_value_error("too long");
    }
    char *text = lf_arena_alloc(run->scratch, a->u.s.n + b->u.s.n + 1);
    if (text == NULL) {
        return (lf_value){.type = LF_T_ABSENT};
    }
    if (a->u.s.n > 0) {
        memcpy(text, a->u.s.p, a->u.s.n);
    }
    if (b->u.s.n > 0) {
        memcpy(text + a->u.s.n, b->u.s.p, b->u.s.n);
    }
    v.u.s = (lf_str){text, a->u.s.n + b->u.s.n};
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
        return of_double(a->u.d + b->u.d);
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
        return of_double(a->u.d - b->u.d);
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
        return of_double(a->u.d * b->u.d);
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
        return rest ? no_overload() : of_double(a->u.d / b->u.d);
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
    return args[0].type == LF_T_DOUBLE ? of_double(-args[0].u.d) : no_overload();
}
