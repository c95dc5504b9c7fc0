// See bench_request.h. Keys have a fixed width so that lengths never change: filling in a request
// is a copy and a few digits.
#include "cli/bench_request.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

namespace dcount::cli::bench {
namespace {

constexpr std::string_view key_mark = "{key}";
constexpr std::size_t idempotency_digits = 16;

std::size_t digits_of(std::uint64_t value) { return std::to_string(value).size(); }

/// `text` at the end of the template, "{key}" replaced by "k" and a hole.
void append(RequestTemplate& request, std::string_view text) {
  for (;;) {
    const std::size_t at = text.find(key_mark);
    request.bytes += text.substr(0, at);
    if (at == std::string_view::npos) return;
    request.bytes += 'k';
    request.key_holes.push_back(request.bytes.size());
    request.bytes.append(request.key_digits, '0');
    text.remove_prefix(at + key_mark.size());
  }
}

void make_redis(RequestTemplate& request, const Workload& workload) {
  const std::string key = workload.collection + ":{key}";
  const std::size_t key_size = workload.collection.size() + 2 + request.key_digits;
  std::vector<std::pair<std::string, std::size_t>> words;
  if (workload.read) {
    words = {{"GET", 3}, {key, key_size}};
  } else if (workload.by == 1) {
    words = {{"INCR", 4}, {key, key_size}};
  } else {
    const std::string by = std::to_string(workload.by);
    words = {{"INCRBY", 6}, {key, key_size}, {by, by.size()}};
  }
  append(request, "*" + std::to_string(words.size()) + "\r\n");
  for (const auto& [word, size] : words) {
    append(request, "$" + std::to_string(size) + "\r\n" + word + "\r\n");
  }
}

std::string request_line(const Workload& workload) {
  if (!workload.target.empty()) return workload.target;
  if (workload.batch > 0) return "POST /batch";
  const std::string path = "/cnt/" + workload.collection + "/{key}";
  if (workload.read) return "GET " + path;
  return "POST " + path + (workload.by == 1 ? "" : "/" + std::to_string(workload.by)) +
         "?create=true";
}

void make_http(RequestTemplate& request, const Workload& workload) {
  std::string body;
  for (std::uint32_t i = 0; i < workload.batch; ++i) {
    body += i == 0 ? R"({"ops":[)" : ",";
    body += R"({"add":")" + workload.collection + R"(/{key}","n":)" + std::to_string(workload.by);
    body += i + 1 == workload.batch ? R"(,"create":true}]})" : R"(,"create":true})";
  }
  const std::size_t body_bytes =
      body.size() - workload.batch * key_mark.size() + workload.batch * (1 + request.key_digits);

  const std::string line = request_line(workload);
  append(request, line);
  request.bytes += " HTTP/1.1\r\nHost: " + workload.host + "\r\n";
  if (!workload.api_key.empty()) {
    request.bytes += "Authorization: Bearer " + workload.api_key + "\r\n";
  }
  if (workload.keyed) {
    append(request, "Idempotency-Key: ");
    request.idempotency_hole = request.bytes.size();
    append(request, std::string(idempotency_digits, '0') + "\r\n");
  }
  if (workload.batch > 0) append(request, "Content-Type: application/json\r\n");
  if (!line.starts_with("GET ")) {
    append(request, "Content-Length: " + std::to_string(body_bytes) + "\r\n");
  }
  append(request, "\r\n" + body);
}

/// A well-mixed function of `value`: neighbouring seeds give unrelated sequences.
std::uint64_t mix(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

}  // namespace

RequestTemplate make_template(const Workload& workload) {
  RequestTemplate request;
  request.key_digits = digits_of(workload.keys - 1);
  request.increments = workload.read ? 0 : std::max<std::uint32_t>(1, workload.batch);
  if (workload.protocol == Protocol::http) {
    make_http(request, workload);
  } else {
    make_redis(request, workload);
  }
  return request;
}

RequestWriter::RequestWriter(const RequestTemplate& request, std::uint64_t keys, KeyOrder order,
                             std::uint64_t run)
    : request_(request),
      keys_(keys),
      sequential_(order.sequential),
      next_(order.first % keys),
      random_(mix(order.seed)),
      idempotency_(mix(run)) {}

void RequestWriter::write(char* to) {
  std::memcpy(to, request_.bytes.data(), request_.bytes.size());
  if (keys_ > 1) {
    for (const std::size_t hole : request_.key_holes) {
      std::uint64_t key = next_key();
      for (std::size_t i = request_.key_digits; i-- > 0; key /= 10) {
        to[hole + i] = static_cast<char>('0' + key % 10);
      }
    }
  }
  if (request_.idempotency_hole == RequestTemplate::npos) return;
  std::uint64_t id = idempotency_++;
  for (std::size_t i = idempotency_digits; i-- > 0; id >>= 4) {
    to[request_.idempotency_hole + i] = "0123456789abcdef"[id & 15];
  }
}

std::uint64_t RequestWriter::next_key() {
  if (!sequential_) return ((random() >> 32) * keys_) >> 32;
  const std::uint64_t key = next_;
  next_ = next_ + 1 == keys_ ? 0 : next_ + 1;
  return key;
}

std::uint64_t RequestWriter::random() {
  random_ += 0x9e3779b97f4a7c15;  // splitmix64
  return mix(random_);
}

}  // namespace dcount::cli::bench
