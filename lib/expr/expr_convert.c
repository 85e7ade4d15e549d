/* SPDX-License-Identifier: MIT */
/* Types as values, and from one type to another: int(x), string(x), type(x). */
#include <float.h>

#include "expr/expr_internal.h"

/* ---- types ---- */
static const char *const type_names[] = {[LF_T_NULL] = "null_type",
                                         [LF_T_BOOL] = "bool",
                                         [LF_T_INT] = "int",
                                         [LF_T_UINT] = "uint",
                                         [LF_T_DOUBLE] = "double",
                                         [LF_T_STRING] = "string",
                                         [LF_T_BYTES] = "bytes",
                                         [LF_T_LIST] = "list",
                                         [LF_T_MAP] = "map",
                                         [LF_T_TIMESTAMP] = "google.protobuf.Timestamp",
                                         [LF_T_DURATION] = "google.protobuf.Duration",
                                         [LF_T_TYPE] = "type"};

static lf_value type_value(uint8_t type) {
    lf_value v = {.type = LF_T_TYPE};
    v.u.s = lf_str_of(type_names[type]);
    return v;
}

bool lf_type_named(lf_str name, lf_value *out) {
    for (size_t type = LF_T_NULL; type < LF_COUNT(type_names); type++) {
        *out = type_value((uint8_t)type);
        if (lf_str_eq(out->u.s, name)) {
            return true;
        }
    }
    return false;
}

lf_value lf_run_type(const lf_value *args, lf_run *run) {
    (void)run;
    return type_value(args[0].type);
}

lf_value lf_run_dyn(const lf_value *args, lf_run *run) {
    (void)run;
    return args[0];
}

/* ---- to bool and numbers ---- */
static lf_value no_number(void) {
    return lf_value_error("the text is no number of this type");
}

static lf_value out_of_range(void) {
    return lf_value_error("the number is outside the range of the type");
}

lf_value lf_run_to_bool(const lf_value *args, lf_run *run) {
    static const char *const words[] = {"0", "f", "F", "false", "False", "FALSE",
                                        "1", "t", "T", "true",  "True",  "TRUE"};
    (void)run;
    for (size_t i = 0; args[0].type == LF_T_STRING && i < LF_COUNT(words); i++) {
        if (lf_str_eq(args[0].u.s, lf_str_of(words[i]))) {
            return lf_value_bool(i >= LF_COUNT(words) / 2);
        }
    }
    return args[0].type == LF_T_BOOL ? args[0] : lf_value_error("the text is no bool");
}

static lf_value duration_to_int(const lf_value *duration) { /* a duration fits, in nanoseconds */
    return lf_value_int(duration->u.time.seconds * LF_NANOS + duration->u.time.nanos);
}

lf_value lf_run_to_int(const lf_value *args, lf_run *run) {
    const lf_value *v = &args[0];
    lf_str digits;
    int64_t i = 0;
    bool plus;
    switch (v->type) {
    case LF_T_UINT:
        return v->u.u <= INT64_MAX ? lf_value_int((int64_t)v->u.u) : out_of_range();
    case LF_T_DOUBLE: /* between the least and the greatest, without both: so have it the tests */
        return v->u.d > -9223372036854775808.0 && v->u.d < 9223372036854775808.0
                   ? lf_value_int((int64_t)v->u.d)
                   : out_of_range();
    case LF_T_STRING:
        lf_charge(&run->meter, v->u.s.n / LF_BYTES_PER_COST);
        digits = v->u.s.n == 0 ? LF_STR("0") : v->u.s; /* so have it the conformance cases */
        plus = digits.n > 1 && digits.p[0] == '+' && digits.p[1] != '-';
        return lf_parse_i64((lf_str){digits.p + plus, digits.n - plus}, &i) ? lf_value_int(i)
                                                                            : no_number();
    case LF_T_TIMESTAMP:
        return lf_value_int(v->u.time.seconds);
    case LF_T_DURATION:
        return duration_to_int(v);
    default:
        return *v;
    }
}

lf_value lf_run_to_uint(const lf_value *args, lf_run *run) {
    const lf_value *v = &args[0];
    uint64_t u = 0;
    switch (v->type) {
    case LF_T_INT:
        return v->u.i >= 0 ? lf_value_uint((uint64_t)v->u.i) : out_of_range();
    case LF_T_DOUBLE:
        return v->u.d >= 0 && v->u.d < 18446744073709551616.0 ? lf_value_uint((uint64_t)v->u.d)
                                                              : out_of_range();
    case LF_T_STRING:
        lf_charge(&run->meter, v->u.s.n / LF_BYTES_PER_COST);
        return lf_parse_u64(v->u.s, &u) ? lf_value_uint(u) : no_number();
    default:
        return *v;
    }
}

