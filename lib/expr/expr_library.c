/* SPDX-License-Identifier: MIT */
/* Operators and functions: one table, with what each takes, gives and does. */
#include "expr/expr_internal.h"

static uint8_t type_of(const lf_node *node) {
    return node->type;
}

static bool fits(uint8_t type, uint8_t wanted) {
    return type == wanted || type == LF_T_DYN;
}

/* ---- what they give ---- */
static uint8_t check_arithmetic(const lf_node *const *args, uint8_t *item) {
    uint8_t a = type_of(args[0]), b = type_of(args[1]);
    (void)item;
    if (a == LF_T_DYN || b == LF_T_DYN) {
        uint8_t known = a == LF_T_DYN ? b : a;
        return known == LF_T_DYN || lf_type_number(known) ? known : LF_T_ERROR;
    }
    return a == b && lf_type_number(a) ? a : LF_T_ERROR;
}

static bool joins(uint8_t type) {
    return type == LF_T_STRING || type == LF_T_BYTES || type == LF_T_LIST;
}

static uint8_t check_add(const lf_node *const *args, uint8_t *item) {
    uint8_t a = type_of(args[0]), b = type_of(args[1]);
    if (a == LF_T_DYN || b == LF_T_DYN) {
        uint8_t known = a == LF_T_DYN ? b : a;
        if (known == LF_T_DURATION) {
            return LF_T_DYN; /* it may be added to both kinds of time */
        }
        return joins(known) || known == LF_T_TIMESTAMP ? known : check_arithmetic(args, item);
    }
    if (a == b && (joins(a) || a == LF_T_DURATION)) {
        *item = args[0]->item == args[1]->item ? args[0]->item : LF_T_DYN;
        return a;
    }
    if ((a == LF_T_TIMESTAMP && b == LF_T_DURATION) ||
        (a == LF_T_DURATION && b == LF_T_TIMESTAMP)) {
        return LF_T_TIMESTAMP;
    }
    return check_arithmetic(args, item);
}

static uint8_t check_sub(const lf_node *const *args, uint8_t *item) {
    uint8_t a = type_of(args[0]), b = type_of(args[1]);
    if (a == LF_T_TIMESTAMP && b == LF_T_TIMESTAMP) {
        return LF_T_DURATION;
    }
    if (b == LF_T_DURATION && (a == LF_T_TIMESTAMP || a == LF_T_DURATION)) {
        return a;
    }
    if (b == LF_T_DYN && (a == LF_T_TIMESTAMP || a == LF_T_DURATION)) {
        return LF_T_DYN;
    }
    if (a == LF_T_DYN && (b == LF_T_TIMESTAMP || b == LF_T_DURATION)) {
        return b == LF_T_TIMESTAMP ? LF_T_DURATION : LF_T_DYN;
    }
    return check_arithmetic(args, item);
}

static uint8_t check_mod(const lf_node *const *args, uint8_t *item) {
    uint8_t type = check_arithmetic(args, item);
    return type == LF_T_DOUBLE ? LF_T_ERROR : type;
}

static uint8_t check_negate(const lf_node *const *args, uint8_t *item) {
    uint8_t a = type_of(args[0]);
    (void)item;
    return a == LF_T_INT || a == LF_T_DOUBLE || a == LF_T_DYN ? a : LF_T_ERROR;
}

static uint8_t check_not(const lf_node *const *args, uint8_t *item) {
    (void)item;
    return fits(type_of(args[0]), LF_T_BOOL) ? LF_T_BOOL : LF_T_ERROR;
}

/* Can values of these types be equal? */
static bool comparable(uint8_t a, uint8_t b) {
    return a == b || a == LF_T_DYN || b == LF_T_DYN || a == LF_T_NULL || b == LF_T_NULL ||
           (lf_type_number(a) && lf_type_number(b));
}

static uint8_t check_equal(const lf_node *const *args, uint8_t *item) {
    uint8_t a = type_of(args[0]), b = type_of(args[1]);
    (void)item;
    bool holds = a == b && (a == LF_T_LIST || a == LF_T_MAP);
    bool fine = comparable(a, b) && (!holds || comparable(args[0]->item, args[1]->item));
    return fine ? LF_T_BOOL : LF_T_ERROR;
}

static uint8_t check_order(const lf_node *const *args, uint8_t *item) {
    uint8_t a = type_of(args[0]), b = type_of(args[1]);
    uint8_t known = a == LF_T_DYN ? b : a;
    bool ordered =
        known != LF_T_LIST && known != LF_T_MAP && known != LF_T_NULL && known != LF_T_TYPE;
    return ordered && a != LF_T_NULL && b != LF_T_NULL ? check_equal(args, item) : LF_T_ERROR;
}

