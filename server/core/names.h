// Which names are names (http-api.md, ground rules), and how names become keys of the store.
//
// Keys are readable: "counter/views/home". Every part is percent-encoded, so that a '/' always
// separates parts and keys sort by part.
//
// Thread-safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dcount::core {

/// [A-Za-z0-9_]{1,128}
bool is_collection_name(std::string_view name);

/// [A-Za-z0-9_.-]{1,128}, and not one of ".", "..", "reset", "batch".
bool is_counter_id(std::string_view id);

/// As a counter's id.
bool is_sequence_name(std::string_view name);

inline constexpr std::size_t item_name_bytes_max = 256;

/// A tenant's name or an item's id: 1 to 256 bytes of valid UTF-8.
bool is_item_name(std::string_view name);

/// A reservation's token: 1 to 64 of [A-Za-z0-9_-].
bool is_token(std::string_view token);

/// [A-Za-z0-9_.-]{1,64}, and not "." or "..".
bool is_node_name(std::string_view name);

/// Of an API key: 16 hex digits in lower case.
bool is_key_id(std::string_view id);

/// What people call an API key: as an item's id, without control characters.
bool is_key_label(std::string_view name);

/// A UUID as RFC 4122 writes it, in lower case.
bool is_package_id(std::string_view id);

/// 64 hex digits in lower case.
bool is_sha256(std::string_view text);

/// "host:port" or "[address]:port" in printable ASCII without spaces, at most 256 bytes.
bool is_node_address(std::string_view address);

/// Everything but [A-Za-z0-9_.-] as %XX, and "." and ".." too.
void append_key_part(std::string& key, std::string_view part);

/// The other way; nullopt: not what append_key_part has made.
std::optional<std::string> decode_key_part(std::string_view text);

inline constexpr std::string_view counter_prefix = "counter/";
inline constexpr std::string_view sequence_prefix = "sequence/";
inline constexpr std::string_view reservation_prefix = "reservation/";
inline constexpr std::string_view free_prefix = "free/";
inline constexpr std::string_view purge_prefix = "purge/";
inline constexpr std::string_view tenant_prefix = "items/";
inline constexpr std::string_view item_prefix = "item/";
inline constexpr std::string_view package_prefix = "package/";
inline constexpr std::string_view key_prefix = "key/";
inline constexpr std::string_view usage_prefix = "usage/";
inline constexpr std::string_view idempotency_prefix = "idem/";
inline constexpr std::string_view meta_prefix = "meta/";

/// What servers ask each other to leave alone for a moment (engine/turns.h). No record.
inline constexpr std::string_view wanted_prefix = "wanted/";
inline constexpr std::string_view node_prefix = "node/";
inline constexpr std::string_view alive_prefix = "alive/";

/// What a restore added to the revisions clients see, so that cursors from before stay in order.
inline constexpr std::string_view revision_base_key = "meta/revision_base";

/// Up to which revision tombstones may have been erased: feeds resume from beyond it.
inline constexpr std::string_view forgotten_key = "meta/forgotten";

/// There while a restore is not complete.
inline constexpr std::string_view restoring_key = "meta/restoring";

/// "counter/<collection>/<id>"
std::string counter_key(std::string_view collection, std::string_view id);

/// "counter/" or "counter/<collection>/": what the keys of a list begin with.
std::string counter_list_prefix(std::string_view collection);

/// The other way: empty views when `key` is no counter's.
struct CounterName {
  std::string_view collection;
  std::string_view id;
};
CounterName counter_name(std::string_view key);

/// "sequence/<name>": the head of a sequence.
std::string sequence_key(std::string_view name);
std::string_view sequence_name(std::string_view key);

/// "reservation/<name>/<token>", and what the keys of one sequence's reservations begin with.
std::string reservation_key(std::string_view name, std::string_view token);
std::string reservation_list_prefix(std::string_view name);

/// The name in "reservation/<name>/<token>".
std::string_view name_of_reservation(std::string_view key);

/// "free/<name>/<born>/<place, 20 digits>": a number of a gapless sequence that came back. `born`
/// is the sequence's, so that another one of the same name does not see it.
std::string free_key(std::string_view name, std::int64_t born_ms, std::uint64_t place);
std::string free_list_prefix(std::string_view name, std::int64_t born_ms);
std::uint64_t place_of_free(std::string_view key);

/// "purge/<name>/<born>": free numbers of a deleted sequence, which housekeeping erases.
std::string purge_key(std::string_view name, std::int64_t born_ms);

/// What stands under it.
inline constexpr std::string_view purge_value = "1";

/// "node/<name>", what is known of a node, and "alive/<name>", which it leases (node.h).
std::string node_key(std::string_view name);
std::string alive_key(std::string_view name);

/// The name in either.
std::string_view node_name(std::string_view key);

/// "items/<tenant>": the head of a tenant's items, with their count.
std::string tenant_key(std::string_view tenant);

/// Chunks are numbered from 1.
inline constexpr std::uint64_t item_chunks_max = 9'999'999'999;

/// "item/<tenant>/<chunk, 10 digits>": ids. `tenant_part` is what stands in the keys for the
/// tenant.
std::string item_chunk_key(std::string_view tenant_part, std::uint64_t chunk);

/// Both in "item/<tenant>/<chunk>"; the tenant alone of "items/<tenant>".
struct ItemChunkName {
  std::string_view tenant_part;
  std::uint64_t chunk = 0;
};
ItemChunkName item_chunk_name(std::string_view key);
std::string_view tenant_part(std::string_view tenant_key);

/// "package/<record>"; the record is sha256(pkgid) in hex.
std::string package_key(std::string_view record);
std::string_view package_record(std::string_view key);

/// "key/<id>" and "usage/<id>": an API key and what it has used.
std::string key_record_key(std::string_view id);
std::string_view key_id(std::string_view key);
std::string usage_key(std::string_view id);

/// "idem/<digest>"; the digest is the API's, over scope and key.
std::string idempotency_key(std::string_view digest);

/// The first key that does not begin with `prefix` any more: with prefix, a half-open range.
std::string prefix_end(std::string_view prefix);

}  // namespace dcount::core
