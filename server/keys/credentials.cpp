#include "server/keys/credentials.h"

#include <openssl/evp.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

namespace dcount::keys {
namespace {

constexpr const char* two_keys = "two keys are presented that are not the same";
constexpr const char* no_scheme = "Authorization is neither 'Bearer KEY' nor 'Basic …'";
constexpr const char* no_basic = "Authorization: Basic is not the base64 of 'user:KEY'";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// "Scheme rest": the rest without blanks around it.
std::optional<std::string_view> after_scheme(std::string_view value, std::string_view scheme) {
  if (value.size() <= scheme.size() || value[scheme.size()] != ' ') return std::nullopt;
  const auto same = [](char a, char b) { return lower(a) == b; };
  if (!std::ranges::equal(value.substr(0, scheme.size()), scheme, same)) return std::nullopt;
  value.remove_prefix(std::min(value.find_first_not_of(' ', scheme.size()), value.size()));
  return value.substr(0, value.find_last_not_of(' ') + 1);
}

/// RFC 4648, with its padding and nothing left over; otherwise nothing.
std::optional<std::string> decoded_base64(std::string_view text) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  const std::string_view data = text.substr(0, text.size() - padding);
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  if (data.find_first_not_of(digits) != std::string_view::npos) return std::nullopt;
  const auto last = digits.find(data.back());
  if ((padding == 2 && (last & 15) != 0) || (padding == 1 && (last & 3) != 0)) return std::nullopt;
  std::string bytes(text.size() / 4 * 3, '\0');
  EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                  reinterpret_cast<const unsigned char*>(text.data()),
                  static_cast<int>(text.size()));
  bytes.resize(bytes.size() - padding);
  return bytes;
}

class Gathering {
 public:
  void add(std::string_view text) {
    if (found_.status == Credentials::Status::broken || text.empty()) return;
    if (found_.status == Credentials::Status::one && found_.text != text) return fail(two_keys);
    found_.status = Credentials::Status::one;
    found_.text = text;
  }

  void add_authorization(std::string_view value) {
    if (value.empty()) return;
    if (const auto token = after_scheme(value, "bearer")) return add(*token);
    const auto basic = after_scheme(value, "basic");
    if (!basic) return fail(no_scheme);
    const auto user_and_password = decoded_base64(*basic);
    if (!user_and_password) return fail(no_basic);
    const auto colon = user_and_password->find(':');
    if (colon == std::string::npos) return fail(no_basic);
    add(std::string_view(*user_and_password).substr(colon + 1));
  }

  Credentials take() { return std::move(found_); }

 private:
  void fail(const char* why) { found_ = {Credentials::Status::broken, {}, why}; }

  Credentials found_;
};

}  // namespace

Credentials credentials_of(const http::Request& request) {
  Gathering gathering;
  const auto& headers = request.http.headers;
  const auto [first, last] = headers.equal_range("Authorization");
  for (auto field = first; field != last; ++field) gathering.add_authorization(field->second);
  const auto [begin, end] = headers.equal_range("X-API-Key");
  for (auto field = begin; field != end; ++field) gathering.add(field->second);
  return gathering.take();
}

}  // namespace dcount::keys
