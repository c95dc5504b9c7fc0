// Names and parameters of calls on counters, checked: what leaves here is a valid command's.
//
// Thread-safety: pure. All throw BadRequest.
#pragma once

#include <string>
#include <string_view>

#include "server/api/parameters.h"
#include "server/core/command.h"

namespace dcount::api {

std::string collection_input(const std::string& name);
core::CounterId counter_input(const std::string& collection, const std::string& id);

/// "collection/id", as batches and cursors name a counter.
core::CounterId counter_path_input(std::string_view path);

/// "" or the `next` of a page.
std::string cursor_input(const std::string& cursor);

/// n (0), min, max, on_limit, ttl. The counter and preconditions are left to the caller.
core::CreateCounter create_input(const Parameters& parameters);

/// n (1), create, min, max, on_limit, ttl, ttl_mode; the rest as above.
core::Add add_input(const Parameters& parameters);

}  // namespace dcount::api
