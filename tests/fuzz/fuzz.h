/* SPDX-License-Identifier: MIT */
/*
 * What the fuzz targets share. A target is a LLVMFuzzerTestOneInput(): linked with libFuzzer it looks for inputs, with
 * standalone.c it takes those that were found before. Something wrong ends the program.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <leadflow/leadflow.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

_Noreturn void fuzz_wrong(const char *what, const char *more); /* `more` may be NULL */
void fuzz_ok(lf_status status, const char *what);

/* Memory that is counted: more than 64 MB at once is wrong, and so is what nobody has given back at the end. */
lf_allocator fuzz_allocator(void);
void fuzz_all_given_back(void);

/* Diagnostics that can be shown: each has a code, a text, a JSON Pointer, and a place within the text. */
void fuzz_diagnostics(const lf_diagnostics *said, const char *text, size_t len,
                      uint32_t first_line);

/* Lines of events through the step, as they stand; one contact goes on, others are met once. */
void fuzz_history(lf_blueprint *blueprint, const char *text, size_t len);
