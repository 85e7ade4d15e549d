/* SPDX-License-Identifier: MIT */
/*
 * Newer and older callers: every public struct in every size, wherever one is taken. sizes.py compares the
 * table of cases with the headers, by what `test_sizes --list` prints. `test_sizes --older` leaves out what a
 * later library may know, and so is the older caller of such a one (later.py).
 */
#include <stdio.h>

#include "../api/support.h"

#define LARGEST 4096u
#define NEWS 64u /* bytes that a later release may have added */

/* ---- what the structs are filled with ---- */
static heap memory;
static lf_blueprint *rules;
static lf_memstore *memstore;
static lf_store store;
static lf_delivery delivery;
static lf_engine_options options;
static lf_unsubscribe_options unsubscribe;
static lf_buffer *text;
static lf_step *step;

static lf_status deliver(void *user, const lf_effect *effect, lf_receipt *receipt) {
    (void)user;
    (void)effect;
    (void)receipt;
    return LF_OK;
}

static int set_up(void **state) {
    (void)state;
    rules = parse_blueprint("{\"leadflow\": 1}", NULL);
    OK(lf_memstore_new(NULL, &memstore));
    lf_store_init(&store, sizeof store);
    OK(lf_memstore_store(memstore, &store));
    lf_delivery_init(&delivery, sizeof delivery);
    delivery.deliver = deliver;
    lf_engine_options_init(&options, sizeof options);
    options.store = &store;
    lf_unsubscribe_options_init(&unsubscribe, sizeof unsubscribe);
    unsubscribe.link = "https://x.test/";
    unsubscribe.keys = "k:000102030405060708090a0b0c0d0e0f";
    OK(lf_buffer_new(NULL, &text));
    OK(lf_step_new(rules, "t", &step));
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    lf_memstore_free(memstore);
    lf_buffer_free(text);
    lf_step_free(step);
    lf_blueprint_unref(rules);
    return 0;
}

static void fill_lf_allocator(void *theirs) {
    lf_allocator counting = heap_allocator(&memory);
    memcpy(theirs, &counting, sizeof counting);
}
static void fill_lf_blueprint_options(void *theirs) {
    lf_blueprint_options own;
    lf_blueprint_options_init(&own, sizeof own);
    own.lint = 1;
    memcpy(theirs, &own, sizeof own);
}
static void fill_lf_expression_limits(void *theirs) {
    lf_expression_limits own;
    lf_expression_limits_init(&own, sizeof own);
    own.cost = 1000;
    memcpy(theirs, &own, sizeof own);
}
static lf_status load_zone(void *user, const char *name, size_t name_len, lf_zone_data *data) {
    (void)user, (void)name, (void)name_len, (void)data;
    return LF_E_NOTFOUND;
}
static void fill_lf_zone_source(void *theirs) {
    lf_zone_source own;
    lf_zone_source_init(&own, sizeof own);
    own.load = load_zone;
    memcpy(theirs, &own, sizeof own);
}
static void fill_lf_store(void *theirs) {
    memcpy(theirs, &store, sizeof store);
}
static void fill_lf_delivery(void *theirs) {
    memcpy(theirs, &delivery, sizeof delivery);
}
static void fill_lf_unsubscribe_options(void *theirs) {
    memcpy(theirs, &unsubscribe, sizeof unsubscribe);
}
static void fill_lf_unsubscribe_request(void *theirs) {
    lf_unsubscribe_request own;
    lf_unsubscribe_request_init(&own, sizeof own);
    own.at = 1;
    memcpy(theirs, &own, sizeof own);
}
static void fill_lf_engine_options(void *theirs) {
    memcpy(theirs, &options, sizeof options);
}

/* ---- where they are taken: what comes out is made if and only if the call is content ---- */
#define TAKES(type, name, call, release) \
    static lf_status name(void *theirs) { \
        type *out = (type *)theirs; \
        lf_status status = call; \
        assert_true((out != NULL) == (status == LF_OK)); \
        release(out); \
        return status; \
    }
