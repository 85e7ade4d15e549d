/* SPDX-License-Identifier: MIT */
/*
 * A document becomes a blueprint: names are declared, everything is parsed and checked, and then comes
 * what all parts together decide (the horizon, the order of names).
 */
#include "blueprint/blueprint_internal.h"
#include "time/timing.h"

static const lf_key top_keys[] = {{"leadflow", LF_K_INT | LF_K_REQUIRED},
                                  {"name", LF_K_STRING},
                                  {"timezone", LF_K_STRING},
                                  {"extends", LF_K_ARRAY},
                                  {"intake", LF_K_OBJECT},
                                  {"fields", LF_K_OBJECT},
                                  {"tags", LF_K_OBJECT},
                                  {"events", LF_K_OBJECT},
                                  {"scores", LF_K_OBJECT},
                                  {"machines", LF_K_OBJECT},
                                  {"segments", LF_K_OBJECT},
                                  {"consent", LF_K_OBJECT},
                                  {"caps", LF_K_OBJECT},
                                  {"templates", LF_K_OBJECT},
                                  {"sequences", LF_K_OBJECT},
                                  {"routing", LF_K_LATER},
                                  {"sla", LF_K_LATER},
                                  {"calendars", LF_K_LATER},
                                  {"deals", LF_K_LATER},
                                  {"retention", LF_K_LATER}};
static const lf_key intake_keys[] = {{"dedupe", LF_K_STRING},
                                     {"max_skew", LF_K_STRING},
                                     {"on_unknown", LF_K_STRING},
                                     {"horizon", LF_K_STRING}};

/* ---- the head ---- */
bool lf_build_zone(lf_build *b, lf_str name, const lf_zone **out) {
    const lf_zone *zone;
    lf_status status = lf_zones_find(b->bp->zones, name, &zone);
    if (status == LF_OK) {
        *out = zone;
        return true;
    }
    if (status != LF_E_NOTFOUND) {
        b->status = b->status == LF_OK ? status : b->status;
        return true;
    }
    if (b->bp->zones == NULL) {
        lf_build_finding(b, LF_D_NO_ZONES, "without a source of time zones %q counts as UTC", name);
    }
    return b->bp->zones == NULL;
}

static void parse_timezone(lf_build *b, const lf_json *name) {
    if (!lf_zone_name_valid(name->text)) {
        lf_build_error(b, LF_D_BAD_VALUE, name, (lf_str){NULL, 0}, "%q is no name of a time zone",
                       name->text);
        return;
    }
    const lf_zone *zone = &lf_zone_utc;
    if (lf_build_zone(b, name->text, &zone)) {
        b->bp->zone = zone;
    } else {
        lf_build_error(b, LF_D_UNKNOWN_NAME, name, (lf_str){NULL, 0}, LF_ZONE_UNKNOWN, name->text);
    }
}

static void parse_head(lf_build *b, const lf_json *document) {
    const lf_json *version = lf_key_get(document, "leadflow", LF_K_INT);
    const lf_json *name = lf_key_get(document, "name", LF_K_STRING);
    const lf_json *zone = lf_key_get(document, "timezone", LF_K_STRING);
    lf_keys_check(b, document, top_keys, LF_COUNT(top_keys));
    if (version != NULL && version->u.i != 1) {
        lf_build_error(b, LF_D_BAD_VALUE, version, LF_STR("leadflow"),
                       "this library knows version 1 of the language");
    }
    if (name != NULL && !lf_is_identifier(name->text)) {
        lf_build_error(b, LF_D_BAD_VALUE, name, LF_STR("name"), "the name " LF_NAME_RULE);
    }
    if (zone != NULL) {
        size_t length = lf_path_down(b, LF_STR("timezone"));
        parse_timezone(b, zone);
        lf_path_up(b, length);
    }
    b->bp->name = name == NULL ? LF_STR("") : name->text;
}

static void parse_intake(lf_build *b, const lf_json *intake) {
    static const char *const words[] = {"reject", "ignore"};
    uint8_t word = 0;
    lf_blueprint *bp = b->bp;
    int64_t horizon = 90 * LF_MS_DAY;
    bp->dedupe = 7 * LF_MS_DAY;
    bp->max_skew = 5 * LF_MS_MINUTE;
    if (intake != NULL) {
        size_t length = lf_path_down(b, LF_STR("intake"));
        lf_keys_check(b, intake, intake_keys, LF_COUNT(intake_keys));
        lf_key_duration(b, intake, "dedupe", 0, &bp->dedupe);
        lf_key_duration(b, intake, "max_skew", 0, &bp->max_skew);
        lf_key_word(b, intake, "on_unknown", words, LF_COUNT(words), &word);
        lf_key_duration(b, intake, "horizon", 0, &horizon);
        lf_path_up(b, length);
    }
    bp->ignore_unknown = word == 1;
    b->longest = horizon > b->longest ? horizon : b->longest;
}

