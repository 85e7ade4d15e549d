/* SPDX-License-Identifier: MIT */
/* The sections `templates` and `consent` (SPEC 9, 10). */
#include "blueprint/blueprint_internal.h"

static const lf_key template_keys[] = {{"channel", LF_K_STRING | LF_K_REQUIRED},
                                       {"class", LF_K_STRING},
                                       {"subject", LF_K_STRING},
                                       {"preheader", LF_K_STRING},
                                       {"body", LF_K_STRING},
                                       {"cta", LF_K_OBJECT},
                                       {"utm", LF_K_LATER},
                                       {"fallback", LF_K_LATER},
                                       {"blocks", LF_K_LATER},
                                       {"caps", LF_K_LATER},
                                       {"unknown", LF_K_LATER}};
static const lf_key cta_keys[] = {{"text", LF_K_STRING | LF_K_REQUIRED},
                                  {"url", LF_K_STRING | LF_K_REQUIRED}};
static const char *const channel_words[] = {"email", "sms", "push"};

/* The path stands at the text. */
static void resolve_token(lf_build *b, const lf_json *text, lf_piece *piece) {
    const lf_names *fields = &b->bp->schema.names[LF_N_FIELD];
    int32_t field = lf_names_find(fields, piece->text);
    if (field >= 0) {
        piece->ref = LF_REF(LF_REF_FIELD, field);
    } else if (lf_str_eq(piece->text, LF_STR("id"))) {
        piece->ref = LF_REF(LF_REF_CONTACT_ID, 0);
    } else if (lf_str_eq(piece->text, LF_STR("unsubscribe"))) {
        piece->ref = LF_REF_TOKEN_UNSUBSCRIBE;
    } else {
        lf_json at = lf_place_in(b, text, piece->offset);
        lf_str nearest = lf_names_nearest(fields, piece->text);
        nearest = lf_nearer(piece->text, nearest, LF_STR("unsubscribe"));
        lf_build_unknown(b, &at, (lf_str){NULL, 0}, "token", piece->text,
                         lf_nearer(piece->text, nearest, LF_STR("id")));
    }
}

/* Text that becomes a header is one line. The path stands at it. */
static void check_line(lf_build *b, const lf_json *text) {
    for (size_t i = 0; i < text->text.n; i++) {
        if ((unsigned char)text->text.p[i] < 0x20 || text->text.p[i] == 0x7f) {
            lf_json at = lf_place_in(b, text, i);
            lf_build_error(b, LF_D_BAD_VALUE, &at, (lf_str){NULL, 0},
                           "there must be no control characters here: this becomes a header");
            return;
        }
    }
}

static bool parse_text(lf_build *b, const lf_json *object, const char *name, bool header,
                       lf_message_text *out) {
    const lf_json *value = lf_key_get(object, name, LF_K_STRING);
    size_t offset = 0;
    const char *why = NULL;
    if (value == NULL) {
        return false;
    }
    size_t length = lf_path_down(b, lf_str_of(name));
    lf_status status = lf_message_compile(b->arena, value->text, out, &offset, &why);
    if (status == LF_E_NOMEM) {
        b->status = status;
    } else if (status != LF_OK) {
        lf_json at = lf_place_in(b, value, offset);
        lf_build_error(b, LF_D_BAD_VALUE, &at, (lf_str){NULL, 0}, "%s", why);
    }
    if (header) {
        check_line(b, value);
    }
    for (uint32_t i = 0; status == LF_OK && i < out->n; i++) {
        if (out->pieces[i].is_token) {
            resolve_token(b, value, &out->pieces[i]);
        }
    }
    lf_path_up(b, length);
    return true;
}

static void parse_template(lf_build *b, const lf_json *object, uint32_t i) {
    static const char *const classes[] = {"marketing", "transactional"};
    lf_template_def *def = &b->bp->templates[i];
    const lf_json *cta = lf_key_get(object, "cta", LF_K_OBJECT);
    uint8_t class_ = 0;
    def->name = b->bp->template_names.items[i];
    lf_keys_check(b, object, template_keys, LF_COUNT(template_keys));
    lf_key_word(b, object, "channel", channel_words, LF_COUNT(channel_words), &def->channel);
    lf_key_word(b, object, "class", classes, LF_COUNT(classes), &class_);
    def->transactional = class_ == 1;
    def->has_subject = parse_text(b, object, "subject", true, &def->subject);
    def->has_preheader = parse_text(b, object, "preheader", true, &def->preheader);
    def->has_body = parse_text(b, object, "body", false, &def->body);
    if (cta != NULL) {
        size_t length = lf_path_down(b, LF_STR("cta"));
        lf_keys_check(b, cta, cta_keys, LF_COUNT(cta_keys));
        def->has_cta = parse_text(b, cta, "text", false, &def->cta_text);
        parse_text(b, cta, "url", true, &def->cta_url);
        lf_path_up(b, length);
    }
}

void lf_declare_templates(lf_build *b, const lf_json *section) {
    b->bp->templates = lf_build_alloc(b, section->n * sizeof *b->bp->templates);
    lf_section_names(b, section, &b->bp->template_names, "a template");
    b->bp->n_templates = section->n;
}

void lf_parse_templates(lf_build *b, const lf_json *section) {
    lf_each(b, section, parse_template);
}

void lf_parse_consent(lf_build *b, const lf_json *section) {
    static const lf_key keys[] = {{"email", LF_K_STRING | LF_K_OBJECT},
                                  {"sms", LF_K_STRING | LF_K_OBJECT},
                                  {"push", LF_K_STRING | LF_K_OBJECT},
                                  {"preferences", LF_K_LATER},
                                  {"regions", LF_K_LATER}};
    static const char *const words[] = {"opt_in", "opt_out"};
    lf_keys_check(b, section, keys, LF_COUNT(keys));
    for (uint32_t i = 0; i < LF_CHANNELS; i++) {
        const lf_json *value = lf_key_get(section, channel_words[i], LF_K_OBJECT);
        uint8_t word = 0;
        if (value != NULL) {
            lf_build_error(
                b, LF_D_NOT_SUPPORTED, value, lf_str_of(channel_words[i]),
                "consent with options (double opt-in, preferences) is not supported yet");
        }
        lf_key_word(b, section, channel_words[i], words, LF_COUNT(words), &word);
        b->bp->opt_out[i] = word == 1;
    }
}
