/* SPDX-License-Identifier: MIT */
/*
 * No contact is ever refused because of a change (SPEC 9.7). Each golden contact is read under blueprints that were made of
 * its own by chance (members and items taken out, exchanged, renamed with and without `renamed`, other numbers), and lives on.
 *
 *     test_changed [TRIES]     changed documents per file (default 40); most of them are no blueprint
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "contact/contact_internal.h"
#include "golden.h"
#include "hostile.h"

static unsigned long tries = 40;

/* ---- a document as text ---- */
/* Behind the string, object, array or word that begins there. */
static const char *behind(const char *p) {
    int depth = 0;
    do {
        if (*p == '"') {
            for (p++; *p != '"'; p++) {
                p += *p == '\\';
            }
        }
        depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
        p++;
    } while (*p != '\0' && (depth > 0 || strchr(",]}", *p) == NULL));
    return p;
}

/* The beginnings of all members and items; how many. */
static size_t elements(const char *text, const char **out, size_t room) {
    size_t n = 0;
    bool quoted = false;
    for (const char *p = text; *p != '\0' && n < room; p++) {
        if (quoted && *p == '\\') {
            p++;
        } else if (*p == '"') {
            quoted = !quoted;
        } else if (!quoted && (*p == ',' || *p == '{' || *p == '[') && strchr("]}", p[1]) == NULL) {
            out[n++] = p + 1;
        }
    }
    return n;
}

/* `text` with the bytes from `from` to `to` replaced; it is freed. */
static char *spliced(char *text, const char *from, const char *to, const char *by, size_t n) {
    size_t head = (size_t)(from - text), tail = strlen(to);
    char *out = malloc(head + n + tail + 1);
    assert_non_null(out);
    memcpy(out, text, head);
    memcpy(out + head, by, n);
    memcpy(out + head + n, to, tail + 1);
    free(text);
    return out;
}

static char *take_out(char *text, const char *at) {
    const char *end = behind(at);
    if (*end == ',') {
        return spliced(text, at, end + 1, "", 0);
    }
    return spliced(text, at - (at[-1] == ','), end, "", 0);
}

/* The element and the one behind it change their places. */
static char *exchange(char *text, const char *at) {
    char both[8192];
    const char *middle = behind(at);
    if (*middle != ',') {
        return text;
    }
    const char *end = behind(middle + 1);
    size_t first = (size_t)(middle - at), second = (size_t)(end - middle - 1);
    if (first + second + 1 > sizeof both) {
        return text;
    }
    memcpy(both, middle + 1, second);
    both[second] = ',';
    memcpy(both + second + 1, at, first);
    return spliced(text, at, end, both, first + second + 1);
}

/* The name that stands there, everywhere; what stood before it in its object is told in `renamed`, if `tell`. */
static char *rename_all(char *text, const char *at, bool tell, uint64_t *seed) {
    static const char *const others[] = {"other", "w", "a", "lead", "s0"};
    const char *other = others[hostile_below(seed, 5)],
               *end = at[0] == '"' ? strchr(at + 1, '"') : NULL;
    char old[64], told[200];
    if (end == NULL || end - at > 40 || end == at + 1) {
        return text;
    }
    snprintf(old, sizeof old, "%.*s", (int)(end + 1 - at), at);
    snprintf(told, sizeof told, "\"renamed\":{%s:\"%s\"},", old, other);
    char by[64];
    int n = snprintf(by, sizeof by, "\"%s\"", other);
    size_t place = (size_t)(at - text);
    for (char *p = strstr(text, old); p != NULL;) {
        size_t found = (size_t)(p - text);
        text = spliced(text, p, p + strlen(old), by, (size_t)n);
        place += found < place ? (size_t)n - strlen(old) : 0;
        p = strstr(text + found + (size_t)n, old);
    }
    return tell ? spliced(text, text + place, text + place, told, strlen(told)) : text;
}

static char *other_number(char *text, const char *at, uint64_t *seed) {
    const char *end = behind(at);
    for (char *p = text + (at - text); p < end; p++) {
        if (*p >= '1' && *p <= '9') {
            *p = (char)('1' + hostile_below(seed, 9));
            break;
        }
    }
    return text;
}

static char *changed(const char *document, uint64_t *seed) {
    static const char *places[4096];
    char *text = malloc(strlen(document) + 1);
    assert_non_null(text);
    strcpy(text, document);
    for (size_t i = 1 + hostile_below(seed, 3); i > 0; i--) {
        const char *at = places[hostile_below(seed, elements(text, places, 4096))];
        switch (hostile_below(seed, 6)) {
        case 0:
        case 1:
            text = take_out(text, at);
            break;
        case 2:
            text = exchange(text, at);
            break;
        case 3:
            text = other_number(text, at, seed);
            break;
        default:
            text = rename_all(text, at, hostile_below(seed, 2) == 0, seed);
            break;
        }
    }
    return text;
}

/* ---- lives ---- */
static void live_on(const golden_file *file, const char *document, lf_blueprint *blueprint) {
    ground g;
    ground_open(&g, blueprint);
    for (size_t i = 0; i < file->n; i++) {
        bool in;
        const char *wrong =
            hostile_bytes(&g, file->items[i].bytes, file->items[i].size, HOSTILE_FAR, &in);
        if (wrong != NULL || !in) {
            fail_msg("%s, contact %zu: %s, under\n%s", file->name, i,
                     wrong != NULL ? wrong : "it is refused", document);
        }
    }
    ground_close(&g);
}

/* Without blanks between the tokens; to be freed. */
static char *compact(const lf_blueprint *blueprint) {
    lf_buffer *json;
    assert_int_equal(lf_buffer_new(NULL, &json), LF_OK);
    assert_int_equal(lf_blueprint_json(blueprint, json), LF_OK);
    char *text = malloc(lf_buffer_size(json) + 1);
    assert_non_null(text);
    strcpy(text, lf_buffer_data(json));
    lf_buffer_free(json);
    return text;
}

static void under_changed_blueprints(void **state) {
    size_t n, blueprints = 0, told = 0;
    golden_file *files = goldens_read(".", LF_STORED_VERSION, &n);
    uint64_t seed = 9;
    (void)state;
    for (size_t i = 0; i < n; i++) {
        char *document = compact(files[i].blueprint);
        for (size_t k = 0; k < tries; k++) {
            lf_blueprint *blueprint;
            char *text = changed(document, &seed);
            if (lf_blueprint_parse(text, strlen(text), NULL, NULL, &blueprint) == LF_OK) {
                live_on(&files[i], text, blueprint);
                lf_blueprint_unref(blueprint);
                blueprints++;
                told += strstr(text, "\"renamed\"") != NULL;
            }
            free(text);
        }
        free(document);
    }
    print_message("# %zu blueprints, %zu of them with names that were renamed\n", blueprints, told);
    assert_true(blueprints > 5 * n);
    assert_true(told > n / 2);
    goldens_free(files, n);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(under_changed_blueprints)};
    tries = argc > 1 ? strtoul(argv[1], NULL, 10) : tries;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
