// Request bodies as JSON, checked before anything is made of them.
//
// Thread-safety: pure.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "server/http/request.h"

namespace dcount::api {

/// Containers inside containers; deeper is refused (copying such a value would use up the stack).
inline constexpr int json_depth_max = 64;

/// The body as an object, when Content-Type says it is JSON; nullopt otherwise, and for an empty
/// body. Throws BadRequest for what is no JSON object, is nested too deeply, or is not UTF-8.
std::optional<nlohmann::json> json_object_body(const http::Request& request);

/// What is wrong with text that is not JSON, for people; short however long that text is.
std::string json_fault(const nlohmann::json::exception& error);

/// application/json, with or without parameters, in any case.
bool says_json(const http::Request& request);

}  // namespace dcount::api
