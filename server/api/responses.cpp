#include "server/api/responses.h"

#include <utility>

#include "server/api/conditions.h"

namespace dcount::api {

httplib::Response json_response(int status, std::string body) {
  httplib::Response response;
  response.status = status;
  response.set_header("Content-Type", "application/json");
  response.body = std::move(body);
  return response;
}

httplib::Response json_response(int status, std::string body, std::int64_t version) {
  auto response = json_response(status, std::move(body));
  if (version > 0) response.set_header("ETag", etag(version));
  return response;
}

bool is_unchanged(const Answer& answer, std::int64_t version) {
  return version > 0 && !answer.if_none_match.empty() &&
         etag_list_has(answer.if_none_match, version);
}

httplib::Response not_modified(std::int64_t version) {
  httplib::Response response;
  response.status = 304;
  response.set_header("ETag", etag(version));
  return response;
}

}  // namespace dcount::api
