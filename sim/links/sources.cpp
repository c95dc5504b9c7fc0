#include "sim/links/sources.h"

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/trim.hpp>

namespace dcount::sim {
namespace {

/// Methods are capital letters, up to 16 of them, and then a blank.
bool may_be_request(std::string_view bytes) {
  const auto end = bytes.substr(0, 17).find(' ');
  if (end == std::string_view::npos && bytes.size() > 16) return false;
  return std::ranges::all_of(bytes.substr(0, end), [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace

std::optional<RequestSource> source_of(std::string_view bytes) {
  RequestSource source;
  if (!may_be_request(bytes)) return source;
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (bytes.size() >= request_head_bytes_max) return source;
    return std::nullopt;
  }
  std::string_view rest = bytes.substr(0, end + 2);
  rest.remove_prefix(rest.find("\r\n") + 2);
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(line.size() + 2);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const auto name = line.substr(0, colon);
    const std::string value = boost::trim_copy(std::string(line.substr(colon + 1)));
    if (boost::iequals(name, "X-Dcount-From")) source.node = value;
    if (boost::iequals(name, "X-Server-From")) source.member_id = value;
    if (boost::iequals(name, "X-PeerURLs")) source.peer_urls = value;
  }
  return source;
}

std::string Sources::name_of(const RequestSource& source) {
  if (!source.node.empty()) return source.node;
  const auto by_urls = names_.find(source.peer_urls);
  if (!source.peer_urls.empty() && by_urls != names_.end()) {
    if (!source.member_id.empty()) names_[source.member_id] = by_urls->second;
    return by_urls->second;
  }
  const auto by_id = names_.find(source.member_id);
  return !source.member_id.empty() && by_id != names_.end() ? by_id->second : "";
}

std::string Sources::name_of_owner(std::uint16_t its_port, std::uint16_t our_port) {
  if (!name_of_) return "";
  return owners_.find(its_port, our_port, name_of_);
}

}  // namespace dcount::sim
