/* SPDX-License-Identifier: MIT */
/* What a document becomes: numbers, defaults, order, and what follows from all parts together. */
#include "parse.h"

#define DAY INT64_C(86400000)

static void assert_str(lf_str have, const char *want) {
    if (!lf_str_eq(have, lf_str_of(want))) {
        fail_msg("'%.*s' is not '%s'", (int)have.n, have.n == 0 ? "" : have.p, want);
    }
}

/* ---- the head ---- */
static void intake_has_the_defaults_of_spec_2(void **state) {
    (void)state;
    lf_blueprint *bp = accepted("{'leadflow': 1}");
    assert_int_equal(bp->dedupe, 7 * DAY);
    assert_int_equal(bp->max_skew, 300000);
    assert_false(bp->ignore_unknown);
    assert_int_equal(bp->schema.horizon, 90 * DAY);
    assert_str(bp->name, "");
    lf_definitions_unref(bp);
}

static void horizon_of(const char *document, int64_t want) {
    lf_blueprint *bp = accepted(document);
    if (bp->schema.horizon != want) {
        fail_msg("the horizon of %s is %lld, not %lld", document, (long long)bp->schema.horizon,
                 (long long)want);
    }
    lf_definitions_unref(bp);
}

/* SPEC 4.3: the longest of intake.horizon, conditions, cooldowns, re-entries, resets, decays to zero. */
static void the_horizon_is_the_longest(void **state) {
#define ONE "{'leadflow': 1, 'intake': {'horizon': '1d'}, 'events': {'e': {}}, "
#define RULE(rest) \
    ONE "'scores': {'s': {'dimensions': {'d': {'rules': [{'name': 'r', 'on': 'e', 'points': " \
        "10" rest "}]}}}}}"
    (void)state;
    horizon_of("{'leadflow': 1, 'intake': {'horizon': '500ms'}}", 500);
    horizon_of("{'leadflow': 1, 'intake': {'horizon': '2000d'}}", 2000 * DAY);
    horizon_of(ONE "'segments': {'s': {'when': 'idle(`30d`) || count(`e`, `40d`) > 2'}}}",
               40 * DAY);
    horizon_of(ONE "'segments': {'s': {'when': 'age(contact.created, `-50d`)'}}}", 50 * DAY);
    horizon_of(ONE "'sequences': {'s': {'reentry': '60d'}}}", 60 * DAY);
    horizon_of(ONE "'sequences': {'s': {'reentry': 'always'}}}", DAY);
    horizon_of(ONE "'scores': {'s': {'dimensions': {}, 'idle': {'reset_after': '70d'}}}}",
               70 * DAY);
    horizon_of(ONE "'scores': {'s': {'dimensions': {}, 'idle': {'lose': '1%', 'every': '70d'}}}}",
               DAY);
    horizon_of(RULE(""), DAY);
    horizon_of(RULE(", 'cooldown': '80d'"), 80 * DAY);
    horizon_of(RULE(", 'decay': {'lose': 3, 'every': '7d'}"), 28 * DAY); /* 10 - 4*3 < 0 */
    horizon_of(RULE(", 'decay': {'lose': 5, 'every': '7d'}"), 14 * DAY); /* 10 - 2*5 = 0 */
    horizon_of(RULE(", 'decay': {'after': '9d'}"), 9 * DAY);
    horizon_of(RULE(", 'decay': {'lose': '100%', 'every': '9d'}"), 9 * DAY);
    horizon_of(RULE(", 'decay': {'half_life': '3650d'}"), 3650 * DAY); /* at most ten years */
    horizon_of(RULE(", 'decay': {'lose': '1%', 'every': '365d'}"), 3650 * DAY);
#undef RULE
#undef ONE
}

