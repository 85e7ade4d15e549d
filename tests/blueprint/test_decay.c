/* SPDX-License-Identifier: MIT */
/* Decay of one entry (SPEC 6.2) against the formulas as they stand there, taken step by step. */
#include "parse.h"

#include <math.h>

#include "blueprint/blueprint_internal.h"

#define DAY INT64_C(86400000)

/* ---- g[k] ---- */
static uint64_t next(uint64_t g, uint64_t ppm) {
    return (g * (1000000 - ppm) + 500000) / 1000000;
}

static void shares_follow_their_recurrence(void **state) {
    static const uint32_t rates[] = {1,      7,      100,    1234,   10000,  25000,
                                     100000, 333333, 500000, 999999, 1000000};
    lf_mem mem = libc_mem();
    (void)state;
    for (size_t i = 0; i < LF_COUNT(rates); i++) {
        lf_arena arena;
        lf_shares shares;
        uint64_t g = UINT64_C(2147483648);
        uint64_t most = rates[i] < 100 ? 300000 : 100000;
        lf_arena_init(&arena, &mem);
        assert_true(lf_shares_make(&arena, rates[i], &shares));
        assert_int_equal(shares.ppm, rates[i]);
        for (uint64_t k = 0; k < most; k++, g = next(g, rates[i])) {
            if (lf_shares_at(&shares, k) != g) {
                fail_msg("g[%u] of %u ppm is %u, not %u", (unsigned)k, rates[i],
                         lf_shares_at(&shares, k), (unsigned)g);
            }
        }
        lf_arena_free(&arena);
    }
}

/* Where the recurrence no longer moves, it stays, however far one goes. */
static void shares_settle(void **state) {
    static const uint32_t rates[] = {1, 1000, 100000, 1000000};
    lf_mem mem = libc_mem();
    (void)state;
    for (size_t i = 0; i < LF_COUNT(rates); i++) {
        lf_arena arena;
        lf_shares shares;
        uint64_t g = UINT64_C(2147483648), steps = 0;
        lf_arena_init(&arena, &mem);
        assert_true(lf_shares_make(&arena, rates[i], &shares));
        while (next(g, rates[i]) != g) {
            g = next(g, rates[i]);
            steps++;
        }
        assert_int_equal(lf_shares_at(&shares, steps), g);
        assert_int_equal(lf_shares_at(&shares, steps + 1), g);
        assert_int_equal(lf_shares_at(&shares, UINT64_MAX / 2), g);
        if (steps > 0) {
            assert_int_not_equal(lf_shares_at(&shares, steps - 1), g);
        }
        lf_arena_free(&arena);
    }
}

/* ---- values ---- */
static lf_decay decay_of(lf_arena *arena, uint8_t kind, int64_t every, int64_t lose, uint32_t ppm) {
    lf_decay decay = {.kind = kind, .every = every, .lose = lose};
    if (ppm > 0) {
        assert_true(lf_shares_make(arena, ppm, &decay.shares));
    }
    return decay;
}

static void values_are_those_of_the_table(void **state) {
    lf_mem mem = libc_mem();
    lf_arena arena;
    (void)state;
    lf_arena_init(&arena, &mem);
    lf_decay none = decay_of(&arena, LF_DECAY_NONE, 0, 0, 0);
    lf_decay points = decay_of(&arena, LF_DECAY_POINTS, 7 * DAY, 5000, 0);
    lf_decay percent = decay_of(&arena, LF_DECAY_PERCENT, 30 * DAY, 0, 100000);
    lf_decay half = decay_of(&arena, LF_DECAY_HALF_LIFE, 14 * DAY, 0, 0);
    lf_decay after = decay_of(&arena, LF_DECAY_AFTER, 30 * DAY, 0, 0);
    const struct {
        const lf_decay *decay;
        int64_t points, age, want;
    } rows[] = {
        {&none, 10000, 9999 * DAY, 10000},
        {&none, -10000, 0, -10000},
        {&points, 15000, 0, 15000},
        {&points, 15000, 7 * DAY - 1, 15000},
        {&points, 15000, 7 * DAY, 10000},
        {&points, 15000, 20 * DAY, 5000},
        {&points, 15000, 21 * DAY, 0},
        {&points, 15000, 9999 * DAY, 0},
        {&points, -15000, 7 * DAY, -10000},
        {&points, 12000, 15 * DAY, 2000},
        {&percent, 10000, 30 * DAY, 9000},
        {&percent, 10000, 30 * DAY - 1, 10000}, /* 10 less 10 % are 9 */
        {&percent, 10000, 60 * DAY, 8100},
        {&percent, -10000, 60 * DAY, -8100},
        {&half, 10000, 0, 10000},
        {&half, 10000, 14 * DAY, 5000},
        {&half, 10000, 28 * DAY, 2500},
        {&half, 1, 14 * DAY, 1}, /* a half is rounded up */
        {&half, 1, 15 * DAY, 0},
        {&half, 1000000000, 32 * 14 * DAY, 0},
        {&half, -10000, 14 * DAY, -5000},
        {&half, 10000, 14 * DAY / 256 - 1, 10000},
        {&half, 10000, 14 * DAY / 256 + 1, 9973},
        {&after, 10000, 30 * DAY - 1, 10000},
        {&after, 10000, 30 * DAY, 0},
        {&after, -10000, 30 * DAY, 0},
    };
    for (size_t i = 0; i < LF_COUNT(rows); i++) {
        int64_t value = lf_decay_value(rows[i].decay, rows[i].points, rows[i].age);
        if (value != rows[i].want) {
            fail_msg("row %u: %lld, not %lld", (unsigned)i, (long long)value,
                     (long long)rows[i].want);
        }
    }
    lf_arena_free(&arena);
}

