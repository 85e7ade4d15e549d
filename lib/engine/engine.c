/* SPDX-License-Identifier: MIT */
/* The engine's life, and what can be asked of it without changing anything. */
#include "engine/engine.h"

void lf_store_init(lf_store *store, size_t struct_size) {
    if (store != NULL && struct_size >= sizeof store->struct_size) {
        memset(store, 0, struct_size);
        store->struct_size = struct_size;
    }
}

void lf_engine_options_init(lf_engine_options *options, size_t struct_size) {
    if (options != NULL && struct_size >= sizeof options->struct_size) {
        memset(options, 0, struct_size);
        options->struct_size = struct_size;
    }
}

/* Reads the options and the tables that they point to. */
static lf_status read_options(lf_engine_options *own, lf_store *store, lf_delivery *delivery,
                              const lf_engine_options *options) {
    lf_status status = lf_struct_read(own, sizeof *own, offsetof(lf_engine_options, delivery), options);
    if (status != LF_OK) {
        return status;
    }
    if (own->store == NULL || own->lease_ms < 0 || own->retry_ms < 0 || own->max_attempts < 0) {
        return LF_E_ARG;
    }
    status = lf_struct_read(store, sizeof *store, sizeof *store, own->store);
    if (status == LF_OK && own->delivery != NULL) {
        status = lf_struct_read(delivery, sizeof *delivery, sizeof *delivery, own->delivery);
    }
    if (status == LF_OK &&
        (store->load == NULL || store->commit == NULL || store->claim_due == NULL || store->claim_effects == NULL ||
         store->settle == NULL || store->scan == NULL || store->dead == NULL || store->revive == NULL ||
         (store->lock == NULL) != (store->unlock == NULL) || (own->delivery != NULL && delivery->deliver == NULL))) {
        return LF_E_ARG;
    }
    return status;
}

static void init_parts(lf_engine *engine) {
    lf_buf_init(&engine->loaded.bytes, &engine->mem);
    lf_buf_init(&engine->commit.bytes, &engine->mem);
    lf_arena_init(&engine->claims.arena, &engine->mem);
    lf_arena_init(&engine->page.arena, &engine->mem);
    lf_arena_init(&engine->effects, &engine->mem);
    lf_arena_init(&engine->columns, &engine->mem);
    engine->commit.engine = engine;
}

static void free_parts(lf_engine *engine) {
    lf_buf_free(&engine->loaded.bytes);
    lf_buf_free(&engine->commit.bytes);
    lf_claims_clear(&engine->claims);
    lf_claims_clear(&engine->page);
    lf_arena_free(&engine->claims.arena);
    lf_arena_free(&engine->page.arena);
    lf_arena_free(&engine->effects);
    lf_arena_free(&engine->columns);
    lf_mem_free(&engine->mem, engine->claims.items.items, engine->claims.items.cap * sizeof(lf_claim));
    lf_mem_free(&engine->mem, engine->page.items.items, engine->page.items.cap * sizeof(lf_claim));
    lf_mem_free(&engine->mem, engine->commit.effects.items, engine->commit.effects.cap * sizeof(lf_effect *));
    lf_flow_free(engine->flow);
    lf_person_free(engine->contact);
}

static void discard(lf_engine *engine) {
    lf_mem mem = engine->mem;
    lf_blueprint *blueprint = engine->blueprint;
    free_parts(engine);
    lf_mem_free(&mem, engine, sizeof *engine);
    lf_definitions_unref(blueprint);
}

static lf_status open_engine(lf_engine *engine, lf_blueprint *blueprint) {
    engine->blueprint = lf_definitions_ref(blueprint);
    init_parts(engine);
    lf_status status = lf_flow_new(&engine->mem, blueprint, &engine->flow);
    return status != LF_OK ? status : lf_person_new(&engine->mem, &blueprint->schema, LF_STR("-"), &engine->contact);
}

