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
constexpr std::string_view fresh_mark = "{fresh}";

std::size_t digits_of(std::uint64_t value) { return std::to_string(value).size(); }

/// `text` at the end of the template, "{key}" replaced by "k" and a hole, "{fresh}" by a hole.
void append(RequestTemplate& request, std::string_view text) {
  const auto hole = [&](std::vector<std::size_t>& holes, std::string_view mark, std::size_t size) {
    holes.push_back(request.bytes.size());
    request.bytes.append(size, '0');
    text.remove_prefix(mark.size());
  };
  while (!text.empty()) {
    if (text.starts_with(key_mark)) {
      request.bytes += 'k';
      hole(request.key_holes, key_mark, request.key_digits);
    } else if (text.starts_with(fresh_mark)) {
      hole(request.fresh_holes, fresh_mark, RequestTemplate::fresh_digits);
    } else {
      const std::size_t plain = std::min(text.find('{', 1), text.size());
      request.bytes += text.substr(0, plain);
      text.remove_prefix(plain);
    }
  }
}

/// The size of `text` once it is in the template.
std::size_t size_in(const RequestTemplate& request, std::string_view text) {
  RequestTemplate alone;
  alone.key_digits = request.key_digits;
  append(alone, text);
  return alone.bytes.size();
}

void make_redis(RequestTemplate& request, const Workload& workload) {
  const bool draws = !workload.sequence.empty();
  const std::int64_t by = draws ? workload.operations_per_request() : workload.by;
  const std::string key = workload.collection + ":" + (draws ? workload.sequence : "{key}");
  std::vector<std::string> words;
  if (workload.read) {
    words = {"GET", key};
  } else if (by == 1) {
    words = {"INCR", key};
  } else {
    words = {"INCRBY", key, std::to_string(by)};
  }
  append(request, "*" + std::to_string(words.size()) + "\r\n");
  for (const std::string& word : words) {
    append(request, "$" + std::to_string(size_in(request, word)) + "\r\n" + word + "\r\n");
  }
}

/// The two that PEZ has are drawn from one by one as its clients do it.
std::string draw_path(const Workload& workload) {
  const std::string& name = workload.sequence;
  if (workload.batch > 0) return "/v2/" + name + "?count=" + std::to_string(workload.batch);
  return (name == "forward" || name == "reverse" ? "/v1/" : "/v2/") + name;
}

std::string request_line(const Workload& workload) {
  if (!workload.target.empty()) return workload.target;
  if (!workload.sequence.empty()) return "GET " + draw_path(workload);
  if (workload.items) {
    return workload.read ? "GET /items/" + workload.collection + "_{key}/count" : "POST /items";
  }
  if (workload.batch > 0) return "POST /batch";
  const std::string path = "/cnt/" + workload.collection + "/{key}";
  if (workload.read) return "GET " + path;
  return "POST " + path + (workload.by == 1 ? "" : "/" + std::to_string(workload.by)) +
         "?create=true";
}

/// `count` times `element`, with commas between.
std::string list(std::uint32_t count, const std::string& element) {
  std::string text = "[";
  for (std::uint32_t i = 0; i < count; ++i) text += (i == 0 ? "" : ",") + element;
  return text + "]";
}

std::string json_body(const Workload& workload) {
  if (workload.read || !workload.target.empty() || !workload.sequence.empty()) return "";
  if (workload.items) {
    return list(workload.operations_per_request(),
                R"({"id":"{fresh}","tenant":")" + workload.collection + R"(_{key}"})");
  }
  if (workload.batch == 0) return "";
  return R"({"ops":)" +
         list(workload.batch, R"({"add":")" + workload.collection + R"(/{key}","n":)" +
                                  std::to_string(workload.by) + R"(,"create":true})") +
         "}";
}

void make_http(RequestTemplate& request, const Workload& workload) {
  const std::string line = request_line(workload);
  const std::string body = json_body(workload);
  append(request, line);
  request.bytes += " HTTP/1.1\r\nHost: " + workload.host + "\r\n";
  if (!workload.api_key.empty()) {
    request.bytes += "Authorization: Bearer " + workload.api_key + "\r\n";
  }
  if (workload.keyed) append(request, "Idempotency-Key: {fresh}\r\n");
  if (!body.empty()) request.bytes += "Content-Type: application/json\r\n";
  if (!line.starts_with("GET ")) {
    request.bytes += "Content-Length: " + std::to_string(size_in(request, body)) + "\r\n";
  }
  request.bytes += "\r\n";
  append(request, body);
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
      fresh_(mix(run)) {}

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
  for (const std::size_t hole : request_.fresh_holes) {
    std::uint64_t digits = mix(fresh_++);  // one to one: no two are the same
    for (std::size_t i = RequestTemplate::fresh_digits; i-- > 0; digits >>= 4) {
      to[hole + i] = "0123456789abcdef"[digits & 15];
    }
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
