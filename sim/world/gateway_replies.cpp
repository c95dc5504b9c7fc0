#include "sim/world/gateway_replies.h"

#include <utility>

namespace dcount::world {
namespace {

GatewayReply refuse(int status, int code, const char* message) {
  std::string body = "{\"error\":\"";
  body.append(message).append("\",\"message\":\"").append(message).append("\",\"code\":");
  body.append(std::to_string(code)).append("}");
  return {status, std::move(body)};
}

void append_name(std::string& out, std::string_view name) {
  if (out.back() != '{') out += ',';
  ((out += '"') += name) += "\":\"";
}

}  // namespace

namespace refusal {
GatewayReply no_leader() { return refuse(503, 14, "etcdserver: no leader"); }
GatewayReply timed_out() { return refuse(503, 14, "etcdserver: request timed out"); }
GatewayReply leader_changed() { return refuse(503, 14, "etcdserver: leader changed"); }
GatewayReply empty_key() { return refuse(400, 3, "etcdserver: key is not provided"); }
GatewayReply too_many_operations() {
  return refuse(400, 3, "etcdserver: too many operations in txn request");
}
GatewayReply duplicate_key() {
  return refuse(400, 3, "etcdserver: duplicate key given in txn request");
}
GatewayReply compacted() {
  return refuse(400, 11, "etcdserver: mvcc: required revision has been compacted");
}
GatewayReply future_revision() {
  return refuse(400, 11, "etcdserver: mvcc: required revision is a future revision");
}
GatewayReply lease_not_found() { return refuse(404, 5, "etcdserver: requested lease not found"); }
GatewayReply no_space() { return refuse(429, 8, "etcdserver: mvcc: database space exceeded"); }
GatewayReply malformed() { return refuse(400, 3, "the body is not understood"); }
}  // namespace refusal

std::string header(Revision revision) {
  return "{\"header\":{\"revision\":\"" + std::to_string(revision) + "\"}";
}

void append_number(std::string& out, std::string_view name, std::int64_t number) {
  if (number == 0) return;
  append_name(out, name);
  (out += std::to_string(number)) += '"';
}

void append_bytes(std::string& out, std::string_view name, std::string_view bytes) {
  if (bytes.empty()) return;
  append_name(out, name);
  append_base64(out, bytes);
  out += '"';
}

void append_base64(std::string& out, std::string_view bytes) {
  static constexpr char digits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto byte = [&](std::size_t i) {
    return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U;
  };
  std::size_t at = out.size();
  out.resize(at + (bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const unsigned bits = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    out[at++] = digits[bits >> 18];
    out[at++] = digits[bits >> 12 & 63];
    out[at++] = i + 1 < bytes.size() ? digits[bits >> 6 & 63] : '=';
    out[at++] = i + 2 < bytes.size() ? digits[bits & 63] : '=';
  }
}

}  // namespace dcount::world
