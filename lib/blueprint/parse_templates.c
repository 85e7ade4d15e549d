/* SPDX-License-Identifier: MIT */
/* The sections `templates` and `consent` (SPEC 9, 10). */
#include "blueprint/blueprint_internal.h"

static const lf_key template_keys[] = {{"channel", LF_K_STRING | LF_K_REQUIRED},
                                       {"class", LF_K_STRING},
                                       {"subject", LF_K_STRING},
                                       {"preheader", LF_K_STRING},
                                       {"body", LF_K_STRING},
                                       {"cta", LF_K_OBJECT},
                                       {"utm", LF_K_OBJECT},
                                       {"fallback", LF_K_STRING},
                                       {"blocks", LF_K_ARRAY},
                                       {"caps", LF_K_BOOL},
                                       {"unknown", LF_K_STRING}};
static const lf_key cta_keys[] = {{"text", LF_K_STRING | LF_K_REQUIRED},
                                  {"url", LF_K_STRING | LF_K_REQUIRED}};
static const lf_key block_keys[] = {{"when", LF_K_STRING}, {"body", LF_K_STRING | LF_K_REQUIRED}};
/* Either name of a parameter, the first as it stands in the link. */
static const lf_key utm_keys[] = {
    {"utm_source", LF_K_STRING}, {"source", LF_K_STRING},       {"utm_medium", LF_K_STRING},
    {"medium", LF_K_STRING},     {"utm_campaign", LF_K_STRING}, {"campaign", LF_K_STRING},
    {"utm_term", LF_K_STRING},   {"term", LF_K_STRING},         {"utm_content", LF_K_STRING},
    {"content", LF_K_STRING},    {"utm_id", LF_K_STRING},       {"id", LF_K_STRING}};
static const char *const unknown_words[] = {"hold"};
const char *const lf_channel_words[LF_CHANNELS] = {"email", "sms", "push"};

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
        piece->is_link = true;
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
                           "there must be no control characters here: this becomes one line");
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

/* ---- the body and its blocks ---- */
static void parse_blocks(lf_build *b, const lf_json *list, lf_template_def *def) {
    static const lf_reading reading = {LF_MAY_ALL, NULL};
    size_t length = lf_path_down(b, LF_STR("blocks"));
    def->blocks = lf_build_alloc(b, list->n * sizeof *def->blocks);
    for (uint32_t i = 0; i < list->n && b->status == LF_OK; i++) {
        const lf_json *item = &list->u.items[i];
        size_t inner = lf_path_item(b, i);
        if (lf_keys_check(b, item, block_keys, LF_COUNT(block_keys))) {
            lf_block *block = &def->blocks[i];
            block->when = lf_build_expr(b, lf_key_get(item, "when", LF_K_STRING), "when", LF_T_BOOL,
                                        &reading);
            parse_text(b, item, "body", false, &block->body);
            def->n_blocks = i + 1;
        }
        lf_path_up(b, inner);
    }
    lf_path_up(b, length);
}

/* No value may come to stand where it could be more than text, and each part stands for itself. */
static void check_markup(lf_build *b, const lf_json *object, const lf_message_text *text) {
    const lf_json *value = lf_key_get(object, "body", LF_K_STRING);
    enum lf_html at = LF_HTML_TEXT;
    for (uint32_t i = 0; i < text->n; i++) {
        const lf_piece *piece = &text->pieces[i];
        if (piece->is_token && !lf_html_safe(at)) {
            lf_json place = lf_place_in(b, value, piece->offset);
            lf_build_error(b, LF_D_BAD_VALUE, &place, LF_STR("body"),
                           "within a tag a token can only stand in a value in quotes");
        }
        for (size_t j = 0; !piece->is_token && j < piece->text.n; j++) {
            at = lf_html_next(at, piece->text.p[j]);
        }
    }
    if (at != LF_HTML_TEXT) {
        lf_build_error(b, LF_D_BAD_VALUE, value, LF_STR("body"),
                       "a tag or a comment is not closed");
    }
}

static bool has_tag(const lf_message_text *text) {
    for (uint32_t i = 0; i < text->n; i++) {
        if (!text->pieces[i].is_token && lf_html_has_tag(text->pieces[i].text)) {
            return true;
        }
    }
    return false;
}

