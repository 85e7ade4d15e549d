/* SPDX-License-Identifier: MIT */
/* Values of fields: from JSON and CEL, checked against type and format (SPEC 3), and back to CEL. */
#include "blueprint/definitions.h"
#include "time/timing.h"

static bool refuse(lf_buf *why, const char *expected) {
    lf_buf_format(why, "expected %s", expected);
    return false;
}

static bool take_string(const lf_field_def *field, lf_str value, lf_buf *text, lf_buf *why) {
    const char *expected = lf_format_miss(field->format, value);
    if (expected != NULL) {
        return refuse(why, expected);
    }
    lf_buf_str(text, field->format == LF_FMT_COUNTRY ? lf_country(value) : value);
    return true;
}

static void take_item(lf_buf *text, lf_str item) {
    lf_buf_varint(text, item.n);
    lf_buf_str(text, item);
}

static bool json_list(const lf_json *json, lf_buf *text, lf_buf *why) {
    if (json->kind != LF_JSON_ARRAY) {
        return refuse(why, "a list of strings");
    }
    for (uint32_t i = 0; i < json->n; i++) {
        if (json->u.items[i].kind != LF_JSON_STRING) {
            return refuse(why, "a list of strings");
        }
        take_item(text, json->u.items[i].text);
    }
    return true;
}

/* What is no string can be no time zone, and is kept like any other that is not to be had (SPEC 9.8). */
static bool json_string(const lf_field_def *field, const lf_json *json, lf_buf *text, lf_buf *why) {
    if (json->kind == LF_JSON_STRING) {
        return take_string(field, json->text, text, why);
    }
    if (field->format != LF_FMT_TIMEZONE) {
        return refuse(why, "a string");
    }
    lf_json_put(text, json);
    return true;
}

bool lf_field_from_json(const lf_field_def *field, const lf_json *json, lf_field_value *out,
                        lf_buf *text, lf_buf *why) {
    switch (field->type) {
    case LF_F_STRING:
        return json_string(field, json, text, why);
    case LF_F_INT:
        out->u.i = json->kind == LF_JSON_INT ? json->u.i : 0;
        return json->kind == LF_JSON_INT || refuse(why, "a whole number");
    case LF_F_DOUBLE:
        return (lf_json_as_double(json, &out->u.d) && lf_finite(out->u.d)) ||
               refuse(why, "a number");
    case LF_F_BOOL:
        out->u.i = json->boolean;
        return json->kind == LF_JSON_BOOL || refuse(why, "true or false");
    case LF_F_TIMESTAMP:
        return (json->kind == LF_JSON_STRING && lf_time_parse(json->text, &out->u.i)) ||
               refuse(why, "a time as in RFC 3339");
    default:
        return json_list(json, text, why);
    }
}

static bool value_list(const lf_value *value, lf_buf *text, lf_buf *why) {
    if (value->type != LF_T_LIST) {
        return refuse(why, "a list of strings");
    }
    for (uint32_t i = 0; i < value->u.list.n; i++) {
        if (value->u.list.items[i].type != LF_T_STRING) {
            return refuse(why, "a list of strings");
        }
        take_item(text, value->u.list.items[i].u.s);
    }
    return true;
}

static bool value_int(const lf_value *value, int64_t *out) {
    if (value->type == LF_T_UINT && value->u.u <= INT64_MAX) {
        *out = (int64_t)value->u.u;
        return true;
    }
    *out = value->type == LF_T_INT ? value->u.i : 0;
    return value->type == LF_T_INT;
}

static bool value_double(const lf_value *value, double *out) {
    int64_t whole;
    if (value->type == LF_T_DOUBLE) {
        *out = value->u.d;
        return lf_finite(*out);
    }
    bool fine = value_int(value, &whole);
    *out = (double)whole;
    return fine;
}

static bool value_time(const lf_value *value, int64_t *out) {
    if (value->type == LF_T_STRING) {
        return lf_time_parse(value->u.s, out);
    }
    return value->type == LF_T_TIMESTAMP && lf_value_as_ms(value, out) && *out >= LF_TIME_MIN &&
           *out <= LF_TIME_MAX;
}

bool lf_field_from_value(const lf_field_def *field, const lf_value *value, lf_field_value *out,
                         lf_buf *text, lf_buf *why) {
    switch (field->type) {
    case LF_F_STRING:
        return value->type == LF_T_STRING ? take_string(field, value->u.s, text, why)
                                          : refuse(why, "a string");
    case LF_F_INT:
        return value_int(value, &out->u.i) || refuse(why, "a whole number");
    case LF_F_DOUBLE:
        return value_double(value, &out->u.d) || refuse(why, "a number");
    case LF_F_BOOL:
        out->u.i = value->type == LF_T_BOOL && value->u.b;
        return value->type == LF_T_BOOL || refuse(why, "true or false");
    case LF_F_TIMESTAMP:
        return value_time(value, &out->u.i) || refuse(why, "a time");
    default:
        return value_list(value, text, why);
    }
}

static lf_status list_to_value(lf_str items, lf_arena *scratch, lf_value *out) {
    lf_reader reader = lf_read_from(items);
    uint32_t n = 0;
    while (reader.p < reader.end && !reader.failed) {
        lf_read_bytes(&reader, (size_t)lf_read_varint(&reader));
        n++;
    }
    lf_value *values = lf_arena_alloc(scratch, (n + 1u) * sizeof *values);
    if (values == NULL) {
        return LF_E_NOMEM;
    }
    reader.p = (const uint8_t *)items.p;
    for (uint32_t i = 0; i < n; i++) {
        values[i] = lf_value_str(lf_read_bytes(&reader, (size_t)lf_read_varint(&reader)));
    }
    *out = (lf_value){.type = LF_T_LIST};
    out->u.list.items = values;
    out->u.list.n = n;
    return LF_OK;
}

lf_status lf_field_to_value(const lf_contact *contact, const lf_field_def *field,
                            const lf_field_value *value, lf_arena *scratch, lf_value *out) {
    switch (field->type) {
    case LF_F_STRING:
        *out = lf_value_str(lf_person_text(contact, value->u.text));
        break;
    case LF_F_INT:
        *out = lf_value_int(value->u.i);
        break;
    case LF_F_DOUBLE:
        *out = (lf_value){.type = LF_T_DOUBLE};
        out->u.d = value->u.d;
        break;
    case LF_F_BOOL:
        *out = lf_value_bool(value->u.i != 0);
        break;
    case LF_F_TIMESTAMP:
        *out = lf_value_time(value->u.i);
        break;
    default:
        return list_to_value(lf_person_text(contact, value->u.text), scratch, out);
    }
    return LF_OK;
}
