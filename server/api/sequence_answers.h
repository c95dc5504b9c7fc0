// Outcomes of sequences as HTTP answers.
//
// Thread-safety: pure; see Answer::Render.
#pragma once

#include "server/api/dispatcher.h"

namespace dcount::api {

httplib::Response render_sequence_defined(const core::Outcome& outcome, const Answer& answer);
httplib::Response render_sequence_read(const core::Outcome& outcome, const Answer& answer);
httplib::Response render_sequence_deleted(const core::Outcome& outcome, const Answer& answer);
httplib::Response render_sequence_list(const core::Outcome& outcome, const Answer& answer);

}  // namespace dcount::api
