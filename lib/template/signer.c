/* SPDX-License-Identifier: MIT */
/* Tokens: made, signed, and read back. */
#include "template/signer.h"

#include "template/message.h"

#define VERSION 1u

/* ---- the ring ---- */
static int digit_of(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    char letter = (char)(c | 0x20);
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

static bool is_name_byte(char c) {
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-' ||
           c == '_';
}

/* "id:hex" */
static bool read_key(lf_str text, lf_ring_key *out) {
    const char *colon = memchr(text.p, ':', text.n);
    size_t n = colon == NULL ? 0 : (size_t)(colon - text.p), digits = text.n - n - 1;
    if (n == 0 || n > LF_KEY_ID_MOST || digits % 2 != 0 || digits < 2 * LF_SECRET_LEAST ||
        digits > 2 * LF_SECRET_MOST) {
        return false;
    }
    *out = (lf_ring_key){.id_len = (uint8_t)n, .secret_len = (uint8_t)(digits / 2)};
    bool fine = true;
    for (size_t i = 0; i < n; i++) {
        out->id[i] = text.p[i];
        fine = fine && is_name_byte(text.p[i]);
    }
    for (size_t i = 0; i < digits / 2; i++) {
        int high = digit_of(colon[1 + 2 * i]), low = digit_of(colon[2 + 2 * i]);
        fine = fine && high >= 0 && low >= 0;
        out->secret[i] = (uint8_t)(high * 16 + low);
    }
    return fine;
}

static lf_str id_of(const lf_ring_key *key) {
    return (lf_str){key->id, key->id_len};
}

static uint32_t find_key(const lf_signer *signer, lf_str id) {
    uint32_t i = 0;
    while (i < signer->n && !lf_str_eq(id_of(&signer->keys[i]), id)) {
        i++;
    }
    return i;
}

static bool read_keys(lf_str text, lf_signer *out) {
    while (text.n > 0) {
        const char *blank = memchr(text.p, ' ', text.n);
        size_t n = blank == NULL ? text.n : (size_t)(blank - text.p);
        lf_ring_key key;
        if (out->n == LF_KEYS_MOST || !read_key((lf_str){text.p, n}, &key) ||
            find_key(out, id_of(&key)) < out->n) {
            return false;
        }
        out->keys[out->n++] = key;
        n += blank != NULL;
        text = (lf_str){text.p + n, text.n - n};
    }
    return out->n > 0;
}

/* RFC 8058: https, and nothing that would not stand in a header. The token must come to the server, so it is not
 * behind '#', nor a part of the host. */
static bool is_base(lf_str link) {
    size_t host = 8, end = host;
    if (link.n > LF_LINK_MOST || lf_link_scheme(link) != host) {
        return false;
    }
    for (size_t i = 0; i < link.n; i++) {
        if (link.p[i] <= ' ' || link.p[i] > '~' || memchr("\"#<>\\^`{|}", link.p[i], 10) != NULL) {
            return false;
        }
    }
    while (end < link.n && memchr("/?", link.p[end], 2) == NULL) {
        end++;
    }
    return end > host && end < link.n && memchr(link.p + host, '@', end - host) == NULL &&
           link.p[host] != ':';
}

lf_status lf_signer_read(lf_signer *out, const lf_unsubscribe_options *options) {
    lf_unsubscribe_options own;
    lf_status status =
        lf_struct_read(&own, sizeof own, LF_SIZE_1_0(lf_unsubscribe_options, keys), options);
    if (status != LF_OK) {
        return status;
    }
    lf_signer signer = {0};
    lf_str link = lf_str_of(own.link);
    if (!is_base(link) || !read_keys(lf_str_of(own.keys), &signer)) {
        return LF_E_ARG;
    }
    memcpy(signer.link, link.p, link.n);
    signer.link_len = (uint32_t)link.n;
    *out = signer;
    return LF_OK;
}

/* ---- base64url without padding (RFC 4648, 5) ---- */
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void put_base64(lf_buf *out, const uint8_t *p, size_t n) {
    for (size_t i = 0; i < n; i += 3) {
        uint32_t bits = (uint32_t)p[i] << 16;
        bits |= i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0;
        bits |= i + 2 < n ? (uint32_t)p[i + 2] : 0;
        size_t characters = n - i >= 3 ? 4 : n - i + 1;
        for (unsigned k = 0; k < characters; k++) {
            lf_buf_byte(out, (uint8_t)alphabet[bits >> (18 - 6 * k) & 63]);
        }
    }
}

/* How many bytes; 0: it is none, or not the one form that there is of these bytes. */
static size_t read_base64(lf_str text, uint8_t *out, size_t room) {
    uint32_t bits = 0;
    unsigned held = 0;
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        const char *found = memchr(alphabet, text.p[i], sizeof alphabet - 1);
        if (found == NULL) {
            return 0;
        }
        bits = bits << 6 | (uint32_t)(found - alphabet);
        held += 6;
        if (held >= 8) {
            if (n == room) {
                return 0;
            }
            held -= 8;
            out[n++] = (uint8_t)(bits >> held);
            bits &= (1u << held) - 1;
        }
    }
    return held < 6 && bits == 0 ? n : 0;
}

