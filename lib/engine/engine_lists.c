/* SPDX-License-Identifier: MIT */
/* What an engine lists of its store: contacts by their ids, dead effects. */
#include "engine/engine_internal.h"

/* ---- contacts ---- */
/* The place behind `after`, where that is what was given out last and the page goes on. */
static size_t behind(const lf_engine *engine, lf_str after) {
    const struct lf_claims *page = &engine->page;
    size_t next = engine->page_at + 1;
    bool goes_on = next < page->items.n && lf_str_eq(page->items.items[next - 1].contact, after);
    return goes_on ? next : SIZE_MAX;
}

static lf_status read_page(lf_engine *engine, lf_str after) {
    char own[LF_ID_MAX + 1]; /* `after` may lie in the page */
    lf_str last = {own, after.n};
    if (after.n > 0) {
        memcpy(own, after.p, after.n);
    }
    own[after.n] = '\0';
    lf_claims_clear(&engine->page);
    lf_status status = lf_engine_called(engine->store.scan(engine->store.user, engine->tenant.p,
                                                           own, after.n, LF_BATCH, &engine->page));
    for (uint32_t i = 0; i < engine->page.items.n && status == LF_OK; i++) {
        lf_str id = engine->page.items.items[i].contact;
        status = lf_str_cmp(last, id) < 0 ? LF_OK : LF_E_STORE; /* else it would never end */
        last = id;
    }
    if (status != LF_OK) {
        lf_claims_clear(&engine->page);
    }
    return status;
}

lf_status lf_engine_next_contact(lf_engine *engine, const char *after, size_t after_len,
                                 lf_buffer *id) {
    int64_t now = 0;
    lf_str last = {after, after == NULL ? 0 : after_len};
    if (engine == NULL || id == NULL || last.n > LF_ID_MAX) {
        return LF_E_ARG;
    }
    lf_status status = lf_engine_begin(engine, &now);
    if (status != LF_OK) {
        return status;
    }
    size_t at = behind(engine, last);
    if (at == SIZE_MAX) {
        status = read_page(engine, last);
        at = 0;
    }
    if (status == LF_OK && at >= engine->page.items.n) {
        status = LF_E_NOTFOUND;
    }
    if (status == LF_OK) {
        lf_str next = engine->page.items.items[at].contact;
        size_t before = id->buf.n;
        lf_buf_str(&id->buf, next); /* behind what is there, which it then replaces */
        status = lf_buf_end(&id->buf, before, LF_OK);
        if (status == LF_OK) {
            memmove(id->buf.p, id->buf.p + before, next.n + 1);
            id->buf.n = next.n;
            engine->page_at = at;
        }
    }
    return lf_engine_end(engine, status);
}

/* ---- dead effects ---- */
static void put_damaged(lf_buf *out, const lf_claim *claim) {
    lf_json_writer w = {.buf = out};
    lf_jw_begin_object(&w);
    lf_jw_key(&w, "contact");
    lf_jw_str(&w, claim->contact);
    lf_jw_key(&w, "kind");
    lf_jw_text(&w, "damaged");
    lf_jw_key(&w, "key");
    lf_jw_str(&w, claim->key);
    lf_jw_end_object(&w);
}

lf_status lf_engine_dead(lf_engine *engine, size_t limit, lf_buffer *out) {
    int64_t now = 0;
    if (engine == NULL || out == NULL) {
        return LF_E_ARG;
    }
    lf_status status = lf_engine_begin(engine, &now);
    if (status != LF_OK) {
        return status;
    }
    size_t before = out->buf.n;
    lf_claims_clear(&engine->claims);
    status = lf_engine_called(
        engine->store.dead(engine->store.user, engine->tenant.p, limit, &engine->claims));
    for (uint32_t i = 0; status == LF_OK && i < engine->claims.items.n; i++) {
        const lf_claim *claim = &engine->claims.items.items[i];
        if (claim->effect != NULL) {
            lf_buf_str(&out->buf, claim->effect->json);
        } else {
            put_damaged(&out->buf, claim);
        }
        lf_buf_byte(&out->buf, '\n');
    }
    return lf_engine_end(engine, lf_buf_end(&out->buf, before, status));
}

lf_status lf_engine_revive(lf_engine *engine, const char *key) {
    int64_t now = 0;
    if (engine == NULL || key == NULL) {
        return LF_E_ARG;
    }
    lf_status status = lf_engine_begin(engine, &now);
    if (status != LF_OK) {
        return status;
    }
    status = lf_engine_called(engine->store.revive(engine->store.user, engine->tenant.p, key));
    return lf_engine_end(engine, status);
}
