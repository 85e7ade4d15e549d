/* SPDX-License-Identifier: MIT */
/* The public handle of a contact: a person's state that holds a reference to its blueprint. */
#include "flow/flow.h"

static void own(lf_contact *contact, lf_blueprint *blueprint) {
    contact->owner = lf_definitions_ref(blueprint);
}

lf_status lf_contact_new(lf_blueprint *blueprint, const char *id, size_t id_len, lf_contact **out) {
    if (out == NULL) {
        return LF_E_ARG;
    }
    *out = NULL;
    if (blueprint == NULL || id == NULL) {
        return LF_E_ARG;
    }
    lf_status status =
        lf_person_new(&blueprint->mem, &blueprint->schema, (lf_str){id, id_len}, out);
    if (status == LF_OK) {
        own(*out, blueprint);
    }
    return status;
}

void lf_contact_free(lf_contact *contact) {
    if (contact != NULL) {
        lf_blueprint *blueprint = contact->owner;
        lf_person_free(contact);
        lf_definitions_unref(blueprint);
    }
}

lf_status lf_contact_copy(const lf_contact *contact, lf_contact **out) {
    if (out == NULL) {
        return LF_E_ARG;
    }
    *out = NULL;
    if (contact == NULL) {
        return LF_E_ARG;
    }
    lf_blueprint *blueprint = contact->owner;
    lf_status status = lf_person_new(&blueprint->mem, &blueprint->schema, LF_STR("-"), out);
    if (status == LF_OK) {
        own(*out, blueprint);
        status = lf_person_assign(*out, contact);
    }
    if (status != LF_OK) {
        lf_contact_free(*out);
        *out = NULL;
    }
    return status;
}

lf_status lf_contact_encode(const lf_contact *contact, lf_buffer *out) {
    if (contact == NULL || out == NULL) {
        return LF_E_ARG;
    }
    size_t before = out->buf.n;
    return lf_buf_end(&out->buf, before, lf_person_encode(contact, &out->buf));
}

lf_status lf_contact_decode(lf_blueprint *blueprint, const void *bytes, size_t size,
                            lf_contact **out) {
    if (out == NULL) {
        return LF_E_ARG;
    }
    *out = NULL;
    if (blueprint == NULL || bytes == NULL) {
        return LF_E_ARG;
    }
    lf_status status =
        lf_person_decode(&blueprint->mem, &blueprint->schema, (lf_str){bytes, size}, out);
    if (status == LF_OK) {
        own(*out, blueprint);
    }
    return status;
}

const char *lf_contact_id(const lf_contact *contact, size_t *len) {
    return lf_str_out(contact == NULL ? (lf_str){NULL, 0} : lf_person_text(contact, contact->id),
                      len);
}

int64_t lf_contact_created(const lf_contact *contact) {
    return contact == NULL ? LF_TIME_NONE : contact->created;
}

int64_t lf_contact_clock(const lf_contact *contact) {
    return contact == NULL ? LF_TIME_MIN : contact->clock;
}

int64_t lf_contact_wake_time(const lf_contact *contact) {
    return contact == NULL ? LF_TIME_NONE : contact->wake;
}

size_t lf_contact_memory(const lf_contact *contact) {
    return contact == NULL ? 0 : lf_person_memory(contact);
}

lf_status lf_contact_json(const lf_contact *contact, lf_buffer *out) {
    if (contact == NULL || out == NULL || contact->created == INT64_MAX) {
        return LF_E_ARG;
    }
    lf_world world;
    size_t before = out->buf.n;
    lf_status status = lf_world_init(&world, &contact->mem, contact->owner);
    if (status == LF_OK) {
        lf_world_look(&world, contact, contact->clock);
        status = lf_contact_line(&world, &out->buf);
    }
    lf_world_free(&world);
    return lf_buf_end(&out->buf, before, status);
}
