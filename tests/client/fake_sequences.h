// The sequences of FakeServer: each exact, and all of them as if there were one server.
//
// Thread-safety: none; FakeServer's lock.
#pragma once

#include <httplib.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/sequence.h"
#include "tests/client/fake_answer.h"

namespace dcount::test {

class FakeSequences {
 public:
  FakeSequences();

  /// `parts` of the path, decoded: {"v2", name} or {"sequences", …}.
  void route(const httplib::Request& request, const std::vector<std::string>& parts,
             httplib::Response& response);
  /// All reservations' time is over.
  void expire();

 private:
  struct Held {
    std::int64_t number;
    std::string state;  ///< reserved, confirmed, released, expired
  };
  struct Sequence {
    Json definition;
    std::optional<std::int64_t> next;
    std::int64_t wraps = 0;
    std::int64_t version = 1;
    std::set<std::int64_t> free;
    std::map<std::string, Held> held;
  };

  static Sequence defined(const Json& definition);
  static Json state_of(const std::string& name, const Sequence& sequence);
  static std::optional<std::int64_t> take(Sequence& sequence);
  void define(const httplib::Request& request, const std::string& name,
              httplib::Response& response);
  void list(const httplib::Request& request, httplib::Response& response) const;
  void draw(const httplib::Request& request, Sequence& sequence, httplib::Response& response);
  void reserve(Sequence& sequence, httplib::Response& response);
  void settle(Sequence& sequence, const std::string& token, const std::string& state,
              httplib::Response& response);

  std::map<std::string, Sequence> sequences_;
  int tokens_ = 0;
};

}  // namespace dcount::test
