#include "server/api/prefixes.h"

#include "server/api/bad_request.h"
#include "server/keys/key_holder.h"

namespace dcount::api {

void check_name(const http::Request& request, std::string_view name) {
  const keys::KeyHolder* holder = keys::holder_of(request);
  if (holder == nullptr || holder->may_use(name)) return;
  throw BadRequest("forbidden",
                   "'" + std::string(name) + "' does not begin with a prefix of this key", 403);
}

void check_unlimited(const http::Request& request) {
  const keys::KeyHolder* holder = keys::holder_of(request);
  if (holder == nullptr || !holder->is_limited()) return;
  throw BadRequest("forbidden", "this key has prefixes: it may not ask for all names at once", 403);
}

}  // namespace dcount::api