/* ---- numbers ---- */
static void points_are_exact(void **state) {
    static const struct {
        const char *text;
        int64_t milli;
    } rows[] = {{"0", 0},
                {"-0", 0},
                {"-0.0", 0},
                {"1", 1000},
                {"1.0", 1000},
                {"1e2", 100000},
                {"1E+2", 100000},
                {"12e-3", 12},
                {"0.5000", 500},
                {"-0.001", -1},
                {"2.675", 2675},
                {"1000000", 1000000000},
                {"-1e6", -1000000000},
                {"999999.999", 999999999},
                {"1000000.000000000000000000000000", 1000000000}};
    (void)state;
    for (size_t i = 0; i < LF_COUNT(rows); i++) {
        char text[300];
        snprintf(text, sizeof text,
                 "{'leadflow': 1, 'scores': {'s': {'dimensions': {'d': {'rules': [{'name': 'r', "
                 "'when': 'true', 'points': %s}]}}}}}",
                 rows[i].text);
        lf_blueprint *bp = accepted(text);
        if (bp->rules[0].choices[0].points != rows[i].milli) {
            fail_msg("%s is %lld", rows[i].text, (long long)bp->rules[0].choices[0].points);
        }
        lf_definitions_unref(bp);
    }
}

static void scores_have_their_numbers(void **state) {
    (void)state;
    lf_blueprint *bp = accepted(
        "{'leadflow': 1, 'events': {'a': {}, 'b': {}},"
        " 'scores': {'x': {'dimensions': {}}, 'lead': {'min': -1.5, 'max': 100, 'dimensions': {"
        "  'fit': {'max': 50, 'rules': [{'name': 'f', 'when': 'true', 'points': 1}]},"
        "  'act': {'min': -5, 'rules': ["
        "   {'name': 'r', 'on': 'a', 'points': -2, 'cooldown': '1d', 'max_count': 3, 'max_points': "
        "4, 'per': 'event.type',"
        "    'decay': {'lose': '2.5%', 'every': '7d'}},"
        "   {'name': 's', 'on': ['b', 'a'], 'points': 1, 'decay': {'half_life': '14d'}}]}},"
        "  'idle': {'lose': '10%', 'every': '7d', 'floor': 0, 'reset_after': '90d'},"
        "  'bands': [{'name': 'hot', 'from': 70, 'until': 60.5}, {'name': 'cold', 'from': "
        "-1.5}]}}}");
    const lf_score_def *score = &bp->scores[1];
    assert_int_equal(score->min, -1500);
    assert_true(score->has_max);
    assert_int_equal(score->max, 100000);
    assert_true(score->idle.on && score->idle.has_floor);
    assert_int_equal(score->idle.floor, 0);
    assert_int_equal(score->idle.shares.ppm, 100000);
    assert_int_equal(score->idle.every, 7 * DAY);
    assert_int_equal(score->idle.reset_after, 90 * DAY);
    assert_int_equal(bp->bands[score->first_band].until, 60500);
    assert_int_equal(bp->bands[score->first_band + 1].until, -1500);
    const lf_dimension_def *fit = &bp->dimensions[score->first_dimension], *act = fit + 1;
    assert_true(fit->has_max && !act->has_max);
    assert_int_equal(act->min, -5000);
    const lf_rule_def *r = &bp->rules[act->first_rule];
    assert_int_equal(bp->rules[fit->first_rule].event_rule, -1);
    assert_int_equal(r->event_rule, 0);
    assert_int_equal(r->points, -2000);
    assert_int_equal(r->cooldown, DAY);
    assert_int_equal(r->max_count, 3);
    assert_true(r->has_max_points);
    assert_int_equal(r->max_points, 4000);
    assert_int_equal(r->decay.kind, LF_DECAY_PERCENT);
    assert_int_equal(r->decay.shares.ppm, 25000);
    assert_int_equal(r[1].decay.kind, LF_DECAY_HALF_LIFE);
    assert_int_equal(r[1].max_count, 0);
    assert_false(bp->scores[0].has_max || bp->scores[0].idle.on);
    lf_definitions_unref(bp);
}

