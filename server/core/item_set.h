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
      for (std::uint64_t number = at->first_place; number < at->first_place + at->ids; ++number) {
        if (number >= place && limit > 0) {
          visit(view(id));
          --limit;
        }
        id += view(id).size() + 1;
      }
    }
  }

  /// The newest chunk as it is stored, at its revision: what the next request may append to. Its
  /// text is kept while it is small.
  struct Newest {
    std::uint64_t chunk = 0;  ///< 0: none
    std::string text;
    Revision revision = 0;
  };
  const Newest& newest() const { return newest_; }

  /// Takes a chunk in, as the store tells of it; one that was there before has been appended to.
  void apply_chunk(std::uint64_t chunk, std::string_view text, Revision revision);

  /// The oldest chunk that was not erased; greater than newest().chunk: there is none.
  std::uint64_t oldest_chunk() const { return oldest_chunk_; }

  /// Only all chunks are ever erased, oldest first (a restore does). With the last one the ids go.
  void erase_chunk(std::uint64_t chunk);

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
  Newest newest_;
  std::uint64_t oldest_chunk_ = 1;
};

}  // namespace dcount::core
