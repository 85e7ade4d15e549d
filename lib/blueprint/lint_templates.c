/* SPDX-License-Identifier: MIT */
/* The linter on templates: tokens that may have no value, and what each marketing email needs. */
#include "blueprint/blueprint_internal.h"

/* ---- tokens ---- */
/* Is it false wherever the field has no value? So are `has()` of it, and a comparison that begins with it, alone or as
 * a part of `a && b`. */
static bool needs_field(lf_str source, lf_str field) {
    lf_str has = LF_STR("has("), contact = LF_STR("contact.");
    bool asks = lf_str_starts(source, has);
    lf_str rest = asks ? (lf_str){source.p + has.n, source.n - has.n} : source;
    if (!lf_str_starts(rest, contact) || rest.n <= contact.n + field.n ||
        memcmp(rest.p + contact.n, field.p, field.n) != 0) {
        return false;
    }
    rest = (lf_str){rest.p + contact.n + field.n, rest.n - contact.n - field.n};
    return asks ? lf_str_eq(rest, LF_STR(")"))
                : rest.p[0] == ' ' && memchr(rest.p, '|', rest.n) == NULL &&
                      memchr(rest.p, '?', rest.n) == NULL;
}

static bool guards(const lf_expr *when, lf_str field) {
    const lf_expr *part = when == NULL ? NULL : lf_expr_part(when, 0);
    bool found = when != NULL && part == NULL && needs_field(lf_expr_source(when), field);
    for (uint32_t i = 0; part != NULL && !found; part = lf_expr_part(when, ++i)) {
        found = needs_field(lf_expr_source(part), field);
    }
    return found;
}

/* `when`: without which nobody sees the text, or NULL. */
static void lint_tokens(lf_build *b, const lf_message_text *text, lf_str member,
                        const lf_expr *when) {
    size_t length = lf_path_down(b, member);
    for (uint32_t i = 0; i < text->n; i++) {
        const lf_piece *piece = &text->pieces[i];
        if (piece->is_token && !piece->has_fallback && LF_REF_KIND(piece->ref) == LF_REF_FIELD &&
            !b->bp->fields[LF_REF_INDEX(piece->ref)].required && !guards(when, piece->text)) {
            lf_build_finding(
                b, LF_D_TOKEN_FALLBACK,
                "the field %q is optional: say what stands there without it, as in {%S|...}",
                piece->text, piece->text);
        }
    }
    lf_path_up(b, length);
}

/* Parameters are written with either name: utm_source, source. */
static void lint_params(lf_build *b, const lf_template_def *def) {
    size_t length = lf_path_down(b, LF_STR("utm")), prefix = sizeof "utm_" - 1;
    const lf_json *utm = lf_json_pointer(b->bp->document, (lf_str){b->path.p, b->path.n});
    for (uint32_t i = 0; i < def->n_utm; i++) {
        lf_str name = {def->utm[i].name.p, def->utm[i].name.n - 1};
        if (lf_json_get(utm, name) == NULL) {
            name = (lf_str){name.p + prefix, name.n - prefix};
        }
        lint_tokens(b, &def->utm[i].value, name, NULL);
    }
    lf_path_up(b, length);
}

static void lint_texts(lf_build *b, const lf_template_def *def) {
    lint_tokens(b, &def->subject, LF_STR("subject"), NULL);
    lint_tokens(b, &def->preheader, LF_STR("preheader"), NULL);
    lint_tokens(b, &def->body, LF_STR("body"), NULL);
    size_t length = lf_path_down(b, LF_STR("blocks"));
    for (uint32_t i = 0; i < def->n_blocks; i++) {
        size_t block = lf_path_item(b, i);
        lint_tokens(b, &def->blocks[i].body, LF_STR("body"), def->blocks[i].when);
        lf_path_up(b, block);
    }
    lf_path_up(b, length);
    length = lf_path_down(b, LF_STR("cta"));
    lint_tokens(b, &def->cta_text, LF_STR("text"), NULL);
    lint_tokens(b, &def->cta_url, LF_STR("url"), NULL);
    lf_path_up(b, length);
    lint_params(b, def);
}

/* ---- what every copy of a marketing email says ---- */
static bool has_unsubscribe(const lf_message_text *text, bool html) {
    (void)html;
    for (uint32_t i = 0; i < text->n; i++) {
        if (text->pieces[i].is_token && text->pieces[i].ref == LF_REF_TOKEN_UNSUBSCRIBE) {
            return true;
        }
    }
    return false;
}