/* ---- names and order ---- */
static void rules_listen_to_base_types_too(void **state) {
    (void)state;
    lf_blueprint *bp =
        accepted("{'leadflow': 1, 'events': {'a': {}, 'b': {}, 'c': {'is': 'a', 'when': 'true'}, "
                 "'d': {'is': 'c', 'when': 'true'}},"
                 " 'scores': {'s': {'dimensions': {'d': {'rules': ["
                 "  {'name': 'x', 'on': 'd', 'points': 1}, {'name': 'y', 'on': ['b', 'c', 'a'], "
                 "'points': 1}, {'name': 'z', 'on': ['a', 'a'], 'points': 1}]}}}}}");
    const lf_type_def *a = &bp->types[LF_EV_RESERVED];
    assert_int_equal(a[0].n_rules, 3);
    assert_int_equal(a[0].rules[0], 0);
    assert_int_equal(a[0].rules[1], 1);
    assert_int_equal(a[0].rules[2], 2);
    assert_int_equal(a[1].n_rules, 1);
    assert_int_equal(a[2].n_rules, 1);
    assert_int_equal(a[3].n_rules, 1);
    assert_int_equal(a[3].rules[0], 0);
    assert_int_equal(a[0].n_derived, 2);
    assert_int_equal(a[0].derived[0], LF_EV_RESERVED + 2);
    assert_int_equal(a[0].derived[1], LF_EV_RESERVED + 3);
    assert_int_equal(a[3].root, LF_EV_RESERVED);
    assert_int_equal(a[3].base, LF_EV_RESERVED + 2);
    assert_int_equal(bp->rules[2].on.n, 1);
    lf_definitions_unref(bp);
}

static void what_depends_stands_behind(void **state) {
    (void)state;
    lf_blueprint *bp =
        accepted("{'leadflow': 1, 'fields': {'d': {'type': 'string', 'derive': 'contact.c + "
                 "contact.a'}, 'a': {'type': 'string'},"
                 "  'c': {'type': 'string', 'derive': 'contact.a'}, 'b': {'type': 'string', "
                 "'derive': 'contact.a'}},"
                 " 'segments': {'z': {'when': 'segment.x || segment.y'}, 'y': {'when': 'true'}, "
                 "'x': {'when': 'segment.y'}, 'w': {'when': 'true'}}}");
    static const uint16_t fields[] = {2, 0, 3}, segments[] = {1, 2, 0, 3};
    assert_int_equal(bp->n_derived, 3);
    assert_memory_equal(bp->derived_order, fields, sizeof fields);
    assert_memory_equal(bp->segment_order, segments, sizeof segments);
    lf_definitions_unref(bp);
}

static void transitions_leave_their_states(void **state) {
    (void)state;
    lf_blueprint *bp =
        accepted("{'leadflow': 1, 'machines': {'first': {'initial': 'x', 'states': {'x': {}}}, "
                 "'m': {'initial': 'b', 'states': {'a': {}, 'b': {}, 'c': {}},"
                 " 'transitions': [{'from': '*', 'to': 'b', 'when': 'true'}, {'from': ['c', 'a', "
                 "'c'], 'to': 'a', 'after': '1d'}, {'from': 'b', 'to': 'c', 'manual': true}]}}}");
    const lf_machine_def *m = &bp->machines[1];
    assert_int_equal(m->first_state, 1);
    assert_int_equal(m->initial, 2);
    assert_int_equal(bp->states[1].n_out, 2); /* a: by *, and by the list */
    assert_int_equal(bp->states[1].out[0], 0);
    assert_int_equal(bp->states[1].out[1], 1);
    assert_int_equal(bp->states[2].n_out, 1); /* b: not by *, which leads to b */
    assert_int_equal(bp->states[2].out[0], 2);
    assert_int_equal(bp->states[3].n_out, 2); /* c: named twice in one list */
    assert_int_equal(m->transitions[1].after, DAY);
    assert_true(m->transitions[2].manual);
    lf_definitions_unref(bp);
}