static bool is_word(lf_str s, const char *word) { /* in letters of any case */
    size_t n = strlen(word);
    for (size_t i = 0; i < n && s.n == n; i++) {
        if ((s.p[i] | 32) != word[i]) {
            return false;
        }
    }
    return s.n == n;
}

static lf_value text_to_double(lf_str s, lf_run *run) {
    double d = 0, infinite = DBL_MAX;
    bool minus = s.n > 0 && s.p[0] == '-';
    size_t sign = minus || (s.n > 0 && s.p[0] == '+');
    lf_str rest = {s.p + sign, s.n - sign};
    infinite *= 2;
    if (is_word(rest, "nan")) {
        return lf_value_double(infinite - infinite);
    }
    if (is_word(rest, "inf") || is_word(rest, "infinity")) {
        return lf_value_double(minus ? -infinite : infinite);
    }
    /* of a long number each digit is worked on */
    uint64_t steps = rest.n <= 15 ? 0 : rest.n < 800 ? 4 * (uint64_t)rest.n : 3200;
    if (!lf_charge(&run->meter, rest.n / LF_BYTES_PER_COST + steps)) {
        return no_number();
    }
    if (!lf_parse_double_any(rest, &d) || d > DBL_MAX) {
        return no_number();
    }
    return lf_value_double(minus ? -d : d);
}

lf_value lf_run_to_double(const lf_value *args, lf_run *run) {
    switch (args[0].type) {
    case LF_T_INT:
        return lf_value_double((double)args[0].u.i);
    case LF_T_UINT:
        return lf_value_double((double)args[0].u.u);
    case LF_T_STRING:
        return text_to_double(args[0].u.s, run);
    default:
        return args[0];
    }
}

/* ---- to text ---- */
static lf_value kept(lf_run *run, const char *text, size_t n) {
    lf_value v;
    char *out = lf_text_make(run, n, &v);
    if (out != NULL) {
        memcpy(out, text, n);
    }
    return v;
}

static lf_value number_to_text(const lf_value *v, lf_run *run) {
    char text[32];
    size_t first = sizeof text;
    if (v->type == LF_T_DOUBLE) {
        /* what is far from 1 is made of long numbers */
        bool common = v->u.d < 1e15 && v->u.d > -1e15 && (v->u.d > 1e-5 || v->u.d < -1e-5);
        lf_charge(&run->meter, common ? 100 : 1000);
        return kept(run, text, lf_format_double_short(text, v->u.d));
    }
    bool negative = v->type == LF_T_INT && v->u.i < 0;
    uint64_t left = v->type == LF_T_UINT ? v->u.u
                    : negative           ? 0 - (uint64_t)v->u.i
                                         : (uint64_t)v->u.i;
    do {
        text[--first] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (negative) {
        text[--first] = '-';
    }
    return kept(run, text + first, sizeof text - first);
}

lf_value lf_run_to_string(const lf_value *args, lf_run *run) {
    const lf_value *v = &args[0];
    char text[LF_TIME_TEXT];
    switch (v->type) {
    case LF_T_BOOL:
        return lf_value_str(v->u.b ? LF_STR("true") : LF_STR("false"));
    case LF_T_BYTES:
        if (!lf_charge(&run->meter, v->u.s.n / LF_LETTERS_PER_COST) || !lf_utf8_valid(v->u.s)) {
            return lf_value_error("the bytes are not valid UTF-8");
        }
        return lf_value_str(v->u.s);
    case LF_T_TIMESTAMP:
        return kept(run, text, lf_timestamp_write(text, v));
    case LF_T_DURATION:
        return kept(run, text, lf_duration_write(text, v));
    case LF_T_STRING:
        return *v;
    default:
        return number_to_text(v, run);
    }
}

lf_value lf_run_to_bytes(const lf_value *args, lf_run *run) {
    lf_value v = args[0];
    (void)run;
    v.type = LF_T_BYTES;
    return v;
}

/* ---- to times ---- */
lf_value lf_run_to_timestamp(const lf_value *args, lf_run *run) {
    switch (args[0].type) {
    case LF_T_INT:
        return lf_value_of_time(LF_T_TIMESTAMP, args[0].u.i, 0);
    case LF_T_STRING:
        lf_charge(&run->meter, args[0].u.s.n / LF_BYTES_PER_COST);
        return lf_timestamp_read(args[0].u.s);
    default:
        return args[0];
    }
}

lf_value lf_run_to_duration(const lf_value *args, lf_run *run) {
    const lf_value *v = &args[0];
    if (v->type != LF_T_STRING) {
        return *v;
    }
    /* "1h1h1h": each second letter may be a unit, which is looked up */
    return lf_charge(&run->meter, 2 * (uint64_t)v->u.s.n) ? lf_duration_read(v->u.s)
                                                          : lf_value_error("too long");
}
