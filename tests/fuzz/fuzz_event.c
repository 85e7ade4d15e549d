/* SPDX-License-Identifier: MIT */
/* Events: lines of JSON under the blueprint of tests/api/rich.json (history.c). */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#include "../scenario/scenario_lines.h"

static lf_blueprint *rich(void) {
    static const char *const name = "rich_base";
    lf_blueprint *blueprint;
    lf_blueprint_options options;
    char *json = file_text("tests/api", "rich.json"),
         *preset = file_text("tests/api", "rich_base.json");
    if (json == NULL || preset == NULL) {
        fuzz_wrong("it must be run in the root of the tree", NULL);
    }
    const char *const presets[] = {preset};
    lf_blueprint_options_init(&options, sizeof options);
    options.preset_names = &name;
    options.preset_texts = presets;
    options.preset_count = 1;
    fuzz_ok(lf_blueprint_parse(json, strlen(json), &options, NULL, &blueprint), "rich.json");
    free(preset);
    free(json);
    return blueprint;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static lf_blueprint *blueprint; /* read once, kept */
    if (blueprint == NULL) {
        blueprint = rich();
    }
    fuzz_history(blueprint, (const char *)data, size);
    return 0;
}
