#include "server/core/item_rules.h"

#include <boost/unordered/unordered_flat_set.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "server/core/item_values.h"
#include "server/core/names.h"

namespace dcount::core {
namespace {

TenantHead head_of(Transaction& transaction, const std::string& key) {
  const auto text = transaction.get(key);
  return text ? decode_tenant_head(*text) : TenantHead{};
}

/// The chunk that the next ids go into, as it stands: the newest while that is small, or a new one.
struct OpenChunk {
  std::uint64_t number = 0;
  std::string key;
  std::string text;
};

OpenChunk open_chunk(Transaction& transaction, std::string_view tenant, const TenantHead& head) {
  OpenChunk chunk;
  if (head.newest_chunk > 0) {
    chunk.number = head.newest_chunk;
    chunk.key = item_chunk_key(tenant, chunk.number);
    chunk.text = transaction.get(chunk.key).value_or("");
    if (!chunk.text.empty() && chunk.text.size() < item_chunk_small_bytes) return chunk;
  }
  chunk.number = head.newest_chunk + 1;
  chunk.key = item_chunk_key(tenant, chunk.number);
  chunk.text = empty_item_chunk;
  return chunk;
}

std::int64_t add_to_tenant(Transaction& transaction, const TenantItems& items) {
  const std::string head_key = tenant_key(items.tenant);
  const std::string_view tenant = tenant_part(head_key);
  TenantHead head = head_of(transaction, head_key);
  std::vector<std::string_view> added;
  boost::unordered_flat_set<std::string_view> here;
  if (items.ids.size() > 1) here.reserve(items.ids.size());
  for (const std::string& id : items.ids) {
    if (transaction.view().has_item(tenant, id)) continue;
    if (items.ids.size() > 1 && !here.insert(id).second) continue;
    added.push_back(id);
  }
  if (added.empty()) return 0;

  OpenChunk chunk = open_chunk(transaction, tenant, head);
  std::size_t bytes = chunk.text.size();
  for (const std::string_view id : added) bytes += id.size() + 1;
  chunk.text.reserve(bytes);
  for (const std::string_view id : added) append_item(chunk.text, id);
  head.count += static_cast<std::int64_t>(added.size());
  head.version += 1;
  head.newest_chunk = chunk.number;
  transaction.put(chunk.key, std::move(chunk.text));
  transaction.put(head_key, encode(head));
  return static_cast<std::int64_t>(added.size());
}

}  // namespace

Outcome apply(Transaction& transaction, const AddItems& add) {
  ItemsOutcome outcome;
  for (const TenantItems& tenant : add.tenants) outcome.added += add_to_tenant(transaction, tenant);
  return {.code = Code::ok, .value = outcome};
}

Outcome apply(Transaction& transaction, const CountItems& count) {
  const TenantHead head = head_of(transaction, tenant_key(count.tenant));
  return {.code = Code::ok, .value = ItemsOutcome{0, head.count, head.version}};
}

}  // namespace dcount::core