static void steps_are_named_by_label_or_path(void **state) {
    (void)state;
    lf_blueprint *bp = accepted("{'leadflow': 1, 'sequences': {'empty': {}, 'q': {'trigger': "
                                "[{'event': '$consent'}], 'steps': ["
                                "  {'flag': 'a'},"
                                "  {'label': 'either', 'branch': [{'when': 'timed_out', 'steps': "
                                "[{'flag': 'b'}, {'label': 'in', 'flag': 'c'}]}, {'steps': []},"
                                "    {'steps': [{'branch': [{'steps': [{'exit': 'x'}]}]}]}]},"
                                "  {'wait': {'week': 2}}]}}}");
    static const struct {
        const char *name;
        uint8_t kind;
        uint16_t next;
    } steps[] = {{"s0", LF_STEP_ACTION, 1},
                 {"either", LF_STEP_BRANCH, 6},
                 {"s1.0.0", LF_STEP_ACTION, 3},
                 {"in", LF_STEP_ACTION, 6},
                 {"s1.2.0", LF_STEP_BRANCH, 6},
                 {"s1.2.0.0.0", LF_STEP_EXIT, 6},
                 {"s2", LF_STEP_WAIT_DAYS, LF_STEP_END}};
    assert_int_equal(bp->n_steps, LF_COUNT(steps));
    for (size_t i = 0; i < LF_COUNT(steps); i++) {
        assert_str(bp->steps[i].name, steps[i].name);
        assert_int_equal(bp->steps[i].kind, steps[i].kind);
        assert_int_equal(bp->steps[i].next, steps[i].next);
        assert_int_equal(bp->steps[i].sequence, 1);
    }
    assert_int_equal(bp->steps[1].n_arms, 3);
    assert_int_equal(bp->steps[1].arms[0].first, 2);
    assert_int_equal(bp->steps[1].arms[1].first, 6); /* an empty arm leads behind the branch */
    assert_int_equal(bp->steps[1].arms[2].first, 4);
    assert_int_equal(bp->steps[6].time, 14 * DAY);
    assert_int_equal(bp->sequences[0].first_step, LF_STEP_END);
    assert_int_equal(bp->sequences[1].first_step, 0);
    assert_str(bp->schema.names[LF_N_STEP].items[5], "q/s1.2.0.0.0");
    lf_definitions_unref(bp);
}

static void waits_have_their_lengths(void **state) {
    (void)state;
    lf_blueprint *bp =
        accepted("{'leadflow': 1, 'sequences': {'q': {'reentry': '0s', 'steps': [{'wait': {'for': "
                 "'1h30m'}}, {'wait': {'day': 3}},"
                 " {'wait': {'until': 'true'}}, {'wait': {'until': 'true', 'timeout': '3d'}}]}}}");
    assert_int_equal(bp->steps[0].time, 5400000);
    assert_int_equal(bp->steps[1].time, 3 * DAY);
    assert_int_equal(bp->steps[2].time, -1);
    assert_int_equal(bp->steps[3].time, 3 * DAY);
    assert_int_equal(bp->sequences[0].reentry, LF_REENTRY_AFTER);
    lf_definitions_unref(bp);
}

static void consent_is_opt_in_unless_said(void **state) {
    (void)state;
    lf_blueprint *bp = accepted("{'leadflow': 1, 'consent': {'push': 'opt_out', 'sms': 'opt_in'}}");
    assert_false(bp->opt_out[LF_CHANNEL_EMAIL] || bp->opt_out[LF_CHANNEL_SMS]);
    assert_true(bp->opt_out[LF_CHANNEL_PUSH]);
    lf_definitions_unref(bp);
}

/* ---- limits ---- */
/* A document whose middle is repeated n times, with its number for each `%u`. */
static lf_str repeated(const char *head, const char *each, uint32_t n, const char *tail) {
    size_t size = strlen(head) + strlen(tail) + (strlen(each) + 24) * n + 1;
    char *text = malloc(size), *at = text;
    assert_non_null(text);
    at += sprintf(at, "%s", head);
    for (uint32_t i = 0; i < n; i++) {
        *at = ',';
        at += i > 0;
        for (const char *p = each; *p != '\0'; p++) {
            at += *p == '#' ? sprintf(at, "%u", (unsigned)i) : (*at = *p, 1);
        }
    }
    sprintf(at, "%s", tail);
    char *out = quoted(text);
    free(text);
    return lf_str_of(out);
}