/* ---- tokens: version, channel, key id, contact, topic, message; and the MAC of that, what it is for, and the tenant ---- */
static void sign(const lf_ring_key *key, lf_str tenant, lf_str payload, uint8_t mac[LF_MAC_SIZE]) {
    static const char purpose[] = "leadflow unsubscribe"; /* with its NUL, which ends it */
    const lf_str parts[] = {{purpose, sizeof purpose}, payload, tenant};
    lf_hmac_sha256((lf_str){(const char *)key->secret, key->secret_len}, parts, LF_COUNT(parts),
                   mac);
}

static size_t put_text(uint8_t *bytes, size_t at, lf_str text) {
    bytes[at++] = (uint8_t)text.n;
    if (text.n > 0) {
        memcpy(bytes + at, text.p, text.n);
    }
    return at + text.n;
}

void lf_signer_link(const lf_signer *signer, lf_str tenant, const lf_token *token, lf_buf *out) {
    uint8_t bytes[LF_TOKEN_MOST];
    bytes[0] = VERSION;
    bytes[1] = token->channel;
    size_t n = put_text(bytes, 2, id_of(&signer->keys[0]));
    n = put_text(bytes, n, token->contact);
    n = put_text(bytes, n, token->topic);
    memcpy(bytes + n, token->message, LF_MESSAGE_SIZE);
    n += LF_MESSAGE_SIZE;
    sign(&signer->keys[0], tenant, (lf_str){(const char *)bytes, n}, bytes + n);
    lf_buf_add(out, signer->link, signer->link_len);
    put_base64(out, bytes, n + LF_MAC_SIZE);
}

static lf_str read_text(lf_reader *reader) {
    uint8_t n = lf_read_byte(reader);
    return lf_read_bytes(reader, n);
}

/* Every key is tried, whatever the token says, so that the time tells nothing. */
bool lf_signer_verify(const lf_signer *signer, lf_str tenant, lf_str text,
                      uint8_t room[LF_TOKEN_MOST], lf_token *out) {
    size_t n = read_base64(text, room, LF_TOKEN_MOST);
    if (n < LF_MAC_SIZE) {
        return false;
    }
    lf_str payload = {(const char *)room, n - LF_MAC_SIZE};
    uint32_t fits = signer->n; /* the key that it does */
    for (uint32_t i = 0; i < signer->n; i++) {
        uint8_t mac[LF_MAC_SIZE];
        sign(&signer->keys[i], tenant, payload, mac);
        fits = lf_same_secret(mac, room + payload.n, LF_MAC_SIZE) ? i : fits;
    }
    lf_reader reader = lf_read_from(payload);
    uint8_t version = lf_read_byte(&reader);
    *out = (lf_token){.channel = lf_read_byte(&reader)};
    lf_str id = read_text(&reader);
    out->contact = read_text(&reader);
    out->topic = read_text(&reader);
    lf_str message = lf_read_bytes(&reader, LF_MESSAGE_SIZE);
    if (reader.failed || reader.p != reader.end || fits == signer->n || version != VERSION ||
        find_key(signer, id) != fits) {
        return false;
    }
    memcpy(out->message, message.p, LF_MESSAGE_SIZE);
    return true;
}
