/* SPDX-License-Identifier: MIT */
/* Operators and functions: one table, with what each takes, gives and does. */
#include "expr/expr_internal.h"

static uint8_t type_of(const lf_node *node) {
    return node->type;
}

/* ---- what they give ---- */
static uint32_t check_arithmetic(const lf_node *const *args) {
    uint8_t a = type_of(args[0]), b = type_of(args[1]);
    if (a == LF_T_DYN || b == LF_T_DYN) {
        uint8_t known = a == LF_T_DYN ? b : a;
        return known == LF_T_DYN || lf_type_number(known) ? known : LF_T_ERROR;
    }
    return a == b && lf_type_number(a) ? a : LF_T_ERROR;
}

static bool joins(uint8_t type) {
    return type == LF_T_STRING || type == LF_T_BYTES || type == LF_T_LIST;
}

static uint32_t check_add(const lf_node *const *args) {
    uint8_t a = type_of(args[0]), b = type_of(args[1]);
    if (a == LF_T_DYN || b == LF_T_DYN) {
        uint8_t known = a == LF_T_DYN ? b : a;
        if (known == LF_T_DURATION) {
            return LF_T_DYN; /* it may be added to both kinds of time */
        }
        return joins(known) || known == LF_T_TIMESTAMP ? known : check_arithmetic(args);
    }
    if (a == b && (joins(a) || a == LF_T_DURATION)) {
        return lf_type_join(lf_node_whole(args[0]), lf_node_whole(args[1]));
    }
    if ((a == LF_T_TIMESTAMP && b == LF_T_DURATION) ||
        (a == LF_T_DURATION && b == LF_T_TIMESTAMP)) {
        return LF_T_TIMESTAMP;
    }
    return check_arithmetic(args);
}

static uint32_t check_sub(const lf_node *const *args) {
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
    return check_arithmetic(args);
}

static uint32_t check_mod(const lf_node *const *args) {
    uint32_t type = check_arithmetic(args);
    return type == LF_T_DOUBLE ? LF_T_ERROR : type;
}

/* Can values of these types be equal? */
static bool comparable(uint32_t a, uint32_t b) {
    a &= 15;
    b &= 15;
    return a == b || a == LF_T_DYN || b == LF_T_DYN || a == LF_T_NULL || b == LF_T_NULL ||
           (lf_type_number((uint8_t)a) && lf_type_number((uint8_t)b));
}

static uint32_t check_equal(const lf_node *const *args) {
    const lf_node *a = args[0], *b = args[1];
    bool fine = comparable(a->type, b->type) &&
                (a->type != b->type ||
                 (comparable(a->item, b->item) && comparable(a->item >> 4, b->item >> 4)));
    return fine ? LF_T_BOOL : LF_T_ERROR;
}

static uint32_t check_order(const lf_node *const *args) {
    uint8_t a = type_of(args[0]), b = type_of(args[1]);
    uint8_t known = a == LF_T_DYN ? b : a;
    bool ordered =
        known != LF_T_LIST && known != LF_T_MAP && known != LF_T_NULL && known != LF_T_TYPE;
    return ordered && a != LF_T_NULL && b != LF_T_NULL ? check_equal(args) : LF_T_ERROR;
}

static uint32_t check_in(const lf_node *const *args) { /* of a map, its key */
    return comparable(args[0]->type, args[1]->item) ? LF_T_BOOL : LF_T_ERROR;
}

static uint32_t check_same(const lf_node *const *args) {
    return type_of(args[0]);
}

static uint32_t check_join(const lf_node *const *args) {
    uint8_t item = args[0]->item & 15;
    return item == LF_T_STRING || item == LF_T_DYN ? LF_T_STRING : LF_T_ERROR;
}

static lf_value run_not(const lf_value *args, lf_run *run) {
    (void)run;
    return lf_value_bool(!args[0].u.b);
}

/* ---- the table ---- */
#define BIT(type) (uint16_t)(1u << (type))
#define ANY (uint16_t)(BIT(LF_T_ERROR) - 1u)
#define BOOL BIT(LF_T_BOOL)
#define INT BIT(LF_T_INT)
#define UINT BIT(LF_T_UINT)
#define DOUBLE BIT(LF_T_DOUBLE)
#define STRING BIT(LF_T_STRING)
#define BYTES BIT(LF_T_BYTES)
#define LIST BIT(LF_T_LIST)
#define MAP BIT(LF_T_MAP)
#define STAMP BIT(LF_T_TIMESTAMP)
#define DURATION BIT(LF_T_DURATION)
#define NUMBER (INT | UINT | DOUBLE)

