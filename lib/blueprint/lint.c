/* SPDX-License-Identifier: MIT */
/* The linter (SPEC 2): what a blueprint may say, but hardly means. Sequences and templates. */
#include "blueprint/blueprint_internal.h"

size_t lf_path_to(lf_build *b, const char *section, lf_str name) {
    size_t length = lf_path_down(b, lf_str_of(section));
    lf_path_down(b, name);
    return length;
}

bool lf_lint_never(const lf_expr *when) {
    lf_value value;
    return when != NULL && lf_expr_constant(when, &value) &&
           !(value.type == LF_T_BOOL && value.u.b);
}

/* ---- sequences ---- */
/* What waits for the same as one before it fires with that one, and the first of the list decides. */
static bool dead_trigger(const lf_sequence_def *sequence, uint32_t i) {
    const lf_trigger *trigger = &sequence->triggers[i];
    bool dead = lf_lint_never(trigger->when);
    for (uint32_t j = 0; j < i && trigger->past != LF_NO_INDEX; j++) {
        dead = dead || sequence->triggers[j].past == trigger->past;
    }
    return dead;
}

static void lint_triggers(lf_build *b, const lf_sequence_def *sequence) {
    size_t length = lf_path_down(b, LF_STR("trigger"));
    for (uint32_t i = 0; i < sequence->n_triggers; i++) {
        size_t inner = lf_path_item(b, i);
        if (dead_trigger(sequence, i)) {
            lf_build_finding(b, LF_D_DEAD_TRIGGER, "the trigger can never fire");
        }
        lf_path_up(b, inner);
    }
    lf_path_up(b, length);
}

/* The age from which on everybody has left by this exit; LF_TIME_NONE: nobody has for certain. */
static int64_t sure_age(const lf_exit *exit) {
    lf_str source = exit->when == NULL ? LF_STR("") : lf_expr_source(exit->when);
    bool sure = exit->type < 0 && lf_str_starts(source, LF_STR("age(contact.created,")) &&
                memchr(source.p, ')', source.n) == source.p + source.n - 1 &&
                memchr(source.p, '-', source.n) == NULL;
    return sure ? lf_expr_longest(exit->when) : LF_TIME_NONE;
}

static void lint_sequence(lf_build *b, const lf_json *json, const lf_sequence_def *sequence) {
    int64_t end = LF_TIME_NONE;
    if (sequence->goal == NULL && sequence->n_exits == 0) {
        lf_build_finding(
            b, LF_D_NO_EXIT,
            "the sequence has neither 'goal' nor 'exit': nobody leaves it before its end");
    }
    if (sequence->owner.n == 0) {
        lf_build_finding(b, LF_D_NO_OWNER, "the sequence has no 'owner': who answers for it?");
    }
    if (sequence->on_failure.n == 0) {
        lf_build_finding(
            b, LF_D_NO_FAILURE_PATH,
            "the sequence has no 'on_failure': nobody hears of a message that cannot be sent");
    }
    lint_triggers(b, sequence);
    for (uint32_t i = 0; i < sequence->n_exits; i++) {
        int64_t age = sure_age(&sequence->exits[i]);
        end = age < end ? age : end;
    }
    lf_lint_steps(b, lf_json_get(json, LF_STR("steps")), sequence, end);
}

void lf_lint_sequences(lf_build *b) {
    const lf_json *section = lf_json_get(b->bp->document, LF_STR("sequences"));
    for (uint32_t i = 0; i < b->bp->n_sequences; i++) {
        const lf_sequence_def *sequence = &b->bp->sequences[i];
        size_t length = lf_path_to(b, "sequences", sequence->name);
        lint_sequence(b, lf_json_get(section, sequence->name), sequence);
        lf_path_up(b, length);
    }
}

/* ---- templates ---- */
static bool has_unsubscribe(const lf_message_text *text) {
    for (uint32_t i = 0; i < text->n; i++) {
        if (text->pieces[i].is_token && text->pieces[i].ref == LF_REF_TOKEN_UNSUBSCRIBE) {
            return true;
        }
    }
    return false;
}

