// Request ids, see request_id.h.
#include "server/http/request_id.h"

#include <algorithm>
#include <cctype>
#include <random>

namespace dcount::http {
namespace {

constexpr char digits[] = "0123456789abcdefghijklmnopqrstuv";  // 5 bits each
constexpr std::size_t prefix_chars = 6;
constexpr std::size_t count_chars = 9;

}  // namespace

bool is_usable_request_id(std::string_view id) {
  return !id.empty() && id.size() <= 128 && std::all_of(id.begin(), id.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '.' || c == '_' || c == '-';
  });
}

RequestIds::RequestIds() {
  std::random_device random;
  for (std::size_t i = 0; i < prefix_chars; ++i) prefix_ += digits[random() % 32];
  count_ = (std::uint64_t{random()} << 32) | random();
}

std::string RequestIds::next() {
  std::string id = prefix_;
  id.resize(prefix_chars + count_chars);
  std::uint64_t rest = ++count_;
  for (std::size_t i = 0; i < count_chars; ++i, rest >>= 5)
    id[prefix_chars + count_chars - 1 - i] = digits[rest % 32];
  return id;
}

}  // namespace dcount::http