TAKES(lf_buffer, buffer_new, lf_buffer_new(theirs, &out), lf_buffer_free)
TAKES(lf_diagnostics, diagnostics_new, lf_diagnostics_new(theirs, &out), lf_diagnostics_free)
TAKES(lf_memstore, memstore_new, lf_memstore_new(theirs, &out), lf_memstore_free)
TAKES(lf_blueprint, parse, lf_blueprint_parse("{\"leadflow\": 1}", 15, theirs, NULL, &out),
      lf_blueprint_unref)
TAKES(lf_engine, engine_new, lf_engine_new(rules, theirs, &out), lf_engine_free)

static lf_status parse_with(void *theirs) {
    lf_blueprint_options own;
    lf_blueprint_options_init(&own, sizeof own);
    own.allocator = theirs;
    return parse(&own);
}
static lf_status parse_within(void *theirs) {
    lf_blueprint_options own;
    lf_blueprint_options_init(&own, sizeof own);
    own.limits = theirs;
    return parse(&own);
}
static lf_status parse_in(void *theirs) {
    lf_blueprint_options own;
    lf_blueprint_options_init(&own, sizeof own);
    own.zones = theirs;
    return parse(&own);
}
static lf_status open_on(void *theirs) {
    lf_engine_options own = options;
    own.store = theirs;
    return engine_new(&own);
}
static lf_status open_with(void *theirs) {
    lf_engine_options own = options;
    own.delivery = theirs;
    return engine_new(&own);
}

static lf_status sign_with(void *theirs) {
    lf_engine_options own = options;
    own.unsubscribe = theirs;
    return engine_new(&own);
}
static lf_status step_signs_with(void *theirs) {
    return lf_step_set_unsubscribe(step, theirs);
}
static lf_status ask_with(void *theirs) {
    lf_unsubscribe_request own;
    int32_t answer;
    lf_unsubscribe_request_init(&own, sizeof own);
    return lf_unsubscribe_parse(theirs, &own, &answer, text);
}
static lf_status ask(void *theirs) {
    int32_t answer;
    return lf_unsubscribe_parse(&unsubscribe, theirs, &answer, text);
}

/* ---- the cases ---- */
typedef struct type_case {
    const char *name;
    size_t size, size_1_0; /* of these headers, and of those of 1.0 */
    void (*fill)(void *theirs);
} type_case;
typedef struct use_case {
    const type_case *type;
    const char *place; /* a function, or a member that points to it */
    lf_status (*take)(void *theirs);
} use_case;
typedef struct init_case {
    const type_case *type;
    const char *place;
    void (*init)(void *theirs, size_t struct_size);
} init_case;

#define TYPE(type, last) \
    { #type, sizeof(type), offsetof(type, last) + sizeof(((type *)NULL)->last), fill_##type }
static const type_case types[] = {TYPE(lf_allocator, user),
                                  TYPE(lf_blueprint_options, previous),
                                  TYPE(lf_store, revive),
                                  TYPE(lf_delivery, deliver),
                                  TYPE(lf_engine_options, max_attempts),
                                  TYPE(lf_expression_limits, memory),
                                  TYPE(lf_zone_source, load),
                                  TYPE(lf_unsubscribe_options, keys),
                                  TYPE(lf_unsubscribe_request, at)};
static const use_case uses[] = {
    {&types[0], "lf_buffer_new", buffer_new},
    {&types[0], "lf_diagnostics_new", diagnostics_new},
    {&types[0], "lf_memstore_new", memstore_new},
    {&types[0], "lf_blueprint_options.allocator", parse_with},
    {&types[1], "lf_blueprint_parse", parse},
    {&types[2], "lf_engine_options.store", open_on},
    {&types[3], "lf_engine_options.delivery", open_with},
    {&types[4], "lf_engine_new", engine_new},
    {&types[5], "lf_blueprint_options.limits", parse_within},
    {&types[6], "lf_blueprint_options.zones", parse_in},
    {&types[7], "lf_engine_options.unsubscribe", sign_with},
    {&types[7], "lf_step_set_unsubscribe", step_signs_with},
    {&types[7], "lf_unsubscribe_parse", ask_with},
    {&types[8], "lf_unsubscribe_parse", ask},
};

#define INIT(type) \
    static void init_##type(void *theirs, size_t struct_size) { \
        type##_init((type *)theirs, struct_size); \
    }
