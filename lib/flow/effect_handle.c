/* SPDX-License-Identifier: MIT */
/* The public handle of an effect. */
#include "flow/effect.h"
#include "time/timing.h"

/* A member that is text; it lies in the tree, NUL-terminated. */
static bool member_text(const lf_json *tree, const char *name, lf_str *out) {
    const lf_json *value = lf_json_get(tree, lf_str_of(name));
    *out = lf_json_is(value, LF_JSON_STRING) ? value->text : (lf_str){NULL, 0};
    return out->n > 0;
}

static lf_status grow_tree(const lf_effect *effect) {
    lf_json_error error;
    return *effect->tree != NULL ? LF_OK
                                 : lf_json_parse(effect->arena, effect->json, 0, LF_JSON_DEPTH + 4,
                                                 1, effect->tree, &error);
}

static lf_effect *blank(lf_arena *arena, lf_str json) {
    lf_effect *effect = lf_arena_alloc(arena, sizeof *effect);
    if (effect != NULL) {
        effect->arena = arena;
        effect->tree = lf_arena_alloc(arena, sizeof *effect->tree);
    }
    bool made = effect != NULL && effect->tree != NULL && lf_arena_str(arena, json, &effect->json);
    return made ? effect : NULL;
}

lf_status lf_effect_read(lf_arena *arena, lf_str json, lf_effect **out) {
    lf_str at, key;
    lf_effect *effect = blank(arena, json);
    *out = NULL;
    lf_status status = effect == NULL ? LF_E_NOMEM : grow_tree(effect);
    if (status == LF_E_NOMEM) {
        return status;
    }
    if (status != LF_OK || !member_text(*effect->tree, "at", &at) ||
        !lf_time_parse(at, &effect->at) || !member_text(*effect->tree, "kind", &effect->kind) ||
        !member_text(*effect->tree, "contact", &effect->contact) ||
        !member_text(*effect->tree, "key", &key) || key.n + 1 != sizeof effect->key) {
        return LF_E_CORRUPT;
    }
    memcpy(effect->key, key.p, key.n);
    *out = effect;
    return LF_OK;
}

lf_status lf_effect_make(lf_arena *arena, lf_buf *scratch, const lf_blueprint *blueprint,
                         lf_str tenant, lf_str contact, const lf_fx *fx, lf_effect **out) {
    char key[LF_KEY_SIZE];
    lf_fx_key(key, tenant, contact, fx->number);
    lf_buf_clear(scratch);
    lf_status status = lf_fx_json(blueprint, contact, fx, key, scratch);
    lf_effect *effect = status == LF_OK ? blank(arena, (lf_str){scratch->p, scratch->n}) : NULL;
    *out = NULL;
    if (effect == NULL || !lf_arena_str(arena, contact, &effect->contact)) {
        return LF_E_NOMEM;
    }
    effect->at = fx->at;
    effect->kind = lf_str_of(lf_fx_kind_name(fx->kind));
    memcpy(effect->key, key, sizeof key);
    *out = effect;
    return LF_OK;
}

int64_t lf_effect_at(const lf_effect *effect) {
    return effect == NULL ? 0 : effect->at;
}

const char *lf_effect_kind(const lf_effect *effect) {
    return effect == NULL ? NULL : effect->kind.p;
}

const char *lf_effect_contact(const lf_effect *effect, size_t *len) {
    return lf_str_out(effect == NULL ? (lf_str){NULL, 0} : effect->contact, len);
}

const char *lf_effect_key(const lf_effect *effect) {
    return effect == NULL ? NULL : effect->key;
}

const char *lf_effect_json(const lf_effect *effect, size_t *len) {
    return lf_str_out(effect == NULL ? (lf_str){NULL, 0} : effect->json, len);
}

const char *lf_effect_get(const lf_effect *effect, const char *member, size_t *len) {
    const lf_json *value = NULL;
    if (effect != NULL && member != NULL && grow_tree(effect) == LF_OK) {
        value = member[0] == '/' ? lf_json_pointer(*effect->tree, lf_str_of(member))
                                 : lf_json_get(*effect->tree, lf_str_of(member));
    }
    return lf_str_out(lf_json_is(value, LF_JSON_STRING) ? value->text : (lf_str){NULL, 0}, len);
}
