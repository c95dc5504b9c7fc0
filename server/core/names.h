// Which names are names (http-api.md, ground rules), and how names become keys of the store.
//
// Keys are readable: "counter/views/home". Every part is percent-encoded, so that a '/' always
// separates parts and keys sort by part.
//
// Thread-safety: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace dcount::core {

/// [A-Za-z0-9_]{1,128}
bool is_collection_name(std::string_view name);

/// [A-Za-z0-9_.-]{1,128}, and not one of ".", "..", "reset", "batch".
bool is_counter_id(std::string_view id);

/// Everything but [A-Za-z0-9_.-] as %XX, and "." and ".." too.
void append_key_part(std::string& key, std::string_view part);

inline constexpr std::string_view counter_prefix = "counter/";
inline constexpr std::string_view idempotency_prefix = "idem/";
inline constexpr std::string_view meta_prefix = "meta/";

/// What a restore added to the revisions clients see, so that cursors from before stay in order.
inline constexpr std::string_view revision_base_key = "meta/revision_base";

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

/// "idem/<digest>"; the digest is the API's, over scope and key.
std::string idempotency_key(std::string_view digest);

/// The first key that does not begin with `prefix` any more: with prefix, a half-open range.
std::string prefix_end(std::string_view prefix);

}  // namespace dcount::core