/* An email with a tag in it is HTML; nothing else is. */
static void parse_body(lf_build *b, const lf_json *object, lf_template_def *def) {
    const lf_json *blocks = lf_key_get(object, "blocks", LF_K_ARRAY);
    def->has_body = parse_text(b, object, "body", false, &def->body);
    def->html = has_tag(&def->body);
    if (blocks != NULL) {
        parse_blocks(b, blocks, def);
    }
    for (uint32_t i = 0; i < def->n_blocks; i++) {
        def->html = def->html || has_tag(&def->blocks[i].body);
    }
    def->html = def->html && def->channel == LF_CHANNEL_EMAIL;
    if (!def->html) {
        return;
    }
    check_markup(b, object, &def->body);
    size_t length = lf_path_down(b, LF_STR("blocks"));
    for (uint32_t i = 0; blocks != NULL && i < def->n_blocks; i++) {
        size_t inner = lf_path_item(b, i);
        check_markup(b, &blocks->u.items[i], &def->blocks[i].body);
        lf_path_up(b, inner);
    }
    lf_path_up(b, length);
}

static void parse_utm(lf_build *b, const lf_json *object, lf_template_def *def) {
    size_t length = lf_path_down(b, LF_STR("utm"));
    lf_keys_check(b, object, utm_keys, LF_COUNT(utm_keys));
    def->utm = lf_build_alloc(b, LF_UTM_MOST * sizeof *def->utm);
    for (uint32_t i = 0; i < object->n && b->status == LF_OK; i++) {
        size_t key = 0;
        while (key < LF_COUNT(utm_keys) &&
               !lf_str_eq(object->u.members[i].name, lf_str_of(utm_keys[key].name))) {
            key++;
        }
        if (key < LF_COUNT(utm_keys) &&
            (key % 2 == 0 || lf_json_get(object, lf_str_of(utm_keys[key - 1].name)) == NULL)) {
            lf_utm *utm = &def->utm[def->n_utm++];
            utm->name = lf_joined(b, lf_str_of(utm_keys[key - key % 2].name), '=', LF_STR(""));
            parse_text(b, object, utm_keys[key].name, true, &utm->value);
        }
    }
    lf_path_up(b, length);
}

static void parse_cta(lf_build *b, const lf_json *cta, lf_template_def *def) {
    size_t length = lf_path_down(b, LF_STR("cta"));
    lf_keys_check(b, cta, cta_keys, LF_COUNT(cta_keys));
    def->has_cta = parse_text(b, cta, "text", false, &def->cta_text);
    parse_text(b, cta, "url", true, &def->cta_url);
    lf_path_up(b, length);
}

/* The path stands at the template. */
static void parse_fallback(lf_build *b, const lf_json *value, lf_template_def *def) {
    size_t length = lf_path_down(b, LF_STR("fallback"));
    def->fallback = lf_name_value(b, value, &b->bp->schema.names[LF_N_TEMPLATE], "template");
    lf_path_up(b, length);
}

/* Whoever cannot get a channel needs another one, and in the end there is a last. */
static void check_fallback(lf_build *b, const lf_json *object, uint32_t i) {
    const lf_template_def *templates = b->bp->templates;
    const lf_json *value = lf_key_get(object, "fallback", LF_K_STRING);
    uint16_t at = templates[i].fallback;
    if (at == LF_NO_INDEX) {
        return;
    }
    if (at != i && templates[at].channel == templates[i].channel) {
        lf_build_error(
            b, LF_D_BAD_VALUE, value, LF_STR("fallback"),
            "the fallback has the same channel: who cannot get the one cannot get the other");
    }
    for (uint32_t n = 0; at != i && at != LF_NO_INDEX && n < b->bp->n_templates; n++) {
        at = templates[at].fallback;
    }
    if (at == i) {
        lf_build_error(b, LF_D_CIRCLE, value, LF_STR("fallback"),
                       "the template %q falls back on itself", templates[i].name);
    }
}

