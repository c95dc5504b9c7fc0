#include "sim/check/selected_keys.h"

#include <numeric>
#include <string_view>

namespace dcount::check {
namespace {

std::string_view id_of(std::string_view name) {
  return name.substr(name.find('/') + 1);  // npos + 1 is 0
}

}  // namespace

SelectedKeys::SelectedKeys(const History& history) : history_(history), all_(history.keys.size()) {
  std::iota(all_.begin(), all_.end(), 0U);
  by_name_ = by_id_ = all_;
  const auto& names = history.keys;
  std::sort(by_name_.begin(), by_name_.end(),
            [&](std::uint32_t a, std::uint32_t b) { return names[a] < names[b]; });
  std::sort(by_id_.begin(), by_id_.end(),
            [&](std::uint32_t a, std::uint32_t b) { return id_of(names[a]) < id_of(names[b]); });
}

const std::vector<std::uint32_t>& SelectedKeys::of(std::uint32_t selection) {
  const TailSelection& wanted = history_.selections[selection];
  if (wanted.all) return all_;
  if (last_ == nullptr || !(*last_ == wanted)) resolve(wanted);
  last_ = &wanted;
  return selected_;
}

void SelectedKeys::resolve(const TailSelection& selection) {
  selected_.clear();
  auto take = [&](const std::vector<std::uint32_t>& sorted, std::string_view wanted,
                  const auto& text_of) {
    auto begin = std::lower_bound(
        sorted.begin(), sorted.end(), wanted,
        [&](std::uint32_t key, std::string_view text) { return text_of(key) < text; });
    for (; begin != sorted.end() && text_of(*begin) == wanted; ++begin) selected_.push_back(*begin);
  };
  for (std::string_view name : selection.names) {
    auto whole = [&](std::uint32_t key) { return std::string_view(history_.keys[key]); };
    if (name.ends_with('/')) {
      take(by_name_, name, [&](std::uint32_t key) { return whole(key).substr(0, name.size()); });
    } else if (name.find('/') != std::string_view::npos) {
      take(by_name_, name, whole);
    } else {
      take(by_id_, name, [&](std::uint32_t key) { return id_of(whole(key)); });
    }
  }
  std::sort(selected_.begin(), selected_.end());
  selected_.erase(std::unique(selected_.begin(), selected_.end()), selected_.end());
}

}  // namespace dcount::check