/* h[i] = round(2^31 * 2^(-i/256)): the value of 2^31 - 1 milli-points tells the share. */
static void halves_are_rounded_powers(void **state) {
    lf_decay half = {.kind = LF_DECAY_HALF_LIFE, .every = 256};
    (void)state;
    for (int i = 0; i < 256; i++) {
        uint64_t h = (uint64_t)llround(ldexp(pow(2, -i / 256.0), 31));
        uint64_t p = 1000000000;
        for (uint64_t s = 0; s < 34; s++) {
            uint64_t want = s >= 32 ? 0 : (p * h + (UINT64_C(1) << (30 + s))) >> (31 + s);
            assert_int_equal(lf_decay_value(&half, (int64_t)p, (int64_t)(256 * s) + i), want);
        }
    }
}

/* ---- when it changes, and when it is nothing ---- */
/* lf_decay_next never jumps over a change, and lf_decay_zero_age is the first age at which it is 0. */
static void check_times(const lf_decay *decay, int64_t points, int64_t until) {
    int64_t age = 0, zero = lf_decay_zero_age(decay, points);
    int64_t value = lf_decay_value(decay, points, 0);
    for (int64_t t = 0; t <= until; t++) {
        int64_t now = lf_decay_value(decay, points, t);
        if (now != value && t < lf_decay_next(decay, points, age)) {
            fail_msg("it changes at %lld, before %lld", (long long)t,
                     (long long)lf_decay_next(decay, points, age));
        }
        if ((now == 0) != (t >= zero)) {
            fail_msg("it is %lld at %lld, and is to be 0 from %lld on", (long long)now,
                     (long long)t, (long long)zero);
        }
        age = t;
        value = now;
    }
    int64_t next_age = lf_decay_next(decay, points, until);
    assert_true(next_age > until);
}

static void times_are_exact(void **state) {
    static const int64_t points[] = {1, 2, 3, 999, -1000, 12345};
    lf_mem mem = libc_mem();
    lf_arena arena;
    (void)state;
    lf_arena_init(&arena, &mem);
    for (int64_t every = 1; every < 20; every += 3) {
        lf_decay decays[] = {decay_of(&arena, LF_DECAY_POINTS, every, 7, 0),
                             decay_of(&arena, LF_DECAY_PERCENT, every, 0, 500000),
                             decay_of(&arena, LF_DECAY_PERCENT, every, 0, 1000000),
                             decay_of(&arena, LF_DECAY_HALF_LIFE, every * 37, 0, 0),
                             decay_of(&arena, LF_DECAY_AFTER, every, 0, 0)};
        for (size_t i = 0; i < LF_COUNT(decays); i++) {
            for (size_t j = 0; j < LF_COUNT(points); j++) {
                check_times(&decays[i], points[j], 3000 * every);
            }
        }
    }
    lf_arena_free(&arena);
}

static void what_never_ends_has_no_end(void **state) {
    lf_mem mem = libc_mem();
    lf_arena arena;
    (void)state;
    lf_arena_init(&arena, &mem);
    lf_decay slow = decay_of(&arena, LF_DECAY_POINTS, 3650 * DAY, 1, 0);
    lf_decay none = decay_of(&arena, LF_DECAY_NONE, 0, 0, 0);
    assert_int_equal(lf_decay_zero_age(&none, 5), LF_TIME_NONE);
    assert_int_equal(lf_decay_next(&none, 5, 0), LF_TIME_NONE);
    assert_int_equal(lf_decay_zero_age(&slow, 1), 3650 * DAY); /* ten years are in */
    assert_int_equal(lf_decay_zero_age(&slow, 2), LF_TIME_NONE);
    assert_int_equal(lf_decay_next(&slow, 2, 0), 3650 * DAY);
    assert_int_equal(lf_decay_next(&slow, 1, 3650 * DAY), LF_TIME_NONE); /* it is 0 and stays 0 */
    lf_arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_follow_their_recurrence),
        cmocka_unit_test(shares_settle),
        cmocka_unit_test(values_are_those_of_the_table),
        cmocka_unit_test(halves_are_rounded_powers),
        cmocka_unit_test(times_are_exact),
        cmocka_unit_test(what_never_ends_has_no_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
