// Outcomes of counters as HTTP answers.
//
// Thread-safety: pure; see Answer::Render.
#pragma once

#include "server/api/dispatcher.h"

namespace dcount::api {

httplib::Response render_created(const core::Outcome& outcome, const Answer& answer);
httplib::Response render_read(const core::Outcome& outcome, const Answer& answer);
httplib::Response render_added(const core::Outcome& outcome, const Answer& answer);
httplib::Response render_reset(const core::Outcome& outcome, const Answer& answer);
httplib::Response render_deleted(const core::Outcome& outcome, const Answer& answer);
httplib::Response render_list(const core::Outcome& outcome, const Answer& answer);

/// One object of a batch's results.
std::string result_json(const core::CounterOutcome& outcome, Ints ints);

}  // namespace dcount::api