static void lint_tokens(lf_build *b, const lf_message_text *text, const char *member) {
    size_t length = lf_path_down(b, lf_str_of(member));
    for (uint32_t i = 0; i < text->n; i++) {
        const lf_piece *piece = &text->pieces[i];
        if (piece->is_token && !piece->has_fallback && LF_REF_KIND(piece->ref) == LF_REF_FIELD &&
            !b->bp->fields[LF_REF_INDEX(piece->ref)].required) {
            lf_build_finding(
                b, LF_D_TOKEN_FALLBACK,
                "the field %q is optional: say what stands there without it, as in {%S|...}",
                piece->text, piece->text);
        }
    }
    lf_path_up(b, length);
}

/* What every copy of the body says: blocks with a condition are not in each. */
static bool body_has(const lf_template_def *def, bool (*has)(const lf_message_text *text)) {
    bool found = has(&def->body);
    for (uint32_t i = 0; i < def->n_blocks; i++) {
        found = found || (def->blocks[i].when == NULL && has(&def->blocks[i].body));
    }
    return found;
}

/* A line with a digit and a comma counts as an address: a street and a town, in most countries. */
static bool has_address(const lf_message_text *text) {
    bool digit = false, comma = false;
    for (uint32_t i = 0; i < text->n; i++) {
        lf_str part = text->pieces[i].text;
        for (size_t j = 0; !text->pieces[i].is_token && j < part.n; j++) {
            digit = part.p[j] != '\n' && (digit || (part.p[j] >= '0' && part.p[j] <= '9'));
            comma = part.p[j] != '\n' && (comma || part.p[j] == ',');
            if (digit && comma) {
                return true;
            }
        }
    }
    return false;
}

static void lint_template(lf_build *b, const lf_template_def *template_) {
    size_t length = lf_path_to(b, "templates", template_->name);
    lint_tokens(b, &template_->subject, "subject");
    lint_tokens(b, &template_->preheader, "preheader");
    lint_tokens(b, &template_->body, "body");
    size_t blocks = lf_path_down(b, LF_STR("blocks"));
    for (uint32_t i = 0; i < template_->n_blocks; i++) {
        size_t block = lf_path_item(b, i);
        lint_tokens(b, &template_->blocks[i].body, "body");
        lf_path_up(b, block);
    }
    lf_path_up(b, blocks);
    size_t cta = lf_path_down(b, LF_STR("cta"));
    lint_tokens(b, &template_->cta_text, "text");
    lint_tokens(b, &template_->cta_url, "url");
    lf_path_up(b, cta);
    if (template_->channel == LF_CHANNEL_EMAIL && !template_->transactional) {
        if (!body_has(template_, has_unsubscribe)) {
            lf_build_finding(b, LF_D_NO_UNSUBSCRIBE,
                             "a marketing email needs {unsubscribe} in its body");
        }
        if (!body_has(template_, has_address)) {
            lf_build_finding(
                b, LF_D_NO_POSTAL_ADDRESS,
                "a marketing email needs the sender's postal address in its body, on one line");
        }
        if (!template_->has_cta) {
            lf_build_finding(b, LF_D_CALL_TO_ACTION,
                             "a marketing email needs exactly one primary call to action ('cta')");
        }
    }
    lf_path_up(b, length);
}

void lf_lint_templates(lf_build *b) {
    for (uint32_t i = 0; i < b->bp->n_templates; i++) {
        lint_template(b, &b->bp->templates[i]);
    }
}

/* ---- expressions ---- */
static void lint_costs(lf_build *b) {
    for (const lf_costly *one = b->costly; one != NULL; one = one->next) {
        lf_buf here = b->path;
        b->path = (lf_buf){.mem = here.mem, .p = (char *)(uintptr_t)one->path.p, .n = one->path.n};
        lf_build_finding(b, LF_D_COSTLY,
                         "this may take %u steps, and ends in an error after %u of them",
                         one->worst, (uint64_t)b->bp->limits.cost);
        b->path = here;
    }
}

void lf_lint(lf_build *b) {
    lint_costs(b);
    lf_lint_scores(b);
    lf_lint_machines(b);
    lf_lint_templates(b);
    lf_lint_sequences(b);
}