INIT(lf_allocator)
INIT(lf_blueprint_options)
INIT(lf_zone_source)
INIT(lf_store)
INIT(lf_delivery)
INIT(lf_engine_options)
INIT(lf_expression_limits)
INIT(lf_unsubscribe_options)
INIT(lf_unsubscribe_request)
static const init_case inits[] = {
    {&types[0], "lf_allocator_init", init_lf_allocator},
    {&types[1], "lf_blueprint_options_init", init_lf_blueprint_options},
    {&types[6], "lf_zone_source_init", init_lf_zone_source},
    {&types[2], "lf_store_init", init_lf_store},
    {&types[3], "lf_delivery_init", init_lf_delivery},
    {&types[4], "lf_engine_options_init", init_lf_engine_options},
    {&types[5], "lf_expression_limits_init", init_lf_expression_limits},
    {&types[7], "lf_unsubscribe_options_init", init_lf_unsubscribe_options},
    {&types[8], "lf_unsubscribe_request_init", init_lf_unsubscribe_request},
};
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* A caller's struct that says it has so many bytes, in a block of just so many (never too few for the number): whoever
 * reads more is seen by valgrind and the sanitizers. To be freed. */
static unsigned char *theirs_of(const type_case *type, size_t says, size_t has) {
    unsigned char whole[LARGEST] = {0};
    unsigned char *theirs = malloc(has < sizeof says ? sizeof says : has);
    assert_non_null(theirs);
    type->fill(whole);
    memcpy(whole, &says, sizeof says);
    memcpy(theirs, whole, has < sizeof says ? sizeof says : has);
    return theirs;
}

/* The call leaves the struct as it was. */
static void takes(const use_case *use, size_t says, size_t has, size_t news, lf_status want) {
    unsigned char *theirs = theirs_of(use->type, says, has);
    if (news != 0) {
        theirs[news] = 1;
    }
    unsigned char *before = malloc(has + sizeof says);
    assert_non_null(before);
    memcpy(before, theirs, has < sizeof says ? sizeof says : has);
    lf_status status = use->take(theirs);
    if (status != want) {
        fail_msg("%s of %zu bytes in %s: %s", use->type->name, says, use->place,
                 lf_status_name(status));
    }
    assert_memory_equal(before, theirs, has < sizeof says ? sizeof says : has);
    free(before);
    free(theirs);
    assert_int_equal(memory.live, 0);
}

/* ---- callers ---- */
static void older_callers(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(uses); i++) {
        for (size_t n = uses[i].type->size_1_0; n <= uses[i].type->size; n++) {
            takes(&uses[i], n, n, 0, LF_OK);
        }
    }
}

/* There never was a release with less. */
static void too_short(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(uses); i++) {
        for (size_t n = 0; n < uses[i].type->size_1_0; n++) {
            takes(&uses[i], n, n, 0, LF_E_ABI);
        }
    }
}

static void newer_callers_with_nothing_new(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(uses); i++) {
        size_t size = uses[i].type->size;
        for (size_t n = size + 1; n <= size + NEWS; n++) {
            takes(&uses[i], n, n, 0, LF_OK);
        }
        takes(&uses[i], LARGEST, LARGEST, 0, LF_OK);
    }
}

