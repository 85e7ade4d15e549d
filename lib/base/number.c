/* SPDX-License-Identifier: MIT */
/*
 * Numbers as text, without libc's locale: integers, scaled decimals, and doubles. Doubles are read
 * correctly rounded and written in the shortest form that reads back equal: exactly where small
 * integers and powers of ten suffice, else with big numbers.
 */
#include <float.h>

#include "base/base.h"

_Static_assert(FLT_EVAL_METHOD == 0 || FLT_EVAL_METHOD == 1,
               "an operation on doubles rounds to a double (x86: -mfpmath=sse)");

bool lf_parse_u64(lf_str s, uint64_t *out) {
    uint64_t value = 0;
    if (s.n == 0) {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
        unsigned digit = (unsigned)(s.p[i] - '0');
        if (digit > 9 || value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

bool lf_parse_i64(lf_str s, int64_t *out) {
    bool negative = s.n > 0 && s.p[0] == '-';
    uint64_t magnitude;
    if (!lf_parse_u64((lf_str){s.p + negative, s.n - negative}, &magnitude) ||
        magnitude > (uint64_t)INT64_MAX + negative) {
        return false;
    }
    *out = negative ? -(int64_t)(magnitude - 1) - 1 : (int64_t)magnitude;
    if (negative && magnitude == 0) {
        *out = 0;
    }
    return true;
}

/* ---- numbers of any size, 32 bits a limb, the lowest first ---- */
#define LIMBS 160 /* 10^1130, the longest divisor, and room for shifts */
typedef struct big {
    uint32_t limb[LIMBS];
    unsigned n;
} big;

static void big_mul_add(big *b, uint32_t factor, uint32_t add) {
    uint64_t carry = add;
    for (unsigned i = 0; i < b->n; i++) {
        carry += (uint64_t)b->limb[i] * factor;
        b->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry > 0 && b->n < LIMBS) {
        b->limb[b->n++] = (uint32_t)carry;
    }
}

static void big_shift(big *b, unsigned bits) {
    for (; bits >= 31; bits -= 31) {
        big_mul_add(b, UINT32_C(1) << 31, 0);
    }
    big_mul_add(b, UINT32_C(1) << bits, 0);
}

static void big_power(big *b, unsigned exponent) {
    for (; exponent >= 9; exponent -= 9) {
        big_mul_add(b, 1000000000, 0);
    }
    for (; exponent > 0; exponent--) {
        big_mul_add(b, 10, 0);
    }
}

static int big_cmp(const big *a, const big *b) {
    if (a->n != b->n) {
        return a->n > b->n ? 1 : -1;
    }
    for (unsigned i = a->n; i-- > 0;) {
        if (a->limb[i] != b->limb[i]) {
            return a->limb[i] > b->limb[i] ? 1 : -1;
        }
    }
    return 0;
}

static void big_sub(big *a, const big *b) { /* a >= b */
    uint64_t borrow = 0;
    for (unsigned i = 0; i < a->n; i++) {
        uint64_t take = (i < b->n ? b->limb[i] : 0) + borrow;
        borrow = a->limb[i] < take;
        a->limb[i] = (uint32_t)(a->limb[i] - take);
    }
    while (a->n > 0 && a->limb[a->n - 1] == 0) {
        a->n--;
    }
}

static int big_bits(const big *b) {
    int bits = 0;
    for (uint32_t top = b->n == 0 ? 0 : b->limb[b->n - 1]; top > 0; top >>= 1) {
        bits++;
    }
    return b->n == 0 ? 0 : bits + 32 * (int)(b->n - 1);
}

static double from_bits(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* num/den as the nearest double, ties to even: a quotient of at least 55 bits by long division. */
static double divide(big *num, big *den) {
    int scale = 55 - (big_bits(num) - big_bits(den));
    scale = scale > 1074 ? 1074 : scale; /* there is no bit below 2^-1074, half of it is the rest */
    big_shift(scale > 0 ? num : den, (unsigned)(scale > 0 ? scale : -scale));
    int shift = big_bits(num) - big_bits(den);
    shift = shift < 0 ? 0 : shift;
    big_shift(den, (unsigned)shift);
    uint64_t q = 0;
    for (int i = 0; i <= shift; i++) { /* the remainder is doubled instead of the divisor halved */
        q <<= 1;
        if (big_cmp(num, den) >= 0) {
            big_sub(num, den);
            q |= 1;
        }
        big_shift(num, 1);
    }
    /* The rest, in units of the last bit of q, is num / (2 den). */
    unsigned drop = 0;
    while (q >> drop >= UINT64_C(1) << 53) {
        drop++;
    }
    int exponent = (int)drop - scale;
    if (drop == 0) {
        int rest = big_cmp(num, den);
        q += rest > 0 || (rest == 0 && (q & 1));
    } else {
        uint64_t cut = q & ((UINT64_C(1) << drop) - 1), half = UINT64_C(1) << (drop - 1);
        q >>= drop;
        q += cut > half || (cut == half && (num->n > 0 || (q & 1)));
    }
    if (q == UINT64_C(1) << 53) {
        q >>= 1;
        exponent++;
    }
    if (q < UINT64_C(1) << 52) {
        return from_bits(q); /* subnormal, its unit is 2^-1074 */
    }
    if (exponent + 52 > 1023) {
        return from_bits(UINT64_C(0x7ff) << 52);
    }
    return from_bits((uint64_t)(exponent + 52 + 1023) << 52 | (q & ((UINT64_C(1) << 52) - 1)));
}

static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

typedef struct decimal { /* digits * 10^exponent */
    char digits[800];
    unsigned n;
    int64_t exponent;
    bool negative;
} decimal;

static void take_digit(decimal *d, char c, bool after_point, bool *cut) {
    if (d->n > 0 || c != '0') {
        if (d->n < sizeof d->digits) {
            d->digits[d->n++] = c;
            d->exponent -= after_point;
        } else {
            *cut = *cut || c != '0';
            d->exponent += !after_point;
        }
    } else {
        d->exponent -= after_point;
    }
}

/* JSON's number syntax; `any`: a plus may stand in front, and a point first or last. */
static bool read_decimal(lf_str s, bool any, decimal *d) {
    size_t i = 0;
    bool cut = false, digits = false;
    *d = (decimal){.negative = s.n > 0 && s.p[0] == '-'};
    i += d->negative || (any && s.n > 0 && s.p[0] == '+');
    for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++, digits = true) {
        take_digit(d, s.p[i], false, &cut);
    }
    if (!digits && !any) {
        return false;
    }
    if (i < s.n && s.p[i] == '.') {
        digits = digits && any;
        for (i++; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++, digits = true) {
            take_digit(d, s.p[i], true, &cut);
        }
    }
    if (digits && i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
        i++;
        bool minus = i < s.n && s.p[i] == '-';
        i += i < s.n && (s.p[i] == '-' || s.p[i] == '+');
        int64_t exponent = 0;
        digits = false;
        for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++, digits = true) {
            exponent = exponent < 1000000 ? exponent * 10 + (s.p[i] - '0') : exponent;
        }
        d->exponent += minus ? -exponent : exponent;
    }
    if (cut && d->n > 0 && d->digits[d->n - 1] == '0') {
        d->digits[d->n - 1] = '1'; /* what was cut keeps it above a tie */
    }
    return digits && i == s.n;
}

static double decimal_to_double(const decimal *d) {
    if (d->n == 0 || d->exponent + d->n < -330) {
        return 0;
    }
    if (d->exponent + d->n > 310) {
        return from_bits(UINT64_C(0x7ff) << 52);
    }
    if (d->n <= 15 && d->exponent >= -22 && d->exponent <= 22) {
        uint64_t mantissa = 0; /* both numbers are exact, so one operation rounds once */
        for (unsigned i = 0; i < d->n; i++) {
            mantissa = mantissa * 10 + (uint64_t)(d->digits[i] - '0');
        }
        return d->exponent < 0 ? (double)mantissa / powers[-d->exponent]
                               : (double)mantissa * powers[d->exponent];
    }
    big num = {.n = 0}, den = {{1}, 1};
    for (unsigned i = 0; i < d->n; i++) {
        big_mul_add(&num, 10, (uint32_t)(d->digits[i] - '0'));
    }
    if (d->exponent >= 0) {
        big_power(&num, (unsigned)d->exponent);
    } else {
        big_power(&den, (unsigned)-d->exponent);
    }
    return divide(&num, &den);
}

static bool parse_double(lf_str s, bool any, double *out) {
    decimal d;
    if (!read_decimal(s, any, &d)) {
        return false;
    }
    double value = decimal_to_double(&d);
    *out = d.negative ? -value : value;
    return true;
}

bool lf_parse_double(lf_str s, double *out) {
    return parse_double(s, false, out);
}

bool lf_parse_double_any(lf_str s, double *out) {
    return parse_double(s, true, out);
}

/* The first 17 significant digits of a finite positive double, exact but for the last one's rest. */
static int exact_digits(double value, char digits[18]) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    int exponent = (int)(bits >> 52 & 0x7ff);
    uint64_t mantissa = bits & ((UINT64_C(1) << 52) - 1);
    mantissa |= exponent == 0 ? 0 : UINT64_C(1) << 52;
    exponent = (exponent == 0 ? 1 : exponent) - 1075;
    big num = {{(uint32_t)mantissa, (uint32_t)(mantissa >> 32)}, mantissa >> 32 ? 2 : 1};
    big den = {{1}, 1};
    big_shift(exponent > 0 ? &num : &den, (unsigned)(exponent > 0 ? exponent : -exponent));
    /* value = 0.d1d2d3... * 10^point: estimated by the bits (1233/4096 is log10 2), then made exact */
    int point = (big_bits(&num) - big_bits(&den)) * 1233 / 4096;
    big_power(point > 0 ? &den : &num, (unsigned)(point > 0 ? point : -point));
    while (big_cmp(&num, &den) >= 0) {
        big_mul_add(&den, 10, 0);
        point++;
    }
    for (;;) {
        big ten = num;
        big_mul_add(&ten, 10, 0);
        if (big_cmp(&ten, &den) >= 0) {
            break;
        }
        num = ten;
        point--;
    }
    for (int i = 0; i < 18; i++) {
        big_mul_add(&num, 10, 0);
        char digit = '0';
        while (big_cmp(&num, &den) >= 0) {
            big_sub(&num, &den);
            digit++;
        }
        digits[i] = digit;
    }
    return point;
}

/* Rounds to n digits; true if that carried out of the first one (then digits is "1"). */
static bool round_to(const char digits[18], unsigned n, char out[18]) {
    memcpy(out, digits, n);
    if (digits[n] < '5') {
        return false;
    }
    for (unsigned i = n; i-- > 0;) {
        if (out[i] != '9') {
            out[i]++;
            return false;
        }
        out[i] = '0';
    }
    out[0] = '1';
    return true;
}

static unsigned shortest(double value, char out[18], int *point) {
    char digits[18];
    int exact = exact_digits(value, digits);
    /* A text of up to 15 digits survives in a normal double, so if there is one it is found as
     * that of 15, with zeros behind it. */
    for (unsigned n = value < DBL_MIN ? 1 : 15; n <= 17; n++) {
        decimal d = {.n = n};
        *point = exact + round_to(digits, n, out);
        memcpy(d.digits, out, n);
        d.exponent = *point - (int)n;
        if (decimal_to_double(&d) == value || n == 17) {
            while (n > 1 && out[n - 1] == '0') {
                n--;
            }
            return n;
        }
    }
    return 17;
}

typedef struct style {
    int least, most; /* a point from the one to the other is plain form, else with an exponent */
    unsigned exponent_digits; /* at least */
    const char *whole;        /* what stands behind a whole number */
    const char *infinite;
} style;
/* 1e-6 <= value < 1e21 in plain form, as JavaScript and Python do or nearly; a double always looks like one */
static const style as_json = {-5, 21, 1, ".0", "inf"};
static const style as_go = {-3, 6, 2, "", "Inf"};

static size_t put_exponent(char *out, int exponent, unsigned least) {
    size_t at = 0;
    out[at++] = 'e';
    out[at++] = exponent < 0 ? '-' : '+';
    exponent = exponent < 0 ? -exponent : exponent;
    if (exponent >= 100) {
        out[at++] = (char)('0' + exponent / 100);
    }
    if (exponent >= 10 || least > 1) {
        out[at++] = (char)('0' + exponent / 10 % 10);
    }
    out[at++] = (char)('0' + exponent % 10);
    return at;
}

static size_t lay_out(char *out, const char *digits, unsigned n, int point, const style *as) {
    size_t at = 0;
    if (point > as->most || point < as->least) {
        out[at++] = digits[0];
        if (n > 1) {
            out[at++] = '.';
            memcpy(out + at, digits + 1, n - 1);
            at += n - 1;
        }
        return at + put_exponent(out + at, point - 1, as->exponent_digits);
    }
    if (point <= 0) {
        memcpy(out, "0.00000", (size_t)(2 - point));
        at = (size_t)(2 - point);
        memcpy(out + at, digits, n);
        return at + n;
    }
    for (unsigned i = 0; i < n || (int)i < point; i++) {
        if ((int)i == point) {
            out[at++] = '.';
        }
        out[at++] = i < n ? digits[i] : '0';
    }
    size_t tail = (int)n <= point ? strlen(as->whole) : 0;
    memcpy(out + at, as->whole, tail);
    return at + tail;
}

static size_t format_double(char out[32], double value, const style *as) {
    uint64_t bits;
    char digits[18] = "0";
    unsigned n = 1;
    int point = 1;
    memcpy(&bits, &value, sizeof bits);
    size_t sign = (size_t)(bits >> 63);
    if (value != value) {
        memcpy(out, "NaN", 3);
        return 3;
    }
    out[0] = '-';
    value = sign ? -value : value;
    if (value > DBL_MAX) {
        memcpy(out + sign, as->infinite, 3);
        return sign + 3;
    }
    if (value > 0) {
        n = shortest(value, digits, &point);
    }
    return sign + lay_out(out + sign, digits, n, point, as);
}

size_t lf_format_double(char out[32], double value) {
    return format_double(out, value, &as_json);
}

size_t lf_format_double_short(char out[32], double value) {
    if (value > DBL_MAX) {
        memcpy(out, "+Inf", 4);
        return 4;
    }
    return format_double(out, value, &as_go);
}

bool lf_parse_decimal(lf_str s, unsigned decimals, int64_t *out) {
    decimal d;
    if (!read_decimal(s, false, &d)) {
        return false;
    }
    while (d.n > 0 && d.digits[d.n - 1] == '0') {
        d.n--;
        d.exponent++;
    }
    int64_t zeros = d.exponent + decimals;
    if (d.n > 0 && (zeros < 0 || zeros + d.n > 18)) {
        return false;
    }
    int64_t value = 0;
    for (unsigned i = 0; i < d.n + (d.n > 0 ? (unsigned)zeros : 0); i++) {
        value = value * 10 + (i < d.n ? d.digits[i] - '0' : 0);
    }
    *out = d.negative ? -value : value;
    return true;
}

int64_t lf_sat_add(int64_t a, int64_t b) {
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? (b > 0 ? INT64_MAX : INT64_MIN) : sum;
}

int64_t lf_sat_sub(int64_t a, int64_t b) {
    int64_t difference;
    return __builtin_sub_overflow(a, b, &difference) ? (b < 0 ? INT64_MAX : INT64_MIN) : difference;
}

int64_t lf_sat_mul(int64_t a, int64_t b) {
    int64_t product;
    return __builtin_mul_overflow(a, b, &product) ? ((a < 0) == (b < 0) ? INT64_MAX : INT64_MIN)
                                                  : product;
}

int64_t lf_floor_div(int64_t a, int64_t b) {
    int64_t quotient = a / b;
    return quotient - (a % b < 0);
}
