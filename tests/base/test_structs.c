/* SPDX-License-Identifier: MIT */
/* How a later library reads the struct of an earlier caller: members that came since are zero. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/base.h"

typedef struct first {
    size_t struct_size;
    const char *name;
} first;
typedef struct later {
    size_t struct_size;
    const char *name;
    int64_t number; /* since 1.1 */
    void *thing;    /* since 1.2 */
} later;

static void reads_earlier_callers(void **state) {
    size_t sizes[] = {sizeof(first), offsetof(later, thing), sizeof(later)};
    (void)state;
    for (size_t i = 0; i < LF_COUNT(sizes); i++) {
        later caller = {.name = "a", .number = 7, .thing = state};
        unsigned char *theirs = malloc(sizes[i]); /* nothing is behind it */
        later own;
        assert_non_null(theirs);
        caller.struct_size = sizes[i];
        memcpy(theirs, &caller, sizes[i]);
        memset(&own, 0x5A, sizeof own);
        assert_int_equal(lf_struct_read(&own, sizeof own, LF_SIZE_1_0(later, name), theirs), LF_OK);
        assert_string_equal(own.name, "a");
        assert_int_equal(own.number, i < 1 ? 0 : 7);
        assert_ptr_equal(own.thing, i < 2 ? NULL : state);
        free(theirs);
    }
}

static void refuses_what_never_was(void **state) {
    later caller = {.name = "a"};
    first own;
    (void)state;
    for (size_t size = 0; size < sizeof(first); size++) {
        caller.struct_size = size;
        assert_int_equal(lf_struct_read(&own, sizeof own, LF_SIZE_1_0(later, name), &caller),
                         LF_E_ABI);
    }
    caller.struct_size =
        sizeof caller; /* later than this library, with nothing new, then with news */
    assert_int_equal(lf_struct_read(&own, sizeof own, LF_SIZE_1_0(later, name), &caller), LF_OK);
    caller.number = 1;
    assert_int_equal(lf_struct_read(&own, sizeof own, LF_SIZE_1_0(later, name), &caller), LF_E_ABI);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_earlier_callers),
        cmocka_unit_test(refuses_what_never_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