static void limit(const char *head, const char *each, uint32_t n, const char *tail,
                  const char *want) {
    lf_mem mem = libc_mem();
    lf_diags diags;
    lf_blueprint *bp;
    lf_str text = repeated(head, each, n, tail);
    lf_diags_init(&diags, &mem);
    lf_status status = lf_definitions_parse(&mem, text, &(lf_parsing){.lint = true}, &diags, &bp);
    char *what = said(&diags);
    if (diags.n_errors != (want == NULL ? 0 : 1) || (want != NULL && strstr(what, want) == NULL)) {
        fail_msg("%s of %u: %s", each, n, what);
    }
    assert_int_equal(status, want == NULL ? LF_OK : LF_E_PARSE);
    lf_definitions_unref(bp);
    lf_diags_free(&diags);
    free(what);
    free((void *)(uintptr_t)text.p);
}

#define LIMIT(head, each, most, tail, want) \
    do { \
        limit(head, each, most, tail, NULL); \
        limit(head, each, (most) + 1u, tail, want); \
    } while (0)

static void limits_are_limits(void **state) {
    (void)state;
    LIMIT("{'leadflow': 1, 'fields': {", "'f#': {'type': 'int'}", 2000, "}}",
          "limit /fields/f2000 1:48918 there are more than 2000 members");
    LIMIT("{'leadflow': 1, 'events': {", "'e#': {}", 2000, "}}", "limit /events/e2000 ");
    LIMIT("{'leadflow': 1, 'segments': {", "'s#': {'when': 'true'}", 2000, "}}",
          "limit /segments/s2000 ");
    LIMIT("{'leadflow': 1, 'templates': {", "'t#': {'channel': 'push'}", 2000, "}}",
          "limit /templates/t2000 ");
    LIMIT("{'leadflow': 1, 'sequences': {", "'s#': {}", 2000, "}}", "limit /sequences/s2000 ");
    LIMIT("{'leadflow': 1, 'machines': {'m': {'initial': 's0', 'states': {", "'s#': {}", 2000,
          "}}}}", "limit /machines/m/states/s2000 ");
    LIMIT("{'leadflow': 1, 'machines': {'m': {'initial': 'a', 'states': {'a': {}, 'b': {}}, "
          "'transitions': [",
          "{'from': 'a', 'to': 'b', 'after': '1d'}", 2000, "]}}}",
          "limit /machines/m/transitions 1:97 more than 2000 transitions");
    LIMIT("{'leadflow': 1, 'events': {'e': {'props': {", "'p#': 'int'", 1000, "}}}}",
          "limit /events/e/props 1:43 more than 1000 props, or more than 65,534 in all types");
}

static void props_of_all_types_are_limited(void **state) {
    lf_str props = repeated("{'props': {", "'p@#': 'int'", 1000, "}}");
    char *document = malloc(70 * (props.n + 3000)), *at = document;
    lf_mem mem = libc_mem();
    lf_diags diags;
    lf_blueprint *bp;
    (void)state;
    assert_non_null(document);
    at += sprintf(at, "{\"leadflow\": 1, \"events\": {");
    for (int i = 0; i < 66;
         i++) { /* @ becomes a letter or two, so that each type has props of its own */
        at += sprintf(at, "%s\"e%d\": ", i == 0 ? "" : ",", i);
        for (const char *p = props.p; *p != '\0'; p++) {
            at += *p == '@' ? sprintf(at, "%c%c_", 'a' + i / 26, 'a' + i % 26) : (*at = *p, 1);
        }
    }
    sprintf(at, "}}");
    lf_diags_init(&diags, &mem);
    assert_int_equal(
        lf_definitions_parse(&mem, lf_str_of(document), &(lf_parsing){.lint = false}, &diags, &bp),
        LF_E_PARSE);
    assert_int_equal(diags.n, 1); /* 65 types have room beside the props of the reserved ones */
    assert_string_equal(lf_diag_code_name(diags.items[0].code), "limit");
    assert_string_equal(diags.items[0].pointer.p, "/events/e65/props");
    lf_diags_free(&diags);
    free(document);
    free((void *)(uintptr_t)props.p);
}

