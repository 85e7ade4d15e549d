/* SPDX-License-Identifier: MIT */
/* The engine's life, and what can be asked of it without changing a contact. */
#include "engine/engine_internal.h"

void lf_store_init(lf_store *store, size_t struct_size) {
    lf_struct_init(store, struct_size);
}

void lf_delivery_init(lf_delivery *delivery, size_t struct_size) {
    lf_struct_init(delivery, struct_size);
}

void lf_engine_options_init(lf_engine_options *options, size_t struct_size) {
    lf_struct_init(options, struct_size);
}

/* ---- opening ---- */
static bool is_store(const lf_store *store) {
    return store->load != NULL && store->commit != NULL && store->claim_due != NULL &&
           store->claim_effects != NULL && store->settle != NULL && store->scan != NULL &&
           store->dead != NULL && store->revive != NULL &&
           (store->lock == NULL) == (store->unlock == NULL);
}

/* Reads the options and the tables that they point to. */
static lf_status read_options(lf_engine_options *own, lf_store *store, lf_delivery *delivery,
                              const lf_engine_options *options) {
    lf_status status =
        lf_struct_read(own, sizeof *own, LF_SIZE_1_0(lf_engine_options, max_attempts), options);
    if (status != LF_OK) {
        return status;
    }
    if (own->store == NULL || own->lease_ms < 0 || own->lease_ms > LF_LONGEST_LEASE ||
        own->retry_ms < 0 || own->retry_ms > LF_LONGEST_LEASE ||
        own->max_attempts > LF_MOST_ATTEMPTS) {
        return LF_E_ARG;
    }
    status = lf_struct_read(store, sizeof *store, LF_SIZE_1_0(lf_store, revive), own->store);
    if (status == LF_OK && own->delivery != NULL) {
        status = lf_struct_read(delivery, sizeof *delivery, LF_SIZE_1_0(lf_delivery, deliver),
                                own->delivery);
    }
    if (status != LF_OK) {
        return status;
    }
    return is_store(store) && (own->delivery == NULL || delivery->deliver != NULL) ? LF_OK
                                                                                   : LF_E_ARG;
}

static void init_parts(lf_engine *engine) {
    lf_buf_init(&engine->loaded.bytes, &engine->mem);
    lf_buf_init(&engine->commit.bytes, &engine->mem);
    lf_arena_init(&engine->claims.arena, &engine->mem);
    lf_arena_init(&engine->page.arena, &engine->mem);
    lf_arena_init(&engine->names, &engine->mem);
    lf_buf_init(&engine->scratch, &engine->mem);
    lf_arena_init(&engine->effects, &engine->mem);
    lf_arena_init(&engine->values, &engine->mem);
    engine->commit.engine = engine;
}

static void free_claims(lf_engine *engine, struct lf_claims *claims) {
    lf_arena_free(&claims->arena);
    lf_mem_free(&engine->mem, claims->items.items, claims->items.cap * sizeof(lf_claim));
}

static void discard(lf_engine *engine) {
    lf_mem mem = engine->mem;
    lf_blueprint *blueprint = engine->blueprint;
    lf_buf_free(&engine->loaded.bytes);
    lf_buf_free(&engine->commit.bytes);
    lf_buf_free(&engine->scratch);
    free_claims(engine, &engine->claims);
    free_claims(engine, &engine->page);
    lf_mem_free(&mem, engine->commit.effects.items,
                engine->commit.effects.cap * sizeof(lf_effect *));
    lf_arena_free(&engine->names);
    lf_arena_free(&engine->effects);
    lf_arena_free(&engine->values);
    lf_world_free(&engine->world);
    lf_flow_free(engine->flow);
    lf_person_free(engine->contact);
    lf_event_free(engine->event);
    lf_mem_free(&mem, engine, sizeof *engine);
    lf_definitions_unref(blueprint);
}

static lf_status open_parts(lf_engine *engine) {
    init_parts(engine);
    lf_status status = lf_flow_new(&engine->mem, engine->blueprint, engine->tenant, &engine->flow);
    if (status == LF_OK) {
        status =
            lf_person_new(&engine->mem, &engine->blueprint->schema, LF_STR("-"), &engine->contact);
    }
    if (status == LF_OK) {
        status = lf_event_new(engine->blueprint, &engine->event);
    }
    return status == LF_OK ? lf_engine_columns(engine) : status;
}

