/* SPDX-License-Identifier: MIT */
/*
 * Whatever is changed in a blueprint, it is read or refused with a place, and nothing else happens; and
 * any allocation may fail. The documents are those of cases/: each value of each is left out, and put
 * in another's place; of a large one some in turn.
 */
#include "cases.h"

#define LARGE 1024u /* bytes */
#define TURN 7u     /* one in so many of a large document */

/* ---- changing one value ---- */
static const char *const others[] = {"null",    "true", "-1.5", "7",  "\"\"",     "\"x\"",
                                     "\"a.b\"", "[]",   "[[]]", "{}", "{\"x\":1}"};
#define LEFT_OUT LF_COUNT(others)

static void put_changed(lf_buf *buf, const lf_json *v, const lf_json *target, size_t change) {
    bool object = v->kind == LF_JSON_OBJECT, any = false;
    if (v == target) {
        lf_buf_text(buf, others[change]);
        return;
    }
    if (!object && v->kind != LF_JSON_ARRAY) {
        lf_json_put(buf, v);
        return;
    }
    lf_buf_byte(buf, object ? '{' : '[');
    for (uint32_t i = 0; i < v->n; i++) {
        const lf_json *inner = object ? &v->u.members[i].value : &v->u.items[i];
        if (inner == target && change == LEFT_OUT) {
            continue;
        }
        lf_buf_text(buf, any ? ",\n" : "");
        any = true;
        if (object) {
            lf_json_put_string(buf, v->u.members[i].name);
            lf_buf_byte(buf, ':');
        }
        put_changed(buf, inner, target, change);
    }
    lf_buf_byte(buf, object ? '}' : ']');
}

/* The presets come along as they are. */
typedef struct run {
    const one_case *c;
    const lf_json *root;
    unsigned n, seen;
} run;

static void parse_changed(run *r, lf_str text) {
    lf_mem mem = libc_mem();
    lf_diags diags;
    lf_blueprint *bp;
    lf_diags_init(&diags, &mem);
    lf_status status = lf_definitions_parse(
        &mem, text,
        &(lf_parsing){.presets = r->c->presets, .n_presets = r->c->n_presets, .lint = true}, &diags,
        &bp);
    bool fine =
        status == (diags.n_errors > 0 ? LF_E_PARSE : LF_OK) && (bp != NULL) == (status == LF_OK);
    for (uint32_t i = 0; i < diags.n; i++) {
        const lf_diag *diag = &diags.items[i];
        fine = fine && diag->line > 0 && diag->column > 0 && diag->text.n > 0 &&
               (diag->pointer.n == 0 || diag->pointer.p[0] == '/') && lf_utf8_valid(diag->text);
    }
    if (!fine) {
        fail_msg("%s\n%.*s\n%s", lf_status_name(status), (int)text.n, text.p, said(&diags));
    }
    lf_definitions_unref(bp);
    lf_diags_free(&diags);
    r->n++;
}

static void change_all(run *r, const lf_json *v) {
    lf_mem mem = libc_mem();
    bool object = v->kind == LF_JSON_OBJECT;
    for (size_t change = 0; change <= LEFT_OUT && v != r->root; change++) {
        lf_buf buf;
        if (r->seen++ % TURN != 0 && r->c->document.n > LARGE) {
            continue;
        }
        lf_buf_init(&buf, &mem);
        put_changed(&buf, r->root, v, change);
        parse_changed(r, (lf_str){buf.p, buf.n});
        lf_buf_free(&buf);
    }
    for (uint32_t i = 0; (object || v->kind == LF_JSON_ARRAY) && i < v->n; i++) {
        change_all(r, object ? &v->u.members[i].value : &v->u.items[i]);
    }
}

static unsigned change_case(const one_case *c) {
    lf_mem mem = libc_mem();
    lf_arena arena;
    lf_json_error error;
    run r = {.c = c};
    lf_arena_init(&arena, &mem);
    if (lf_json_parse(&arena, c->document, LF_JSON_DUPLICATES, LF_JSON_DEPTH, 1, &r.root, &error) ==
        LF_OK) {
        change_all(&r, r.root);
    }
    lf_arena_free(&arena);
    return r.n;
}

