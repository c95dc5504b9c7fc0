// How versions guide the search for an order.
//
// Thread-safety: none.
#pragma once

#include <limits>
#include <vector>

#include "sim/check/search_problem.h"

namespace dcount::check {

/// The order that versions force upon a counter's operations, and how far the search is in it.
/// Unknown operations make only versions that nobody was answered with, and only the state that
/// was seen of them: otherwise nothing could follow.
class VersionOrder {
 public:
  static constexpr std::uint32_t unversioned = std::numeric_limits<std::uint32_t>::max();

  /// Returns the place of each part in its counter's order.
  std::vector<std::uint32_t> build(const SearchProblem& problem);

  bool is_next(std::uint32_t counter, std::uint32_t place) const {
    return orders_[counter].next == place;
  }
  void take(std::uint32_t counter, std::uint32_t place) {
    Order& order = orders_[counter];
    --order.left[place];
    while (order.next < order.left.size() && order.left[order.next] == 0) ++order.next;
  }
  void give_back(std::uint32_t counter, std::uint32_t place) {
    Order& order = orders_[counter];
    ++order.left[place];
    order.next = std::min(order.next, place);
  }
  /// Whether something unknown may bring the counter there.
  bool may_make(std::uint32_t counter, const ModelState& state) const;

 private:
  struct Seen {
    std::int64_t version = 0;
    ModelState state;
    bool made = false;  ///< by one who was answered
    bool has_state = false;
  };
  struct Order {
    std::vector<std::int64_t> positions;  ///< 2v made it, 2v + 1 saw it
    std::vector<std::uint32_t> left;      ///< how many have the position
    std::uint32_t next = 0;
    std::vector<Seen> seen;  ///< by version
  };
  static Seen& seen_of(Order& order, std::int64_t version);
  static void note(Order& order, const Operation& operation);
  std::vector<Order> orders_;
};

}  // namespace dcount::check
