#include "server/keys/shared_secret.h"

#include "server/http/header.h"
#include "server/http/problem.h"
#include "server/keys/key_text.h"

namespace dcount::keys {

http::Gate secret_gate(const std::string& secret) {
  if (secret.empty()) return {};
  // Of digests: those have one length.
  return [wanted = digest_of("Bearer " + secret)](
             const http::Route&, http::Request& request) -> std::optional<httplib::Response> {
    const bool one = request.http.headers.count("Authorization") == 1;
    if (one && is_same(digest_of(http::header(request, "Authorization")), wanted)) {
      return std::nullopt;
    }
    auto response = http::problem(401, "unauthorized", "this is for the nodes of the cluster");
    response.set_header("WWW-Authenticate", "Bearer");
    return response;
  };
}

}  // namespace dcount::keys