/* ---- the sections ---- */
static void declare(lf_build *b, const lf_json *section, const char *name,
                    void (*each)(lf_build *b, const lf_json *section)) {
    size_t length = lf_path_down(b, lf_str_of(name));
    if (b->status == LF_OK) {
        each(b, section);
    }
    lf_path_up(b, length);
}

static void parse_sections(lf_build *b, const lf_json *document) {
    static const struct {
        const char *name;
        void (*declare)(lf_build *b, const lf_json *section);
        void (*parse)(lf_build *b, const lf_json *section);
    } sections[] = {{"tags", lf_parse_tags, NULL},
                    {"fields", lf_declare_fields, lf_parse_fields},
                    {"events", lf_declare_events, lf_parse_events},
                    {"scores", lf_declare_scores, lf_parse_scores},
                    {"machines", lf_declare_machines, lf_parse_machines},
                    {"segments", lf_declare_segments, lf_parse_segments},
                    {"consent", lf_parse_consent, NULL},
                    {"caps", lf_parse_caps, NULL},
                    {"templates", lf_declare_templates, lf_parse_templates},
                    {"sequences", lf_declare_sequences, lf_parse_sequences}};
    static const lf_json empty = {.kind = LF_JSON_OBJECT};
    const lf_json *found[LF_COUNT(sections)];
    for (size_t i = 0; i < LF_COUNT(sections); i++) {
        found[i] = sections[i].parse != NULL ? lf_section(b, document, sections[i].name)
                                             : lf_key_get(document, sections[i].name, LF_K_OBJECT);
        found[i] = found[i] == NULL ? &empty : found[i];
        declare(b, found[i], sections[i].name, sections[i].declare);
    }
    for (size_t i = 0; i < LF_COUNT(sections); i++) {
        if (sections[i].parse != NULL) {
            declare(b, found[i], sections[i].name, sections[i].parse);
        }
    }
}

/* ---- what all parts together decide ---- */
static int64_t smaller(int64_t a, int64_t b) {
    return b > 0 && b < a ? b : a;
}

static void set_horizon(lf_build *b) {
    lf_schema *schema = &b->bp->schema;
    int64_t horizon = b->in_condition > b->longest ? b->in_condition : b->longest;
    schema->dedupe = b->bp->dedupe;
    schema->horizon = horizon;
    schema->retention = lf_sat_add(horizon, b->in_condition);
    schema->idle_grain = INT64_MAX;
    for (uint32_t i = 0; i < b->bp->n_scores; i++) {
        const lf_idle_def *idle = &b->bp->scores[i].idle;
        schema->idle_grain = smaller(smaller(schema->idle_grain, idle->every), idle->reset_after);
    }
}

/* Shell's sort: it needs no memory, and no two names are equal. */
static void sort_names(const lf_names *names, uint16_t *numbers) {
    for (uint32_t i = 0; i < names->n; i++) {
        numbers[i] = (uint16_t)i;
    }
    for (uint32_t gap = names->n / 2; gap > 0; gap = gap == 2 ? 1 : gap * 5 / 11) {
        for (uint32_t i = gap; i < names->n; i++) {
            uint16_t number = numbers[i];
            uint32_t at = i;
            while (at >= gap &&
                   lf_str_cmp(names->items[numbers[at - gap]], names->items[number]) > 0) {
                numbers[at] = numbers[at - gap];
                at -= gap;
            }
            numbers[at] = number;
        }
    }
}

static void order_names(lf_build *b) {
    for (int kind = 0; kind < LF_N_KINDS && b->status == LF_OK; kind++) {
        const lf_names *names = &b->bp->schema.names[kind];
        uint16_t *numbers = lf_build_alloc(b, (names->n + 1u) * sizeof *numbers);
        if (numbers != NULL) {
            sort_names(names, numbers);
        }
        b->bp->schema.by_name[kind] = numbers;
    }
}