static uint8_t check_in(const lf_node *const *args, uint8_t *item) {
    uint8_t a = type_of(args[0]), b = type_of(args[1]), in = args[1]->item;
    (void)item;
    if (b == LF_T_MAP || b == LF_T_DYN) {
        return LF_T_BOOL;
    }
    return b == LF_T_LIST && comparable(a, in) ? LF_T_BOOL : LF_T_ERROR;
}

static uint8_t check_size(const lf_node *const *args, uint8_t *item) {
    uint8_t a = type_of(args[0]);
    (void)item;
    return a == LF_T_STRING || a == LF_T_BYTES || a == LF_T_LIST || a == LF_T_MAP || a == LF_T_DYN
               ? LF_T_INT
               : LF_T_ERROR;
}

static uint8_t check_strings(const lf_node *const *args, uint8_t *item) {
    (void)item;
    return fits(type_of(args[0]), LF_T_STRING) && fits(type_of(args[1]), LF_T_STRING) ? LF_T_BOOL
                                                                                      : LF_T_ERROR;
}

static uint8_t check_age(const lf_node *const *args, uint8_t *item) {
    (void)item;
    return fits(type_of(args[0]), LF_T_TIMESTAMP) ? LF_T_BOOL : LF_T_ERROR;
}

/* ---- what they do ---- */
static lf_value no_overload(void) {
    return lf_value_error("no such operation for these types");
}

static lf_value run_not(const lf_value *args, lf_run *run) {
    (void)run;
    return args[0].type == LF_T_BOOL ? lf_value_bool(!args[0].u.b) : no_overload();
}

static lf_value run_in(const lf_value *args, lf_run *run) {
    bool map = args[1].type == LF_T_MAP;
    if (!map && args[1].type != LF_T_LIST) {
        return no_overload();
    }
    for (uint32_t i = 0; i < args[1].u.list.n; i++) {
        if (lf_value_is(&args[0], &args[1].u.list.items[map ? 2 * i : i], &run->meter)) {
            return lf_value_bool(true);
        }
    }
    return lf_value_bool(false);
}

static lf_value run_size(const lf_value *args, lf_run *run) {
    switch (args[0].type) {
    case LF_T_STRING:
        lf_charge(&run->meter, args[0].u.s.n / LF_BYTES_PER_COST);
        return lf_value_int((int64_t)lf_utf8_length(args[0].u.s));
    case LF_T_BYTES:
        return lf_value_int((int64_t)args[0].u.s.n);
    case LF_T_LIST:
    case LF_T_MAP:
        return lf_value_int(args[0].u.list.n);
    default:
        return no_overload();
    }
}

static bool contains(lf_str s, lf_str part) {
    if (part.n == 0) {
        return true;
    }
    for (size_t i = 0; i + part.n <= s.n; i++) {
        const char *found = memchr(s.p + i, part.p[0], s.n - part.n - i + 1);
        if (found == NULL) {
            return false;
        }
        if (memcmp(found, part.p, part.n) == 0) {
            return true;
        }
        i = (size_t)(found - s.p);
    }
    return false;
}

static lf_value run_contains(const lf_value *args, lf_run *run) {
    if (args[0].type != LF_T_STRING || args[1].type != LF_T_STRING) {
        return no_overload();
    }
    uint64_t steps = (uint64_t)args[0].u.s.n * (args[1].u.s.n + 1) / 64; /* at the very worst */
    return lf_value_bool(lf_charge(&run->meter, steps) && contains(args[0].u.s, args[1].u.s));
}

static lf_value run_starts(const lf_value *args, lf_run *run) {
    if (args[0].type != LF_T_STRING || args[1].type != LF_T_STRING) {
        return no_overload();
    }
    lf_str s = args[0].u.s, start = args[1].u.s;
    return lf_value_bool(lf_charge(&run->meter, start.n / LF_BYTES_PER_COST) &&
                         lf_str_starts(s, start));
}

static lf_value run_ends(const lf_value *args, lf_run *run) {
    if (args[0].type != LF_T_STRING || args[1].type != LF_T_STRING) {
        return no_overload();
    }
    lf_str s = args[0].u.s, end = args[1].u.s;
    return lf_value_bool(lf_charge(&run->meter, end.n / LF_BYTES_PER_COST) && s.n >= end.n &&
                         lf_str_eq((lf_str){s.p + (s.n - end.n), end.n}, end));
}

