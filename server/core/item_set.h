// The distinct ids of one tenant in little memory: the bytes of the ids one after the other, in the
// order in which they came, and a hash table of pointers to them. Beyond its own bytes an id costs
// one for its length and 10 to 21 in the table (docs/benchmarks.md has the measurement).
//
// Thread-safety: none; one thread's at a time.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/entry.h"

namespace dcount::core {

class ItemSet {
 public:
  ItemSet();

  bool contains(std::string_view id) const;

  /// False when it was there already. `id` has 1 to 256 bytes.
  bool add(std::string_view id);

  std::size_t size() const { return size_; }

  /// Calls visit(std::string_view) for up to `limit` ids from the one at `place` (from 0) on.
  template <class Visit>
  void scan(std::uint64_t place, std::size_t limit, Visit visit) const {
    for (auto at = block_of(place); at != blocks_.end() && limit > 0; ++at) {
      const char* id = at->bytes.get();
      const std::uint64_t end = at->first_place + at->ids;
      for (std::uint64_t here = at->first_place; here < end && limit > 0; ++here) {
        if (here >= place) {
          visit(view(id));
          --limit;
        }
        id += view(id).size() + 1;
      }
    }
  }

  struct Chunk {
    std::uint64_t number = 0;
    Revision revision = 0;
  };
  /// In the order of their numbers.
  const std::vector<Chunk>& chunks() const { return chunks_; }
  /// Revision 0: there is none.
  Revision chunk_revision(std::uint64_t number) const;

  /// What the next request may append to: the newest chunk as it is stored, while it is small;
  /// empty when it is not.
  const std::string& newest_text() const { return newest_text_; }

  /// Takes a chunk in, as the store tells of it, unless what is known is as new. One that was there
  /// before has been appended to.
  void apply_chunk(std::uint64_t number, std::string_view text, Revision revision);

  /// Only all chunks are ever erased (a restore does it); with the last one the ids go.
  void erase_chunk(std::uint64_t number, Revision revision);

 private:
  /// An id is its length less one, in a byte, and its bytes.
  static std::string_view view(const char* id) {
    return {id + 1, std::size_t{static_cast<unsigned char>(*id)} + 1};
  }
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view id) const { return std::hash<std::string_view>{}(id); }
    std::size_t operator()(const char* id) const { return (*this)(view(id)); }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const char* a, const char* b) const { return a == b || view(a) == view(b); }
    bool operator()(std::string_view a, const char* b) const { return a == view(b); }
    bool operator()(const char* a, std::string_view b) const { return view(a) == b; }
  };
  using Shard = boost::unordered_flat_set<const char*, Hash, Equal>;

  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t used = 0;
    std::size_t capacity = 0;
    std::uint64_t first_place = 0;
    std::uint64_t ids = 0;
  };

  const Shard& shard_of(std::string_view id) const;
  Shard& shard_of(std::string_view id);
  void split();
  const char* store(std::string_view id);
  std::vector<Block>::const_iterator block_of(std::uint64_t place) const;

  std::size_t size_ = 0;
  std::vector<Shard> shards_;  ///< one or, of a large set, many: growing one stalls nobody
  std::vector<Block> blocks_;
  std::vector<Chunk> chunks_;
  std::string newest_text_;
};

}  // namespace dcount::core