static void make_handles(lf_build *b) {
    lf_blueprint *bp = b->bp;
    bp->scorers = lf_build_alloc(b, (bp->n_scores + 1u) * sizeof *bp->scorers);
    bp->lifecycles = lf_build_alloc(b, (bp->n_machines + 1u) * sizeof *bp->lifecycles);
    for (uint32_t i = 0; b->status == LF_OK && i < bp->n_scores; i++) {
        bp->scorers[i] = (struct lf_scorer){bp, (uint16_t)i};
    }
    for (uint32_t i = 0; b->status == LF_OK && i < bp->n_machines; i++) {
        bp->lifecycles[i] = (struct lf_lifecycle){bp, (uint16_t)i};
    }
    bp->scheduler.blueprint = bp;
}

static void free_blueprint(lf_blueprint *bp) {
    lf_mem mem = bp->mem;
    for (int kind = 0; kind < LF_N_KINDS; kind++) {
        lf_names_free(&bp->schema.names[kind]);
    }
    lf_names_free(&bp->schema.renamed.old);
    lf_mem_free(&mem, bp->schema.renamed.now.items,
                bp->schema.renamed.now.cap * sizeof *bp->schema.renamed.now.items);
    lf_names_free(&bp->props);
    lf_names_free(&bp->literals);
    lf_names_free(&bp->tag_categories);
    lf_names_free(&bp->dimension_names);
    lf_arena_free(&bp->arena);
    lf_zones_free(bp->zones);
    lf_mem_free(&mem, bp, sizeof *bp);
}

static lf_blueprint *new_blueprint(const lf_mem *mem, const lf_zone_source *zones) {
    lf_blueprint *bp = lf_mem_alloc(mem, sizeof *bp);
    if (bp == NULL) {
        return NULL;
    }
    bp->mem = *mem;
    bp->refs = 1;
    bp->zone = &lf_zone_utc;
    bp->zone_field = LF_NO_INDEX;
    lf_arena_init(&bp->arena, mem);
    for (int kind = 0; kind < LF_N_KINDS; kind++) {
        lf_names_init(&bp->schema.names[kind], mem);
    }
    lf_names_init(&bp->schema.renamed.old, mem);
    lf_names_init(&bp->props, mem);
    lf_names_init(&bp->literals, mem);
    lf_names_init(&bp->tag_categories, mem);
    lf_names_init(&bp->dimension_names, mem);
    if (zones != NULL && lf_zones_new(mem, zones, &bp->zones) != LF_OK) {
        free_blueprint(bp);
        return NULL;
    }
    return bp;
}

lf_blueprint *lf_definitions_ref(lf_blueprint *blueprint) {
    __atomic_add_fetch(&blueprint->refs, 1, __ATOMIC_RELAXED);
    return blueprint;
}

void lf_definitions_unref(lf_blueprint *blueprint) {
    if (blueprint != NULL && __atomic_sub_fetch(&blueprint->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        free_blueprint(blueprint);
    }
}

static void build(lf_build *b, lf_str text, const lf_blueprint *previous) {
    const lf_json *document = lf_read_whole(b, text);
    if (document == NULL) {
        return;
    }
    b->bp->document = document;
    parse_head(b, document);
    parse_intake(b, lf_key_get(document, "intake", LF_K_OBJECT));
    parse_sections(b, document);
    lf_parse_renamed(b, document);
    if (previous != NULL && b->status == LF_OK) {
        lf_check_previous(b, document, previous);
    }
    b->bp->schema.digest = lf_json_hash(document, 0);
    set_horizon(b);
    order_names(b);
    make_handles(b);
}

lf_status lf_definitions_parse(const lf_mem *mem, lf_str text, const lf_parsing *how,
                               lf_diags *diags, lf_blueprint **out) {
    *out = NULL;
    lf_blueprint *bp = new_blueprint(mem, how->zones);
    if (bp == NULL) {
        return LF_E_NOMEM;
    }
    bp->limits = how->limits != NULL ? *how->limits : lf_expr_defaults;
    lf_build b = {.bp = bp,
                  .arena = &bp->arena,
                  .diags = diags,
                  .presets = how->presets,
                  .n_presets = how->n_presets};
    uint32_t before = diags->n_errors;
    lf_buf_init(&b.path, mem);
    build(&b, text, how->previous);
    if (how->lint && b.status == LF_OK && diags->n_errors == before) {
        lf_lint(&b);
    }
    bool failed = b.path.failed || diags->failed;
    diags->failed = false;
    lf_buf_free(&b.path);
    lf_status status = b.status != LF_OK          ? b.status
                       : failed                   ? LF_E_NOMEM
                       : diags->n_errors > before ? LF_E_PARSE
                                                  : LF_OK;
    if (status != LF_OK) {
        free_blueprint(bp);
        return status;
    }
    lf_zones_own(bp->zones);
    *out = bp;
    return LF_OK;
}
