/* SPDX-License-Identifier: MIT */
/*
 * Scenarios are folders: each is one test.
 *
 *     about.txt        what it shows and how the expectation was computed. Lines that are read:
 *                      `until TIME` (default: the newest `at`), and `event N OUTCOME` where the N-th event,
 *                      from 1, is not taken as new: late, duplicate, changed, ignored or refused
 *                      `preset NAME`: the blueprint is examples/blueprints/NAME.json
 *                      `shows KIND...`: only effects of these kinds are compared, and the contacts' lines if
 *                      one of them is `contact` (default: all)
 *     blueprint.json   where there is no `preset`
 *     events.ndjson
 *     expected.ndjson  what `leadflow replay --effects --contacts` prints. Each line must be there, in this
 *                      order, and no other; members that the expected object does not name are ignored
 *                      (within a member nothing is)
 *
 * A worked example has effects.ndjson and contacts.ndjson instead, and does not state outcomes.
 *
 *     test_scenarios [FOLDER_OF_SCENARIOS]     (default: the worked examples, where they are at hand)
 */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drive.h"
#include "json_equal.h"

typedef struct scenario {
    char path[2048];
    drive d;
    lines about, events, expected, shown;
    bool worked; /* two files and no outcomes */
} scenario;

/* Days since 1970 of a date of the proleptic Gregorian calendar. */
static int64_t days(int64_t y, int64_t m, int64_t d) {
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int64_t parse_time(const char *text) {
    int y, m, d, hour, minute, second, ms = 0, n = 0;
    if (sscanf(text, "%d-%d-%dT%d:%d:%d%n.%3d", &y, &m, &d, &hour, &minute, &second, &n, &ms) < 6 ||
        n == 0 || text[strlen(text) - 1] != 'Z') {
        fail_msg("about.txt: '%s' is no time in UTC", text);
    }
    return (((days(y, m, d) * 24 + hour) * 60 + minute) * 60 + second) * 1000 + ms;
}

static const char *outcome(const lines *about, size_t number) {
    for (size_t i = 0; i < about->n; i++) {
        static char word[16];
        size_t n;
        if (sscanf(about->items[i].text, "event %zu %15s", &n, word) == 2 && n == number) {
            return word;
        }
    }
    return "new";
}

/* The rest of the first line that begins with this word; NULL if none does. */
static const char *behind(const lines *about, const char *word) {
    size_t n = strlen(word);
    for (size_t i = 0; i < about->n; i++) {
        if (strncmp(about->items[i].text, word, n) == 0 && about->items[i].text[n] == ' ') {
            return about->items[i].text + n + 1;
        }
    }
    return NULL;
}

static int64_t until(const lines *about) {
    const char *time = behind(about, "until");
    return time == NULL ? INT64_MIN : parse_time(time);
}

static char *blueprint_of(const scenario *s) {
    const char *preset = behind(&s->about, "preset");
    char name[256];
    if (preset == NULL) {
        return file_text(s->path, "blueprint.json");
    }
    snprintf(name, sizeof name, "%s.json", preset);
    return file_text("examples/blueprints", name);
}

/* Is the kind of this line among the words? Lines of contacts have none. */
static bool is_shown(const char *words, const char *text) {
    static const char member[] = "\"kind\":\"";
    const char *kind = strstr(text, member);
    kind = kind == NULL ? "contact" : kind + sizeof member - 1;
    for (size_t n; *words != '\0'; words += n + (words[n] == ' ')) {
        n = strcspn(words, " ");
        if (strncmp(words, kind, n) == 0 && strchr("\"", kind[n]) != NULL) {
            return true;
        }
    }
    return false;
}

static void add_shown(lines *shown, const lines *about, const lines *all) {
    const char *words = behind(about, "shows");
    for (size_t i = 0; i < all->n; i++) {
        const char *text = all->items[i].text;
        if (words == NULL || is_shown(words, text)) {
            lines_add(shown, 0, "", 0, text, strlen(text));
        }
    }
}

static void compare(const lines *expected, const lines *actual) {
    size_t n = expected->n < actual->n ? expected->n : actual->n, i = 0;
    while (i < n && json_covers(expected->items[i].text, actual->items[i].text)) {
        i++;
    }
    if (i == expected->n && i == actual->n) {
        return;
    }
    fail_msg("line %zu: expected\n  %s\nbut got\n  %s", i + 1,
             i < expected->n ? expected->items[i].text : "nothing",
             i < actual->n ? actual->items[i].text : "nothing");
}

static void open_scenario(scenario *s) {
    lines_read(&s->about, s->path, "about.txt");
    char *blueprint = blueprint_of(s);
    if (blueprint == NULL || !lines_read(&s->events, s->path, "events.ndjson")) {
        fail_msg("%s: the blueprint or events.ndjson is missing", s->path);
    }
    s->worked = !lines_read(&s->expected, s->path, "expected.ndjson");
    if (s->worked && (!lines_read(&s->expected, s->path, "effects.ndjson") ||
                      !lines_read(&s->expected, s->path, "contacts.ndjson"))) {
        fail_msg("%s: expected.ndjson is missing", s->path);
    }
    drive_open(&s->d, blueprint, strlen(blueprint));
    free(blueprint);
}

static void run(void **state) {
    scenario *s = *state;
    open_scenario(s);
    for (size_t i = 0; i < s->events.n; i++) {
        const char *got = drive_event(&s->d, s->events.items[i].text),
                   *wanted = outcome(&s->about, i + 1);
        if (strcmp(got, wanted) != 0 && !s->worked) {
            fail_msg("event %zu is %s, expected %s: %s", i + 1, got, wanted,
                     s->events.items[i].text);
        }
    }
    drive_end(&s->d, until(&s->about));
    add_shown(&s->shown, &s->about, &s->d.by_engine);
    compare(&s->expected, &s->shown);
}

static int close_scenario(void **state) {
    scenario *s = *state;
    drive_close(&s->d);
    lines_free(&s->about);
    lines_free(&s->events);
    lines_free(&s->expected);
    lines_free(&s->shown);
    return 0;
}

static int is_scenario(const struct dirent *entry) {
    return entry->d_name[0] != '.' && strchr(entry->d_name, '.') == NULL;
}

int main(int argc, char **argv) {
    const char *worked = getenv("LEADFLOW_WORKED");
    const char *folder = argc > 1                              ? argv[1]
                         : worked != NULL && worked[0] != '\0' ? worked
                                                               : "../shared/worked";
    struct dirent **folders;
    int n = scandir(folder, &folders, is_scenario, alphasort);
    if (n <= 0) {
        printf("1..0 # SKIP there are no scenarios in '%s' (set LEADFLOW_WORKED)\n", folder);
        return argc > 1;
    }
    struct CMUnitTest *tests = calloc((size_t)n, sizeof *tests);
    scenario *scenarios = calloc((size_t)n, sizeof *scenarios);
    for (int i = 0; tests != NULL && scenarios != NULL && i < n; i++) {
        scenario *s = &scenarios[i];
        snprintf(s->path, sizeof s->path, "%s/%s", folder, folders[i]->d_name);
        tests[i] = (struct CMUnitTest){folders[i]->d_name, run, NULL, close_scenario, s};
    }
    int failed = _cmocka_run_group_tests("scenarios", tests, (size_t)n, NULL, NULL);
    for (int i = 0; i < n; i++) {
        free(folders[i]);
    }
    free(folders);
    free(tests);
    free(scenarios);
    return failed;
}
