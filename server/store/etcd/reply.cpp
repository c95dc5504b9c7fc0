#include "server/store/etcd/reply.h"

#include "server/store/etcd/messages.h"

namespace dcount::store::etcd {
namespace {

bool says(const Reply& reply, const char* words) {
  return error_message(reply.body).find(words) != std::string::npos;
}

}  // namespace

Fate fate_of(const Reply& reply) {
  if (reply.kind == Reply::Kind::not_sent) return Fate::not_done;
  if (reply.kind == Reply::Kind::lost) return Fate::unknown;
  switch (reply.status) {
    case 200:
      return Fate::done;
    case 400:
    case 401:
    case 403:
    case 404:
    case 412:
      return Fate::not_done;
    case 429:
      return says(reply, "space exceeded") ? Fate::full : Fate::not_done;
    case 503:
      return says(reply, "no leader") ? Fate::not_done : Fate::unknown;
    default:
      return Fate::unknown;
  }
}

bool wants_login(const Reply& reply) {
  if (reply.kind != Reply::Kind::answered) return false;
  if (reply.status == 401) return true;
  // Without a token etcd 3.4 answers 400 "user name is empty"; "revision of auth store is old" when
  // users or roles have changed since ours was made.
  return reply.status == 400 &&
         (says(reply, "user name is empty") || says(reply, "revision of auth store is old"));
}

bool is_refusal(const Reply& reply) {
  if (reply.kind != Reply::Kind::answered) return false;
  return reply.status == 400 || reply.status == 401 || reply.status == 403;
}

std::string describe(const Reply& reply) {
  if (reply.kind != Reply::Kind::answered) return reply.body;
  return "etcd answered " + std::to_string(reply.status) + ": " + error_message(reply.body);
}

}  // namespace dcount::store::etcd
