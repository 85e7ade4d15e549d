/* SPDX-License-Identifier: MIT */
/* The small handles: version, status names, the allocator's table, buffers, diagnostics. */
#include "support.h"

#include <stdio.h>

static void version(void **state) {
    char text[32];
    (void)state;
    assert_int_equal(lf_version(), LF_VERSION);
    assert_int_equal(LF_VERSION,
                     LF_VERSION_MAJOR * 10000 + LF_VERSION_MINOR * 100 + LF_VERSION_PATCH);
    snprintf(text, sizeof text, "%d.%d.%d", LF_VERSION_MAJOR, LF_VERSION_MINOR, LF_VERSION_PATCH);
    assert_string_equal(lf_version_string(), text);
}

static void status_names(void **state) {
    static const struct {
        lf_status status;
        const char *name;
    } names[] = {{LF_OK, "LF_OK"},
                 {LF_E_NOMEM, "LF_E_NOMEM"},
                 {LF_E_ARG, "LF_E_ARG"},
                 {LF_E_PARSE, "LF_E_PARSE"},
                 {LF_E_EVENT, "LF_E_EVENT"},
                 {LF_E_LIMIT, "LF_E_LIMIT"},
                 {LF_E_BUSY, "LF_E_BUSY"},
                 {LF_E_CONFLICT, "LF_E_CONFLICT"},
                 {LF_E_CORRUPT, "LF_E_CORRUPT"},
                 {LF_E_NOTFOUND, "LF_E_NOTFOUND"},
                 {LF_E_UNKNOWN, "LF_E_UNKNOWN"},
                 {LF_E_UNSUPPORTED, "LF_E_UNSUPPORTED"},
                 {LF_E_ABI, "LF_E_ABI"},
                 {LF_E_STORE, "LF_E_STORE"},
                 {LF_E_FENCED, "LF_E_FENCED"},
                 {LF_E_USER, "LF_E_USER"},
                 {-12345, "unknown status"},
                 {1, "unknown status"}};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_string_equal(lf_status_name(names[i].status), names[i].name);
    }
    assert_int_equal(LF_OK, 0);
}

/* ---- allocators: struct_size first; newer callers with nothing new are welcome ---- */
typedef struct longer_allocator {
    lf_allocator known;
    void *news;
} longer_allocator;

static void allocators(void **state) {
    heap h = {.live = 0};
    longer_allocator newer;
    lf_buffer *buffer;
    (void)state;
    lf_allocator_init(NULL, sizeof newer);
    memset(&newer, 0x55, sizeof newer);
    lf_allocator_init(&newer.known, sizeof newer);
    assert_int_equal(newer.known.struct_size, sizeof newer);
    assert_null(newer.known.realloc_fn);
    assert_null(newer.news);
    OK(lf_buffer_new(&newer.known, &buffer)); /* all defaults: the C library's */
    lf_buffer_free(buffer);
    newer.known = heap_allocator(&h);
    newer.known.struct_size = sizeof newer;
    OK(lf_buffer_new(&newer.known, &buffer));
    assert_int_equal(h.live, 1);
    lf_buffer_free(buffer);
    assert_int_equal(h.live, 0);
    newer.news = &h; /* something that this library does not know */
    assert_int_equal(lf_buffer_new(&newer.known, &buffer), LF_E_ABI);
    assert_null(buffer);
    static const size_t sizes[] = {0,          1,      sizeof(size_t), sizeof(lf_allocator) - 1,
                                   (size_t)-1, 1 << 20};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        lf_diagnostics *diagnostics = (lf_diagnostics *)(void *)&h;
        lf_memstore *memstore = (lf_memstore *)(void *)&h;
        newer.known.struct_size = sizes[i];
        assert_int_equal(lf_buffer_new(&newer.known, &buffer), LF_E_ABI);
        assert_int_equal(lf_diagnostics_new(&newer.known, &diagnostics), LF_E_ABI);
        assert_int_equal(lf_memstore_new(&newer.known, &memstore), LF_E_ABI);
        assert_null(diagnostics);
        assert_null(memstore);
    }
}

