// Routes as a tree of path segments, see route_table.h.
#include "server/http/route_table.h"

#include <algorithm>
#include <cstdlib>

#include "server/http/url.h"

namespace dcount::http {

struct RouteTable::Node {
  std::vector<std::pair<std::string, std::unique_ptr<Node>>> literals;
  std::unique_ptr<Node> part;
  std::vector<std::size_t> routes;  ///< that end here, one per method
};

namespace {

/// Cuts the first segment off "/a/b".
std::string_view next_segment(std::string_view& rest) {
  rest.remove_prefix(1);
  std::string_view segment = rest.substr(0, rest.find('/'));
  rest.remove_prefix(segment.size());
  return segment;
}

bool is_part(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

bool answers(const Route& route, std::string_view method) {
  return method == route.method || (method == "HEAD" && route.method == "GET" && !route.no_head);
}

void allow(std::string& list, std::string_view method) {
  for (std::string_view rest = list; !rest.empty();) {
    std::string_view known = rest.substr(0, rest.find(','));
    if (known == method) return;
    rest.remove_prefix(std::min(rest.size(), known.size() + 2));
  }
  if (!list.empty()) list += ", ";
  list += method;
}

/// Every escape of the path is checked, also where no route would look.
bool well_formed(std::string_view path) {
  if (path.empty() || path.front() != '/') return false;
  if (path.find('\0') != std::string_view::npos) return false;
  if (path.find('%') == std::string_view::npos) return true;
  std::string decoded;
  return percent_decode(path, decoded);
}

}  // namespace

RouteTable::RouteTable() : root_(std::make_unique<Node>()) {}
RouteTable::RouteTable(RouteTable&&) noexcept = default;
RouteTable& RouteTable::operator=(RouteTable&&) noexcept = default;
RouteTable::~RouteTable() = default;

void RouteTable::add(Route route) {
  if (route.pattern.empty() || route.pattern.front() != '/') std::abort();
  if (!!route.command + !!route.service + !!route.tail != 1) std::abort();
  Node* node = root_.get();
  for (std::string_view rest = route.pattern; !rest.empty();) {
    std::string_view segment = next_segment(rest);
    std::unique_ptr<Node>* child = &node->part;
    if (!is_part(segment)) {
      auto known = std::find_if(node->literals.begin(), node->literals.end(),
                                [&](const auto& literal) { return literal.first == segment; });
      if (known == node->literals.end()) known = node->literals.emplace(known, segment, nullptr);
      child = &known->second;
    }
    if (!*child) *child = std::make_unique<Node>();
    node = child->get();
  }
  for (std::size_t index : node->routes)
    if (routes_[index].method == route.method) std::abort();
  node->routes.push_back(routes_.size());
  routes_.push_back(std::move(route));
}

RouteTable::Status RouteTable::match(std::string_view method, std::string_view path,
                                     RouteMatch& match) const {
  match.route = nullptr;
  match.captures.clear();
  match.allow.clear();
  if (!well_formed(path)) return Status::malformed;
  if (visit(*root_, method, path, match)) return Status::found;
  return match.allow.empty() ? Status::not_found : Status::method_not_allowed;
}

/// True: found. A path may be known on both branches with different methods, so a literal without
/// the method does not end the search.
bool RouteTable::visit(const Node& node, std::string_view method, std::string_view rest,
                       RouteMatch& match) const {
  if (rest.empty()) {
    for (std::size_t index : node.routes)
      if (routes_[index].method == method) return match.route = &routes_[index], true;
    for (std::size_t index : node.routes)
      if (answers(routes_[index], method)) return match.route = &routes_[index], true;
    for (std::size_t index : node.routes) {
      allow(match.allow, routes_[index].method);
      if (answers(routes_[index], "HEAD")) allow(match.allow, "HEAD");
    }
    return false;
  }
  std::string decoded;
  std::string_view segment = next_segment(rest);
  if (segment.find('%') != std::string_view::npos) {
    if (!percent_decode(segment, decoded)) return false;
    segment = decoded;
  }
  for (const auto& [text, child] : node.literals)
    if (text == segment && visit(*child, method, rest, match)) return true;
  if (!node.part || segment.empty()) return false;
  match.captures.emplace_back(segment);
  if (visit(*node.part, method, rest, match)) return true;
  match.captures.pop_back();
  return false;
}

}  // namespace dcount::http
