// Malformed input, said where it is found and turned into a problem where the handler is called.
// The one exception of the API: parsing is a straight column of steps, each of which may end it.
#pragma once

#include <stdexcept>
#include <string>

namespace dcount::api {

struct BadRequest : std::runtime_error {
  BadRequest(std::string code, const std::string& detail, int status = 400)
      : std::runtime_error(detail), code(std::move(code)), status(status) {}
  std::string code;
  int status;
  std::string members;  ///< a JSON object whose members join the problem's, or empty
};

[[noreturn]] inline void malformed(const std::string& detail) {
  throw BadRequest("malformed", detail);
}

}  // namespace dcount::api
