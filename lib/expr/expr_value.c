/* SPDX-License-Identifier: MIT */
/* Values: equality and order as CEL has them, numbers across their kinds; lists, maps and their items. */
#include "expr/expr_internal.h"

lf_value lf_value_time(int64_t ms) {
    lf_value v = {.type = LF_T_TIMESTAMP};
    v.u.time.seconds = lf_floor_div(ms, 1000);
    v.u.time.nanos = (int32_t)(ms - v.u.time.seconds * 1000) * 1000000;
    return v;
}

bool lf_value_as_ms(const lf_value *timestamp, int64_t *ms) {
    if (timestamp->type != LF_T_TIMESTAMP) {
        return false;
    }
    *ms = timestamp->u.time.seconds * 1000 + timestamp->u.time.nanos / 1000000;
    return true;
}

lf_value lf_value_of_time(uint8_t type, int64_t seconds, int64_t nanos) {
    lf_value v = {.type = type};
    int64_t whole;
    seconds += lf_floor_div(nanos, LF_NANOS);
    nanos -= lf_floor_div(nanos, LF_NANOS) * LF_NANOS;
    if (type == LF_T_TIMESTAMP) {
        if (seconds < LF_TIME_MIN / 1000 || seconds > LF_TIME_MAX / 1000) {
            return lf_value_error("a timestamp outside the years 1 to 9999");
        }
    } else {
        if (seconds < 0 && nanos > 0) {
            seconds++;
            nanos -= LF_NANOS;
        }
        if (__builtin_mul_overflow(seconds, LF_NANOS, &whole) ||
            __builtin_add_overflow(whole, nanos, &whole)) {
            return lf_value_error("a duration that does not fit in 64 bits of nanoseconds");
        }
    }
    v.u.time.seconds = seconds;
    v.u.time.nanos = (int32_t)nanos;
    return v;
}

lf_value lf_value_double(double d) {
    lf_value v = {.type = LF_T_DOUBLE};
    v.u.d = d;
    return v;
}

lf_value lf_value_uint(uint64_t u) {
    lf_value v = {.type = LF_T_UINT};
    v.u.u = u;
    return v;
}

lf_value lf_value_error(const char *text) {
    lf_value v = {.type = LF_T_ERROR};
    v.u.s = lf_str_of(text);
    return v;
}

const char *lf_type_name(uint8_t type) {
    static const char *const names[] = {"dyn",       "null",     "bool",  "int",   "uint",
                                        "double",    "string",   "bytes", "list",  "map",
                                        "timestamp", "duration", "type",  "error", "nothing"};
    return names[type];
}

bool lf_type_number(uint8_t type) {
    return type == LF_T_INT || type == LF_T_UINT || type == LF_T_DOUBLE;
}

static int order_doubles(double a, double b) {
    if (a != a || b != b) {
        return 3;
    }
    return (a > b) - (a < b);
}

static int turned(int order) {
    return order == 3 ? 3 : -order;
}

/* An integer meets a double as the double nearest to it: the conformance tests have it so. */
static int order_numbers(const lf_value *a, const lf_value *b) {
    switch (a->type * 16 + b->type) {
    case LF_T_INT * 16 + LF_T_INT:
        return (a->u.i > b->u.i) - (a->u.i < b->u.i);
    case LF_T_UINT * 16 + LF_T_UINT:
        return (a->u.u > b->u.u) - (a->u.u < b->u.u);
    case LF_T_DOUBLE * 16 + LF_T_DOUBLE:
        return order_doubles(a->u.d, b->u.d);
    case LF_T_INT * 16 + LF_T_UINT:
        return a->u.i < 0 ? -1 : ((uint64_t)a->u.i > b->u.u) - ((uint64_t)a->u.i < b->u.u);
    case LF_T_UINT * 16 + LF_T_INT:
        return -order_numbers(b, a);
    case LF_T_INT * 16 + LF_T_DOUBLE:
        return order_doubles((double)a->u.i, b->u.d);
    case LF_T_UINT * 16 + LF_T_DOUBLE:
        return order_doubles((double)a->u.u, b->u.d);
    default:
        return turned(order_numbers(b, a));
    }
}

static uint64_t shorter(lf_str a, lf_str b) {
    return (a.n < b.n ? a.n : b.n) / LF_BYTES_PER_COST;
}

int lf_value_order(const lf_value *a, const lf_value *b, lf_meter *meter) {
    if (lf_type_number(a->type) && lf_type_number(b->type)) {
        return order_numbers(a, b);
    }
    if (a->type != b->type) {
        return 2;
    }
    int order;
    switch (a->type) {
    case LF_T_BOOL:
        return (int)a->u.b - (int)b->u.b;
    case LF_T_STRING:
    case LF_T_BYTES:
        order = lf_charge(meter, shorter(a->u.s, b->u.s)) ? lf_str_cmp(a->u.s, b->u.s) : 0;
        return (order > 0) - (order < 0);
    case LF_T_TIMESTAMP:
    case LF_T_DURATION:
        order = (a->u.time.seconds > b->u.time.seconds) - (a->u.time.seconds < b->u.time.seconds);
        return order != 0
                   ? order
                   : (a->u.time.nanos > b->u.time.nanos) - (a->u.time.nanos < b->u.time.nanos);
    default:
        return 2;
    }
}

