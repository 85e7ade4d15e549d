/* SPDX-License-Identifier: MIT */
/* Growing bytes, and reading back what was written. */
#include "base/base.h"

void lf_buf_init(lf_buf *buf, const lf_mem *mem) {
    *buf = (lf_buf){.mem = *mem};
}

void lf_buf_free(lf_buf *buf) {
    lf_mem_free(&buf->mem, buf->p, buf->cap);
    buf->p = NULL;
    buf->n = buf->cap = 0;
}

void lf_buf_clear(lf_buf *buf) {
    if (LF_AHEAD(1) == 0) {
        lf_buf_free(buf);
    }
    buf->n = 0;
    buf->failed = false;
}

lf_status lf_buf_end(lf_buf *buf, size_t n, lf_status status) {
    status = status == LF_OK && buf->failed ? LF_E_NOMEM : status;
    if (status != LF_OK) {
        buf->failed = false;
        buf->n = n;
        if (buf->p != NULL) {
            buf->p[n] = '\0';
        }
    }
    return status;
}

static bool grow(lf_buf *buf, size_t n) {
    if (n > SIZE_MAX / 4 || buf->n > SIZE_MAX / 4) {
        buf->failed = true;
        return false;
    }
    size_t need = buf->n + n + 1, ahead = LF_AHEAD(buf->cap < 32 ? 64 : buf->cap * 2);
    size_t cap = ahead > need ? ahead : need;
    char *p = lf_mem_resize(&buf->mem, buf->p, buf->cap, cap);
    if (p == NULL) {
        buf->failed = true;
        return false;
    }
    buf->p = p;
    buf->cap = cap;
    return true;
}

static inline bool reserve(lf_buf *buf, size_t n) {
    return !buf->failed && (buf->cap - buf->n > n || grow(buf, n));
}

bool lf_buf_room(lf_buf *buf, size_t n) {
    return reserve(buf, n);
}

void lf_buf_add(lf_buf *buf, const void *p, size_t n) {
    if (reserve(buf, n)) {
        if (n > 0) {
            memcpy(buf->p + buf->n, p, n);
        }
        buf->n += n;
        buf->p[buf->n] = '\0';
    }
}

void lf_buf_str(lf_buf *buf, lf_str s) {
    lf_buf_add(buf, s.p, s.n);
}

void lf_buf_text(lf_buf *buf, const char *nul_terminated) {
    lf_buf_add(buf, nul_terminated, strlen(nul_terminated));
}

void lf_buf_byte(lf_buf *buf, uint8_t byte) {
    if (reserve(buf, 1)) {
        buf->p[buf->n++] = (char)byte;
        buf->p[buf->n] = '\0';
    }
}

void lf_buf_u64(lf_buf *buf, uint64_t value) {
    char digits[20];
    size_t n = sizeof digits;
    do {
        digits[--n] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    lf_buf_add(buf, digits + n, sizeof digits - n);
}

void lf_buf_i64(lf_buf *buf, int64_t value) {
    if (value < 0) {
        lf_buf_byte(buf, '-');
        lf_buf_u64(buf, 0 - (uint64_t)value);
    } else {
        lf_buf_u64(buf, (uint64_t)value);
    }
}

void lf_buf_double(lf_buf *buf, double value) {
    char text[32];
    lf_buf_add(buf, text, lf_format_double(text, value));
}

void lf_buf_varint(lf_buf *buf, uint64_t value) {
    char bytes[10];
    size_t n = 0;
    for (; value >= 0x80; value >>= 7) {
        bytes[n++] = (char)(value | 0x80);
    }
    bytes[n++] = (char)value;
    lf_buf_add(buf, bytes, n);
}

void lf_buf_svarint(lf_buf *buf, int64_t value) {
    uint64_t bits = (uint64_t)value;
    lf_buf_varint(buf, value < 0 ? ~(bits << 1) : bits << 1);
}

static void put_argument(lf_buf *buf, char kind, va_list *args) {
    switch (kind) {
    case 's':
        lf_buf_text(buf, va_arg(*args, const char *));
        break;
    case 'S':
        lf_buf_str(buf, va_arg(*args, lf_str));
        break;
    case 'q':
        lf_buf_byte(buf, '\'');
        lf_buf_str(buf, va_arg(*args, lf_str));
        lf_buf_byte(buf, '\'');
        break;
    case 'd':
        lf_buf_i64(buf, va_arg(*args, int64_t));
        break;
    case 'u':
        lf_buf_u64(buf, va_arg(*args, uint64_t));
        break;
    default:
        lf_buf_byte(buf, (uint8_t)kind);
        break;
    }
}

void lf_buf_vformat(lf_buf *buf, const char *format, va_list args) {
    va_list
        copy; /* an array type on some machines: it can only be handed on as a local's address */
    va_copy(copy, args);
    for (; *format != '\0'; format++) {
        if (*format == '%' && format[1] != '\0') {
            put_argument(buf, *++format, &copy);
        } else {
            lf_buf_byte(buf, (uint8_t)*format);
        }
    }
    va_end(copy);
}

void lf_buf_format(lf_buf *buf, const char *format, ...) {
    va_list args;
    va_start(args, format);
    lf_buf_vformat(buf, format, args);
    va_end(args);
}

const char *lf_buf_cstr(lf_buf *buf) {
    return buf->n == 0 || buf->failed ? "" : buf->p;
}

lf_reader lf_read_from(lf_str bytes) {
    const uint8_t *p = (const uint8_t *)bytes.p;
    return (lf_reader){p, bytes.n == 0 ? p : p + bytes.n, false}; /* nothing added to NULL */
}

uint8_t lf_read_byte(lf_reader *r) {
    if (r->failed || r->p == r->end) {
        r->failed = true;
        return 0;
    }
    return *r->p++;
}

uint64_t lf_read_varint(lf_reader *r) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = lf_read_byte(r);
        if (shift == 63 && byte > 1) {
            break;
        }
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            r->failed = r->failed || (byte == 0 && shift > 0); /* one form for each value */
            return r->failed ? 0 : value;
        }
    }
    r->failed = true;
    return 0;
}

int64_t lf_read_svarint(lf_reader *r) {
    uint64_t bits = lf_read_varint(r);
    return (int64_t)(bits >> 1 ^ (0 - (bits & 1)));
}

lf_str lf_read_bytes(lf_reader *r, size_t n) {
    if (r->failed || (size_t)(r->end - r->p) < n) {
        r->failed = true;
        return (lf_str){NULL, 0};
    }
    lf_str bytes = {(const char *)r->p, n};
    r->p += n;
    return bytes;
}
