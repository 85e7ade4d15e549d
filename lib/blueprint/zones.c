/* SPDX-License-Identifier: MIT */
/*
 * The time zones of a blueprint: asked for by name when somebody needs one, then kept for its life. They are shared
 * by all threads, so lists only grow, at their heads, and what is in them does not change. What the source does not
 * know is not kept: names come with contacts, and nobody shall fill the memory with them.
 */
#include "blueprint/definitions.h"

#define BUCKETS 64u
#define MOST_ZONES 1024u
#define MOST_NAME 255u

typedef struct kept {
    const struct kept *next;
    lf_zone *zone;
    size_t n;
    char name[MOST_NAME + 1];
} kept;

struct lf_zones {
    lf_mem mem;
    lf_zone_source source;
    bool owned;                 /* the source is given back with the blueprint */
    uint32_t n;                 /* atomic */
    const kept *heads[BUCKETS]; /* atomic, the newest */
};

struct lf_zone_data { /* of one call of the source */
    const lf_mem *mem;
    lf_zone *zone;
    lf_status status;
};

void lf_zone_source_init(lf_zone_source *source, size_t struct_size) {
    lf_struct_init(source, struct_size);
}

lf_status lf_zone_data_set(lf_zone_data *data, const void *bytes, size_t size) {
    if (data == NULL) {
        return LF_E_ARG;
    }
    if (bytes == NULL) {
        return data->status = LF_E_ARG;
    }
    lf_zone_free(data->mem, data->zone);
    data->status = lf_zone_read(data->mem, (lf_str){bytes, size}, &data->zone);
    if (data->status == LF_E_CORRUPT) { /* as if it were not there */
        data->status = LF_OK;
    }
    return data->status;
}

/* Letters, digits, "_+-", and "/" between them: never a way out of a folder. */
bool lf_zone_name_valid(lf_str name) {
    bool inside = false;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '+' || c == '-';
        if (!letter && !(c == '/' && inside)) {
            return false;
        }
        inside = letter;
    }
    return inside && name.n <= MOST_NAME;
}

lf_status lf_zones_new(const lf_mem *mem, const lf_zone_source *source, lf_zones **out) {
    *out = lf_mem_alloc(mem, sizeof **out);
    if (*out == NULL) {
        return LF_E_NOMEM;
    }
    (*out)->mem = *mem;
    (*out)->source = *source;
    return LF_OK;
}

void lf_zones_own(lf_zones *zones) {
    if (zones != NULL) {
        zones->owned = true;
    }
}

static void forget(const lf_mem *mem, const kept *one) {
    lf_zone_free(mem, one->zone);
    lf_mem_free(mem, (void *)(uintptr_t)one, sizeof *one);
}

void lf_zones_free(lf_zones *zones) {
    if (zones == NULL) {
        return;
    }
    lf_mem mem = zones->mem;
    for (size_t i = 0; i < BUCKETS; i++) {
        for (const kept *one = zones->heads[i], *next; one != NULL; one = next) {
            next = one->next;
            forget(&mem, one);
        }
    }
    if (zones->owned && zones->source.user_free != NULL) {
        zones->source.user_free(zones->source.user);
    }
    lf_mem_free(&mem, zones, sizeof *zones);
}

static const kept *find(const kept *from, const kept *until, lf_str name) {
    while (from != until && !lf_str_eq((lf_str){from->name, from->n}, name)) {
        from = from->next;
    }
    return from == until ? NULL : from;
}

/* Asks the source. The zone is NULL if it has none of this name, or none that is sound. */
static lf_status load(const lf_zones *zones, const kept *one, lf_zone **out) {
    lf_zone_data data = {.mem = &zones->mem};
    lf_status status = zones->source.load(zones->source.user, one->name, one->n, &data);
    if (status == LF_OK) {
        status = data.status;
    }
    if (status != LF_OK) {
        lf_zone_free(&zones->mem, data.zone);
        data.zone = NULL;
    }
    *out = data.zone;
    return status == LF_E_NOTFOUND ? LF_OK : status > 0 ? LF_E_STORE : status;
}

/* Puts it in front of the list that was seen, unless somebody else did so meanwhile with the same name. */
static const kept *add(lf_zones *zones, const kept **head, const kept *seen, kept *one) {
    const kept *now = seen, *other = NULL;
    if (__atomic_add_fetch(&zones->n, 1, __ATOMIC_RELAXED) > MOST_ZONES) {
        __atomic_sub_fetch(&zones->n, 1, __ATOMIC_RELAXED);
        return NULL;
    }
    do {
        other = find(now, seen, (lf_str){one->name, one->n});
        seen = now;
        one->next = now;
    } while (other == NULL && !__atomic_compare_exchange_n(head, &now, one, false, __ATOMIC_RELEASE,
                                                           __ATOMIC_ACQUIRE));
    if (other != NULL) {
        __atomic_sub_fetch(&zones->n, 1, __ATOMIC_RELAXED);
    }
    return other == NULL ? one : other;
}

static lf_status fetch(lf_zones *zones, const kept **head, const kept *seen, lf_str name,
                       const lf_zone **out) {
    kept *one = lf_mem_alloc(&zones->mem, sizeof *one);
    if (one == NULL) {
        return LF_E_NOMEM;
    }
    memcpy(one->name, name.p, name.n);
    one->n = name.n;
    lf_status status = load(zones, one, &one->zone);
    const kept *found = one->zone == NULL ? NULL : add(zones, head, seen, one);
    *out = found == NULL ? NULL : found->zone;
    if (found != one) {
        forget(&zones->mem, one);
    }
    return status == LF_OK && found == NULL ? LF_E_NOTFOUND : status;
}

lf_status lf_zones_find(lf_zones *zones, lf_str name, const lf_zone **out) {
    *out = NULL;
    if (lf_str_eq(name, LF_STR("UTC"))) {
        *out = &lf_zone_utc;
        return LF_OK;
    }
    if (zones == NULL || !lf_zone_name_valid(name)) {
        return LF_E_NOTFOUND;
    }
    const kept **head = &zones->heads[lf_hash(name.p, name.n, 0) % BUCKETS];
    const kept *seen = __atomic_load_n(head, __ATOMIC_ACQUIRE), *one = find(seen, NULL, name);
    if (one == NULL) {
        return fetch(zones, head, seen, name, out);
    }
    *out = one->zone;
    return LF_OK;
}
