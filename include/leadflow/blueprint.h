/* SPDX-License-Identifier: MIT */
/**
 * @file blueprint.h
 * @brief Buffers and diagnostics, the compiled definitions, and events checked against them.
 */
#ifndef LEADFLOW_BLUEPRINT_H
#define LEADFLOW_BLUEPRINT_H

#include <leadflow/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @brief Text that grows; how long results come back. One thread at a time. @since 1.0 */
typedef struct lf_buffer lf_buffer;
/** @brief Immutable definitions, atomically reference-counted. Any thread. @since 1.0 */
typedef struct lf_blueprint lf_blueprint;
/** @brief A list of errors and findings with their places. One thread at a time. @since 1.0 */
typedef struct lf_diagnostics lf_diagnostics;
/** @brief One event, checked against a blueprint, and room for the next one. One thread at a time.
 *  @since 1.0 */
typedef struct lf_event lf_event;

/* ---- buffers ---- */

/**
 * @brief Makes an empty buffer.
 * @param allocator  copied; NULL for the C library's
 * @param out        owned, free with lf_buffer_free()
 * @returns LF_OK, LF_E_NOMEM, LF_E_ARG, LF_E_ABI
 * @note Any thread.
 * @since 1.0
 */
LF_API lf_status lf_buffer_new(const lf_allocator *allocator, lf_buffer **out);
/** @brief Frees a buffer. @param buffer  freed; may be NULL @since 1.0 */
LF_API void lf_buffer_free(lf_buffer *buffer);
/** @brief Empties a buffer, which keeps its memory. @param buffer  used during the call; may be NULL @since 1.0 */
LF_API void lf_buffer_clear(lf_buffer *buffer);
/**
 * @brief The bytes.
 * @param buffer  read during the call
 * @returns NUL-terminated, borrowed until the buffer changes; "" if empty
 * @since 1.0
 */
LF_API const char *lf_buffer_data(const lf_buffer *buffer);
/**
 * @brief How many bytes there are.
 * @param buffer  read during the call
 * @returns the bytes, without the final NUL
 * @since 1.0
 */
LF_API size_t lf_buffer_size(const lf_buffer *buffer);

/* ---- diagnostics ---- */

/**
 * @brief Makes an empty list. Functions that take one append to it; it keeps at most 1,000.
 * @param allocator  copied; NULL for the C library's
 * @param out        owned, free with lf_diagnostics_free()
 * @returns LF_OK, LF_E_NOMEM, LF_E_ARG, LF_E_ABI
 * @note Any thread.
 * @since 1.0
 */
LF_API lf_status lf_diagnostics_new(const lf_allocator *allocator, lf_diagnostics **out);
/** @brief Frees a list. @param diagnostics  freed; may be NULL @since 1.0 */
LF_API void lf_diagnostics_free(lf_diagnostics *diagnostics);
/**
 * @brief Empties a list; text borrowed from it is gone.
 * @param diagnostics  used during the call
 * @since 1.0
 */
LF_API void lf_diagnostics_clear(lf_diagnostics *diagnostics);
/**
 * @brief How many there are.
 * @param diagnostics  read during the call
 * @returns the count of errors and findings
 * @since 1.0
 */
LF_API size_t lf_diagnostics_count(const lf_diagnostics *diagnostics);
/**
 * @brief Whether it is an error.
 * @param diagnostics  read during the call
 * @param index        from 0
 * @returns 1 for an error, 0 for a finding of the linter or an index out of range
 * @since 1.0
 */
LF_API int32_t lf_diagnostics_is_error(const lf_diagnostics *diagnostics, size_t index);
/**
 * @brief A code such as "unknown-key" (docs/errors.md).
 * @param diagnostics  read during the call
 * @param index        from 0
 * @returns static; NULL out of range
 * @since 1.0
 */
LF_API const char *lf_diagnostics_code(const lf_diagnostics *diagnostics, size_t index);
/**
 * @brief One sentence.
 * @param diagnostics  read during the call
 * @param index        from 0
 * @returns borrowed until the list is cleared or freed; NULL out of range
 * @since 1.0
 */
LF_API const char *lf_diagnostics_text(const lf_diagnostics *diagnostics, size_t index);
/**
 * @brief JSON Pointer (RFC 6901) of the place, "" for the whole document.
 * @param diagnostics  read during the call
 * @param index        from 0
 * @returns borrowed until the list is cleared or freed; NULL out of range
 * @since 1.0
 */
LF_API const char *lf_diagnostics_pointer(const lf_diagnostics *diagnostics, size_t index);
/**
 * @brief The preset that it is about, "" for the document itself.
 * @param diagnostics  read during the call
 * @param index        from 0
 * @returns borrowed until the list is cleared or freed; NULL out of range
 * @since 1.0
 */
