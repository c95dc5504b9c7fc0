// Whether records that are true only together fit each other: what a head counts has to be there.
// For what comes from outside (a dump): the rules rely on it.
//
// Thread-safety: none; one thread's at a time. Memory: some bytes a sequence and a tenant.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace dcount::core {

class Consistency {
 public:
  /// Takes in a record that is_readable, in any order.
  void add(std::string_view key, std::string_view value);

  /// The key of a head that counts other than what there is, or of what has no head; empty: none.
  std::string fault() const;

 private:
  /// Of a sequence, told from others of its name by when it was born.
  struct Numbers {
    std::int64_t open = 0;
    std::int64_t free = 0;
    std::uint64_t low = 0;       ///< the lowest free place
    std::uint64_t past_all = 0;  ///< greater than every place
    bool operator==(const Numbers&) const = default;
  };
  struct Items {
    std::int64_t count = 0;
    std::uint64_t newest_chunk = 0;
    bool operator==(const Items&) const = default;
  };
  using SequenceId = std::pair<std::string, std::int64_t>;

  std::map<SequenceId, Numbers> found_;    ///< reservations and free numbers
  std::map<SequenceId, Numbers> counted_;  ///< by heads; past_all is what was drawn
  std::map<std::string, Items, std::less<>> found_items_;
  std::map<std::string, Items, std::less<>> counted_items_;
};

}  // namespace dcount::core