#define EQUAL "two values of one type, or numbers"
#define ORDERED "two numbers, strings, bytes, bools or times of one type"
#define NUMBERS "two numbers of one type"

/* clang-format off */
/* What two values of any type are given to, and looked at by `check`. */
#define OPERATOR(name, check, run, words) \
    {name, 0, 2, LF_PLAIN, 0, {ANY, ANY}, LF_T_BOOL, 0, check, run, words}
#define ROW(name, method, n, detail, gives, item, check, run, words, ...) \
    {name, method, n, LF_PLAIN, detail, {__VA_ARGS__}, gives, item, check, run, words}
#define HISTORY(name, n, fn, usage) {name, 0, n, LF_HISTORY, fn, {0}, 0, 0, NULL, NULL, usage}
#define CONVERSION(name, takes, gives, run) \
    ROW(name, 0, 1, 0, gives, 0, NULL, run, NULL, takes)
/* In UTC, and with the zone as text. */
#define SELECTOR(name, part, takes) \
    ROW(name, 1, 1, part, LF_T_INT, 0, NULL, lf_run_select_time, NULL, takes), \
    ROW(name, 1, 2, part, LF_T_INT, 0, NULL, lf_run_select_time, NULL, STAMP, STRING)
#define METHOD(name, n, gives, run, ...) ROW(name, 1, n, 0, gives, 0, NULL, run, NULL, __VA_ARGS__)
#define MATCHES(method) \
    ROW("matches", method, 2, 0, LF_T_BOOL, 0, NULL, lf_run_matches, "two strings", STRING, \
        STRING | BIT(LF_T_REGEX))
#define SPLIT(n, ...) \
    ROW("split", 1, n, 0, LF_T_LIST, LF_T_STRING, NULL, lf_run_split, NULL, __VA_ARGS__)
#define JOIN(n, words, ...) ROW("join", 1, n, 0, 0, 0, check_join, lf_run_join, words, __VA_ARGS__)
#define ASCII(name, first) ROW(name, 1, 1, first, LF_T_STRING, 0, NULL, lf_run_ascii, NULL, STRING)
#define SETS(name, question) \
    ROW(name, 0, 2, question, LF_T_BOOL, 0, NULL, lf_run_sets, NULL, LIST, LIST)
#define AGE "a timestamp and a duration such as '30d'"
#define IN "a value and a list of its type, or a map with keys of it"
#define REVERSE "string (that of lists is of CEL's extension lists, which is not part of this library)"

/* clang-format on */

