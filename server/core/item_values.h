// A tenant's items as they are stored: a head "1 n=<count> v=<version> c=<newest chunk>", and
// chunks of ids in the order in which they were added, "1 alice bob": what one request brought that
// was new, appended to the newest chunk while that is small, or else a chunk of its own.
//
// Thread-safety: plain values, pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dcount::core {

/// A chunk that has so many is not appended to any more.
inline constexpr std::size_t item_chunk_small_bytes = 1024;

struct TenantHead {
  std::int64_t count = 0;
  std::int64_t version = 0;
  std::uint64_t newest_chunk = 0;  ///< from 1

  bool operator==(const TenantHead&) const = default;
};

std::string encode(const TenantHead& head);

/// Aborts on text this version of dcount did not write.
TenantHead decode_tenant_head(std::string_view text);

/// The same, for what comes from outside.
std::optional<TenantHead> try_decode_tenant_head(std::string_view text);

/// What a chunk without ids would be.
inline constexpr std::string_view empty_item_chunk = "1";

/// Control characters, space and '%' as %XX, all else as it is.
void append_item(std::string& chunk, std::string_view id);

/// Goes over the ids of a chunk.
class ItemChunkReader {
 public:
  /// From `offset` on, which is 0 or what the length of the chunk was before it was appended to.
  explicit ItemChunkReader(std::string_view chunk, std::size_t offset = 0);

  /// The id is the reader's and lasts until the next call; nullopt: that was all.
  std::optional<std::string_view> next();

  /// What was read so far was not written by append_item.
  bool malformed() const { return malformed_; }

 private:
  std::string_view rest_;
  std::string decoded_;
  bool malformed_ = false;
};

}  // namespace dcount::core
