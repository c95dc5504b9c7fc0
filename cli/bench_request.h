// The requests of a load run: bytes that are ready to be sent but for a few holes of fixed width.
//
// Thread-safety: a RequestTemplate is immutable once made; a RequestWriter belongs to one thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/bench_answer.h"

namespace dcount::cli::bench {

/// What is asked of the server: increments of counters, unless `sequence` or `items` say otherwise.
/// Counters are called k<i>, i with as many digits as the greatest.
struct Workload {
  Protocol protocol = Protocol::http;
  std::string host = "127.0.0.1:8080";  ///< for the Host field
  std::string api_key;                  ///< sent as a bearer token; empty: none
  std::string collection = "bench";     ///< for Redis the key's prefix: "bench:k7"
  std::string target;       ///< "METHOD /path with {key}" instead of the counters' own; empty: none
  std::string sequence;     ///< numbers are drawn from it; for Redis "bench:forward"; empty: none
  bool items = false;       ///< items of fresh ids are added to the tenants bench_k<i>
  std::uint64_t keys = 1;   ///< 1 to 2^32
  std::int64_t by = 1;      ///< added by every increment
  std::uint32_t batch = 0;  ///< increments, numbers or items in one request; 0: single requests
  bool read = false;        ///< reads counters, or tenants' counts, instead
  bool keyed = false;       ///< an Idempotency-Key in every request

  std::uint32_t operations_per_request() const { return std::max(1u, batch); }
};

struct RequestTemplate {
  std::string bytes;
  std::vector<std::size_t> key_holes;  ///< where key_digits decimal digits go
  std::size_t key_digits = 1;
  std::vector<std::size_t> fresh_holes;            ///< where fresh_digits go that nothing else has
  static constexpr std::size_t fresh_digits = 16;  ///< hexadecimal
};

/// REQUIRES: what check() in bench_options.h checks: Redis knows increments, reads and draws only,
/// `keys` and `batch` are in their range, no text has line breaks.
RequestTemplate make_template(const Workload& workload);

/// In which order keys are taken.
struct KeyOrder {
  bool sequential = false;  ///< 0, 1, 2 … (and round again) instead of uniformly at random
  std::uint64_t first = 0;  ///< of the sequential ones
  std::uint64_t seed = 1;   ///< of the random ones
};

/// Writes one request after the other, each with its own keys, Idempotency-Key and ids of items.
class RequestWriter {
 public:
  /// `request` must outlive it. `run` makes what is fresh in this writer its own.
  RequestWriter(const RequestTemplate& request, std::uint64_t keys, KeyOrder order,
                std::uint64_t run);

  std::size_t size() const { return request_.bytes.size(); }
  /// REQUIRES: room for size() bytes at `to`.
  void write(char* to);

 private:
  std::uint64_t next_key();
  std::uint64_t random();

  const RequestTemplate& request_;
  std::uint64_t keys_;
  bool sequential_;
  std::uint64_t next_;    ///< the next sequential key
  std::uint64_t random_;  ///< state of the generator
  std::uint64_t fresh_;   ///< the next number that becomes fresh digits
};

}  // namespace dcount::cli::bench
