/* SPDX-License-Identifier: MIT */
/*
 * tz_conformance DIR: time zones against recorded answers. DIR holds zoneinfo/fat and zoneinfo/slim, of which each
 * must give the same; utc_to_local.csv (the columns isdst and abbr are not asked: no zone here keeps them),
 * local_to_utc.jsonl, next_local.jsonl; and files that are to be accepted or refused, bad/ with bad_list.tsv.
 * Prints each line that fails; ends with "N passed, M failed", and the status 1 if any did.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "json/json.h"
#include "time/timing.h"
#include "time/zone.h"

#define MOST_ZONES 700

static struct {
    const char *dir, *flavour, *file;
    unsigned line, passed, failed;
    lf_mem mem;
    struct {
        char name[64];
        lf_zone *zone;
    } zones[MOST_ZONES];
    unsigned n_zones;
} run;

__attribute__((format(printf, 2, 3))) static void count(bool fine, const char *format, ...) {
    run.passed += fine;
    run.failed += !fine;
    if (!fine) {
        va_list args;
        va_start(args, format);
        printf("FAILED %s:%u %s: ", run.file, run.line, run.flavour);
        vprintf(format, args);
        printf("\n");
        va_end(args);
    }
}

/* A file below DIR; p is NULL if it cannot be read. */
static lf_str read_file(const char *folder, const char *name) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s%s", run.dir, folder, name);
    FILE *file = fopen(path, "rb");
    size_t n = 0, room = 1 << 22;
    char *bytes = file == NULL ? NULL : malloc(room);
    if (bytes != NULL) {
        n = fread(bytes, 1, room, file);
    }
    if (file != NULL) {
        fclose(file);
    }
    return (lf_str){bytes, n};
}

static void drop(lf_str file) {
    free((void *)(uintptr_t)file.p);
}

static lf_zone *zone_named(const char *name) {
    char folder[64];
    for (unsigned i = 0; i < run.n_zones; i++) {
        if (strcmp(run.zones[i].name, name) == 0) {
            return run.zones[i].zone;
        }
    }
    if (run.n_zones == MOST_ZONES) {
        return NULL;
    }
    snprintf(folder, sizeof folder, "zoneinfo/%s/", run.flavour);
    lf_str bytes = read_file(folder, name);
    lf_zone *zone = NULL;
    if (bytes.p != NULL) {
        lf_zone_read(&run.mem, bytes, &zone);
    }
    drop(bytes);
    snprintf(run.zones[run.n_zones].name, sizeof run.zones[0].name, "%s", name);
    run.zones[run.n_zones++].zone = zone;
    return zone;
}

static void forget_zones(void) {
    while (run.n_zones > 0) {
        lf_zone_free(&run.mem, run.zones[--run.n_zones].zone);
    }
}

/* ---- the kinds of lines ---- */
/* Seconds of local time as in the data: without a zone, of any year. */
static void put_local(char out[32], int64_t local) {
    lf_civil c;
    lf_civil_from_time(local * 1000, &c);
    snprintf(out, 32, "%04d-%02u-%02uT%02u:%02u:%02u", (int)c.year, c.month, c.day, c.hour,
             c.minute, c.second);
}

static void utc_to_local(char *line) {
    char zone_name[64], local[32], shown[32];
    int64_t utc;
    int offset, isdst, weekday, day;
    if (run.line == 1) {
        return;
    }
    if (sscanf(line, "%63[^,],%" SCNd64 ",%31[^,],%d,%d,%*[^,],%d,%d", zone_name, &utc, local,
               &offset, &isdst, &weekday, &day) != 7) {
        count(false, "unreadable: %s", line);
        return;
    }
    const lf_zone *zone = zone_named(zone_name);
    if (zone == NULL) {
        count(false, "no zone %s", zone_name);
        return;
    }
    lf_civil c;
    int32_t given = lf_zone_offset(zone, utc);
    int64_t days = lf_floor_div(utc + given, 86400);
    put_local(shown, utc + given);
    lf_civil_from_time((utc + given) * 1000, &c);
    int64_t day_given = days - lf_days_from_civil(c.year, 1, 1);
    int64_t weekday_given = ((days + 4) % 7 + 7) % 7;
    count(given == offset && strcmp(shown, local) == 0 && day_given == day &&
              weekday_given == weekday,
          "%s: %d %s", line, (int)given, shown);
}

static const lf_json *member(const lf_json *line, const char *name) {
    return lf_json_get(line, lf_str_of(name));
}

static int64_t number_of(const lf_json *line, const char *name) {
    const lf_json *v = member(line, name);
    return lf_json_is(v, LF_JSON_INT) ? v->u.i : INT64_MIN;
}

static const char *text_of(const lf_json *line, const char *name) {
    const lf_json *v = member(line, name);
    return lf_json_is(v, LF_JSON_STRING) ? v->text.p : "";
}

static bool shows(const lf_zone *zone, int64_t utc, const char *local) {
    char shown[32];
    put_local(shown, utc + lf_zone_offset(zone, utc));
    return strcmp(shown, local) == 0;
}

