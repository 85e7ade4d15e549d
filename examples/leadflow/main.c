/* SPDX-License-Identifier: MIT */
/* The command `leadflow` (SPEC 14): which command is meant, and help. */
#include "command.h"

#include <limits.h>
#include <string.h>

const struct command commands[] = {
    {"check", "BLUEPRINT... [--previous FILE]",
     "parse, type-check and lint blueprints; FILE: the one whose states must not be lost",
     check_run, TAKES(OPT_PREVIOUS), 0, 1, INT_MAX},
    {"replay", "BLUEPRINT EVENTS [--until T] [--effects] [--contacts] [--store sqlite:FILE]",
     "run events and time through an engine; EVENTS may be - for standard input", replay_run,
     TAKES(OPT_UNTIL) | TAKES(OPT_EFFECTS) | TAKES(OPT_CONTACTS) | TAKES(OPT_STORE), 0, 2, 2},
    {"explain", "BLUEPRINT EVENTS --contact ID [--at T]", "the scores of a contact, part by part",
     explain_run, TAKES(OPT_CONTACT) | TAKES(OPT_AT), TAKES(OPT_CONTACT), 2, 2},
    {"why", "BLUEPRINT EVENTS --contact ID --to STATE | --segment G | --sequence S [--at T]",
     "what stands in the way of a state, a segment or a sequence, and what became of somebody in "
     "it",
     why_run,
     TAKES(OPT_CONTACT) | TAKES(OPT_AT) | TAKES(OPT_TO) | TAKES(OPT_SEGMENT) | TAKES(OPT_SEQUENCE),
     TAKES(OPT_CONTACT), 2, 2},
    {"graph", "BLUEPRINT --machine M / --sequence S", "a machine or a sequence as Graphviz DOT",
     graph_run, TAKES(OPT_MACHINE) | TAKES(OPT_SEQUENCE), 0, 1, 1},
};
const size_t n_commands = sizeof commands / sizeof *commands;

static const char *const later[] = {"forecast", "diff", "report"};

static int help_on(const struct command *command) {
    printf("usage: leadflow %s %s\n%s\n", command->name, command->usage, command->does);
    return output_done() ? EXIT_FINE : EXIT_FOUND;
}

static int help(void) {
    printf("usage: leadflow COMMAND ...\n\n");
    for (size_t i = 0; i < n_commands; i++) {
        printf("  leadflow %s %s\n      %s\n", commands[i].name, commands[i].usage,
               commands[i].does);
    }
    printf(
        "\n  leadflow --help, leadflow --version\n\n"
        "--zoneinfo DIR, for all commands: time zones are read there; else where TZDIR says, else "
        "in\n/usr/share/zoneinfo if that is there.\n"
        "T is a time as in RFC 3339, such as 2026-02-01T00:00:00Z. Results go to standard "
        "output as NDJSON,\n"
        "errors to standard error as file:line:column: error[code]: text.\n"
        "Exit status: 0; 1: findings or refused lines; 2: usage.\n");
    return output_done() ? EXIT_FINE : EXIT_FOUND;
}

static int version(void) {
    printf("leadflow %s\n", lf_version_string());
    return output_done() ? EXIT_FINE : EXIT_FOUND;
}

static int unknown(const char *typed) {
    const char *names[sizeof commands / sizeof *commands];
    for (size_t i = 0; i < n_commands; i++) {
        names[i] = commands[i].name;
    }
    const char *near = nearest(typed, names, n_commands);
    fprintf(stderr, "leadflow: unknown command %s", typed);
    fprintf(stderr, near == NULL ? "\n" : " (did you mean %s?)\n", near);
    fputs("leadflow --help lists the commands\n", stderr);
    return EXIT_USAGE;
}

static bool is(const char *typed, const char *name) {
    return strcmp(typed, name) == 0;
}

static int not_supported(const char *what) {
    fprintf(stderr, "leadflow %s: not supported yet\n", what);
    return EXIT_USAGE;
}

static bool wants_help(const char *typed) {
    return is(typed, "--help") || is(typed, "-h");
}

static int run(const struct command *command, int argc, char **argv) {
    struct arguments args;
    for (int i = 0; i < argc && !is(argv[i], "--"); i++) {
        if (wants_help(argv[i])) {
            return help_on(command);
        }
    }
    return arguments_read(command, argc, argv, &args) ? command->run(&args) : EXIT_USAGE;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fputs("usage: leadflow COMMAND ...; leadflow --help lists the commands\n", stderr);
        return EXIT_USAGE;
    }
    if (wants_help(argv[1]) || is(argv[1], "help")) {
        return help();
    }
    if (is(argv[1], "--version")) {
        return version();
    }
    for (size_t i = 0; i < sizeof later / sizeof *later; i++) {
        if (is(argv[1], later[i])) {
            return not_supported(later[i]);
        }
    }
    for (size_t i = 0; i < n_commands; i++) {
        if (is(argv[1], commands[i].name)) {
            return run(&commands[i], argc - 2, argv + 2);
        }
    }
    return unknown(argv[1]);
}
