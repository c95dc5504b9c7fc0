#include "server/core/consistency.h"

#include <algorithm>
#include <functional>

#include "server/core/item_values.h"
#include "server/core/names.h"
#include "server/core/reservation.h"
#include "server/core/sequence.h"

namespace dcount::core {
namespace {

/// The name and the time of birth in "free/<name>/<born>/<place>".
std::pair<std::string, std::int64_t> sequence_of_free(std::string_view key) {
  key.remove_prefix(free_prefix.size());
  const std::string name(key.substr(0, key.find('/')));
  return {name, std::stoll(std::string(key.substr(name.size() + 1)))};
}

void add_place(std::uint64_t& past_all, std::uint64_t place) {
  past_all = std::max(past_all, place + 1);
}

}  // namespace

void Consistency::add(std::string_view key, std::string_view value) {
  if (key.starts_with(sequence_prefix)) {
    const Sequence head = decode_sequence(value);
    if (head.deleted) return;
    counted_[{std::string(sequence_name(key)), head.born_ms}] = {
        head.open, head.free, head.free > 0 ? head.low : 0, head.drawn};
  } else if (key.starts_with(reservation_prefix)) {
    const Reservation reservation = decode_reservation(value);
    if (reservation.state != Reservation::State::open) return;
    Numbers& numbers = found_[{std::string(name_of_reservation(key)), reservation.born_ms}];
    ++numbers.open;
    add_place(numbers.past_all, reservation.place);
  } else if (key.starts_with(free_prefix)) {
    Numbers& numbers = found_[sequence_of_free(key)];
    const std::uint64_t place = place_of_free(key);
    numbers.low = numbers.free == 0 ? place : std::min(numbers.low, place);
    ++numbers.free;
    add_place(numbers.past_all, place);
  } else if (key.starts_with(tenant_prefix)) {
    const TenantHead head = decode_tenant_head(value);
    counted_items_[std::string(tenant_part(key))] = {head.count, head.newest_chunk};
  } else if (key.starts_with(item_prefix)) {
    const auto [tenant, chunk] = item_chunk_name(key);
    Items& items = found_items_[std::string(tenant)];
    ItemChunkReader ids(value);
    while (ids.next()) ++items.count;
    items.newest_chunk = std::max(items.newest_chunk, chunk);
  }
}

std::string Consistency::fault() const {
  for (const auto& [id, counted] : counted_) {
    const auto at = found_.find(id);
    Numbers found = at == found_.end() ? Numbers{} : at->second;
    const bool drawn = found.past_all <= counted.past_all;
    found.past_all = counted.past_all;
    if (!drawn || found != counted) return sequence_key(id.first);
  }
  // What belongs to a sequence that is gone is housekeeping's; items are never without a head.
  for (const auto& [tenant, counted] : counted_items_) {
    const auto found = found_items_.find(tenant);
    if (found == found_items_.end() || found->second != counted) {
      return std::string(tenant_prefix) + tenant;
    }
  }
  for (const auto& [tenant, found] : found_items_) {
    if (!counted_items_.contains(tenant)) return std::string(item_prefix) + tenant;
  }
  return {};
}

}  // namespace dcount::core