LF_API const char *lf_diagnostics_source(const lf_diagnostics *diagnostics, size_t index);
/**
 * @brief Its line.
 * @param diagnostics  read during the call
 * @param index        from 0
 * @returns from 1; 0 if it has none
 * @since 1.0
 */
LF_API uint32_t lf_diagnostics_line(const lf_diagnostics *diagnostics, size_t index);
/**
 * @brief Its column.
 * @param diagnostics  read during the call
 * @param index        from 0
 * @returns in bytes, from 1; 0 if it has none
 * @since 1.0
 */
LF_API uint32_t lf_diagnostics_column(const lf_diagnostics *diagnostics, size_t index);

/* ---- time zones ---- */

/** @brief Where lf_zone_source.load() writes; it is borrowed until that returns. One thread at a time. @since 1.0 */
typedef struct lf_zone_data lf_zone_data;
/**
 * @brief Gives the zone that was asked for. A second call replaces the first.
 * @param data   used during the call
 * @param bytes  a TZif file (RFC 9636, version 1 to 4), read during the call; damaged ones count as if there
 *               were no such zone
 * @param size   its bytes, at most 65,536
 * @returns LF_OK; LF_E_ARG, LF_E_NOMEM: return it from load
 * @since 1.0
 */
LF_API lf_status lf_zone_data_set(lf_zone_data *data, const void *bytes, size_t size);

/**
 * @brief Where time zones come from (docs/blueprint.md, "Time zones"): the library opens no files.
 *
 * `load` gets `user`, and a `name` of `name_len` bytes, which is borrowed until the callback returns, as `data` is. It
 * is called when a zone is needed for the first time, by whatever thread parses, steps or evaluates, by several at
 * once if there are several; it must not call the library, but for lf_zone_data_set(). A blueprint keeps up to
 * 1,024 zones for as long as it lives. "UTC" is never asked for.
 * @since 1.0
 */
typedef struct lf_zone_source {
    /** sizeof(lf_zone_source). @since 1.0 */
    size_t struct_size;
    /** Passed on to each callback. @since 1.0 */
    void *user;
    /** Optional: called with `user` once, when the blueprint is freed; not if lf_blueprint_parse() fails. @since 1.0 */
    void (*user_free)(void *user);
    /**
     * Gives the zone of this name to `data`, and returns LF_OK. The name is NUL-terminated, of letters, digits, `_`,
     * `+` and `-`, with `/` between them. If there is no such zone it returns LF_OK or LF_E_NOTFOUND. With any other
     * status the call fails that needed the zone, and nothing has changed. @since 1.0
     */
    lf_status (*load)(void *user, const char *name, size_t name_len, lf_zone_data *data);
} lf_zone_source;

/**
 * @brief Sets every member to its default.
 * @param source       written; NULL does nothing
 * @param struct_size  sizeof(lf_zone_source)
 * @note Any thread.
 * @since 1.0
 */
LF_API void lf_zone_source_init(lf_zone_source *source, size_t struct_size);

/* ---- blueprints ---- */

/**
 * @brief What an expression may be and take (docs/expressions.md, "Limits"). Zero means default.
 *
 * One that is larger is an error of the blueprint; one that takes more when it runs ends in an error, so a
 * condition is false.
 * @since 1.0
 */
typedef struct lf_expression_limits {
    size_t struct_size; /**< sizeof(lf_expression_limits). @since 1.0 */
    size_t source;      /**< Bytes of its text, at most 1,048,576; 0: 65,536. @since 1.0 */
    size_t nesting;     /**< Of brackets, calls and `?:`, at most 250; 0: 250. @since 1.0 */
    size_t nodes; /**< Names, literals and operations, at most 1,000,000; 0: 3,000. @since 1.0 */
    size_t
        iterations; /**< Turns of all macros in an evaluation, at most 100,000,000; 0: 10,000. @since 1.0 */
    size_t cost; /**< Steps of an evaluation, at most 1,000,000,000; 0: 50,000. @since 1.0 */
    size_t
        memory; /**< Bytes that an evaluation works in, at most 1,073,741,824; 0: 1,048,576. @since 1.0 */
} lf_expression_limits;

/**
 * @brief Sets every member to its default.
 * @param limits       written; NULL does nothing
 * @param struct_size  sizeof(lf_expression_limits)
 * @note Any thread.
 * @since 1.0
 */
LF_API void lf_expression_limits_init(lf_expression_limits *limits, size_t struct_size);

