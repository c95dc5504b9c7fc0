#include "sim/check/item_proofs.h"

#include <algorithm>

namespace dcount::check {

std::vector<Brought> brought_to(const KeyView& view) {
  std::vector<Brought> brought;
  for (std::uint32_t i : view.operations) {
    if (!adds_items(view.at(i))) continue;
    for (std::int64_t id : view.history.list(view.at(i))) brought.push_back({id, i});
  }
  std::sort(brought.begin(), brought.end(), [](const Brought& a, const Brought& b) {
    return a.id != b.id ? a.id < b.id : a.operation < b.operation;
  });
  auto same = [](const Brought& a, const Brought& b) {
    return a.id == b.id && a.operation == b.operation;
  };
  brought.erase(std::unique(brought.begin(), brought.end(), same), brought.end());
  return brought;
}

ItemProofs::ItemProofs(const History& history, const KeyViews& views)
    : happened_(history.operations.size(), never), proof_(history.operations.size()) {
  for (std::uint32_t i = 0; i < happened_.size(); ++i) {
    const Operation& operation = history.operations[i];
    if (operation.outcome == Outcome::ok) happened_[i] = operation.completed;
    proof_[i] = i;
  }
  auto prove = [&](std::uint32_t i, std::uint32_t read) {
    Index ended = history.operations[read].completed;
    auto same = [&](std::uint32_t k) {
      return k == i || (history.operations[i].group != 0 &&
                        history.operations[k].group == history.operations[i].group);
    };
    std::uint32_t first = i;
    while (first > 0 && same(first - 1)) --first;
    for (std::uint32_t k = first; k < happened_.size() && same(k); ++k) {
      if (happened_[k] <= ended) continue;
      happened_[k] = ended;
      proof_[k] = read;
    }
  };
  for (std::uint32_t key = 0; key < views.size(); ++key) {
    KeyView view = views[key];
    std::vector<std::uint32_t> reads;
    for (std::uint32_t i : view.operations) {
      bool members = view.at(i).function == Function::members;
      if (members && view.at(i).outcome == Outcome::ok) reads.push_back(i);
    }
    if (reads.empty()) continue;
    std::vector<Brought> brought = brought_to(view);
    for (std::uint32_t read : reads) {
      for (std::int64_t id : history.list(view.at(read))) {
        auto first = std::lower_bound(brought.begin(), brought.end(), id,
                                      [](const Brought& b, std::int64_t i) { return b.id < i; });
        if (first == brought.end() || first->id != id) continue;
        bool only = first + 1 == brought.end() || (first + 1)->id != id;
        if (only && view.at(first->operation).invoked < view.at(read).completed) {
          prove(first->operation, read);
        }
      }
    }
  }
}

}  // namespace dcount::check