static void large_limits_are_limits(void **state) {
    (void)state;
    limit("{'leadflow': 1, 'extends': [", "'p#'", 256, "]}",
          "limit /extends 1:28 more than 255 presets");
    LIMIT("{'leadflow': 1, 'scores': {'s': {'dimensions': {'d': {'rules': [",
          "{'name': 'r#', 'when': 'true', 'points': 1}", 65534, "]}}}}}",
          "limit /scores 1:27 more than 65,534 rules, dimensions or bands");
    LIMIT("{'leadflow': 1, 'sequences': {'s': {'steps': [", "{'flag': 'f'}", 65534, "]}}}",
          "limit /sequences 1:30 more than 65,534 steps");
    LIMIT("{'leadflow': 1, 'sequences': {'s': {'trigger': [", "{'when': 'true'}", 65534, "]}}}",
          "limit /sequences/s/trigger 1:48 more than 65,534 triggers");
}

/* 66 machines of 1,000 states. */
static void all_states_together_are_limited(void **state) {
    lf_str states = repeated("{'initial': 's0', 'states': {", "'s#': {}", 1000, "}}");
    size_t n = states.n;
    char *document = malloc(70 * (n + 20));
    char *at = document;
    (void)state;
    assert_non_null(document);
    at += sprintf(at, "{\"leadflow\": 1, \"machines\": {");
    for (int i = 0; i < 66; i++) {
        at += sprintf(at, "%s\"m%d\": %s", i == 0 ? "" : ",", i, states.p);
    }
    sprintf(at, "}}");
    lf_mem mem = libc_mem();
    lf_diags diags;
    lf_blueprint *bp;
    lf_diags_init(&diags, &mem);
    assert_int_equal(
        lf_definitions_parse(&mem, lf_str_of(document), &(lf_parsing){.lint = true}, &diags, &bp),
        LF_E_PARSE);
    char *what = said(&diags);
    assert_string_equal(what, "limit /machines 1:29 more than 65,534 states\n");
    lf_diags_free(&diags);
    free(what);
    free(document);
    free((void *)(uintptr_t)states.p);
}

/* Its error stands in the last line that there may be, or the document is refused. */
static void a_document_has_its_most_lines(void **state) {
    (void)state;
    for (size_t lines = 16777214; lines <= 16777215; lines++) {
        lf_mem mem = libc_mem();
        lf_diags diags;
        lf_blueprint *bp;
        char *text = malloc(lines);
        assert_non_null(text);
        memset(text, '\n', lines);
        text[lines - 1] = 'x';
        lf_diags_init(&diags, &mem);
        assert_int_equal(lf_definitions_parse(&mem, (lf_str){text, lines},
                                              &(lf_parsing){.lint = false}, &diags, &bp),
                         LF_E_PARSE);
        char *what = said(&diags);
        assert_string_equal(
            what, lines == 16777214
                      ? "bad-json . 16777214:1 expected a value\n"
                      : "limit . 1:1 a document has at most 1 GiB and 16,777,214 lines\n");
        free(what);
        free(text);
        lf_diags_free(&diags);
    }
}

