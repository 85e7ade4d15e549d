/* SPDX-License-Identifier: MIT */
/*
 * The stored form, damaged: every golden contact, every byte. Plain damage is LF_E_CORRUPT. Behind a checksum that fits,
 * as a hostile store would write it, bytes are refused or a contact like any other (hostile.h).
 *
 *     test_stored          each bit is changed in the first way; in each byte one bit, or all, in the second
 *     test_stored whole    each bit in both ways, and nobody that is let in is not lived on with
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
#include "hostile.h"

static golden_file *files;
static ground *grounds; /* by file */
static size_t n_files;
static bool whole;

static int read_all(void **state) {
    (void)state;
    files = goldens_read(".", LF_STORED_VERSION, &n_files);
    grounds = calloc(n_files, sizeof *grounds);
    for (size_t i = 0; i < n_files && grounds != NULL; i++) {
        ground_open(&grounds[i], files[i].blueprint);
    }
    return grounds == NULL;
}

static int free_all(void **state) {
    (void)state;
    for (size_t i = 0; i < n_files; i++) {
        ground_close(&grounds[i]);
    }
    free(grounds);
    goldens_free(files, n_files);
    return 0;
}

/* In a block of just its size, so that reading past its end is seen. */
static bool let_in(size_t file, const unsigned char *bytes, size_t size, enum hostile_how how) {
    bool in;
    unsigned char *own = malloc(size > 0 ? size : 1);
    memcpy(own, bytes, size);
    const char *wrong = hostile_bytes(&grounds[file], own, size, how, &in);
    if (wrong != NULL) {
        print_error("%s: %s\n", files[file].name, wrong);
        for (size_t i = 0; i < size; i++) {
            print_error("%02x", own[i]);
        }
        print_error("\n");
        fail();
    }
    free(own);
    return in;
}

static void for_each(void (*what)(size_t file, golden *g, unsigned char *own)) {
    for (size_t i = 0; i < n_files; i++) {
        for (size_t j = 0; j < files[i].n; j++) {
            golden *g = &files[i].items[j];
            unsigned char *own = malloc(g->size + 1);
            memcpy(own, g->bytes, g->size);
            own[g->size] = 0;
            what(i, g, own);
            free(own);
        }
    }
}

/* ---- plain damage ---- */
static void flip(size_t file, golden *g, unsigned char *own) {
    assert_true(let_in(file, own, g->size, HOSTILE_FAR));
    for (size_t at = 0; at < g->size; at++) {
        for (unsigned bit = 0; bit <= 8; bit++) {
            own[at] = (unsigned char)(g->bytes[at] ^ (bit < 8 ? 1u << bit : 0xffu));
            assert_false(let_in(file, own, g->size, HOSTILE_READ));
        }
        own[at] = g->bytes[at];
    }
}

static void every_byte_flipped(void **state) {
    (void)state;
    for_each(flip);
}

static void cut(size_t file, golden *g, unsigned char *own) {
    for (size_t size = 0; size < g->size; size++) {
        assert_false(let_in(file, own, size, HOSTILE_READ));
    }
    assert_false(let_in(file, own, g->size + 1, HOSTILE_READ));
}

static void every_length(void **state) {
    (void)state;
    for_each(cut);
}

static void other_versions(void **state) {
    const golden *g = &files[0].items[0];
    unsigned char *own = malloc(g->size);
    (void)state;
    memcpy(own, g->bytes, g->size);
    for (unsigned version = 0; version < 256; version++) {
        own[2] = (unsigned char)version;
        hostile_checksum(own, g->size);
        assert_int_equal(let_in(0, own, g->size, HOSTILE_READ), version == LF_STORED_VERSION);
    }
    free(own);
}

/* ---- damage behind a checksum that fits ---- */
static size_t n_tried, n_let_in;

/* How far it is lived on with: everyone where all is tried, else some in turn. */
static void try_one(size_t file, unsigned char *own, size_t size) {
    size_t turn = n_tried++ % 64;
    enum hostile_how how = turn == 0 || (whole && turn % 8 == 0) ? HOSTILE_FAR
                           : turn % 4 == 0 || whole              ? HOSTILE_NEAR
                                                                 : HOSTILE_READ;
    hostile_checksum(own, size);
    n_let_in += let_in(file, own, size, how);
}

