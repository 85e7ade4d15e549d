/* SPDX-License-Identifier: MIT */
/*
 * Evaluating a condition allocates nothing, once it has been evaluated: whatever it reads, builds and compares
 * finds room in what the world has.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <setjmp.h>

#include <cmocka.h>

#include "flow/flow.h"

#define TIMES 1000
#define HOUR INT64_C(3600000)

static size_t allocations;

static void *count_and_resize(void *user, void *p, size_t old_size, size_t new_size) {
    (void)user, (void)old_size;
    if (new_size == 0) {
        free(p);
        return NULL;
    }
    allocations++;
    return realloc(p, new_size);
}

static const lf_mem counting = {count_and_resize, NULL};

static const char *const conditions[] = {
    "contact.company_size >= 500 && contact.industry in ['saas', 'fintech', 'health']",
    "count('page_view', '30d') >= 3 && !idle('7d')",
    "within('page_view', '2d') || ever('signup') && age(last('page_view'), '1d')",
    "state.lifecycle == 'lead' && in_state('lifecycle', '1d')",
    "tagged('int_api') && !flagged('vip') && consent.email == 'none' && !suppressed",
    "contact.tags.exists(tag, tag.startsWith('int_')) && contact.tags.size() >= 2",
    "contact.interests.filter(i, i.contains('p')).size() == 2 && 'api' in contact.interests",
    "score.lead >= 0 && dimension.lead.fit == 0 && has(contact.industry)",
    "(has(contact.title) ? contact.title : contact.industry) + '!' == 'saas!'",
    "contact.industry.matches('^(?i:SAAS|fin.*)$')",
    "contact.title == 'reading what is absent is an error'",
    "age(contact.created, '1h') && contact.created < last('page_view')"};

static lf_blueprint *blueprint_of(void) {
    lf_buf json;
    lf_diags diags;
    lf_blueprint *bp = NULL;
    lf_buf_init(&json, &counting);
    lf_diags_init(&diags, &counting);
    lf_buf_text(
        &json,
        "{\"leadflow\": 1, \"fields\": {\"company_size\": {\"type\": \"int\"}, "
        "\"industry\": {\"type\": \"string\"}, \"title\": {\"type\": \"string\"}, "
        "\"interests\": {\"type\": \"list\"}}, \"tags\": {\"categories\": [\"int\", \"src\"]}, "
        "\"events\": {\"page_view\": {\"engagement\": true, \"props\": {\"page\": \"string\"}}, "
        "\"signup\": {}}, \"machines\": {\"lifecycle\": {\"initial\": \"lead\", \"states\": "
        "{\"lead\": {}, \"mql\": {}}, \"transitions\": [{\"from\": \"lead\", \"to\": \"mql\", "
        "\"manual\": true}]}}, \"scores\": {\"lead\": {\"dimensions\": {\"fit\": {\"rules\": ["
        "{\"name\": \"vp\", \"when\": \"contact.title == 'VP'\", \"points\": 5}]}}}}, "
        "\"segments\": {");
    for (size_t i = 0; i < LF_COUNT(conditions); i++) {
        lf_buf_format(&json, "%s\"s%u\": {\"when\": \"%s\"}", i == 0 ? "" : ", ", (uint64_t)i,
                      conditions[i]);
    }
    lf_buf_text(&json, "}}");
    if (lf_definitions_parse(&counting, (lf_str){json.p, json.n}, &(lf_parsing){.lint = false},
                             &diags, &bp) != LF_OK) {
        fail_msg("%s", diags.n > 0 ? diags.items[0].text.p : "no memory");
    }
    lf_diags_free(&diags);
    lf_buf_free(&json);
    return bp;
}

static lf_contact *contact_of(lf_blueprint *bp) {
    static const char *const events[] = {
        "{\"contact\": \"c\", \"type\": \"$update\", \"at\": \"2026-01-01T00:00:00Z\", \"props\": "
        "{\"fields\": {\"company_size\": 500, \"industry\": \"saas\", \"interests\": "
        "[\"api\", \"pricing\", \"docs\"]}}}",
        ("{\"contact\": \"c\", \"type\": \"$tag\", \"at\": \"2026-01-01T00:00:00Z\", \"props\": "
         "{\"add\": [\"int_api\", \"src_web\"]}}"),
        "{\"contact\": \"c\", \"type\": \"page_view\", \"at\": \"2026-01-02T00:00:00Z\"}",
        "{\"contact\": \"c\", \"type\": \"page_view\", \"at\": \"2026-01-03T00:00:00Z\"}",
        "{\"contact\": \"c\", \"type\": \"page_view\", \"at\": \"2026-01-04T00:00:00Z\"}"};
    lf_flow *flow;
    lf_contact *contact;
    lf_event event;
    bool ignored;
    int32_t as;
    assert_int_equal(lf_flow_new(&counting, bp, LF_STR("t"), &flow), LF_OK);
    assert_int_equal(lf_contact_new(bp, "c", 1, &contact), LF_OK);
    lf_event_init(&event, &counting, bp);
    for (size_t i = 0; i < LF_COUNT(events); i++) {
        assert_int_equal(lf_event_read(&event, lf_str_of(events[i]), 1, NULL, &ignored), LF_OK);
        assert_int_equal(lf_flow_event(flow, contact, &event, event.at, NULL, &as), LF_OK);
    }
    lf_event_clear(&event);
    lf_flow_free(flow);
    return contact;
}

static void evaluating_allocates_nothing(void **state) {
    lf_world world;
    lf_answer answer;
    size_t errors = 0;
    (void)state;
#ifdef LF_ARENA_CHUNK /* each block is an allocation of its own */
    skip();
#endif
    lf_blueprint *bp = blueprint_of();
    lf_contact *contact = contact_of(bp);
    assert_int_equal(lf_world_init(&world, &counting, bp), LF_OK);
    for (int64_t i = 0; i <= TIMES; i++) {
        lf_world_look(&world, contact, contact->clock + i * HOUR);
        for (uint32_t k = 0; k < bp->n_segments; k++) {
            assert_int_equal(lf_world_value(&world, bp->segments[k].when, &answer), LF_OK);
            errors += answer.value.type == LF_T_ERROR;
        }
        if (i == 0) {
            assert_true(allocations > 0);
            allocations = 0;
        }
    }
    assert_int_equal(allocations, 0);
    assert_int_equal(errors, TIMES + 1); /* of the one that is one */
    lf_world_free(&world);
    lf_contact_free(contact);
    lf_definitions_unref(bp);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(evaluating_allocates_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