/* 1,000 are kept, all are counted. */
static void a_thousand_diagnostics_are_kept(void **state) {
    lf_mem mem = libc_mem();
    lf_diags diags;
    lf_blueprint *bp;
    lf_str text = repeated("{'leadflow': 1, 'intake': {", "'x#': 1", 1500, "}}");
    (void)state;
    lf_diags_init(&diags, &mem);
    assert_int_equal(lf_definitions_parse(&mem, text, &(lf_parsing){.lint = false}, &diags, &bp),
                     LF_E_PARSE);
    assert_int_equal(diags.n, 1000);
    assert_int_equal(diags.n_errors, 1500);
    /* The same list serves on, and tells an error that it has no room for. */
    assert_int_equal(
        lf_definitions_parse(&mem, LF_STR("{}"), &(lf_parsing){.lint = false}, &diags, &bp),
        LF_E_PARSE);
    assert_int_equal(lf_definitions_parse(&mem, LF_STR("{\"leadflow\":1}"),
                                          &(lf_parsing){.lint = false}, &diags, &bp),
                     LF_OK);
    lf_definitions_unref(bp);
    lf_diags_free(&diags);
    free((void *)(uintptr_t)text.p);
}

/* ---- reading it back ---- */
static void reads_back(const char *text, const char *preset, const char *want) {
    lf_blueprint_options options;
    lf_blueprint *first, *second;
    lf_buffer *out, *again;
    const char *name = "base";
    char *document = quoted(text), *base = quoted(preset), *expected = quoted(want);
    const char *base_text = base;
    lf_blueprint_options_init(&options, sizeof options);
    options.preset_names = &name;
    options.preset_texts = &base_text;
    options.preset_count = 1;
    assert_int_equal(lf_buffer_new(NULL, &out), LF_OK);
    assert_int_equal(lf_buffer_new(NULL, &again), LF_OK);
    assert_int_equal(lf_blueprint_parse(document, strlen(document), &options, NULL, &first), LF_OK);
    assert_int_equal(lf_blueprint_json(first, out), LF_OK);
    assert_string_equal(lf_buffer_data(out), expected);
    assert_int_equal(
        lf_blueprint_parse(lf_buffer_data(out), lf_buffer_size(out), NULL, NULL, &second), LF_OK);
    assert_int_equal(lf_blueprint_json(second, again), LF_OK);
    assert_string_equal(lf_buffer_data(again), expected);
    lf_blueprint_unref(first);
    lf_blueprint_unref(second);
    lf_buffer_free(out);
    lf_buffer_free(again);
    free(document);
    free(base);
    free(expected);
}

static void the_whole_can_be_read_back(void **state) {
    (void)state;
    reads_back("{'leadflow': 1, 'description': 'a\\u0009b'}", "{}",
               "{'leadflow':1,'description':'a\\tb'}");
    reads_back("{'leadflow': 1, 'extends': ['base'], 'events': {'b': null, 'c': {}, 'a': "
               "{'engagement': true}}}",
               "{'events': {'a': {'engagement': false, 'props': {'x': 'int'}}, 'b': {}}, 'intake': "
               "{'dedupe': '1d'}}",
               "{'events':{'a':{'engagement':true,'props':{'x':'int'}},'c':{}},'intake':{'dedupe':'"
               "1d'},'leadflow':1}");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intake_has_the_defaults_of_spec_2),
        cmocka_unit_test(the_horizon_is_the_longest),
        cmocka_unit_test(points_are_exact),
        cmocka_unit_test(scores_have_their_numbers),
        cmocka_unit_test(rules_listen_to_base_types_too),
        cmocka_unit_test(what_depends_stands_behind),
        cmocka_unit_test(transitions_leave_their_states),
        cmocka_unit_test(steps_are_named_by_label_or_path),
        cmocka_unit_test(waits_have_their_lengths),
        cmocka_unit_test(consent_is_opt_in_unless_said),
        cmocka_unit_test(limits_are_limits),
        cmocka_unit_test(props_of_all_types_are_limited),
        cmocka_unit_test(large_limits_are_limits),
        cmocka_unit_test(all_states_together_are_limited),
        cmocka_unit_test(a_document_has_its_most_lines),
        cmocka_unit_test(a_thousand_diagnostics_are_kept),
        cmocka_unit_test(the_whole_can_be_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