static void set_options(lf_engine *engine, const lf_engine_options *options, lf_str tenant) {
    engine->clock = options->clock;
    engine->clock_user = options->clock_user;
    engine->lease = options->lease_ms == 0 ? 60000 : options->lease_ms;
    engine->retry = options->retry_ms == 0 ? 60000 : options->retry_ms;
    engine->most_attempts = options->max_attempts == 0 ? 8 : (int64_t)options->max_attempts;
    memcpy(engine->tenant_text, tenant.p, tenant.n);
    engine->tenant = (lf_str){engine->tenant_text, tenant.n};
}

lf_status lf_engine_new(lf_blueprint *blueprint, const lf_engine_options *options,
                        lf_engine **out) {
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
    if (status != LF_OK) {
        return status;
    }
    lf_str tenant = own.tenant == NULL ? LF_STR("default") : lf_str_of(own.tenant);
    if (!lf_tenant_valid(tenant)) {
        return LF_E_ARG;
    }
    lf_engine *engine = lf_mem_alloc(&blueprint->mem, sizeof *engine);
    if (engine == NULL) {
        return LF_E_NOMEM;
    }
    engine->mem = blueprint->mem;
    engine->blueprint = lf_definitions_ref(blueprint);
    set_options(engine, &own, tenant);
    status = open_parts(engine);
    if (status == LF_OK && own.unsubscribe != NULL) {
        status = lf_flow_sign(engine->flow, own.unsubscribe);
    }
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
    if (engine == NULL || __atomic_exchange_n(&engine->busy, 1, __ATOMIC_ACQUIRE)) {
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

/* ---- calls ---- */
lf_status lf_engine_begin(lf_engine *engine, int64_t *now) {
    if (__atomic_exchange_n(&engine->busy, 1, __ATOMIC_ACQUIRE)) {
        return LF_E_BUSY;
    }
    lf_status status = LF_OK;
    engine->failed[0] = '\0';
    if (*now == INT64_MIN && engine->clock != NULL) {
        status = lf_engine_called(engine->clock(engine->clock_user, now));
    }
    if (status == LF_OK && (*now < LF_TIME_MIN || *now > LF_TIME_MAX)) {
        status = LF_E_ARG;
    }
    return status == LF_OK ? LF_OK : lf_engine_end(engine, status);
}

lf_status lf_engine_end(lf_engine *engine, lf_status status) {
    __atomic_store_n(&engine->busy, 0, __ATOMIC_RELEASE);
    return status;
}

void lf_engine_note(lf_engine *engine, lf_status *first, lf_status status, lf_str contact) {
    if (*first == LF_OK && status != LF_OK) {
        size_t n = contact.n < LF_ID_MAX ? contact.n : LF_ID_MAX;
        memcpy(engine->failed, contact.p, n);
        engine->failed[n] = '\0';
        *first = status;
    }
}

const char *lf_engine_failed_contact(const lf_engine *engine) {
    return engine == NULL || engine->failed[0] == '\0' ? NULL : engine->failed;
}

uint64_t lf_engine_condition_errors(const lf_engine *engine) {
    return engine == NULL ? 0 : engine->errors;
}

lf_status lf_engine_contact(lf_engine *engine, const char *contact, size_t contact_len,
                            lf_contact **out) {
    int64_t now = 0;
    lf_str id = {contact, contact_len};
    if (out == NULL) {
        return LF_E_ARG;
    }
    *out = NULL;
    if (engine == NULL || contact == NULL || !lf_person_id_valid(id)) {
        return LF_E_ARG;
    }
    lf_status status = lf_engine_begin(engine, &now);
    if (status != LF_OK) {
        return status;
    }
    status = lf_engine_load(engine, id);
    if (status == LF_OK) {
        engine->contact->owner = engine->blueprint;
        status = lf_contact_copy(engine->contact, out);
        engine->contact->owner = NULL;
    }
    return lf_engine_end(engine, status);
}