/* `class`, and whether caps are for it. */
static void parse_class(lf_build *b, const lf_json *object, lf_template_def *def) {
    const lf_json *value = lf_key_get(object, "class", LF_K_STRING);
    const lf_json *caps = lf_key_get(object, "caps", LF_K_BOOL);
    lf_str class_ = value == NULL ? LF_STR("marketing") : value->text;
    int32_t number = lf_names_find(&b->bp->schema.names[LF_N_CLASS], class_);
    if (!lf_is_identifier(class_)) {
        lf_build_error(b, LF_D_BAD_VALUE, value, LF_STR("class"), "the class " LF_NAME_RULE);
    }
    def->class_ = number < 0 ? LF_NO_INDEX : (uint16_t)number;
    def->transactional = lf_str_eq(class_, LF_STR("transactional"));
    def->capped = !def->transactional && (caps == NULL || caps->boolean);
}

static void parse_template(lf_build *b, const lf_json *object, uint32_t i) {
    lf_template_def *def = &b->bp->templates[i];
    const lf_json *cta = lf_key_get(object, "cta", LF_K_OBJECT);
    const lf_json *utm = lf_key_get(object, "utm", LF_K_OBJECT);
    uint8_t unknown = 0;
    def->name = b->bp->schema.names[LF_N_TEMPLATE].items[i];
    parse_fallback(b, lf_key_get(object, "fallback", LF_K_STRING), def);
    lf_keys_check(b, object, template_keys, LF_COUNT(template_keys));
    def->hold = lf_key_get(object, "unknown", LF_K_STRING) != NULL;
    lf_key_word(b, object, "unknown", unknown_words, LF_COUNT(unknown_words), &unknown);
    lf_key_word(b, object, "channel", lf_channel_words, LF_CHANNELS, &def->channel);
    parse_class(b, object, def);
    def->has_subject = parse_text(b, object, "subject", true, &def->subject);
    def->has_preheader = parse_text(b, object, "preheader", true, &def->preheader);
    parse_body(b, object, def);
    if (cta != NULL) {
        parse_cta(b, cta, def);
    }
    if (utm != NULL) {
        parse_utm(b, utm, def);
    }
}

void lf_declare_templates(lf_build *b, const lf_json *section) {
    b->bp->templates = lf_build_alloc(b, section->n * sizeof *b->bp->templates);
    lf_section_names(b, section, &b->bp->schema.names[LF_N_TEMPLATE], "a template");
    b->bp->n_templates = section->n;
}

void lf_parse_templates(lf_build *b, const lf_json *section) {
    lf_each(b, section, parse_template);
    lf_each(b, section, check_fallback);
}

/* The first field of the format is the address. */
static uint16_t address_of(const lf_build *b, uint8_t format) {
    for (uint32_t i = 0; i < b->bp->n_fields; i++) {
        if (b->bp->fields[i].format == format) {
            return (uint16_t)i;
        }
    }
    return LF_NO_INDEX;
}

void lf_parse_consent(lf_build *b, const lf_json *section) {
    static const lf_key keys[] = {{"email", LF_K_STRING | LF_K_OBJECT},
                                  {"sms", LF_K_STRING | LF_K_OBJECT},
                                  {"push", LF_K_STRING | LF_K_OBJECT},
                                  {"preferences", LF_K_LATER},
                                  {"regions", LF_K_LATER}};
    static const char *const words[] = {"opt_in", "opt_out"};
    lf_keys_check(b, section, keys, LF_COUNT(keys));
    b->bp->address[LF_CHANNEL_EMAIL] = address_of(b, LF_FMT_EMAIL);
    b->bp->address[LF_CHANNEL_SMS] = address_of(b, LF_FMT_PHONE);
    b->bp->address[LF_CHANNEL_PUSH] = LF_NO_INDEX;
    for (uint32_t i = 0; i < LF_CHANNELS; i++) {
        const lf_json *value = lf_key_get(section, lf_channel_words[i], LF_K_OBJECT);
        uint8_t word = 0;
        if (value != NULL) {
            lf_build_error(
                b, LF_D_NOT_SUPPORTED, value, lf_str_of(lf_channel_words[i]),
                "consent with options (double opt-in, preferences) is not supported yet");
        }
        lf_key_word(b, section, lf_channel_words[i], words, LF_COUNT(words), &word);
        b->bp->opt_out[i] = word == 1;
    }
}
