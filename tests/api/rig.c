/* SPDX-License-Identifier: MIT */
#include "rig.h"

const char *const RIG_BLUEPRINT = JSON({
    "leadflow" : 1,
    "name" : "rig",
    "intake" : {"dedupe" : "7d", "max_skew" : "5m", "on_unknown" : "ignore"},
    "fields" : {"first_name" : {"type" : "string"}},
    "events" : {
        "form" : {"engagement" : true, "props" : {"name" : "string"}},
        "visit" : {"engagement" : true}
    },
    "scores" : {
        "lead" : {
            "dimensions" : {
                "all" : {
                    "rules" : [
                        {
                            "name" : "form",
                            "on" : "form",
                            "points" : 10,
                            "decay" : {"lose" : 5, "every" : "2d"}
                        },
                        {"name" : "visit", "on" : "visit", "points" : 1}
                    ]
                }
            },
            "bands" : [ {"name" : "warm", "from" : 10}, {"name" : "cold", "from" : 0} ]
        }
    },
    "machines" : {
        "stage" : {
            "initial" : "new",
            "states" : {"new" : {}, "known" : {}},
            "transitions" : [ {"from" : "new", "to" : "known", "on" : "form"} ]
        }
    },
    "consent" : {"email" : "opt_in"},
    "templates" : {
        "first" : {"channel" : "email", "subject" : "Hello {first_name|there}", "body" : "One"},
        "second" : {"channel" : "email", "subject" : "Again", "body" : "Two"},
        "bill" :
            {"channel" : "email", "class" : "transactional", "subject" : "Bill", "body" : "Pay"}
    },
    "sequences" : {
        "welcome" : {
            "trigger" : [ {"event" : "form"} ],
            "reentry" : "always",
            "topic" : "news",
            "on_failure" :
                [ {"flag" : "send_failed"}, {"notify" : {"to" : "owner", "text" : "failed"}} ],
            "steps" : [
                {"label" : "one", "send" : "first"}, {"wait" : {"day" : 1}},
                {"label" : "two", "send" : "second"},
                {"label" : "call", "task" : {"title" : "call", "to" : "owner"}}
            ]
        }
    }
});

/* ---- the inbox ---- */
static void copy_text(char *out, size_t size, const char *text) {
    strncpy(out, text == NULL ? "" : text, size - 1);
}

/* FNV-1a */
static uint64_t hash_of(const char *text) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    }
    return hash;
}

lf_status inbox_deliver(void *user, const lf_effect *effect, lf_receipt *receipt) {
    inbox *in = user;
    size_t len, name_len;
    const char *contact = lf_effect_contact(effect, &len), *kind = lf_effect_kind(effect);
    const char *name = lf_effect_get(effect, "template", &name_len);
    if (in->hook != NULL) {
        in->hook(in->ctx, effect);
    }
    if (in->n < INBOX_MOST) {
        letter *l = &in->letters[in->n++];
        *l = (letter){.content = hash_of(lf_effect_json(effect, NULL))};
        copy_text(l->key, sizeof l->key, lf_effect_key(effect));
        copy_text(l->kind, sizeof l->kind, kind);
        copy_text(l->contact, sizeof l->contact, contact);
        copy_text(l->name, sizeof l->name, name);
    }
    if (in->only != NULL && in->only[0] != '\0' && strcmp(in->only, contact) != 0) {
        return LF_OK;
    }
    if (in->refuse || (in->refuse_kind != NULL && strcmp(in->refuse_kind, kind) == 0)) {
        lf_receipt_refuse(receipt);
    }
    if (in->retry) {
        lf_receipt_retry(receipt, in->after);
    }
    in->lost += in->code != LF_OK;
    return in->code;
}

size_t inbox_count(const inbox *in, const char *kind) {
    size_t n = 0;
    for (size_t i = 0; i < in->n; i++) {
        n += kind == NULL || strcmp(in->letters[i].kind, kind) == 0;
    }
    return n;
}

size_t inbox_distinct(const inbox *in, const char *kind) {
    size_t n = 0;
    for (size_t i = 0; i < in->n; i++) {
        bool fresh = kind == NULL || strcmp(in->letters[i].kind, kind) == 0;
        for (size_t j = 0; j < i && fresh; j++) {
            fresh = strcmp(in->letters[i].key, in->letters[j].key) != 0;
        }
        n += fresh;
    }
    return n;
}

/* ---- the rig ---- */
static lf_status tell_time(void *user, int64_t *now) {
    const rig *r = user;
    *now = r->clock;
    return r->clock_status;
}

static lf_status tell_time_behind_door(void *user, int64_t *now) {
    rig *r = user;
    lf_status status;
    if (!door_enter(&r->door, DOOR_CLOCK, now, &status)) {
        status = tell_time(user, now);
    }
    return door_leave(&r->door, DOOR_CLOCK, now, status);
}

static lf_status deliver_behind_door(void *user, const lf_effect *effect, lf_receipt *receipt) {
    rig *r = user;
    lf_status status;
    if (!door_enter(&r->door, DOOR_DELIVER, receipt, &status)) {
        status = inbox_deliver(&r->inbox, effect, receipt);
    }
    return door_leave(&r->door, DOOR_DELIVER, receipt, status);
}

lf_engine *rig_engine(rig *r, const char *tenant, bool same_door) {
    lf_engine_options options;
    lf_delivery delivery;
    lf_engine *engine;
    lf_store store;
    store = r->door.under;
    if (same_door) {
        door_table(&r->door, &store);
    }
    lf_delivery_init(&delivery, sizeof delivery);
    delivery.user = same_door ? (void *)r : (void *)&r->inbox;
    delivery.deliver = same_door ? deliver_behind_door : inbox_deliver;
    lf_engine_options_init(&options, sizeof options);
    options.tenant = tenant;
    options.store = &store;
    options.delivery = &delivery;
    options.clock = same_door ? tell_time_behind_door : tell_time;
    options.clock_user = r;
    options.max_attempts = 3;
    OK(lf_engine_new(r->blueprint, &options, &engine));
    return engine;
}

void rig_open(rig *r, const char *blueprint, int how) {
    lf_store under;
    memset(r, 0, sizeof *r);
    r->blueprint = parse_blueprint(blueprint == NULL ? RIG_BLUEPRINT : blueprint, NULL);
    r->clock = T0;
    if (how & RIG_SOURCE) {
        r->source = source_open(&under, false);
    } else {
        plain_open(&r->plain, (how & RIG_LOCK) != 0);
        plain_table(&r->plain, &under);
    }
    door_open(&r->door, &under, "default");
    r->engine = rig_engine(r, NULL, true);
}

void rig_close(rig *r) {
    lf_engine_free(r->engine);
    source_close(r->source);
    plain_close(&r->plain);
    lf_blueprint_unref(r->blueprint);
}

lf_status rig_take(rig *r, const char *json, int64_t now) {
    return lf_engine_take_json(r->engine, json, strlen(json), 1, now, NULL, NULL);
}