static void newer_callers_with_news(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(uses); i++) {
        size_t size = uses[i].type->size;
        for (size_t at = size; at < size + NEWS; at++) {
            takes(&uses[i], at + 1, at + 1, at, LF_E_ABI);
            takes(&uses[i], size + NEWS, size + NEWS, at, LF_E_ABI);
        }
        takes(&uses[i], LARGEST, LARGEST, LARGEST - 1, LF_E_ABI);
    }
}

/* Not initialised, most likely; nothing behind what there is must be read to find that out. */
static void absurd_sizes(void **state) {
    static const size_t sizes[] = {LARGEST + 1, 1 << 20, SIZE_MAX / 2, SIZE_MAX};
    (void)state;
    for (size_t i = 0; i < COUNT(uses); i++) {
        for (size_t j = 0; j < COUNT(sizes); j++) {
            takes(&uses[i], sizes[j], uses[i].type->size, 0, LF_E_ABI);
        }
    }
}

/* ---- what is written ---- */
/* Just n bytes: the size, and all else as `want` says it (NULL: nothing is written at all). */
static void is_written(const unsigned char *theirs, const unsigned char *want, size_t n) {
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(theirs[i], want == NULL ? 0x5A : want[i]);
    }
    for (size_t i = n; i < n + NEWS; i++) {
        assert_int_equal(theirs[i], 0x5A);
    }
}

static void initialisers_write_what_is_there(void **state) {
    unsigned char theirs[LARGEST + NEWS], want[LARGEST];
    (void)state;
    for (size_t i = 0; i < COUNT(inits); i++) {
        inits[i].init(NULL, inits[i].type->size);
        for (size_t n = 0; n <= inits[i].type->size + NEWS; n++) {
            memset(theirs, 0x5A, sizeof theirs);
            memset(want, 0, sizeof want);
            memcpy(want, &n, sizeof n);
            inits[i].init(theirs, n);
            is_written(theirs, n < sizeof n ? NULL : want, n);
        }
    }
}

/* lf_memstore_store() fills in the callbacks that the caller knows. */
static void memstore_writes_what_is_there(void **state) {
    const type_case *type = &types[2];
    unsigned char theirs[LARGEST + NEWS], want[LARGEST];
    (void)state;
    for (size_t n = 0; n <= LARGEST + 1; n += n == type->size + NEWS ? LARGEST - n : 1) {
        bool known = n >= type->size_1_0 && n <= LARGEST;
        memset(theirs, 0x5A, sizeof theirs);
        memset(want, 0, sizeof want);
        memcpy(want, &store, type->size_1_0);
        memcpy(want, &n, sizeof n);
        memcpy(theirs, &n, sizeof n);
        assert_int_equal(lf_memstore_store(memstore, (lf_store *)(void *)theirs),
                         known ? LF_OK : LF_E_ABI);
        if (known) {
            is_written(theirs, want, n);
        } else {
            is_written(theirs + sizeof n, NULL, LARGEST - sizeof n);
        }
    }
}

/* ---- `test_sizes --list`: TYPE PLACE of each case ---- */
static void list(void) {
    for (size_t i = 0; i < COUNT(uses); i++) {
        printf("%s %s\n", uses[i].type->name, uses[i].place);
    }
    for (size_t i = 0; i < COUNT(inits); i++) {
        printf("%s %s\n", inits[i].type->name, inits[i].place);
    }
    printf("%s lf_memstore_store\n", types[2].name);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(older_callers),
        cmocka_unit_test(too_short),
        cmocka_unit_test(absurd_sizes),
        cmocka_unit_test(initialisers_write_what_is_there),
        /* not with --older: */
        cmocka_unit_test(newer_callers_with_nothing_new),
        cmocka_unit_test(newer_callers_with_news),
        cmocka_unit_test(memstore_writes_what_is_there),
    };
    if (argc > 1 && strcmp(argv[1], "--list") == 0) {
        list();
        return 0;
    }
    bool older = argc > 1 && strcmp(argv[1], "--older") == 0;
    return _cmocka_run_group_tests("sizes", tests, older ? 4 : COUNT(tests), set_up, tear_down);
}
