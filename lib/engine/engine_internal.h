/* SPDX-License-Identifier: MIT */
/* Floor 7: what the files of the engine share. It has no rules of its own. */
#pragma once

#include "flow/effect.h"
#include "leadflow/engine.h"

#define LF_REDO 16u  /* times that work is done before a conflict is given up */
#define LF_BATCH 64u /* claims asked for at once */
#define LF_LONGEST_PAUSE INT64_C(86400000) /* between attempts, unless the delivery asks for more */
#define LF_LONGEST_LEASE INT64_C(315360000000) /* ten years: what it leads to is never "never" */
#define LF_MOST_ATTEMPTS 1000000u
#define LF_ID_MAX 255u

struct lf_loaded {
    lf_buf bytes;
    uint64_t revision; /* 0: there is no such contact */
    lf_status status;  /* of the last lf_loaded_set(), which the callback may not have heeded */
};

typedef struct lf_claim { /* of a contact or of an effect */
    lf_str contact, key;
    lf_effect *effect; /* NULL: it is damaged */
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

struct lf_commit {
    struct lf_engine *engine; /* columns are made from it when they are asked for */
    lf_str contact;
    lf_buf bytes;
    uint64_t revision;
    int64_t wake;
    LF_VEC(lf_effect *) effects;
    const lf_claim *settled; /* NULL: none */
    int32_t outcome;
};

/* What is to be done to a contact between load and commit. */
typedef struct lf_work {
    lf_status (*run)(struct lf_engine *engine, struct lf_work *work); /* on engine->contact */
    const lf_event *event;   /* that it takes in; NULL: doing it twice is doing it once */
    int32_t taken;           /* how the event was taken; set by run */
    bool nothing;            /* there is nothing to commit; set by run */
    bool found;              /* the contact could be loaded; what fails then is not its absence */
    bool claimed;            /* the contact is claimed: the commit ends the lease */
    const lf_claim *settled; /* the effect that the commit settles, or NULL */
    int32_t outcome;         /* of it */
    int64_t now;
    void *ctx;
} lf_work;

/*
 * A commit of which it is not known, or only the store's word, whether it was done. Where the same event
 * comes again, the work recognises itself by it, also without an id.
 */
typedef struct lf_doubt {
    bool open;
    bool unknown;       /* the store said so itself */
    uint64_t revision;  /* that the commit was based on */
    uint8_t digest[32]; /* of the bytes that it would have stored */
    uint32_t arrival;   /* the number that the event would have got */
    int32_t taken;
    int64_t at;       /* the event's own time, */
    uint32_t content; /* what it says, */
    uint16_t type;
    uint16_t id_len, contact_len;
    char id[LF_ID_MAX], contact[LF_ID_MAX]; /* its id and its contact */
} lf_doubt;

struct lf_engine {
    lf_mem mem;
    lf_blueprint *blueprint;
    lf_flow *flow;
    lf_contact *contact; /* the one at work */
    lf_event *event;     /* of lf_engine_take_json */
    lf_world world;      /* that looks at the contact for the columns */
    bool world_looks;    /* at the contact of this commit */
    lf_store store;
    lf_delivery delivery;
    lf_status (*clock)(void *user, int64_t *now);
    void *clock_user;
    int64_t lease, retry, most_attempts;
    lf_str tenant;
    char tenant_text[64];
    int busy; /* atomic: in a call, so callbacks and other threads must not call. Not a bool: on some
                 machines one byte needs libatomic */
    struct lf_loaded loaded;
    struct lf_claims claims; /* due contacts or effects */
    struct lf_claims page;   /* of lf_engine_next_contact, */
    size_t page_at;          /* which gave this one out last */
    struct lf_commit commit;
    lf_doubt doubt;
    lf_arena names; /* of the columns, as long as the engine lives */
    lf_str *columns;
    lf_buf scratch;
    lf_arena effects; /* of the commit at work */
    lf_arena values;  /* of its columns */
    uint64_t errors;
    char failed[LF_ID_MAX + 1]; /* whose failure the last call returned; "": nobody's */
};

/* ---- engine.c ---- */
lf_status lf_engine_begin(lf_engine *engine,
                          int64_t *now); /* busy from here on; resolves the clock */
lf_status lf_engine_end(lf_engine *engine, lf_status status);
/* The first failure of a batch is the one to be returned, and this contact's. */
void lf_engine_note(lf_engine *engine, lf_status *first, lf_status status, lf_str contact);

/* ---- engine_store.c: the store's callbacks, whose positive results become LF_E_STORE ---- */
/* Loads the contact at work, which is a new one if there is none: then LF_E_NOTFOUND. */
lf_status lf_engine_load(lf_engine *engine, lf_str contact);
lf_status lf_engine_claim_due(lf_engine *engine, int64_t now, size_t limit);
lf_status lf_engine_claim_effects(lf_engine *engine, int64_t now, size_t limit);
lf_status lf_engine_settle(lf_engine *engine, const lf_claim *claim, int32_t outcome,
                           int64_t not_before);
lf_status lf_engine_called(lf_status status);
void lf_claims_clear(struct lf_claims *claims);

/* ---- engine_columns.c ---- */
/* Makes the names of the summary columns, and what their values are looked at with. */
lf_status lf_engine_columns(lf_engine *engine);

/* ---- engine_commit.c ---- */
/* Commits the contact at work with the effects of the flow. */
lf_status lf_engine_commit(lf_engine *engine, lf_work *work);

/* ---- engine_doubt.c ---- */
enum lf_recognised { LF_NOT_DONE, LF_WAS_DONE, LF_CANNOT_TELL };
/* The commit of this work has failed. */
void lf_doubt_note(lf_engine *engine, const lf_work *work, lf_status status);
/* Is there a doubt about this very work? */
bool lf_doubt_is_of(const lf_doubt *doubt, const lf_work *work);
/* Looks for it in the contact that was just loaded. */
enum lf_recognised lf_doubt_look(lf_engine *engine);

/* ---- engine_work.c ---- */
/* Loads, works, commits; again while others are faster. LF_E_NOTFOUND where there is no such contact,
 * unless the work takes in an event. */
lf_status lf_engine_work(lf_engine *engine, lf_str contact, lf_work *work);

/* ---- engine_message.c ---- */
enum lf_verdict { LF_MAY_GO, LF_MUST_WAIT, LF_MUST_SKIP, LF_MUST_BURY, LF_MUST_HOLD };
typedef struct lf_message { /* what an effect sends, in terms of the present blueprint */
    lf_mail mail;
    bool is_send;
    uint16_t failure; /* the sequence whose on_failure runs if the effect dies; LF_NO_INDEX: none */
    const char *reason; /* of LF_MUST_SKIP */
    int64_t opens;      /* of LF_MUST_WAIT: when its window does */
} lf_message;
void lf_message_read(const lf_effect *effect, const lf_blueprint *bp, lf_message *out);
/* Looks at the hard constraints but caps once more, on the contact as it is stored now. Whatever is no message
 * may go. */
lf_status lf_message_look(lf_engine *engine, const lf_claim *claim, int64_t now,
                          lf_message *message, enum lf_verdict *verdict);
