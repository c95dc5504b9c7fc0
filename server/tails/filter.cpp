#include "server/tails/filter.h"

#include <algorithm>

namespace dcount::tails {

Filter Filter::everything(Kind kind) {
  Filter filter;
  filter.kind_ = kind;
  filter.add("*");
  return filter;
}

bool Filter::is_key(std::string_view key) {
  if (key == "*") return true;
  const auto slash = key.find('/');
  if (slash == std::string_view::npos) return core::is_counter_id(key);
  const auto id = key.substr(slash + 1);
  return core::is_collection_name(key.substr(0, slash)) && (id.empty() || core::is_counter_id(id));
}

bool Filter::remove(std::string_view key) {
  const auto at = keys_.find(key);
  if (at == keys_.end()) return false;
  keys_.erase(at);
  return true;
}

bool Filter::matches(const Change& change) const {
  if (change.kind() != kind_) return false;
  return kind_ != Kind::counter || matches_counter(change.collection(), change.id());
}

bool Filter::matches_counter(std::string_view collection, std::string_view id) const {
  if (keys_.contains(std::string_view("*"))) return true;
  std::string path(collection);
  path += '/';
  if (keys_.contains(path)) return true;
  path += id;
  return keys_.contains(path) || keys_.contains(id);
}

bool Filter::has_ranges() const {
  return std::ranges::any_of(keys_, [](const std::string& key) { return is_range(key); });
}

}  // namespace dcount::tails
