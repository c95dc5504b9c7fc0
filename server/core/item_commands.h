// What can be asked of the distinct items of tenants.
//
// Thread-safety: plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace dcount::core {

struct TenantItems {
  std::string tenant;
  std::vector<std::string> ids;  ///< an id that comes twice counts once
};

/// All or nothing. Each tenant stands in it once.
struct AddItems {
  std::vector<TenantItems> tenants;
};

struct CountItems {
  std::string tenant;
};

/// A tenant's items in the order in which they were added first.
struct ListItems {
  std::string tenant;
  std::uint64_t after = 0;  ///< how many were seen already
  std::size_t limit = 100;
};

}  // namespace dcount::core