static void local_to_utc(const lf_json *line, const char *text) {
    char rfc3339[64];
    int64_t local, utc = number_of(line, "utc");
    const lf_zone *zone = zone_named(text_of(line, "zone"));
    const char *kind = text_of(line, "kind"), *given = text_of(line, "local");
    snprintf(rfc3339, sizeof rfc3339, "%sZ", given);
    if (zone == NULL || !lf_time_parse(lf_str_of(rfc3339), &local)) {
        count(false, "no zone, or no time: %s", text);
        return;
    }
    int64_t got = lf_zone_to_utc(zone, local / 1000);
    bool fine = got == utc;
    if (strcmp(kind, "gap") == 0) { /* later by the gap's length */
        int64_t turn = number_of(line, "gap_end");
        int32_t gap = lf_zone_offset(zone, turn) - lf_zone_offset(zone, turn - 1);
        fine = fine && gap > 0 && got + lf_zone_offset(zone, got) == local / 1000 + gap;
    } else {
        fine = fine && shows(zone, got, given);
    }
    if (strcmp(kind, "fold") == 0) {
        fine = fine && shows(zone, number_of(line, "utc2"), given);
    }
    count(fine, "%s: %" PRId64, text, got);
}

static void next_local(const lf_json *line, const char *text) {
    unsigned hour, minute;
    uint8_t weekdays = 0;
    const lf_json *days = member(line, "days");
    const lf_zone *zone = zone_named(text_of(line, "zone"));
    for (uint32_t i = 0; lf_json_is(days, LF_JSON_ARRAY) && i < days->n; i++) {
        weekdays |= (uint8_t)(1u << (days->u.items[i].u.i - 1));
    }
    if (zone == NULL || sscanf(text_of(line, "time"), "%2u:%2u", &hour, &minute) != 2) {
        count(false, "no zone, or no time: %s", text);
        return;
    }
    /* "after" is meant strictly here; SPEC 9.3 has "not before" */
    int64_t got = lf_zone_next(zone, number_of(line, "after") + 1,
                               (int32_t)(hour * 3600 + minute * 60), weekdays);
    count(got == number_of(line, "utc") && shows(zone, got, text_of(line, "local")), "%s: %" PRId64,
          text, got);
}

static void bad_list(char *line) {
    char name[128], expect[32];
    if (run.line == 1 || sscanf(line, "%127[^\t]\t%31[^\t]", name, expect) != 2) {
        return;
    }
    lf_zone *zone = NULL;
    lf_str bytes = read_file("bad/", name);
    lf_status status = bytes.p == NULL ? LF_E_NOTFOUND : lf_zone_read(&run.mem, bytes, &zone);
    lf_status wanted = strcmp(expect, "accept") == 0 ? LF_OK : LF_E_CORRUPT;
    count(status == wanted, "%s: %s", line, lf_status_name(status));
    lf_zone_free(&run.mem, zone);
    drop(bytes);
}

/* ---- the files ---- */
static void each_line(const char *file, void (*plain)(char *line),
                      void (*json)(const lf_json *line, const char *text)) {
    lf_str all = read_file("", file);
    lf_arena arena;
    run.file = file;
    run.line = 0;
    lf_arena_init(&arena, &run.mem);
    if (all.p == NULL) {
        count(false, "cannot be read");
    }
    for (size_t at = 0; at < all.n;) {
        const char *end = memchr(all.p + at, '\n', all.n - at);
        size_t n = end == NULL ? all.n - at : (size_t)(end - all.p) - at;
        char line[1024];
        const lf_json *parsed = NULL;
        lf_json_error error;
        snprintf(line, sizeof line, "%.*s", (int)n, all.p + at);
        run.line++;
        at += n + 1;
        if (plain != NULL) {
            plain(line);
        } else if (lf_json_parse(&arena, lf_str_of(line), 0, 20, 1, &parsed, &error) != LF_OK) {
            count(false, "no JSON: %s", line);
        } else {
            json(parsed, line);
        }
        lf_arena_reset(&arena);
    }
    lf_arena_free(&arena);
    drop(all);
}

int main(int argc, char **argv) {
    static const char *const flavours[] = {"fat", "slim"};
    lf_mem_from(&run.mem, NULL);
    if (argc != 2) {
        fprintf(stderr, "usage: tz_conformance DIR\n");
        return 2;
    }
    run.dir = argv[1];
    for (size_t i = 0; i < LF_COUNT(flavours); i++) {
        run.flavour = flavours[i];
        each_line("utc_to_local.csv", utc_to_local, NULL);
        each_line("local_to_utc.jsonl", NULL, local_to_utc);
        each_line("next_local.jsonl", NULL, next_local);
        forget_zones();
    }
    run.flavour = "bad";
    each_line("bad_list.tsv", bad_list, NULL);
    printf("%u passed, %u failed\n", run.passed, run.failed);
    return run.failed > 0 || run.passed == 0;
}