lf_status lf_engine_new(lf_blueprint *blueprint, const lf_engine_options *options, lf_engine **out) {
    lf_engine_options own;
    lf_store store;
    lf_delivery delivery = {0};
    if (out == NULL) {
        return LF_E_ARG;
    }
    *out = NULL;
    if (blueprint == NULL || options == NULL) {
        return LF_E_ARG;
    }
    lf_status status = read_options(&own, &store, &delivery, options);
    lf_str tenant = own.tenant == NULL ? LF_STR("default") : lf_str_of(own.tenant);
    if (status != LF_OK || !lf_tenant_valid(tenant)) {
        return status != LF_OK ? status : LF_E_ARG;
    }
    lf_engine *engine = lf_mem_alloc(&blueprint->mem, sizeof *engine);
    if (engine == NULL) {
        return LF_E_NOMEM;
    }
    engine->mem = blueprint->mem;
    engine->clock = own.clock;
    engine->clock_user = own.clock_user;
    engine->lease = own.lease_ms == 0 ? 60000 : own.lease_ms;
    engine->retry = own.retry_ms == 0 ? 60000 : own.retry_ms;
    engine->most_attempts = own.max_attempts == 0 ? 8 : own.max_attempts;
    memcpy(engine->tenant_text, tenant.p, tenant.n);
    engine->tenant = (lf_str){engine->tenant_text, tenant.n};
    status = open_engine(engine, blueprint);
    if (status != LF_OK) {
        discard(engine);
        return status;
    }
    engine->store = store; /* from here on they are ours to free */
    engine->delivery = delivery;
    *out = engine;
    return LF_OK;
}

void lf_engine_free(lf_engine *engine) {
    if (engine == NULL || engine->busy) {
        return;
    }
    lf_store store = engine->store;
    lf_delivery delivery = engine->delivery;
    discard(engine);
    if (store.user_free != NULL) {
        store.user_free(store.user);
    }
    if (delivery.user_free != NULL) {
        delivery.user_free(delivery.user);
    }
}

uint64_t lf_engine_condition_errors(const lf_engine *engine) {
    return engine == NULL ? 0 : engine->errors;
}

lf_status lf_engine_contact(lf_engine *engine, const char *contact, size_t contact_len, lf_contact **out) {
    int64_t now = 0;
    if (out == NULL) {
        return LF_E_ARG;
    }
    *out = NULL;
    if (engine == NULL || contact == NULL) {
        return LF_E_ARG;
    }
    lf_status status = lf_engine_begin(engine, &now);
    if (status != LF_OK) {
        return status;
    }
    status = lf_engine_load(engine, (lf_str){contact, contact_len});
    if (status == LF_OK) {
        engine->contact->owner = engine->blueprint;
        status = lf_contact_copy(engine->contact, out);
        engine->contact->owner = NULL;
    }
    return lf_engine_end(engine, status);
}

/* The place behind `after` in the page that was read last, if it goes on there. */
static size_t behind(const struct lf_claims *page, lf_str after) {
    for (size_t i = 0; i + 1 < page->items.n; i++) {
        if (after.p != NULL && lf_str_eq(page->items.items[i].contact, after)) {
            return i + 1;
        }
    }
    return SIZE_MAX;
}

lf_status lf_engine_next_contact(lf_engine *engine, const char *after, size_t after_len, lf_buffer *id) {
    int64_t now = 0;
    lf_str last = {after, after == NULL ? 0 : after_len};
    if (engine == NULL || id == NULL || after_len > 255) {
        return LF_E_ARG;
    }
    lf_status status = lf_engine_begin(engine, &now);
    if (status != LF_OK) {
        return status;
    }
    size_t at = behind(&engine->page, last);
    if (at == SIZE_MAX) {
        char own[255]; /* it may lie in the page */
        memcpy(own, last.n == 0 ? "" : last.p, last.n);
        lf_claims_clear(&engine->page);
        status = engine->store.scan(engine->store.user, engine->tenant.p, own, last.n, LF_BATCH, &engine->page);
        at = 0;
    }
    if (status == LF_OK && at >= engine->page.items.n) {
        status = LF_E_NOTFOUND;
    }
    if (status == LF_OK) {
        lf_buf_clear(&id->buf);
        lf_buf_str(&id->buf, engine->page.items.items[at].contact);
        status = id->buf.failed ? LF_E_NOMEM : LF_OK;
    }
    return lf_engine_end(engine, status);
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
    lf_claims_clear(&engine->claims);
    status = engine->store.dead(engine->store.user, engine->tenant.p, limit, &engine->claims);
    for (uint32_t i = 0; status == LF_OK && i < engine->claims.items.n; i++) {
        const lf_effect *effect = engine->claims.items.items[i].effect;
        lf_buf_str(&out->buf, effect == NULL ? (lf_str){NULL, 0} : effect->json);
        lf_buf_byte(&out->buf, '\n');
    }
    return lf_engine_end(engine, status == LF_OK && out->buf.failed ? LF_E_NOMEM : status);
}

lf_status lf_engine_revive(lf_engine *engine, const char *key) {
    int64_t now = 0;
    if (engine == NULL || key == NULL) {
        return LF_E_ARG;
    }
    lf_status status = lf_engine_begin(engine, &now);
    if (status == LF_OK) {
        status = lf_engine_end(engine, engine->store.revive(engine->store.user, engine->tenant.p, key));
    }
    return status;
}
