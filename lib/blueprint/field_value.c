/* SPDX-License-Identifier: MIT */
/* Values of fields: from JSON and CEL, checked against type and format (SPEC 3), and back to CEL. */
#include "blueprint/definitions.h"
#include "time/timing.h"

static bool refuse(lf_buf *why, const char *expected) {
    lf_buf_format(why, "expected %s", expected);
    return false;
}

static bool is_host_label(lf_str label) {
    for (size_t i = 0; i < label.n; i++) {
        char c = label.p[i];
        bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                    (unsigned char)c >= 0x80;
        if (!fine || (c == '-' && (i == 0 || i + 1 == label.n))) {
            return false;
        }
    }
    return label.n > 0 && label.n <= 63;
}

/* At least two labels with dots between them. */
static bool is_host(lf_str host) {
    size_t from = 0, labels = 0;
    for (size_t i = 0; i <= host.n; i++) {
        if (i == host.n || host.p[i] == '.') {
            if (!is_host_label((lf_str){host.p + from, i - from})) {
                return false;
            }
            labels++;
            from = i + 1;
        }
    }
    return labels >= 2 && host.n <= 253;
}

/* local@domain with an unquoted local part (RFC 5322 atext and dots, RFC 6531 beyond ASCII). */
static bool is_email(lf_str text) {
    const char *sign = memchr(text.p, '@', text.n);
    size_t n = sign == NULL ? 0 : (size_t)(sign - text.p);
    if (n == 0 || n > 64 || text.n > 254) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        bool dot = c == '.' && i > 0 && i + 1 < n && text.p[i - 1] != '.';
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c >= 0x80;
        if (!dot && !letter && (c <= ' ' || c == 0x7f || strchr("!#$%&'*+-/=?^_`{|}~", c) == NULL)) {
            return false;
        }
    }
    return is_host((lf_str){sign + 1, text.n - n - 1});
}

/* http or https, a host, no spaces or controls. */
static bool is_url(lf_str text) {
    size_t at = lf_str_starts(text, LF_STR("https://")) ? 8 : lf_str_starts(text, LF_STR("http://")) ? 7 : 0;
    for (size_t i = 0; i < text.n; i++) {
        if ((unsigned char)text.p[i] <= ' ' || text.p[i] == 0x7f) {
            return false;
        }
    }
    return at > 0 && text.n > at && strchr("/?#:@", text.p[at]) == NULL;
}

static bool take_string(const lf_field_def *field, lf_str value, lf_buf *text, lf_buf *why) {
    if (field->format == LF_FMT_EMAIL && !is_email(value)) {
        return refuse(why, "an email address");
    }
    if (field->format == LF_FMT_URL && !is_url(value)) {
        return refuse(why, "a URL that begins with http:// or https://");
    }
    lf_buf_str(text, value);
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

bool lf_field_from_json(const lf_field_def *field, const lf_json *json, lf_field_value *out, lf_buf *text,
                        lf_buf *why) {
    switch (field->type) {
    case LF_F_STRING:
        return json->kind == LF_JSON_STRING ? take_string(field, json->text, text, why)
                                            : refuse(why, "a string");
    case LF_F_INT:
        out->u.i = json->kind == LF_JSON_INT ? json->u.i : 0;
        return json->kind == LF_JSON_INT || refuse(why, "a whole number");
    case LF_F_DOUBLE:
        return lf_json_as_double(json, &out->u.d) || refuse(why, "a number");
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
        return *out - *out == 0; /* neither infinite nor not a number */
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
        return value->type == LF_T_STRING ? take_string(field, value->u.s, text, why) : refuse(why, "a string");
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
    lf_reader reader = {(const uint8_t *)items.p, (const uint8_t *)items.p + items.n, false};
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
