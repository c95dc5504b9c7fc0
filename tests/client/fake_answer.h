// How the parts of FakeServer answer.
//
// Thread-safety: pure functions.
#pragma once

#include <httplib.h>

#include <nlohmann/json.hpp>
#include <string>

namespace dcount::test {

using Json = nlohmann::json;

inline void answer(httplib::Response& response, int status, const Json& body) {
  response.status = status;
  response.set_content(body.dump(), "application/json");
}

inline void problem(httplib::Response& response, int status, const std::string& code,
                    const Json& more = Json::object()) {
  Json body = {
      {"title", "no"}, {"status", status}, {"detail", "because of " + code}, {"code", code}};
  body.update(more);
  response.status = status;
  response.set_content(body.dump(), "application/problem+json");
}

}  // namespace dcount::test
