/* SPDX-License-Identifier: MIT */
/*
 * Every version of the stored form is read for ever: the golden contacts of each (golden.h) still say what they said.
 * Those of the present version are also written as they were, to the byte; older ones are written in the present form.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "contact/contact_internal.h"
#include "golden.h"

#include "../scenario/json_equal.h"

#define ROOT "."
#define OK(call) assert_int_equal((call), LF_OK)

static void says(const golden_file *file, const lf_contact *contact, const char *expected) {
    char *text = golden_says(file, contact);
    if (text == NULL || !json_covers(expected, text)) {
        print_error("%s: expected %s\ngot %s\n", file->name, expected, text);
        fail();
    }
    free(text);
}

static void still_says(const golden_file *file, const golden *g, unsigned version) {
    lf_contact *contact, *again;
    lf_buffer *bytes;
    OK(lf_contact_decode(file->blueprint, g->bytes, g->size, &contact));
    says(file, contact, g->says);
    OK(lf_buffer_new(NULL, &bytes));
    OK(lf_contact_encode(contact, bytes));
    if (version == LF_STORED_VERSION) {
        assert_int_equal(lf_buffer_size(bytes), g->size);
        assert_memory_equal(lf_buffer_data(bytes), g->bytes, g->size);
    }
    OK(lf_contact_decode(file->blueprint, lf_buffer_data(bytes), lf_buffer_size(bytes), &again));
    says(file, again, g->says);
    lf_contact_free(again);
    lf_contact_free(contact);
    lf_buffer_free(bytes);
}

static void every_version_is_read(void **state) {
    (void)state;
    for (unsigned version = 1; version <= LF_STORED_VERSION; version++) {
        size_t n, contacts = 0;
        golden_file *files = goldens_read(ROOT, version, &n);
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < files[i].n; j++) {
                still_says(&files[i], &files[i].items[j], version);
            }
            contacts += files[i].n;
        }
        assert_true(contacts >= 200);
        goldens_free(files, n);
    }
}

/* The test sees a difference: another contact of the same blueprint says something else. */
static void others_say_otherwise(void **state) {
    size_t n, otherwise = 0;
    golden_file *files = goldens_read(ROOT, LF_STORED_VERSION, &n);
    (void)state;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 1; j < files[i].n; j++) {
            otherwise += !json_covers(files[i].items[j].says, files[i].items[j - 1].says);
            assert_true(json_covers(files[i].items[j].says, files[i].items[j].says));
        }
    }
    assert_true(otherwise > 100);
    goldens_free(files, n);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_version_is_read),
        cmocka_unit_test(others_say_otherwise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