static void flip_and_repair(size_t file, golden *g, unsigned char *own) {
    for (size_t at = LF_STORED_HEAD; at < g->size - LF_STORED_TAIL; at++) {
        for (unsigned bit = 0; bit <= 8; bit++) {
            if (whole || bit == (at * 5 + g->size) % 9) {
                own[at] = (unsigned char)(g->bytes[at] ^ (bit < 8 ? 1u << bit : 0xffu));
                try_one(file, own, g->size);
            }
        }
        own[at] = g->bytes[at];
    }
}

static void every_byte_flipped_with_checksum(void **state) {
    (void)state;
    n_let_in = 0;
    for_each(flip_and_repair);
    assert_true(n_let_in > 1000); /* another number, another time: nobody can tell */
}

static void cut_and_repair(size_t file, golden *g, unsigned char *own) {
    for (size_t size = LF_STORED_HEAD + LF_STORED_TAIL; size < g->size; size++) {
        memcpy(own, g->bytes, g->size);
        try_one(file, own, size);
    }
}

static void every_length_with_checksum(void **state) {
    (void)state;
    n_let_in = 0;
    for_each(cut_and_repair);
    assert_int_equal(n_let_in, 0); /* what is missing at the end is missed */
}

/* Several changes at once: bytes set, cut out, doubled, taken from another contact of the file. */
static size_t mangle(uint64_t *seed, const golden_file *file, unsigned char *own, size_t size,
                     size_t room) {
    static const unsigned char special[] = {0, 1, 0x7f, 0x80, 0x81, 0xff, 0xfe, 2};
    size_t changes = 1 + hostile_below(seed, 4);
    for (size_t i = 0; i < changes && size > 16; i++) {
        size_t at = LF_STORED_HEAD + hostile_below(seed, size - LF_STORED_HEAD - LF_STORED_TAIL);
        size_t n = 1 + hostile_below(seed, 8);
        size_t what = hostile_below(seed, 4);
        if (what == 0) {
            own[at] = special[hostile_below(seed, sizeof special)];
        } else if (what == 1 && at + n < size - LF_STORED_TAIL) {
            memmove(own + at, own + at + n, size - at - n);
            size -= n;
        } else if (what == 2 && size + n <= room && at + n < size) {
            memmove(own + at + n, own + at, size - at);
            size += n;
        } else {
            const golden *other = &file->items[hostile_below(seed, file->n)];
            size_t from = hostile_below(seed, other->size - 8);
            for (size_t j = 0; j < n && at + j < size - LF_STORED_TAIL; j++) {
                own[at + j] = other->bytes[from + j % 8];
            }
        }
    }
    return size;
}

static void mangled_with_checksum(void **state) {
    uint64_t seed = UINT64_C(0x1ead);
    (void)state;
    n_let_in = 0;
    for (size_t i = 0; i < (whole ? 400000 : 20000); i++) {
        size_t file = hostile_below(&seed, n_files);
        const golden *g = &files[file].items[hostile_below(&seed, files[file].n)];
        unsigned char *own = malloc(g->size + 64);
        memcpy(own, g->bytes, g->size);
        try_one(file, own, mangle(&seed, &files[file], own, g->size, g->size + 64));
        free(own);
    }
    assert_true(n_let_in > 100);
}

/* ---- another blueprint: what it does not know is left out ---- */
static void under_every_blueprint(void **state) {
    (void)state;
    for (size_t i = 0; i < n_files; i++) {
        for (size_t j = 0; j < n_files; j++) {
            for (size_t k = 0; k < files[j].n; k += whole ? 1 : 3) {
                const golden *g = &files[j].items[k];
                assert_true(let_in(i, g->bytes, g->size, HOSTILE_NEAR));
            }
        }
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_flipped),
        cmocka_unit_test(every_length),
        cmocka_unit_test(other_versions),
        cmocka_unit_test(every_byte_flipped_with_checksum),
        cmocka_unit_test(every_length_with_checksum),
        cmocka_unit_test(mangled_with_checksum),
        cmocka_unit_test(under_every_blueprint),
    };
    whole = argc > 1 && strcmp(argv[1], "whole") == 0;
    return cmocka_run_group_tests(tests, read_all, free_all);
}
