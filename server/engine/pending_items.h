// Items that are in a batch and not committed yet. Chunks are read only when somebody asks: most
// batches have one command for a tenant at most.
//
// Thread-safety: none; the forming batch's.
#pragma once

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/item_values.h"

namespace dcount::engine {

class PendingItems {
 public:
  bool empty() const { return tenants_.empty(); }
  void clear() { tenants_.clear(); }

  /// The chunk in `slot` has been written, or appended to. `tenant_part` lives as long as this.
  void written(std::string_view tenant_part, std::size_t slot) {
    Tenant& tenant = tenants_[tenant_part];
    if (tenant.chunks.empty() || tenant.chunks.back().slot != slot) {
      tenant.chunks.push_back({slot, 0});
    }
    // Only the newest chunk is ever appended to.
    tenant.unread = std::min(tenant.unread, tenant.chunks.size() - 1);
  }

  /// `text_of(slot)` is the chunk's text now.
  template <class TextOf>
  bool contains(std::string_view tenant_part, std::string_view id, TextOf text_of) {
    const auto at = tenants_.find(tenant_part);
    if (at == tenants_.end()) return false;
    Tenant& tenant = at->second;
    for (; tenant.unread < tenant.chunks.size(); ++tenant.unread) {
      Chunk& chunk = tenant.chunks[tenant.unread];
      const std::string_view text = text_of(chunk.slot);
      if (text.size() == chunk.read_bytes) continue;
      core::ItemChunkReader ids(text, chunk.read_bytes);
      while (const auto read = ids.next()) tenant.ids.emplace(*read);
      chunk.read_bytes = text.size();
    }
    return tenant.ids.contains(std::string(id));
  }

 private:
  struct Chunk {
    std::size_t slot = 0;
    std::size_t read_bytes = 0;
  };
  struct Tenant {
    std::vector<Chunk> chunks;
    std::size_t unread = 0;  ///< chunks before this one are in ids
    boost::unordered_flat_set<std::string> ids;
  };
  boost::unordered_flat_map<std::string_view, Tenant> tenants_;
};

}  // namespace dcount::engine
