// Items: distinct ids per tenant. What one request may hold, and what comes back.
//
// Thread-safety: plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dcount::client {

inline constexpr std::size_t items_max = 10'000;                                ///< in one request
inline constexpr std::size_t item_body_bytes_max = (std::size_t{8} << 20) - 1;  ///< of one request
inline constexpr std::size_t item_name_bytes_max = 256;  ///< of an id or a tenant, in UTF-8

struct Item {
  std::string id;
  std::string tenant;
};

struct AddedItems {
  std::int64_t added = 0;  ///< how many were new
  bool replayed = false;   ///< the server had it done already, for an earlier try
};

struct ItemPage {
  std::vector<std::string> items;
  std::string next;        ///< the cursor of the next page; empty: this was the last one
  std::int64_t count = 0;  ///< of all the tenant's items
  std::int64_t revision = 0;
};

/// The items of one request, kept as they are sent: a load of millions makes no objects of them.
class ItemBody {
 public:
  /// False: it is full, and the item is not in it. What is no UTF-8 is for the server to refuse.
  [[nodiscard]] bool add(std::string_view id, std::string_view tenant);

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  /// A JSON array. The body is empty then.
  std::string take();

 private:
  std::string text_;  ///< without the closing bracket
  std::size_t size_ = 0;
};

}  // namespace dcount::client
