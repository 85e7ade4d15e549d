/* SPDX-License-Identifier: MIT */
/* What became of a contact in a sequence: the effects that name it, without what was written in its messages. */
#include "command.h"

#include <stdlib.h>
#include <string.h>

static bool add(struct history *history, const char *text, size_t n) {
    if (history->n + n > history->cap) {
        size_t cap = (history->n + n) * 2;
        char *more = realloc(history->text, cap);
        if (more == NULL) {
            return false;
        }
        history->text = more;
        history->cap = cap;
    }
    memcpy(history->text + history->n, text, n);
    history->n += n;
    return true;
}

/* Behind a value of well-formed JSON: where a comma or a bracket stands that is not its own. */
static const char *behind(const char *p) {
    int depth = 0;
    bool quoted = false;
    for (; quoted || depth > 0 || strchr(",}]", *p) == NULL; p++) {
        if (quoted) {
            p += *p == '\\';
            quoted = *p != '"';
        } else {
            quoted = *p == '"';
            depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
        }
    }
    return p;
}

static bool is_one_of(const char *name, size_t n, const char *const *names) {
    while (*names != NULL && !(strlen(*names) == n && memcmp(*names, name, n) == 0)) {
        names++;
    }
    return *names != NULL;
}

/* Those members that the lists name; of who comes and goes also why. */
static bool add_members(struct history *history, const char *json, bool comes_or_goes) {
    static const char *const told[] = {"at",      "kind", "trigger", "step", "template",
                                       "channel", "due",  "reason",  NULL};
    static const char *const why[] = {"cause", NULL};
    const char *separator = "{";
    bool fine = true;
    while (*json == '{' || *json == ',') {
        const char *name = json + 2, *end = strchr(name, '"'), *next = behind(end + 2);
        size_t n = (size_t)(end - name);
        if (is_one_of(name, n, told) || (comes_or_goes && is_one_of(name, n, why))) {
            fine = fine && add(history, separator, 1) &&
                   add(history, name - 1, (size_t)(next - name) + 1);
            separator = ",";
        }
        json = next;
    }
    return fine && add(history, "}", 1);
}

bool history_note(void *user, const lf_effect *effect) {
    struct history *history = user;
    const char *sequence = lf_effect_get(effect, "sequence", NULL), *kind = lf_effect_kind(effect);
    if (sequence == NULL || strcmp(sequence, history->sequence) != 0) {
        return true;
    }
    return (history->n == 0 || add(history, ",", 1)) &&
           add_members(history, lf_effect_json(effect, NULL),
                       strcmp(kind, "enrolled") == 0 || strcmp(kind, "exited") == 0);
}