/* The comparisons are instructions of their own. */
const lf_function lf_functions[] = {
    OPERATOR("==", check_equal, NULL, EQUAL),
    OPERATOR("!=", check_equal, NULL, EQUAL),
    OPERATOR("<", check_order, NULL, ORDERED),
    OPERATOR("<=", check_order, NULL, ORDERED),
    OPERATOR(">", check_order, NULL, ORDERED),
    OPERATOR(">=", check_order, NULL, ORDERED),
    ROW("in", 0, 2, 0, LF_T_BOOL, 0, check_in, lf_run_in, IN, ANY, LIST | MAP),
    ROW("!_", 0, 1, 0, LF_T_BOOL, 0, NULL, run_not, "bool", BOOL),
    OPERATOR("+", check_add, lf_run_add,
             "two numbers, strings, bytes or lists of one type, or times"),
    OPERATOR("-", check_sub, lf_run_sub, "two numbers of one type, or times"),
    OPERATOR("*", check_arithmetic, lf_run_mul, NUMBERS),
    OPERATOR("/", check_arithmetic, lf_run_div, NUMBERS),
    OPERATOR("%", check_mod, lf_run_mod, "two int or two uint"),
    ROW("-_", 0, 1, 0, 0, 0, check_same, lf_run_negate, "int or double", INT | DOUBLE),
    ROW("size", 0, 1, 0, LF_T_INT, 0, NULL, lf_run_size, NULL, STRING | BYTES | LIST | MAP),
    ROW("size", 1, 1, 0, LF_T_INT, 0, NULL, lf_run_size, NULL, STRING | BYTES | LIST | MAP),
    METHOD("contains", 2, LF_T_BOOL, lf_run_contains, STRING, STRING),
    METHOD("startsWith", 2, LF_T_BOOL, lf_run_starts, STRING, STRING),
    METHOD("endsWith", 2, LF_T_BOOL, lf_run_ends, STRING, STRING),
    MATCHES(0),
    MATCHES(1),
    /* SPEC 5 */
    HISTORY("count", 2, LF_H_COUNT, "count('type', '30d')"),
    HISTORY("ever", 1, LF_H_EVER, "ever('type')"),
    HISTORY("last", 1, LF_H_LAST, "last('type')"),
    HISTORY("within", 2, LF_H_WITHIN, "within('type', '30d')"),
    HISTORY("idle", 1, LF_H_IDLE, "idle('30d')"),
    HISTORY("in_state", 2, LF_H_IN_STATE, "in_state('machine', '30d')"),
    HISTORY("tagged", 1, LF_H_TAGGED, "tagged('tag')"),
    HISTORY("flagged", 1, LF_H_FLAGGED, "flagged('flag')"),
    {"age", 0, 2, LF_AGE, 0, {STAMP, STRING}, LF_T_BOOL, 0, NULL, NULL, AGE},
    /* types and conversions */
    CONVERSION("type", ANY, LF_T_TYPE, lf_run_type),
    CONVERSION("dyn", ANY, LF_T_DYN, lf_run_dyn),
    CONVERSION("bool", BOOL | STRING, LF_T_BOOL, lf_run_to_bool),
    CONVERSION("int", NUMBER | STRING | STAMP | DURATION, LF_T_INT, lf_run_to_int),
    CONVERSION("uint", NUMBER | STRING, LF_T_UINT, lf_run_to_uint),
    CONVERSION("double", NUMBER | STRING, LF_T_DOUBLE, lf_run_to_double),
    CONVERSION("string", NUMBER | BOOL | STRING | BYTES | STAMP | DURATION, LF_T_STRING,
               lf_run_to_string),
    CONVERSION("bytes", BYTES | STRING, LF_T_BYTES, lf_run_to_bytes),
    CONVERSION("timestamp", STAMP | STRING | INT, LF_T_TIMESTAMP, lf_run_to_timestamp),
    CONVERSION("duration", DURATION | STRING, LF_T_DURATION, lf_run_to_duration),
    /* parts of times */
    SELECTOR("getFullYear", LF_PART_YEAR, STAMP),
    SELECTOR("getMonth", LF_PART_MONTH, STAMP),
    SELECTOR("getDayOfYear", LF_PART_YEAR_DAY, STAMP),
    SELECTOR("getDayOfMonth", LF_PART_MONTH_DAY, STAMP),
    SELECTOR("getDate", LF_PART_DATE, STAMP),
    SELECTOR("getDayOfWeek", LF_PART_WEEK_DAY, STAMP),
    SELECTOR("getHours", LF_PART_HOURS, STAMP | DURATION),
    SELECTOR("getMinutes", LF_PART_MINUTES, STAMP | DURATION),
    SELECTOR("getSeconds", LF_PART_SECONDS, STAMP | DURATION),
    SELECTOR("getMilliseconds", LF_PART_MILLISECONDS, STAMP | DURATION),
    /* the extension strings */
    METHOD("charAt", 2, LF_T_STRING, lf_run_char_at, STRING, INT),
    METHOD("indexOf", 2, LF_T_INT, lf_run_index_of, STRING, STRING),
    METHOD("indexOf", 3, LF_T_INT, lf_run_index_of, STRING, STRING, INT),
    METHOD("lastIndexOf", 2, LF_T_INT, lf_run_last_index_of, STRING, STRING),
    METHOD("lastIndexOf", 3, LF_T_INT, lf_run_last_index_of, STRING, STRING, INT),
    METHOD("substring", 2, LF_T_STRING, lf_run_substring, STRING, INT),
    METHOD("substring", 3, LF_T_STRING, lf_run_substring, STRING, INT, INT),
    METHOD("trim", 1, LF_T_STRING, lf_run_trim, STRING),
    ROW("reverse", 1, 1, 0, LF_T_STRING, 0, NULL, lf_run_reverse, REVERSE, STRING),
    ASCII("lowerAscii", 'A'),
    ASCII("upperAscii", 'a'),
    METHOD("replace", 3, LF_T_STRING, lf_run_replace, STRING, STRING, STRING),
    METHOD("replace", 4, LF_T_STRING, lf_run_replace, STRING, STRING, STRING, INT),
    SPLIT(2, STRING, STRING),
    SPLIT(3, STRING, STRING, INT),
    JOIN(1, "a list of strings", LIST),
    JOIN(2, "a list of strings and a string", LIST, STRING),
    /* the extension sets */
    SETS("sets.contains", LF_SET_CONTAINS),
    SETS("sets.equivalent", LF_SET_EQUIVALENT),
    SETS("sets.intersects", LF_SET_INTERSECTS),
};
const uint16_t lf_function_count = LF_COUNT(lf_functions);
