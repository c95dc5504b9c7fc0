// The requests of a load run: bytes that are ready to be sent but for a few holes of fixed width.
//
// Thread-safety: a RequestTemplate is immutable once made; a RequestWriter belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/bench_answer.h"

namespace dcount::cli::bench {

/// What is asked of the server. Counters are called k<i>, i with as many digits as the greatest.
struct Workload {
  Protocol protocol = Protocol::http;
  std::string host = "127.0.0.1:8080";  ///< for the Host field
  std::string api_key;                  ///< sent as a bearer token; empty: none
  std::string collection = "bench";     ///< for Redis the key's prefix: "bench:k7"
  std::string target;       ///< "METHOD /path with {key}" instead of the counters' own; empty: none
  std::uint64_t keys = 1;   ///< 1 to 2^32
  std::int64_t by = 1;      ///< added by every increment
  std::uint32_t batch = 0;  ///< increments in one POST /batch; 0: single requests
  bool read = false;        ///< reads instead of increments
  bool keyed = false;       ///< an Idempotency-Key in every request
};

struct RequestTemplate {
  std::string bytes;
  std::vector<std::size_t> key_holes;  ///< where key_digits decimal digits go
  std::size_t key_digits = 1;
  std::size_t idempotency_hole = npos;  ///< where 16 hexadecimal digits go, or npos
  std::uint32_t increments = 1;         ///< in one request; 0 for reads
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);
};

/// REQUIRES: what bench_command.cpp checks: no batch or Idempotency-Key with Redis, `keys` and
/// `batch` in their range, no line breaks in any text.
RequestTemplate make_template(const Workload& workload);

/// In which order keys are taken.
struct KeyOrder {
  bool sequential = false;  ///< 0, 1, 2 … (and round again) instead of uniformly at random
  std::uint64_t first = 0;  ///< of the sequential ones
  std::uint64_t seed = 1;   ///< of the random ones
};

/// Writes one request after the other, each with its own keys and Idempotency-Key.
class RequestWriter {
 public:
  /// `request` must outlive it. `run` makes the Idempotency-Keys of this writer its own.
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
  std::uint64_t idempotency_;
};

}  // namespace dcount::cli::bench
