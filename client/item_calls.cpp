// Client: items.
#include "client/client_impl.h"
#include "client/decode_item.h"
#include "client/uri.h"

namespace dcount::client {
namespace {

std::string path_of(std::string_view tenant) { return "/items/" + percent_encode(tenant); }

}  // namespace

Result<AddedItems> Client::add_items(const std::vector<Item>& items,
                                     std::string_view idempotency_key) {
  ItemBody body;
  for (const Item& item : items) {
    if (body.add(item.id, item.tenant)) continue;
    return ClientError{.kind = ErrorKind::bad_request,
                       .detail = "one request holds at most 10000 items, and less than 8 MiB"};
  }
  return add_items(std::move(body), idempotency_key);
}

Result<AddedItems> Client::add_items(ItemBody items, std::string_view idempotency_key) {
  Call call{.method = "POST",
            .target = "/items",
            .body = items.take(),
            .content_type = "application/json",
            .idempotency_key = key_or_fresh(idempotency_key)};
  auto reply = impl_->caller.call(call);
  if (!reply) return reply.error();
  if (!reply->items_added) return not_dcount(call, *reply);
  return AddedItems{.added = *reply->items_added, .replayed = reply->replayed};
}

Result<std::int64_t> Client::count_items(std::string_view tenant) {
  Call call{.method = "GET", .target = path_of(tenant) + "/count"};
  auto reply = impl_->caller.call(call);
  if (!reply) return reply.error();
  auto count = decode_item_count(reply->body);
  if (!count) return not_dcount(call, *reply);
  return *count;
}

Result<ItemPage> Client::list_items(std::string_view tenant, std::size_t limit,
                                    std::string_view cursor) {
  Call call{.method = "GET", .target = path_of(tenant) + page_query(limit, cursor)};
  auto reply = impl_->caller.call(call);
  if (!reply) return reply.error();
  auto page = decode_item_page(reply->body);
  if (!page) return not_dcount(call, *reply);
  return std::move(*page);
}

}  // namespace dcount::client
