// What became of one request to etcd, and what that means for a write.
//
// Thread-safety: plain values, pure functions.
#pragma once

#include <string>

namespace dcount::store::etcd {

struct Reply {
  enum class Kind {
    answered,
    not_sent,  ///< no member was reached: nothing has happened
    lost,      ///< sent, or half of it; no answer came
  };
  Kind kind = Kind::not_sent;
  int status = 0;    ///< HTTP's, when answered
  std::string body;  ///< the answer; otherwise why there is none, for people
};

enum class Fate {
  done,      ///< answered as asked
  not_done,  ///< certainly not applied, and never will be
  full,      ///< as not_done: etcd has reached its quota (NOSPACE)
  unknown,   ///< may have been applied, or may still be
};

/// Source: etcd's Go client (clientv3/retry.go) repeats a write only when nothing was sent. Beyond
/// that, what a member refuses before it proposes anything to the others is certain: a malformed or
/// too large request, missing rights, "no leader" and "too many requests".
Fate fate_of(const Reply& reply);

/// The member refused because it does not know our token (any more).
bool wants_login(const Reply& reply);

/// The member takes us or what we ask for wrong: asking again changes nothing.
bool is_refusal(const Reply& reply);

/// For people: what went wrong.
std::string describe(const Reply& reply);

}  // namespace dcount::store::etcd
