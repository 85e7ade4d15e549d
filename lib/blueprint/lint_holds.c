/* SPDX-License-Identifier: MIT */
/* The linter on what messages wait for: hours that never come, caps that leave no room. */
#include "blueprint/blueprint_internal.h"
#include "time/timing.h"

#define DAY ((int32_t)(LF_MS_DAY / LF_MS_SECOND))

/* ---- hours ---- */
/* When it is not quiet any more, from this second of a day on; the same if it is not quiet then. */
static int32_t quiet_until(const lf_blueprint *bp, uint32_t channel, int32_t at) {
    int32_t until = at;
    for (uint32_t i = 0; i < bp->n_quiet[channel]; i++) {
        const lf_window *quiet = &bp->quiet[channel][i];
        int32_t length = quiet->to - quiet->from + (quiet->to < quiet->from ? DAY : 0);
        int32_t since = (at - quiet->from + 2 * DAY) % DAY;
        int32_t end = since < length ? at + length - since : at;
        until = end > until ? end : until;
    }
    return until;
}

static bool all_quiet(const lf_blueprint *bp, uint32_t channel, int32_t from, int32_t to) {
    int32_t end = to > from ? to : to + DAY, at = from, next = from;
    do {
        at = next;
        next = quiet_until(bp, channel, at);
    } while (next > at && next < end);
    return next >= end;
}

static bool writes_by(const lf_blueprint *bp, uint16_t sequence, uint32_t channel) {
    bool writes = false;
    for (uint32_t i = bp->sequences[sequence].first_step;
         i < bp->n_steps && bp->steps[i].sequence == sequence; i++) {
        const lf_action *action = &bp->steps[i].action;
        if (bp->steps[i].kind == LF_STEP_ACTION && action->kind == LF_ACT_SEND) {
            const lf_template_def *def = &bp->templates[action->index];
            writes = writes || (def->channel == channel && !def->transactional);
        }
    }
    return writes;
}

static void lint_windows(lf_build *b, uint32_t channel) {
    const lf_blueprint *bp = b->bp;
    for (uint32_t i = 0; i < bp->n_sequences; i++) {
        const lf_window *window = &bp->sequences[i].window;
        if (window->days != 0 && all_quiet(bp, channel, window->from, window->to) &&
            writes_by(bp, (uint16_t)i, channel)) {
            size_t length = lf_path_to(b, "sequences", bp->sequences[i].name);
            lf_path_down(b, LF_STR("window"));
            lf_build_finding(b, LF_D_NEVER_SENT,
                             "the window lies wholly in the quiet hours of %s, so nothing is ever "
                             "sent: let it reach beyond them",
                             lf_channel_words[channel]);
            lf_path_up(b, length);
        }
    }
}

/* ---- caps ---- */
static bool has_no_room(const lf_caps *caps, const lf_template_def *def) {
    bool none = false;
    for (uint32_t i = 0; def->capped && i < caps->n; i++) {
        const lf_cap *cap = &caps->items[i];
        none =
            none || (cap->max == 0 && (cap->class_ == LF_NO_INDEX || cap->class_ == def->class_));
    }
    return none;
}

static void lint_room(lf_build *b) {
    for (uint32_t i = 0; i < b->bp->n_templates; i++) {
        const lf_template_def *def = &b->bp->templates[i];
        if (has_no_room(&b->bp->caps[def->channel], def)) {
            size_t length = lf_path_to(b, "templates", def->name);
            lf_build_finding(b, LF_D_NEVER_SENT,
                             "a cap of %s with 'max' 0 is for this template, so it is never sent: "
                             "raise it, or say \"caps\": false",
                             lf_channel_words[def->channel]);
            lf_path_up(b, length);
        }
    }
}

/* ---- the whole ---- */
void lf_lint_holds(lf_build *b) {
    for (uint32_t channel = 0; channel < LF_CHANNELS; channel++) {
        if (b->bp->n_quiet[channel] > 0 && all_quiet(b->bp, channel, 0, DAY)) {
            size_t length = lf_path_to(b, "caps", lf_str_of(lf_channel_words[channel]));
            lf_build_finding(b, LF_D_NEVER_SENT,
                             "it is quiet all day, so nothing is ever sent by %s: leave some hours",
                             lf_channel_words[channel]);
            lf_path_up(b, length);
        } else if (b->bp->n_quiet[channel] > 0) {
            lint_windows(b, channel);
        }
    }
    lint_room(b);
}
