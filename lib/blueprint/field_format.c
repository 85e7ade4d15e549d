/* SPDX-License-Identifier: MIT */
/* The formats of fields (SPEC 3). They say yes or no and change nothing. */
#include "blueprint/definitions.h"

static bool is_host_label(lf_str label) {
    for (size_t i = 0; i < label.n; i++) {
        char c = label.p[i];
        bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '-' || (unsigned char)c >= 0x80;
        if (!fine || (c == '-' && (i == 0 || i + 1 == label.n))) {
            return false;
        }
    }
    return label.n > 0 && label.n <= 63;
}

bool lf_same_word(lf_str a, lf_str b) {
    for (size_t i = 0; a.n == b.n && i < a.n; i++) {
        unsigned char x = (unsigned char)a.p[i], y = (unsigned char)b.p[i];
        x = x >= 'A' && x <= 'Z' ? (unsigned char)(x + 32) : x;
        y = y >= 'A' && y <= 'Z' ? (unsigned char)(y + 32) : y;
        if (x != y) {
            return false;
        }
    }
    return a.n == b.n;
}

static bool is_punycode(lf_str label) {
    return label.n > 4 && lf_same_word((lf_str){label.p, 4}, LF_STR("xn--"));
}

/* The last label: letters, none of the domains that exist for other things than mail (RFC 6761). */
static bool is_top_label(lf_str label) {
    static const char *const special[] = {"arpa", "invalid", "local", "localhost", "onion", "test"};
    for (size_t i = 0; i < LF_COUNT(special); i++) {
        if (lf_same_word(label, lf_str_of(special[i]))) {
            return false;
        }
    }
    for (size_t i = 0; i < label.n; i++) {
        char c = label.p[i];
        if (((c >= '0' && c <= '9') || c == '-') && !is_punycode(label)) {
            return false;
        }
    }
    return label.n >= 2;
}

/* At least two labels with dots between them. */
static bool is_host(lf_str host) {
    size_t from = 0, labels = 0;
    lf_str label = {NULL, 0};
    for (size_t i = 0; i <= host.n; i++) {
        if (i == host.n || host.p[i] == '.') {
            label = (lf_str){host.p + from, i - from};
            bool reserved = label.n > 3 && label.p[2] == '-' && label.p[3] == '-'; /* RFC 5891 */
            if (!is_host_label(label) || (reserved && !is_punycode(label))) {
                return false;
            }
            labels++;
            from = i + 1;
        }
    }
    return labels >= 2 && host.n <= 253 && is_top_label(label);
}

/* local@domain with an unquoted local part (RFC 5322 atext and dots, RFC 6531 beyond ASCII). */
static bool is_email(lf_str text) {
    const char *sign = text.n == 0 ? NULL : memchr(text.p, '@', text.n);
    size_t n = sign == NULL ? 0 : (size_t)(sign - text.p);
    if (n == 0 || n > 64 || text.n > 254) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        bool dot = c == '.' && i > 0 && i + 1 < n && text.p[i - 1] != '.';
        bool letter =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c >= 0x80;
        if (!dot && !letter &&
            (c <= ' ' || c == 0x7f || strchr("!#$%&'*+-/=?^_`{|}~", c) == NULL)) {
            return false;
        }
    }
    return is_host((lf_str){sign + 1, text.n - n - 1});
}

/* http or https, a host, no spaces or controls. */
static bool is_url(lf_str text) {
    size_t at = lf_str_starts(text, LF_STR("https://"))  ? 8
                : lf_str_starts(text, LF_STR("http://")) ? 7
                                                         : 0;
    for (size_t i = 0; i < text.n; i++) {
        if ((unsigned char)text.p[i] <= ' ' || text.p[i] == 0x7f) {
            return false;
        }
    }
    return at > 0 && text.n > at && strchr("/?#:@", text.p[at]) == NULL;
}

/* E.164: a plus, then 7 to 15 digits of which the first is not 0. */
static bool is_phone(lf_str text) {
    for (size_t i = 1; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') {
            return false;
        }
    }
    return text.n >= 8 && text.n <= 16 && text.p[0] == '+' && text.p[1] != '0';
}

const char *lf_format_miss(uint8_t format, lf_str text) {
    switch (format) {
    case LF_FMT_EMAIL:
        return is_email(text) ? NULL : "an email address";
    case LF_FMT_PHONE:
        return is_phone(text) ? NULL : "a phone number as in E.164, such as +14155552671";
    case LF_FMT_URL:
        return is_url(text) ? NULL : "a URL that begins with http:// or https://";
    case LF_FMT_COUNTRY:
        return lf_country(text).n > 0 ? NULL
                                      : "a country of ISO 3166-1: a code or its English name";
    case LF_FMT_LANGUAGE:
        return lf_is_language(text) ? NULL : "a language tag as in BCP 47, such as pt-BR";
    default:
        return NULL;
    }
}
