/* SPDX-License-Identifier: MIT */
/* A source of time zones for tests: a few, made by hand (time/tzif_make.h), and what else it shall do. */
#pragma once

#include "support.h"

typedef struct zone_shelf {
    unsigned asked;    /* atomic: calls of load */
    size_t given_back; /* calls of user_free */
    lf_status code;    /* what it returns instead; LF_OK: nothing else */
    bool silent;       /* it returns LF_OK and gives nothing */
    char last[300];    /* the name that it was asked for last; not kept if `shared` */
    bool shared;       /* between threads */
} zone_shelf;

/*
 * Knows "Test/Berlin", "Test/New_York" and "Test/Lord_Howe" (rules of today), "Test/Sao_Paulo" (until 2018: a day that begins
 * at 01:00, and one of 25 hours), "Test/St_Johns" (until 2011: back from 00:01 to the day before), "Test/Toronto" (of 1919: ahead from 23:30 to 00:30),
 * "Test/Apia" (no 30 December 2011), "Test/Number/0", "Test/Number/1" and so on (all of them at UTC+5); "Test/Damaged" has no sound bytes, "Test/Refusing" gives nothing but NULL.
 */
lf_zone_source zone_shelf_source(zone_shelf *shelf);
/* lf_blueprint_parse() with it; NULL: without. */
lf_status zone_shelf_parse(zone_shelf *shelf, const char *json, heap *h,
                           lf_diagnostics *diagnostics, lf_blueprint **out);
