/* SPDX-License-Identifier: MIT */
/* Is it in it: the operator `in`, and the extension sets. */
#include "expr/expr_internal.h"

bool lf_value_in(const lf_value *item, const lf_value *of, lf_meter *meter) {
    uint32_t step = of->type == LF_T_MAP ? 2 : 1;
    for (uint32_t i = 0; i < of->u.list.n && meter->cost <= meter->limit; i++) {
        if (lf_value_is(item, &of->u.list.items[step * i], meter)) {
            return true;
        }
    }
    return false;
}

lf_value lf_run_in(const lf_value *args, lf_run *run) {
    return lf_value_bool(lf_value_in(&args[0], &args[1], &run->meter));
}

/* Is any (or is each) item of `items` in `of`? */
static bool held(const lf_value *of, const lf_value *items, bool any, lf_meter *meter) {
    for (uint32_t i = 0; i < items->u.list.n && meter->cost <= meter->limit; i++) {
        if (lf_value_in(&items->u.list.items[i], of, meter) == any) {
            return any;
        }
    }
    return !any;
}

lf_value lf_run_sets(const lf_value *args, lf_run *run) {
    switch (run->call->detail) {
    case LF_SET_CONTAINS:
        return lf_value_bool(held(&args[0], &args[1], false, &run->meter));
    case LF_SET_EQUIVALENT:
        return lf_value_bool(held(&args[0], &args[1], false, &run->meter) &&
                             held(&args[1], &args[0], false, &run->meter));
    default:
        return lf_value_bool(held(&args[1], &args[0], true, &run->meter));
    }
}
