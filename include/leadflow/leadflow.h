/* SPDX-License-Identifier: MIT */
/**
 * @file leadflow.h
 * @brief Everything at once: includes every other public header.
 */
#ifndef LEADFLOW_LEADFLOW_H
#define LEADFLOW_LEADFLOW_H

#include <leadflow/types.h>
#include <leadflow/version.h>
#include <leadflow/blueprint.h>
#include <leadflow/contact.h>
#include <leadflow/unsubscribe.h>
#include <leadflow/scorer.h>
#include <leadflow/lifecycle.h>
#include <leadflow/scheduler.h>
#include <leadflow/step.h>
#include <leadflow/store.h>
#include <leadflow/engine.h>

#endif
