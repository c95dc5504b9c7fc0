#include "tests/client/fake_packages.h"

#include <algorithm>
#include <utility>

#include "client/content_digest.h"
#include "tests/client/fake_answer.h"

namespace dcount::test {
namespace {

std::string digest_of(const std::string& bytes) {
  client::ContentDigest digest;
  digest.add(bytes);
  return digest.hex();
}

}  // namespace

std::string FakePackages::add(std::string bytes) {
  const std::string pkgid = "pkg-" + std::to_string(++made_up_);
  packages_[pkgid] = std::move(bytes);
  return pkgid;
}

bool FakePackages::route(httplib::Request& request, const std::vector<std::string>& parts,
                         httplib::Response& response) {
  if (parts.size() < 2 || parts[0] != "api") return false;
  if (parts[1] == "add_pkg") {
    take(request, response);
  } else if (parts[1] == "usage") {
    std::size_t bytes = 0;
    for (const auto& [pkgid, content] : packages_) bytes += content.size();
    answer(response, 200,
           {{"key", "00aa"},
            {"packages", packages_.size()},
            {"bytes", bytes},
            {"quota_packages", nullptr},
            {"quota_bytes", 1 << 20}});
  } else if (parts[1] == "get_pkg" && parts.size() == 3) {
    give(request, parts[2], response);
  } else if (parts[1] == "packages" && parts.size() == 2) {
    list(request, response);
  } else if (parts[1] == "packages" && request.method == "DELETE") {
    answer(response, 200, {{"del", packages_.erase(parts[2])}});
  } else if (parts[1] == "packages" && !packages_.contains(parts[2])) {
    problem(response, 404, "not_found");
  } else if (parts[1] == "packages" && !trouble.meta.empty()) {
    response.set_content(trouble.meta, "application/json");
  } else if (parts[1] == "packages") {
    answer(response, 200, {{"pkgid", parts[2]}, {"expire", 0}, {"mine", "kept"}});
  } else {
    return false;
  }
  return true;
}

void FakePackages::take(const httplib::Request& request, httplib::Response& response) {
  const std::string sha256 = digest_of(request.body);
  if (!trouble.refused_rule.empty()) {
    return problem(response, 400, "bad_archive", {{"rule", trouble.refused_rule}});
  }
  if (request.get_header_value("X-Content-SHA256") != sha256) {
    return problem(response, 400, "digest_mismatch");
  }
  const std::string pkgid = add(request.body);
  answer(response, 201,
         {{"pkgid", pkgid}, {"replicas", 2}, {"sha256", sha256}, {"bytes", request.body.size()}});
}

void FakePackages::give(httplib::Request& request, const std::string& pkgid,
                        httplib::Response& response) {
  ranges.push_back(request.get_header_value("Range"));
  if_ranges.push_back(request.get_header_value("If-Range"));
  need = request.get_param_value("need");
  request.ranges.clear();  // cpp-httplib would cut what is cut here
  auto found = packages_.find(pkgid);
  if (found == packages_.end()) return problem(response, 404, "not_found");
  std::string content = found->second;
  const std::string etag = trouble.other_etag.empty() ? digest_of(content) : trouble.other_etag;
  if (trouble.corrupt) content[0] ^= 1;
  std::size_t first = 0;
  if (!ranges.back().empty() && !trouble.ignore_ranges) {
    first = std::stoul(ranges.back().substr(ranges.back().find('=') + 1));
    if (first >= content.size()) return problem(response, 416, "range_not_satisfiable");
    response.set_header("Content-Range", "bytes " + std::to_string(first) + "-" +
                                             std::to_string(content.size() - 1) + "/" +
                                             std::to_string(content.size()));
  }
  response.status = first > 0 ? 206 : 200;
  response.set_header("ETag", '"' + etag + '"');
  const std::size_t length_of_rest = content.size() - first;
  std::size_t until = length_of_rest;
  if (trouble.breaks > 0 && trouble.break_after < until) {
    --trouble.breaks;
    until = trouble.break_after;
  }
  response.set_content_provider(
      length_of_rest, "application/x-xz",
      [content = std::move(content), first, until](std::size_t offset, std::size_t length,
                                                   httplib::DataSink& sink) {
        if (offset >= until) return false;
        return sink.write(content.data() + first + offset, std::min(length, until - offset));
      });
}

void FakePackages::list(const httplib::Request& request, httplib::Response& response) const {
  const std::size_t limit = std::stoul(request.get_param_value("limit"));
  Json packages = Json::array();
  std::string next;
  for (auto it = packages_.upper_bound(request.get_param_value("cursor")); it != packages_.end();
       ++it) {
    if (packages.size() == limit) {
      next = packages.back()["pkgid"];
      break;
    }
    packages.push_back({{"pkgid", it->first},
                        {"bytes", it->second.size()},
                        {"sha256", digest_of(it->second)},
                        {"when", 1'700'000'000},
                        {"expire", 0},
                        {"replicas", 2},
                        {"holders", {"a", "b"}}});
  }
  answer(response, 200,
         {{"packages", packages}, {"next", next.empty() ? Json() : Json(next)}, {"revision", 7}});
}

}  // namespace dcount::test