/** @brief What lf_blueprint_parse() may be told. Zero means default. @since 1.0 */
typedef struct lf_blueprint_options {
    size_t struct_size; /**< sizeof(lf_blueprint_options). @since 1.0 */
    const lf_allocator *
        allocator; /**< Copied; of the blueprint and all that is made of it; NULL: libc. @since 1.0 */
    const char *const *
        preset_names; /**< What `extends` may name, NUL-terminated, read during the call. @since 1.0 */
    const char *const
        *preset_texts;   /**< Their documents, NUL-terminated, read during the call. @since 1.0 */
    size_t preset_count; /**< How many presets there are, at most 255. @since 1.0 */
    size_t lint;         /**< Not 0: the linter's findings are reported too. @since 1.0 */
    const lf_expression_limits *limits; /**< Copied; NULL: the defaults. @since 1.0 */
    const lf_zone_source *zones; /**< Copied; NULL: every zone but UTC is unknown. @since 1.0 */
    /** What contacts were stored with, read during the call: each of its states must be there, or renamed; NULL: it is
     *  not known. @since 1.0 */
    const lf_blueprint *previous;
} lf_blueprint_options;

/**
 * @brief Sets every member to its default.
 * @param options      written
 * @param struct_size  sizeof(lf_blueprint_options)
 * @note Any thread.
 * @since 1.0
 */
LF_API void lf_blueprint_options_init(lf_blueprint_options *options, size_t struct_size);

/**
 * @brief Parses, checks and compiles a document (docs/blueprint.md).
 *
 * All errors are reported, each with its place; then nothing is made.
 * @param json         UTF-8, copied
 * @param json_len     its bytes
 * @param options      read during the call; NULL for defaults
 * @param diagnostics  appended to; may be NULL
 * @param out          owned, give back with lf_blueprint_unref(); NULL on failure
 * @returns LF_OK, LF_E_PARSE, LF_E_NOMEM, LF_E_ARG, LF_E_ABI, or what the source of time zones returned;
 *          LF_E_STORE: that was a positive number
 * @note Any thread.
 * @since 1.0
 */
LF_API lf_status lf_blueprint_parse(const char *json, size_t json_len,
                                    const lf_blueprint_options *options,
                                    lf_diagnostics *diagnostics, lf_blueprint **out);
/**
 * @brief The names that a document `extends`, for whoever has to fetch those presets before it is
 *        parsed. They may extend others in turn.
 * @param json      UTF-8, read during the call
 * @param json_len  its bytes
 * @param out       appended to: each name followed by a NUL
 * @returns LF_OK, LF_E_PARSE: no JSON object, LF_E_NOMEM, LF_E_ARG
 * @note Any thread.
 * @since 1.0
 */
LF_API lf_status lf_blueprint_extends(const char *json, size_t json_len, lf_buffer *out);
/**
 * @brief Takes one more reference; any thread.
 * @param blueprint  used during the call
 * @returns the blueprint, owned once more
 * @since 1.0
 */
LF_API lf_blueprint *lf_blueprint_ref(lf_blueprint *blueprint);
/** @brief Gives a reference back; any thread. The last one frees it. @param blueprint  given back; may be NULL @since 1.0 */
LF_API void lf_blueprint_unref(lf_blueprint *blueprint);
/**
 * @brief Its `name`.
 * @param blueprint  read during the call
 * @returns borrowed until the blueprint is freed; "" if it has none
 * @since 1.0
 */
LF_API const char *lf_blueprint_name(const lf_blueprint *blueprint);
/**
 * @brief The document after `extends` were merged in (RFC 7396), as JSON.
 * @param blueprint  read during the call
 * @param out        appended to
 * @returns LF_OK, LF_E_NOMEM, LF_E_ARG
 * @since 1.0
 */
LF_API lf_status lf_blueprint_json(const lf_blueprint *blueprint, lf_buffer *out);

/* ---- events ---- */

/**
 * @brief Makes room for events of a blueprint.
 * @param blueprint  a reference is taken
 * @param out        owned, free with lf_event_free()
 * @returns LF_OK, LF_E_NOMEM, LF_E_ARG
 * @since 1.0
 */
LF_API lf_status lf_event_new(lf_blueprint *blueprint, lf_event **out);
/** @brief Frees an event. @param event  freed; may be NULL @since 1.0 */
LF_API void lf_event_free(lf_event *event);
/**
 * @brief Reads one event (docs/blueprint.md, "Events") in place of the one before, and checks it.
 * @param event        used during the call
 * @param json         UTF-8, copied
 * @param json_len     its bytes
 * @param line         the line it stands on, from 1, for diagnostics; 1 if unknown
 * @param diagnostics  appended to; may be NULL
 * @returns LF_OK; LF_E_EVENT: not an event of the blueprint; LF_E_NOTFOUND: of an undeclared type
 *          that the blueprint ignores; LF_E_NOMEM, LF_E_ARG
 * @since 1.0
 */
LF_API lf_status lf_event_parse(lf_event *event, const char *json, size_t json_len, uint32_t line,
                                lf_diagnostics *diagnostics);
