/* SPDX-License-Identifier: MIT */
/* The same as consumer.c, by somebody who writes C++: handles in unique_ptr, which the _free functions fit. */
#include <leadflow/leadflow.h>
#include <cstdio>
#include <memory>
#include <string>

template <typename T, void (*release)(T *)> struct releaser {
    void operator()(T *handle) const {
        release(handle);
    }
};
template <typename T, void (*release)(T *)> using owned = std::unique_ptr<T, releaser<T, release>>;

static const std::string rules =
    R"({"leadflow": 1, "name": "consumer", "events": {"demo": {}}, "scores": {"lead": {"dimensions": )"
    R"({"behavior": {"rules": [{"name": "demo", "on": "demo", "points": 20}]}}}}})";
static const std::string demo = R"({"contact":"ada","type":"demo","at":"2026-01-05T10:00:00Z"})";

int main() {
    lf_blueprint *parsed = nullptr;
    lf_step *made = nullptr;
    lf_contact *born = nullptr;
    lf_event *read = nullptr;
    std::int64_t total = 0;
    lf_status status = lf_blueprint_parse(rules.data(), rules.size(), nullptr, nullptr, &parsed);
    owned<lf_blueprint, lf_blueprint_unref> blueprint(parsed);
    status = status == LF_OK ? lf_step_new(parsed, "default", &made) : status;
    owned<lf_step, lf_step_free> step(made);
    status = status == LF_OK ? lf_contact_new(parsed, "ada", 3, &born) : status;
    owned<lf_contact, lf_contact_free> ada(born);
    status = status == LF_OK ? lf_event_new(parsed, &read) : status;
    owned<lf_event, lf_event_free> event(read);
    if (status == LF_OK) {
        status = lf_event_parse(read, demo.data(), demo.size(), 1, nullptr);
    }
    if (status == LF_OK) {
        status = lf_step_take(made, born, read, lf_event_at(read), nullptr, nullptr);
    }
    if (status == LF_OK) {
        status = lf_scorer_total(lf_blueprint_scorer_at(parsed, 0), born, lf_contact_clock(born),
                                 &total);
    }
    std::printf("%s %s %lld\n", lf_version_string(), lf_status_name(status),
                static_cast<long long>(total));
    return status == LF_OK && lf_version() == LF_VERSION ? 0 : 1;
}
