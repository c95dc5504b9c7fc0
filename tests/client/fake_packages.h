// The packages of FakeServer, and what becomes of their transfers.
//
// Thread-safety: none; FakeServer's lock.
#pragma once

#include <httplib.h>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace dcount::test {

class FakePackages {
 public:
  /// `parts` of the path, decoded: {"api", …}. False: none of its paths.
  bool route(httplib::Request& request, const std::vector<std::string>& parts,
             httplib::Response& response);

  std::string add(std::string bytes);
  const std::map<std::string, std::string>& all() const { return packages_; }

  struct Trouble {
    std::size_t break_after = 0;  ///< bytes of each of the next downloads; 0: none breaks
    int breaks = 0;               ///< how many
    bool ignore_ranges = false;
    bool corrupt = false;      ///< another byte than the digest has, at the beginning
    std::string refused_rule;  ///< of the next uploads: no archive is good enough
    std::string other_etag;    ///< instead of the digest
    std::string meta;          ///< of any package
  } trouble;
  std::vector<std::string> ranges;     ///< what downloads have asked for, "" for all
  std::vector<std::string> if_ranges;  ///< the same
  std::string need;                    ///< of the last download

 private:
  void take(const httplib::Request& request, httplib::Response& response);
  void give(httplib::Request& request, const std::string& pkgid, httplib::Response& response);
  void list(const httplib::Request& request, httplib::Response& response) const;

  std::map<std::string, std::string> packages_;  ///< id to bytes
  int made_up_ = 0;
};

}  // namespace dcount::test