/* A street with its number and a town, as they are written in most countries: on one line a number, and behind a comma a
 * word with a capital, or a number and such a word. */
typedef struct address {
    bool number, word; /* on this line */
    enum { ELSEWHERE, BEHIND_COMMA, BEHIND_BLANK, IN_NUMBER, BEHIND_NUMBER } at;
} address;

static bool begins_name(char c) {
    return (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* The next byte of what one reads. True: there is one on the line. */
static bool find_address(address *a, char c) {
    bool number = is_digit(c);
    if (c == '\n') {
        *a = (address){.at = ELSEWHERE};
    } else if (c == ',') {
        a->at = BEHIND_COMMA;
    } else if (c == ' ') {
        a->at = a->at == BEHIND_COMMA || a->at == BEHIND_BLANK ? BEHIND_BLANK
                : a->at == IN_NUMBER                           ? BEHIND_NUMBER
                                                               : ELSEWHERE;
    } else {
        a->word = a->word || ((a->at == BEHIND_BLANK || a->at == BEHIND_NUMBER) && begins_name(c));
        a->at = number && (a->at == BEHIND_BLANK || a->at == IN_NUMBER) ? IN_NUMBER : ELSEWHERE;
    }
    a->number = a->number || number;
    return a->number && a->word;
}

/* In HTML a tag of a block ends a line, <br> counts as a comma, and others are passed over. */
static bool find_behind_tag(address *a, const char name[2]) {
    static const char blocks[] = {'d', 'h', 'l', 'p', 't'}; /* div, h1, li, p, td: how they begin */
    if (name[0] == 'b' && name[1] == 'r') {
        find_address(a, ',');
        return find_address(a, ' ');
    }
    return memchr(blocks, name[0], sizeof blocks) != NULL && find_address(a, '\n');
}

static bool has_address(const lf_message_text *text, bool html) {
    address a = {.at = ELSEWHERE};
    enum lf_html at = LF_HTML_TEXT;
    char name[2] = "";
    size_t n = 0; /* letters of the tag's name so far */
    bool found = false;
    for (uint32_t i = 0; i < text->n && !found; i++) {
        lf_str part = text->pieces[i].is_token ? LF_STR("x") : text->pieces[i].text;
        for (size_t j = 0; j < part.n && !found; j++) {
            enum lf_html before = at;
            at = html ? lf_html_next(at, part.p[j]) : at;
            if (at == LF_HTML_OPEN) {
                n = 0;
                name[0] = '\0';
            } else if (at != LF_HTML_TEXT && n < sizeof name && part.p[j] != '/') {
                name[n++] = (char)(part.p[j] | 0x20);
            } else if (at == LF_HTML_TEXT) {
                found = before == at ? find_address(&a, part.p[j]) : find_behind_tag(&a, name);
            }
        }
    }
    return found;
}

/* Blocks with a condition are not in each copy. */
static bool body_has(const lf_template_def *def,
                     bool (*has)(const lf_message_text *text, bool html)) {
    bool found = has(&def->body, def->html);
    for (uint32_t i = 0; i < def->n_blocks; i++) {
        found =
            found || (lf_lint_always(def->blocks[i].when) && has(&def->blocks[i].body, def->html));
    }
    return found;
}

static void lint_marketing(lf_build *b, const lf_template_def *def) {
    if (!body_has(def, has_unsubscribe)) {
        lf_build_finding(b, LF_D_NO_UNSUBSCRIBE,
                         "a marketing email needs {unsubscribe} in its body, in a part that "
                         "everybody gets");
    }
    if (!body_has(def, has_address)) {
        lf_build_finding(b, LF_D_NO_POSTAL_ADDRESS,
                         "a marketing email needs the sender's postal address in its body: street, "
                         "number and town on one line");
    }
    if (def->cta_text.n == 0 || def->cta_url.n == 0) {
        lf_build_finding(b, LF_D_CALL_TO_ACTION,
                         "a marketing email needs exactly one primary call to action: a 'cta' with "
                         "a text and a url");
    }
}

void lf_lint_templates(lf_build *b) {
    for (uint32_t i = 0; i < b->bp->n_templates; i++) {
        const lf_template_def *def = &b->bp->templates[i];
        size_t length = lf_path_to(b, "templates", def->name);
        lint_texts(b, def);
        if (def->channel == LF_CHANNEL_EMAIL && !def->transactional) {
            lint_marketing(b, def);
        }
        lf_path_up(b, length);
    }
}
