/* SPDX-License-Identifier: MIT */
#include "zone_shelf.h"

#include "../time/tzif_make.h"

static tzif make(const char *name, bool *known) {
    static const int32_t apia[] = {-10 * 3600, 14 * 3600};
    static const tzif_turn skipped[] = {{1325239200, 14 * 3600}};
    *known = true;
    if (strcmp(name, "Test/Apia") == 0) {
        return tzif_make(apia, 2, skipped, 1, "<+14>-14");
    }
    if (strncmp(name, "Test/Number/", 12) == 0) {
        return tzif_rule("<+05>-5");
    }
    if (strcmp(name, "Test/Damaged") == 0) {
        return tzif_rule("<+05>-5,");
    }
    if (strcmp(name, "Test/New_York") == 0) {
        return tzif_rule("EST5EDT,M3.2.0,M11.1.0");
    }
    if (strcmp(name, "Test/Lord_Howe") == 0) {
        return tzif_rule("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0");
    }
    if (strcmp(name, "Test/Sao_Paulo") == 0) {
        return tzif_rule("<-03>3<-02>,M10.3.0/0,M2.3.0/0");
    }
    if (strcmp(name, "Test/St_Johns") == 0) {
        return tzif_rule("NST3:30NDT,M3.2.0/0:01,M11.1.0/0:01");
    }
    if (strcmp(name, "Test/Toronto") == 0) {
        return tzif_rule("EST5EDT,M3.5.6/23:30,M10.5.0");
    }
    *known = strcmp(name, "Test/Berlin") == 0;
    return tzif_rule("CET-1CEST,M3.5.0,M10.5.0/3");
}

static lf_status load(void *user, const char *name, size_t name_len, lf_zone_data *data) {
    zone_shelf *shelf = user;
    bool known;
    __atomic_add_fetch(&shelf->asked, 1, __ATOMIC_RELAXED);
    if (!shelf->shared) {
        snprintf(shelf->last, sizeof shelf->last, "%s", name);
        assert_int_equal(strlen(name), name_len);
    }
    if (shelf->code != LF_OK || shelf->silent) {
        return shelf->code;
    }
    if (strcmp(name, "Test/Refusing") == 0) {
        return lf_zone_data_set(data, NULL, 7);
    }
    tzif file = make(name, &known);
    return known ? lf_zone_data_set(data, file.bytes, file.n) : LF_E_NOTFOUND;
}

static void give_back(void *user) {
    ((zone_shelf *)user)->given_back++;
}

lf_zone_source zone_shelf_source(zone_shelf *shelf) {
    lf_zone_source source;
    lf_zone_source_init(&source, sizeof source);
    source.user = shelf;
    source.user_free = give_back;
    source.load = load;
    return source;
}

lf_status zone_shelf_parse(zone_shelf *shelf, const char *json, heap *h,
                           lf_diagnostics *diagnostics, lf_blueprint **out) {
    lf_blueprint_options options;
    lf_allocator allocator;
    lf_zone_source source = zone_shelf_source(shelf);
    lf_blueprint_options_init(&options, sizeof options);
    if (h != NULL) {
        allocator = heap_allocator(h);
        options.allocator = &allocator;
    }
    options.zones = shelf == NULL ? NULL : &source;
    return lf_blueprint_parse(json, strlen(json), &options, diagnostics, out);
}