/* The comparisons are instructions of their own. */
#define EQUAL "two values of one type, or numbers"
#define ORDERED "two numbers, strings, bytes, bools or times of one type"
#define STRINGS "two strings"
#define SIZED "a string, bytes, a list or a map"
const lf_function lf_functions[] = {
    {"==", 0, 2, LF_PLAIN, 0, check_equal, NULL, EQUAL},
    {"!=", 0, 2, LF_PLAIN, 0, check_equal, NULL, EQUAL},
    {"<", 0, 2, LF_PLAIN, 0, check_order, NULL, ORDERED},
    {"<=", 0, 2, LF_PLAIN, 0, check_order, NULL, ORDERED},
    {">", 0, 2, LF_PLAIN, 0, check_order, NULL, ORDERED},
    {">=", 0, 2, LF_PLAIN, 0, check_order, NULL, ORDERED},
    {"in", 0, 2, LF_PLAIN, 0, check_in, run_in, "a value and a list of its type, or a map"},
    {"!_", 0, 1, LF_PLAIN, 0, check_not, run_not, "bool"},
    {"+", 0, 2, LF_PLAIN, 0, check_add, lf_run_add,
     "two numbers, strings, bytes or lists of one type, or times"},
    {"-", 0, 2, LF_PLAIN, 0, check_sub, lf_run_sub, "two numbers of one type, or times"},
    {"*", 0, 2, LF_PLAIN, 0, check_arithmetic, lf_run_mul, "two numbers of one type"},
    {"/", 0, 2, LF_PLAIN, 0, check_arithmetic, lf_run_div, "two numbers of one type"},
    {"%", 0, 2, LF_PLAIN, 0, check_mod, lf_run_mod, "two int or two uint"},
    {"-_", 0, 1, LF_PLAIN, 0, check_negate, lf_run_negate, "int or double"},
    {"size", 0, 1, LF_PLAIN, 0, check_size, run_size, SIZED},
    {"size", 1, 1, LF_PLAIN, 0, check_size, run_size, SIZED},
    {"contains", 1, 2, LF_PLAIN, 0, check_strings, run_contains, STRINGS},
    {"startsWith", 1, 2, LF_PLAIN, 0, check_strings, run_starts, STRINGS},
    {"endsWith", 1, 2, LF_PLAIN, 0, check_strings, run_ends, STRINGS},
    {"count", 0, 2, LF_HISTORY, LF_H_COUNT, NULL, NULL, "count('type', '30d')"},
    {"ever", 0, 1, LF_HISTORY, LF_H_EVER, NULL, NULL, "ever('type')"},
    {"last", 0, 1, LF_HISTORY, LF_H_LAST, NULL, NULL, "last('type')"},
    {"within", 0, 2, LF_HISTORY, LF_H_WITHIN, NULL, NULL, "within('type', '30d')"},
    {"idle", 0, 1, LF_HISTORY, LF_H_IDLE, NULL, NULL, "idle('30d')"},
    {"in_state", 0, 2, LF_HISTORY, LF_H_IN_STATE, NULL, NULL, "in_state('machine', '30d')"},
    {"tagged", 0, 1, LF_HISTORY, LF_H_TAGGED, NULL, NULL, "tagged('tag')"},
    {"flagged", 0, 1, LF_HISTORY, LF_H_FLAGGED, NULL, NULL, "flagged('flag')"},
    {"age", 0, 2, LF_AGE, 0, check_age, NULL, "a timestamp and a duration such as '30d'"},
};
const uint16_t lf_function_count = LF_COUNT(lf_functions);

static bool listed(lf_str name, const char *const *names, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (lf_str_eq(name, lf_str_of(names[i]))) {
            return true;
        }
    }
    return false;
}

bool lf_function_later(lf_str name) {
    static const char *const names[] = {
        "matches", "int", "uint", "double", "string", "bytes", "bool", "type", "dyn", "timestamp",
        "duration", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getFullYear",
        "getHours", "getMilliseconds", "getMinutes", "getMonth", "getSeconds",
        /* the extension strings */
        "charAt", "indexOf", "join", "lastIndexOf", "lowerAscii", "replace", "reverse", "split",
        "substring", "trim", "upperAscii",
        /* the extension sets */
        "sets.contains", "sets.equivalent", "sets.intersects"};
    return listed(name, names, LF_COUNT(names));
}

bool lf_type_later(lf_str name) {
    static const char *const names[] = {"bool",
                                        "int",
                                        "uint",
                                        "double",
                                        "string",
                                        "bytes",
                                        "list",
                                        "map",
                                        "type",
                                        "null_type",
                                        "google.protobuf.Timestamp",
                                        "google.protobuf.Duration"};
    return listed(name, names, LF_COUNT(names));
}
