// Answers in the forms that all resources share.
//
// Thread-safety: pure.
#pragma once

#include <httplib.h>

#include <cstdint>
#include <string>

#include "server/api/dispatcher.h"

namespace dcount::api {

httplib::Response json_response(int status, std::string body);

/// With the record's version as ETag; 0 is none.
httplib::Response json_response(int status, std::string body, std::int64_t version);

/// Whether the GET's If-None-Match has the version: 304 is the answer.
bool is_unchanged(const Answer& answer, std::int64_t version);
httplib::Response not_modified(std::int64_t version);

}  // namespace dcount::api