/* ---- buffers ---- */
static void buffers(void **state) {
    lf_buffer *buffer;
    (void)state;
    assert_int_equal(lf_buffer_new(NULL, NULL), LF_E_ARG);
    OK(lf_buffer_new(NULL, &buffer));
    assert_string_equal(lf_buffer_data(buffer), "");
    assert_int_equal(lf_buffer_size(buffer), 0);
    lf_buffer_clear(buffer);
    OK(lf_blueprint_extends("{\"extends\":[\"ab\",\"c\"]}", 22, buffer));
    assert_int_equal(lf_buffer_size(buffer), 5);
    assert_memory_equal(lf_buffer_data(buffer), "ab\0c\0\0",
                        6); /* NUL-terminated whatever is in it */
    OK(lf_blueprint_extends("{\"extends\":[\"d\"]}", 17, buffer)); /* appended */
    assert_memory_equal(lf_buffer_data(buffer), "ab\0c\0d\0", 8);
    assert_int_equal(lf_blueprint_extends("{", 1, buffer), LF_E_PARSE);
    assert_int_equal(lf_buffer_size(buffer), 7);
    lf_buffer_clear(buffer);
    assert_int_equal(lf_buffer_size(buffer), 0);
    assert_string_equal(lf_buffer_data(buffer), "");
    lf_buffer_free(buffer);
    lf_buffer_free(NULL);
    lf_buffer_clear(NULL);
    assert_string_equal(lf_buffer_data(NULL), "");
    assert_int_equal(lf_buffer_size(NULL), 0);
}

/* ---- diagnostics ---- */
static void diagnose(lf_diagnostics *diagnostics, const char *json, lf_status wanted) {
    lf_blueprint *blueprint = (lf_blueprint *)(void *)diagnostics;
    assert_int_equal(lf_blueprint_parse(json, strlen(json), NULL, diagnostics, &blueprint), wanted);
    assert_null(blueprint);
}

static void diagnostics(void **state) {
    lf_diagnostics *list;
    (void)state;
    assert_int_equal(lf_diagnostics_new(NULL, NULL), LF_E_ARG);
    OK(lf_diagnostics_new(NULL, &list));
    assert_int_equal(lf_diagnostics_count(list), 0);
    diagnose(list, "{\"leadflow\":1,\n  \"fieds\":{},\n \"name\":3}", LF_E_PARSE);
    assert_int_equal(lf_diagnostics_count(list), 2);
    assert_int_equal(lf_diagnostics_is_error(list, 0), 1);
    assert_string_equal(lf_diagnostics_code(list, 0), "unknown-key");
    assert_string_equal(lf_diagnostics_text(list, 0),
                        "unknown key 'fieds' (did you mean 'fields'?)");
    assert_string_equal(lf_diagnostics_pointer(list, 0), "/fieds");
    assert_string_equal(lf_diagnostics_source(list, 0), "");
    assert_int_equal(lf_diagnostics_line(list, 0), 2);
    assert_int_equal(lf_diagnostics_column(list, 0), 3);
    assert_string_equal(lf_diagnostics_code(list, 1), "wrong-type");
    assert_int_equal(lf_diagnostics_line(list, 1), 3);
    /* Out of range. */
    assert_int_equal(lf_diagnostics_is_error(list, 2), 0);
    assert_null(lf_diagnostics_code(list, 2));
    assert_null(lf_diagnostics_text(list, 2));
    assert_null(lf_diagnostics_pointer(list, 2));
    assert_null(lf_diagnostics_source(list, 2));
    assert_int_equal(lf_diagnostics_line(list, 2), 0);
    assert_int_equal(lf_diagnostics_column(list, 2), 0);
    /* What is borrowed stays while the list grows; it keeps a thousand. */
    const char *text = lf_diagnostics_text(list, 0), *pointer = lf_diagnostics_pointer(list, 0);
    for (int i = 0; i < 600; i++) {
        diagnose(list, "{\"leadflow\":1,\"a\":1,\"b\":1}", LF_E_PARSE);
    }
    assert_int_equal(lf_diagnostics_count(list), 1000);
    assert_ptr_equal(lf_diagnostics_text(list, 0), text);
    assert_string_equal(text, "unknown key 'fieds' (did you mean 'fields'?)");
    assert_string_equal(pointer, "/fieds");
    diagnose(list, "{\"leadflow\":1,\"a\":1}", LF_E_PARSE); /* a full list hides no error */
    lf_diagnostics_clear(list);
    assert_int_equal(lf_diagnostics_count(list), 0);
    lf_diagnostics_free(list);
    lf_diagnostics_free(NULL);
    lf_diagnostics_clear(NULL);
    assert_int_equal(lf_diagnostics_count(NULL), 0);
    assert_int_equal(lf_diagnostics_is_error(NULL, 0), 0);
    assert_null(lf_diagnostics_text(NULL, 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version), cmocka_unit_test(status_names), cmocka_unit_test(allocators),
        cmocka_unit_test(buffers), cmocka_unit_test(diagnostics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
