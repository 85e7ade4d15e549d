/* SPDX-License-Identifier: MIT */
/* Options and files of a command line. */
#include "command.h"

#include <string.h>

static const struct {
    const char *name;
    bool takes_value;
} options[OPT_COUNT] = {
    [OPT_UNTIL] = {"--until", true},
    [OPT_EFFECTS] = {"--effects", false},
    [OPT_CONTACTS] = {"--contacts", false},
    [OPT_CONTACT] = {"--contact", true},
    [OPT_AT] = {"--at", true},
    [OPT_MACHINE] = {"--machine", true},
    [OPT_TO] = {"--to", true},
    [OPT_SEGMENT] = {"--segment", true},
    [OPT_SEQUENCE] = {"--sequence", true},
    [OPT_STORE] = {"--store", true},
    [OPT_PREVIOUS] = {"--previous", true},
    [OPT_ZONEINFO] = {"--zoneinfo", true},
};

/* ---- the nearest name ---- */
#define NAME_MOST 32

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* How many letters have to be put in, taken out or replaced (Levenshtein). */
static size_t distance(const char *a, const char *b) {
    size_t row[NAME_MOST + 1], n = strlen(a), m = strlen(b);
    if (n > NAME_MOST || m > NAME_MOST) {
        return NAME_MOST;
    }
    for (size_t j = 0; j <= m; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= n; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t above = row[j];
            row[j] = least(least(above, row[j - 1]) + 1, corner + (a[i - 1] != b[j - 1]));
            corner = above;
        }
    }
    return row[m];
}

const char *nearest(const char *typed, const char *const *of, size_t n) {
    const char *best = NULL;
    size_t best_distance = 3; /* further away is another word */
    for (size_t i = 0; i < n; i++) {
        size_t d = distance(typed, of[i]);
        if (d < best_distance && d < strlen(of[i])) {
            best = of[i];
            best_distance = d;
        }
    }
    return best;
}

/* ---- reading ---- */
static bool misuse(const struct command *command, const char *what, const char *name,
                   const char *hint) {
    fprintf(stderr, "leadflow %s: %s%s", command->name, what, name);
    if (hint != NULL) {
        fprintf(stderr, " (did you mean %s?)", hint);
    }
    fprintf(stderr, "\nusage: leadflow %s %s\n", command->name, command->usage);
    return false;
}

static bool takes(const struct command *command, int option) {
    return option == OPT_ZONEINFO || (command->takes & TAKES(option)) != 0;
}

static const char *nearest_option(const struct command *command, const char *typed) {
    const char *names[OPT_COUNT];
    size_t n = 0;
    for (int i = 0; i < OPT_COUNT; i++) {
        if (takes(command, i)) {
            names[n++] = options[i].name;
        }
    }
    return nearest(typed, names, n);
}

/* "--name value" or "--name=value"; *at is the place in argv, and moves on over the value. */
static bool read_option(struct arguments *args, int argc, char **argv, int *at) {
    const char *typed = argv[*at], *equals = strchr(typed, '=');
    size_t n = equals == NULL ? strlen(typed) : (size_t)(equals - typed);
    int i = 0;
    while (i < OPT_COUNT &&
           !(strlen(options[i].name) == n && memcmp(options[i].name, typed, n) == 0)) {
        i++;
    }
    if (i == OPT_COUNT || !takes(args->command, i)) {
        return misuse(args->command, "unknown option ", typed,
                      nearest_option(args->command, typed));
    }
    if (args->value[i] != NULL) {
        return misuse(args->command, "given twice: ", options[i].name, NULL);
    }
    if (!options[i].takes_value) {
        args->value[i] = "";
        return equals == NULL || misuse(args->command, "takes no value: ", options[i].name, NULL);
    }
    if (equals == NULL && ++*at == argc) {
        return misuse(args->command, "needs a value: ", options[i].name, NULL);
    }
    args->value[i] = equals != NULL ? equals + 1 : argv[*at];
    return true;
}

static bool check(const struct arguments *args) {
    const struct command *command = args->command;
    for (int i = 0; i < OPT_COUNT; i++) {
        if ((command->needs & TAKES(i)) && args->value[i] == NULL) {
            return misuse(command, "missing: ", options[i].name, NULL);
        }
    }
    if (args->n_files < command->least_files) {
        return misuse(command, "missing: ", args->n_files == 0 ? "BLUEPRINT" : "EVENTS", NULL);
    }
    if (args->n_files > command->most_files) {
        return misuse(command, "one too many: ", args->files[command->most_files], NULL);
    }
    return true;
}

bool arguments_read(const struct command *command, int argc, char **argv, struct arguments *args) {
    bool only_files = false;
    *args = (struct arguments){.command = command, .files = argv};
    for (int i = 0; i < argc; i++) {
        if (!only_files && strcmp(argv[i], "--") == 0) {
            only_files = true;
        } else if (only_files || argv[i][0] != '-' || argv[i][1] == '\0') {
            argv[args->n_files++] = argv[i];
        } else if (!read_option(args, argc, argv, &i)) {
            return false;
        }
    }
    return check(args);
}

bool arguments_time(const struct arguments *args, enum option option, int64_t otherwise,
                    int64_t *time) {
    const char *text = args->value[option];
    *time = otherwise;
    if (text == NULL || lf_timestamp_parse(text, strlen(text), time) == LF_OK) {
        return true;
    }
    fprintf(stderr, "leadflow %s: %s %s: no time as in RFC 3339, such as 2026-02-01T00:00:00Z\n",
            args->command->name, options[option].name, text);
    return false;
}
