/* SPDX-License-Identifier: MIT */
/* The public handle of the sequences: who is in which, where, until when. */
#include "flow/flow.h"
#include "leadflow/scheduler.h"

const lf_scheduler *lf_blueprint_scheduler(const lf_blueprint *blueprint) {
    return blueprint == NULL ? NULL : &blueprint->scheduler;
}

size_t lf_scheduler_sequence_count(const lf_scheduler *scheduler) {
    return scheduler == NULL ? 0 : scheduler->blueprint->n_sequences;
}

const char *lf_scheduler_sequence_at(const lf_scheduler *scheduler, size_t index) {
    return index >= lf_scheduler_sequence_count(scheduler)
               ? NULL
               : scheduler->blueprint->sequences[index].name.p;
}

size_t lf_scheduler_enrolment_count(const lf_scheduler *scheduler, const lf_contact *contact) {
    bool known =
        scheduler != NULL && contact != NULL && contact->schema == &scheduler->blueprint->schema;
    return known ? contact->enrolments.n : 0;
}

static const lf_enrolment *enrolment_at(const lf_scheduler *scheduler, const lf_contact *contact,
                                        size_t index) {
    return index < lf_scheduler_enrolment_count(scheduler, contact)
               ? &contact->enrolments.items[index]
               : NULL;
}

const char *lf_scheduler_enrolment_sequence(const lf_scheduler *scheduler,
                                            const lf_contact *contact, size_t index) {
    const lf_enrolment *enrolment = enrolment_at(scheduler, contact, index);
    return enrolment == NULL ? NULL : scheduler->blueprint->sequences[enrolment->sequence].name.p;
}

const char *lf_scheduler_enrolment_step(const lf_scheduler *scheduler, const lf_contact *contact,
                                        size_t index) {
    const lf_enrolment *enrolment = enrolment_at(scheduler, contact, index);
    return enrolment == NULL || enrolment->step == LF_STEP_END
               ? NULL
               : scheduler->blueprint->steps[enrolment->step].name.p;
}

int64_t lf_scheduler_enrolment_due(const lf_scheduler *scheduler, const lf_contact *contact,
                                   size_t index) {
    const lf_enrolment *enrolment = enrolment_at(scheduler, contact, index);
    return enrolment == NULL ? LF_TIME_NONE : lf_enrolment_due(enrolment);
}