static void every_value_may_be_another(void **state) {
    one_case c;
    unsigned n = 0;
    (void)state;
    for (size_t i = 0; i < LF_COUNT(case_files); i++) {
        lf_str text = read_cases(case_files[i].name), rest = text;
        while (take_case(&rest, &c)) {
            n += change_case(&c);
        }
        free((void *)(uintptr_t)text.p);
    }
    print_message("# %u changed documents\n", n);
    assert_true(n > 10000);
}

/* ---- a document that ends too early ---- */
static void every_document_may_be_cut_off(void **state) {
    lf_str text = read_cases("sequences"), rest = text;
    one_case c;
    (void)state;
    assert_true(take_case(&rest, &c));
    run r = {.c = &c};
    for (size_t n = 0; n <= c.document.n; n++) {
        char *exact = malloc(n + 1); /* so that a sanitizer sees a read behind its end */
        memcpy(exact, c.document.p, n);
        parse_changed(&r, (lf_str){exact, n});
        free(exact);
    }
    free((void *)(uintptr_t)text.p);
}

/* ---- memory ---- */
typedef struct meter {
    uint64_t calls, fail_at, fails; /* fail_at 0: never */
    bool for_ever;
    size_t held;
} meter;

static void *metered(void *user, void *p, size_t old_size, size_t new_size) {
    meter *m = user;
    if (new_size > 0) {
        m->calls++;
        if (m->fail_at > 0 && (m->calls == m->fail_at || (m->for_ever && m->calls > m->fail_at))) {
            m->fails++;
            return NULL;
        }
    }
    m->held = m->held - old_size + new_size;
    if (new_size == 0) {
        free(p);
        return NULL;
    }
    return realloc(p, new_size);
}

static lf_status parse_metered(meter *m, const one_case *c) {
    lf_mem mem = {metered, m};
    lf_diags diags;
    lf_blueprint *bp;
    lf_diags_init(&diags, &mem);
    lf_status status = lf_definitions_parse(
        &mem, c->document,
        &(lf_parsing){.presets = c->presets, .n_presets = c->n_presets, .lint = true}, &diags, &bp);
    assert_true((bp != NULL) == (status == LF_OK));
    lf_definitions_unref(bp);
    lf_diags_free(&diags);
    assert_int_equal(m->held, 0);
    return status;
}

static unsigned fail_case(const one_case *c) {
    meter all = {0};
    lf_status want = parse_metered(&all, c);
    for (uint64_t at = 1; at <= all.calls; at += c->document.n > LARGE ? TURN : 1) {
        for (int for_ever = 0; for_ever < 2; for_ever++) {
            meter m = {.fail_at = at, .for_ever = for_ever == 1};
            lf_status status = parse_metered(&m, c);
            assert_true(m.fails > 0);
            if (status != LF_E_NOMEM) {
                fail_msg("%.*s: allocation %u of %u failed, and the answer is %s (%s without)",
                         (int)c->name.n, c->name.p, (unsigned)at, (unsigned)all.calls,
                         lf_status_name(status), lf_status_name(want));
            }
        }
    }
    return (unsigned)all.calls;
}

/* The document behind a description of so many bytes, so that the arena is full at other places. */
static unsigned fail_behind(const one_case *c, size_t padding) {
    static const char head[] = "{\"description\": \"", tail[] = "\",";
    one_case padded = *c;
    char *text = malloc(sizeof head + sizeof tail + padding + c->document.n), *at = text;
    assert_non_null(text);
    at += sprintf(at, "%s", head);
    memset(at, 'x', padding);
    at += padding;
    at += sprintf(at, "%s", tail);
    memcpy(at, c->document.p + 1, c->document.n - 1);
    padded.document = (lf_str){text, (size_t)(at - text) + c->document.n - 1};
    unsigned n = fail_case(&padded);
    free(text);
    return n;
}

static void every_allocation_may_fail(void **state) {
    one_case c;
    unsigned n = 0;
    (void)state;
    for (size_t i = 0; i < LF_COUNT(case_files); i++) {
        lf_str text = read_cases(case_files[i].name), rest = text;
        while (take_case(&rest, &c)) {
            n += fail_case(&c);
            for (size_t padding = 0; padding < 4000 && is_mark(c.document, "{"); padding += 600) {
                n += fail_behind(&c, padding);
            }
        }
        free((void *)(uintptr_t)text.p);
    }
    print_message("# %u allocations failed\n", n);
    assert_true(n > 10000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_may_be_another),
        cmocka_unit_test(every_document_may_be_cut_off),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