static bool equal(const lf_value *a, const lf_value *b, lf_meter *meter, uint32_t depth);

static bool items_equal(const lf_value *a, const lf_value *b, uint32_t n, lf_meter *meter,
                        uint32_t depth) {
    for (uint32_t i = 0; i < n; i++) {
        if (!equal(&a[i], &b[i], meter, depth)) {
            return false;
        }
    }
    return true;
}

static bool maps_equal(const lf_value *a, const lf_value *b, uint32_t n, lf_meter *meter,
                       uint32_t depth) {
    for (uint32_t i = 0; i < n; i++) {
        uint32_t j = 0;
        while (j < n && !items_equal(&a[2 * i], &b[2 * j], 2, meter, depth)) {
            j++;
        }
        if (j == n) {
            return false;
        }
    }
    return true;
}

/* A list may hold the same list again and again, so what counts are the steps, not the memory; and
 * macros may nest lists far deeper than the source does. */
static bool equal(const lf_value *a, const lf_value *b, lf_meter *meter, uint32_t depth) {
    if (!lf_charge(meter, depth == 0 ? meter->limit + 1 : 1)) {
        return false;
    }
    if (lf_type_number(a->type) && lf_type_number(b->type)) {
        return order_numbers(a, b) == 0;
    }
    if (a->type != b->type) {
        return false;
    }
    switch (a->type) {
    case LF_T_NULL:
        return true;
    case LF_T_STRING:
    case LF_T_BYTES:
    case LF_T_TYPE:
        return a->u.s.n == b->u.s.n && lf_charge(meter, shorter(a->u.s, b->u.s)) &&
               lf_str_eq(a->u.s, b->u.s);
    case LF_T_LIST:
    case LF_T_MAP:
        return a->u.list.n == b->u.list.n &&
               (a->type == LF_T_LIST ? items_equal : maps_equal)(a->u.list.items, b->u.list.items,
                                                                 a->u.list.n, meter, depth - 1);
    default:
        return lf_value_order(a, b, meter) == 0;
    }
}

bool lf_value_equal(const lf_value *a, const lf_value *b, lf_meter *meter) {
    return equal(a, b, meter, LF_EXPR_NESTING);
}

/* ---- members and items ---- */
const lf_value *lf_value_find(const lf_value *map, const lf_value *key, lf_meter *meter) {
    for (uint32_t i = 0; i < map->u.list.n; i++) {
        if (lf_value_equal(&map->u.list.items[2 * i], key, meter)) {
            return &map->u.list.items[2 * i + 1];
        }
    }
    return NULL;
}

/* A list's index may be any number that is whole. */
static bool index_of(const lf_value *key, uint32_t n, uint32_t *out) {
    switch (key->type) {
    case LF_T_INT:
        *out = (uint32_t)key->u.i;
        return key->u.i >= 0 && key->u.i < n;
    case LF_T_UINT:
        *out = (uint32_t)key->u.u;
        return key->u.u < n;
    case LF_T_DOUBLE:
        if (!(key->u.d >= 0 && key->u.d < n)) {
            return false;
        }
        *out = (uint32_t)key->u.d;
        return !(key->u.d > *out);
    default:
        return false;
    }
}

lf_value lf_value_item(const lf_value *of, const lf_value *key, lf_meter *meter) {
    uint32_t index;
    if (of->type == LF_T_ERROR || key->type == LF_T_ERROR) {
        return of->type == LF_T_ERROR ? *of : *key;
    }
    if (of->type == LF_T_LIST) {
        return index_of(key, of->u.list.n, &index) ? of->u.list.items[index]
                                                   : lf_value_error("no such index");
    }
    if (of->type != LF_T_MAP) {
        return lf_value_error("no such member");
    }
    const lf_value *found = lf_value_find(of, key, meter);
    return found != NULL ? *found : lf_value_error("no such key");
}

lf_value lf_value_collect(const lf_value *items, uint32_t n, bool map, lf_meter *meter) {
    uint32_t count = map ? 2 * n : n;
    for (uint32_t i = 0; i < count; i++) {
        if (items[i].type == LF_T_ERROR) {
            return items[i];
        }
    }
    for (uint32_t i = 0; map && i < n; i++) {
        uint8_t type = items[2 * i].type;
        if (type != LF_T_BOOL && type != LF_T_INT && type != LF_T_UINT && type != LF_T_STRING) {
            return lf_value_error("no type for a key");
        }
        for (uint32_t j = 0; j < i; j++) {
            if (lf_value_equal(&items[2 * i], &items[2 * j], meter)) {
                return lf_value_error("a key stands twice");
            }
            if (meter->cost > meter->limit) {
                return lf_value_error("too long");
            }
        }
        if (meter->cost > meter->limit) {
            return lf_value_error("too long");
        }
    }
    lf_value v = {.type = map ? LF_T_MAP : LF_T_LIST};
    v.u.list.items = items;
    v.u.list.n = n;
    return v;
}
