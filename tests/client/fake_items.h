// The items of FakeServer.
//
// Thread-safety: none; FakeServer's lock.
#pragma once

#include <httplib.h>

#include <map>
#include <string>
#include <unordered_set>
#include <vector>

namespace dcount::test {

class FakeItems {
 public:
  /// `parts` of the path, decoded: {"items", …}.
  void route(const httplib::Request& request, const std::vector<std::string>& parts,
             httplib::Response& response);
  /// In the order in which they were added first.
  const std::vector<std::string>& ids(const std::string& tenant) { return tenants_[tenant].ids; }

 private:
  struct Tenant {
    std::vector<std::string> ids;
    std::unordered_set<std::string> known;
  };

  void add(const httplib::Request& request, httplib::Response& response);
  static void list(const httplib::Request& request, const Tenant& tenant,
                   httplib::Response& response);

  std::map<std::string, Tenant> tenants_;
};

}  // namespace dcount::test