/**
 * @brief Begins an event by hand in place of the one before; lf_event_check() ends it.
 * @param event        used during the call
 * @param contact      the contact's id, copied, 1 to 255 bytes
 * @param contact_len  its bytes
 * @param type         a declared base type, copied
 * @param type_len     its bytes
 * @param at           milliseconds since 1970
 * @param id           copied, 1 to 255 bytes; NULL for none
 * @param id_len       its bytes
 * @param diagnostics  appended to; may be NULL
 * @returns LF_OK, LF_E_EVENT, LF_E_NOMEM, LF_E_ARG
 * @since 1.0
 */
LF_API lf_status lf_event_start(lf_event *event, const char *contact, size_t contact_len,
                                const char *type, size_t type_len, int64_t at, const char *id,
                                size_t id_len, lf_diagnostics *diagnostics);
/**
 * @brief Sets a string prop.
 * @param event        used during the call
 * @param prop         a declared prop of the type, read during the call
 * @param prop_len     its bytes
 * @param text         UTF-8, copied
 * @param text_len     its bytes
 * @param diagnostics  appended to; may be NULL
 * @returns LF_OK, LF_E_EVENT, LF_E_NOMEM, LF_E_ARG
 * @since 1.0
 */
LF_API lf_status lf_event_set_string(lf_event *event, const char *prop, size_t prop_len,
                                     const char *text, size_t text_len,
                                     lf_diagnostics *diagnostics);
/**
 * @brief Sets an int prop, or a double prop to a whole number.
 * @param event        used during the call
 * @param prop         a declared prop of the type, read during the call
 * @param prop_len     its bytes
 * @param value        its value
 * @param diagnostics  appended to; may be NULL
 * @returns as lf_event_set_string()
 * @since 1.0
 */
LF_API lf_status lf_event_set_int(lf_event *event, const char *prop, size_t prop_len, int64_t value,
                                  lf_diagnostics *diagnostics);
/**
 * @brief Sets a double prop.
 * @param event        used during the call
 * @param prop         a declared prop of the type, read during the call
 * @param prop_len     its bytes
 * @param value        its value, finite
 * @param diagnostics  appended to; may be NULL
 * @returns as lf_event_set_string()
 * @since 1.0
 */
LF_API lf_status lf_event_set_double(lf_event *event, const char *prop, size_t prop_len,
                                     double value, lf_diagnostics *diagnostics);
/**
 * @brief Sets a bool prop.
 * @param event        used during the call
 * @param prop         a declared prop of the type, read during the call
 * @param prop_len     its bytes
 * @param value        0 is false
 * @param diagnostics  appended to; may be NULL
 * @returns as lf_event_set_string()
 * @since 1.0
 */
LF_API lf_status lf_event_set_bool(lf_event *event, const char *prop, size_t prop_len,
                                   int32_t value, lf_diagnostics *diagnostics);
/**
 * @brief Sets a timestamp prop.
 * @param event        used during the call
 * @param prop         a declared prop of the type, read during the call
 * @param prop_len     its bytes
 * @param value        milliseconds since 1970
 * @param diagnostics  appended to; may be NULL
 * @returns as lf_event_set_string()
 * @since 1.0
 */
LF_API lf_status lf_event_set_time(lf_event *event, const char *prop, size_t prop_len,
                                   int64_t value, lf_diagnostics *diagnostics);
/**
 * @brief Sets any prop from JSON, also lists and the `fields` of `$update`.
 * @param event        used during the call
 * @param prop         a declared prop of the type, read during the call
 * @param prop_len     its bytes
 * @param json         UTF-8, copied
 * @param json_len     its bytes
 * @param diagnostics  appended to; may be NULL
 * @returns as lf_event_set_string()
 * @since 1.0
 */
LF_API lf_status lf_event_set_json(lf_event *event, const char *prop, size_t prop_len,
                                   const char *json, size_t json_len, lf_diagnostics *diagnostics);
/**
 * @brief Ends an event made by hand: are all required props there?
 * @param event        used during the call
 * @param diagnostics  appended to; may be NULL
 * @returns as lf_event_set_string()
 * @since 1.0
 */
LF_API lf_status lf_event_check(lf_event *event, lf_diagnostics *diagnostics);
/**
 * @brief The contact's id.
 * @param event  read during the call
 * @param len    written: its bytes; may be NULL
 * @returns borrowed until the next event, NUL-terminated
 * @since 1.0
 */
LF_API const char *lf_event_contact(const lf_event *event, size_t *len);
/**
 * @brief The event's own time.
 * @param event  read during the call
 * @returns milliseconds since 1970
 * @since 1.0
 */
LF_API int64_t lf_event_at(const lf_event *event);

#ifdef __cplusplus
}
#endif
#endif
