// Every bound of the HTTP side in one place, with its unit in its name.
#pragma once

#include <chrono>
#include <cstddef>

namespace dcount::http {

struct Limits {
  std::size_t head_bytes_max = 16 * 1024;     ///< request line and fields: 431
  std::size_t fields_max = 100;               ///< 431
  std::size_t pipelined_requests_max = 64;    ///< unanswered on one connection; then reading waits
  std::size_t connections_max = 50'000;       ///< one more is answered 503 and closed
  std::size_t output_bytes_max = 256 * 1024;  ///< unsent on one connection; then reading waits
  std::size_t linger_bytes_max = 4 << 20;     ///< read and dropped after a refusal; then it is cut
  std::size_t service_workers = 4;            ///< threads of the service lane
  std::size_t service_queue_max = 256;        ///< waiting for a worker; one more is 503
  std::size_t service_answer_bytes_max = 64 << 20;  ///< in memory; more is for send_file
  std::chrono::milliseconds head_time{
      10'000};  ///< from a request's first byte to its last field: 408
  std::chrono::milliseconds body_time{30'000};   ///< without progress: 408
  std::chrono::milliseconds write_time{30'000};  ///< without progress: closed
  std::chrono::milliseconds idle_time{75'000};   ///< between requests: closed without a word
  std::chrono::milliseconds answer_time{9'000};  ///< a handler that has not answered: 504 same-key
  std::chrono::milliseconds linger_time{2'000};  ///< for the client to take its last answer
};

}  // namespace dcount::http
