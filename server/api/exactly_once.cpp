#include "server/api/exactly_once.h"

#include <openssl/sha.h>

#include <array>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "server/api/bad_request.h"
#include "server/api/hex.h"
#include "server/http/header.h"
#include "server/keys/key_holder.h"

namespace dcount::api {
namespace {

/// The first `bytes` of SHA-256 over all parts, as hex. Lengths keep parts apart.
std::string digest(std::initializer_list<std::string_view> parts, std::size_t bytes) {
  std::string text;
  for (const std::string_view part : parts) {
    text += std::to_string(part.size());
    text += ':';
    text += part;
  }
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash.data());
  return hex(std::span(hash).first(bytes));
}

}  // namespace

std::optional<core::Idempotency> idempotency(const http::Request& request,
                                             const KeyOptions& options) {
  const auto& headers = request.http.headers;
  const auto field = headers.find("Idempotency-Key");
  if (field == headers.end()) return std::nullopt;
  const std::string& key = field->second;
  if (headers.count("Idempotency-Key") > 1) malformed("Idempotency-Key is given more than once");
  if (key.empty() || key.size() > idempotency_key_bytes_max) {
    malformed("Idempotency-Key must have 1 to " + std::to_string(idempotency_key_bytes_max) +
              " bytes");
  }
  core::Idempotency idempotency;
  const keys::KeyHolder* holder = keys::holder_of(request);
  const httplib::Request& asked = request.http;
  idempotency.digest = holder != nullptr && holder->has_key()
                           ? digest({asked.method, asked.path, key, holder->id}, 16)
                           : digest({asked.method, asked.path, key}, 16);
  idempotency.fingerprint = digest({request.http.target, http::header(request, "If-Match"),
                                    http::header(request, "If-None-Match"), request.http.body},
                                   8);
  idempotency.keep_ms = std::chrono::milliseconds(options.keep).count();
  idempotency.records_max = options.records_max;
  return idempotency;
}

void add_key_fields(httplib::Response& response, const core::Outcome& outcome) {
  if (outcome.replayed) response.set_header("Idempotent-Replayed", "true");
  if (outcome.code >= core::Code::in_flight) return;  // undecided
  response.set_header("Idempotency-Window", std::to_string(outcome.key_window_s));
}

}  // namespace dcount::api
