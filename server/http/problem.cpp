// Errors on the wire, see problem.h.
#include "server/http/problem.h"

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "server/http/response_writer.h"

namespace dcount::http {
namespace {

const char* retryable_name(Retryable retryable) {
  switch (retryable) {
    case Retryable::no:
      return "no";
    case Retryable::yes:
      return "yes";
    case Retryable::same_key:
      return "same-key";
  }
  std::abort();
}

}  // namespace

httplib::Response problem(int status, std::string_view code, const std::string& detail,
                          Retryable retryable) {
  nlohmann::ordered_json body;
  body["type"] = "about:blank";
  body["title"] = reason_phrase(status);
  body["status"] = status;
  body["detail"] = detail;
  body["code"] = code;
  body["retryable"] = retryable_name(retryable);

  httplib::Response response;
  response.status = status;
  // `detail` may quote what a client sent: any bytes.
  response.set_content(body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
                       "application/problem+json");
  if (status == 429 || status == 503) response.set_header("Retry-After", "1");
  return response;
}

}  // namespace dcount::http
