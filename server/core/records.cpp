#include "server/core/records.h"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>

#include "server/core/counter.h"
#include "server/core/fields.h"
#include "server/core/idempotency.h"
#include "server/core/item_values.h"
#include "server/core/key.h"
#include "server/core/names.h"
#include "server/core/package.h"
#include "server/core/reservation.h"
#include "server/core/sequence.h"

namespace dcount::core {
namespace {

/// No version, time or count comes near: what is added to one must not overflow.
bool in_range(std::initializer_list<std::int64_t> numbers) {
  constexpr std::int64_t number_max = std::int64_t{1} << 62;
  return std::ranges::all_of(numbers, [](std::int64_t n) { return n >= 0 && n <= number_max; });
}

bool is_counter(std::string_view key, std::string_view value) {
  const auto name = counter_name(key);
  if (!is_collection_name(name.collection) || !is_counter_id(name.id)) return false;
  const auto counter = try_decode_counter(value);
  return counter && in_range({counter->version, counter->expires_ms, counter->deleted_ms});
}

/// Where it stands follows from what it has given away, unless it began again on the way.
bool stands_right(const Sequence& sequence) {
  if (sequence.deleted || sequence.definition.cycle) return true;
  const bool gapless = sequence.definition.mode == SequenceMode::gapless;
  const auto drawn = static_cast<std::int64_t>(sequence.drawn);
  const bool counts = gapless ? sequence.open + sequence.free <= drawn &&
                                    (sequence.free == 0 || sequence.low < sequence.drawn)
                              : sequence.open == 0 && sequence.free == 0;
  const std::uint64_t place = sequence.at.ended ? sequence.drawn - 1 : sequence.drawn;
  return counts && number_at(sequence.definition, place) == sequence.at.next;
}

bool is_sequence(std::string_view key, std::string_view value) {
  const std::string name(sequence_name(key));
  if (!is_sequence_name(name) || key != sequence_key(name)) return false;
  const auto sequence = try_decode_sequence(value);
  if (!sequence) return false;
  const auto fixed = fixed_definition(name);
  if (fixed && (sequence->deleted || sequence->definition != *fixed)) return false;
  return value == encode(*sequence) &&
         in_range({sequence->version, sequence->born_ms, sequence->deleted_ms, sequence->wraps,
                   sequence->open, sequence->free, static_cast<std::int64_t>(sequence->drawn),
                   static_cast<std::int64_t>(sequence->low)}) &&
         stands_right(*sequence);
}

bool is_reservation(std::string_view key, std::string_view value) {
  const std::string name(name_of_reservation(key));
  const std::string token(key.substr(key.rfind('/') + 1));
  if (!is_sequence_name(name) || !is_token(token) || key != reservation_key(name, token)) {
    return false;
  }
  const auto reservation = try_decode_reservation(value);
  return reservation && value == encode(*reservation) &&
         in_range({reservation->born_ms, reservation->expires_ms, reservation->closed_ms,
                   static_cast<std::int64_t>(reservation->place)});
}

/// "free/<name>/<born>/<place>"
bool is_free_number(std::string_view key, std::string_view value) {
  std::string_view rest = key.substr(free_prefix.size());
  const std::string_view name = rest.substr(0, rest.find('/'));
  rest.remove_prefix(std::min(rest.size(), name.size() + 1));
  const FieldReader::Field born{"", rest.substr(0, rest.find('/'))};
  if (!is_sequence_name(name) || !born.number() || *born.number() < 1) return false;
  const std::uint64_t place = place_of_free(key);
  return in_range({static_cast<std::int64_t>(place)}) &&
         key == free_key(name, *born.number(), place) && value.starts_with("1 n=");
}

/// "purge/<name>/<born>"
bool is_purge(std::string_view key, std::string_view value) {
  const FieldReader::Field born{"", key.substr(key.rfind('/') + 1)};
  const std::string_view rest = key.substr(purge_prefix.size());
  const std::string_view name = rest.substr(0, rest.find('/'));
  return is_sequence_name(name) && born.number() && key == purge_key(name, *born.number()) &&
         value == purge_value;
}

/// Percent-encoded as names.h does, and so not empty and not with a '/' in it.
bool is_tenant_part(std::string_view part) {
  const auto is_kept = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '.' || c == '-' || c == '%';
  };
  return !part.empty() && part.size() <= 3 * item_name_bytes_max &&
         std::ranges::all_of(part, is_kept);
}

bool is_tenant(std::string_view key, std::string_view value) {
  const auto head = try_decode_tenant_head(value);
  return is_tenant_part(key.substr(tenant_prefix.size())) && head && value == encode(*head) &&
         in_range({head->count, head->version}) && head->newest_chunk < item_chunks_max;
}

bool is_item_chunk(std::string_view key, std::string_view value) {
  const auto [tenant, chunk] = item_chunk_name(key);
  if (!is_tenant_part(tenant) || chunk == 0 || chunk > item_chunks_max) return false;
  if (key != item_chunk_key(tenant, chunk)) return false;
  ItemChunkReader ids(value);
  while (const auto id = ids.next()) {
    if (ids.malformed() || !is_item_name(*id)) return false;
  }
  return !ids.malformed();
}

bool is_package(std::string_view key, std::string_view value) {
  const auto package = decode_package(value);
  return package && is_sha256(key.substr(package_prefix.size())) && value == encode(*package) &&
         in_range({package->version, package->at_ms, package->traits.bytes});
}

bool is_key(std::string_view key, std::string_view value) {
  const auto traits = decode_key(value);
  return traits && is_key_id(key.substr(key_prefix.size())) && value == encode(*traits) &&
         in_range({traits->version, traits->at_ms});
}

bool is_usage(std::string_view key, std::string_view value) {
  const auto usage = decode_usage(value);
  return usage && is_key_id(key.substr(usage_prefix.size())) && value == encode(*usage) &&
         in_range({usage->version, usage->packages, usage->bytes});
}

bool is_idempotency_record(std::string_view key, std::string_view value) {
  const std::string_view digest = key.substr(idempotency_prefix.size());
  return digest.size() == 32 &&
         digest.find_first_not_of("0123456789abcdef") == std::string_view::npos &&
         is_replayable(value);
}

}  // namespace

bool is_readable(std::string_view key, std::string_view value) {
  struct Kind {
    std::string_view prefix;
    bool (*is_one)(std::string_view key, std::string_view value);
  };
  constexpr Kind kinds[] = {
      {counter_prefix, is_counter},
      {sequence_prefix, is_sequence},
      {reservation_prefix, is_reservation},
      {free_prefix, is_free_number},
      {purge_prefix, is_purge},
      {tenant_prefix, is_tenant},
      {item_prefix, is_item_chunk},
      {package_prefix, is_package},
      {key_prefix, is_key},
      {usage_prefix, is_usage},
      {idempotency_prefix, is_idempotency_record},
  };
  for (const Kind& kind : kinds) {
    if (key.starts_with(kind.prefix)) return kind.is_one(key, value);
  }
  return false;
}

bool is_dumped(std::string_view key) {
  return !key.starts_with(meta_prefix) && !key.starts_with(node_prefix) &&
         !key.starts_with(alive_prefix) && !key.starts_with(wanted_prefix);
}

}  // namespace dcount::core
