// What the calls of all resources have in common: a row of a table says method, path and the
// function that makes a command of the request.
//
// Thread-safety: handlers run on event loops and never block.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "server/api/context.h"
#include "server/http/route_table.h"

namespace dcount::api {

/// What every call is: a command, and how its outcome is answered.
struct Call {
  core::Command command;
  Answer answer;
};

/// `subject` is what is asked for, for people: `kind` and name.
Call call_for(const http::Request& request, core::CommandBody body, Answer::Render render,
              const char* kind, std::string subject);

struct CallRow {
  const char* method;
  const char* pattern;  ///< answered with a '/' at its end, too
  /// From the request to the command. Throws BadRequest.
  Call (*make)(const http::Request& request, const Context& context);
  bool writes;  ///< takes an Idempotency-Key; when it is a GET there is no HEAD
  std::size_t body_bytes_max = std::size_t{1} << 20;
  const char* scope = nullptr;  ///< that a caller needs; null: "write" when it writes, or "read"
};

/// Adds the rows' routes. `context` outlives the table.
void add_calls(http::RouteTable& routes, Context& context, std::span<const CallRow> rows);

}  // namespace dcount::api
