/* SPDX-License-Identifier: MIT */
/* Floor 7: what the files of the engine share. It has no rules of its own. */
#pragma once

#include "flow/effect.h"
#include "leadflow/engine.h"

#define LF_REDO 16u     /* times that work is redone after a conflict */
#define LF_BATCH 64u    /* claims asked for at once */
#define LF_LONGEST_PAUSE INT64_C(86400000) /* between attempts */

struct lf_loaded {
    lf_buf bytes;
    uint64_t revision; /* 0: there is no such contact */
};

typedef struct lf_claim {
    lf_str contact;
    lf_effect *effect; /* of an effect */
    uint64_t fence;
    int64_t attempts;
} lf_claim;

struct lf_claims {
    lf_arena arena;
    LF_VEC(lf_claim) items;
};

struct lf_receipt {
    bool retry, refused;
    int64_t after;
};

typedef struct lf_settled {
    const lf_claim *claim; /* NULL: none */
    int32_t outcome;
} lf_settled;

struct lf_commit {
    struct lf_engine *engine; /* columns are made from it when they are asked for */
    lf_str contact;
    lf_buf bytes;
    uint64_t revision;
    int64_t wake;
    LF_VEC(lf_effect *) effects;
    lf_settled settled;
};

struct lf_engine {
    lf_mem mem;
    lf_blueprint *blueprint;
    lf_flow *flow;
    lf_contact *contact; /* the one at work */
    lf_store store;
    lf_delivery delivery;
    int64_t (*clock)(void *user);
    void *clock_user;
    int64_t lease, retry, most_attempts;
    lf_str tenant;
    char tenant_text[64];
    bool busy; /* in a call: callbacks must not call again */
    struct lf_loaded loaded;
    struct lf_claims claims; /* due contacts or effects */
    struct lf_claims page;   /* of lf_engine_next_contact */
    struct lf_commit commit;
    lf_arena effects;        /* of the commit at work */
    lf_arena columns;
    uint64_t errors;
};

/* engine_store.c */
lf_status lf_engine_begin(lf_engine *engine, int64_t *now); /* busy from here on; resolves the clock */
lf_status lf_engine_end(lf_engine *engine, lf_status status);
void lf_claims_clear(struct lf_claims *claims);
/* Loads the contact at work. LF_E_NOTFOUND: it is a new one then. */
lf_status lf_engine_load(lf_engine *engine, lf_str contact);
/* Commits the contact at work with the effects of the flow. */
lf_status lf_engine_commit(lf_engine *engine, lf_settled settled);
/* After LF_E_UNKNOWN: was it done? LF_OK: yes. LF_E_CONFLICT: no, redo it. LF_E_UNKNOWN: cannot be told. */
lf_status lf_engine_was_done(lf_engine *engine);

/* engine_wake.c */
/* Does `work` on the contact and commits, again and again while others are faster. */
typedef struct lf_work {
    lf_status (*run)(lf_engine *engine, struct lf_work *work); /* on engine->contact; may set `nothing` */
    bool may_be_new;  /* a contact that is not there is made */
    bool nothing;     /* there is nothing to commit */
    lf_settled settled;
    int64_t now;
    void *ctx;
} lf_work;
lf_status lf_engine_work(lf_engine *engine, lf_str contact, lf_work *work);
