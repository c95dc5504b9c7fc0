#include "server/store/etcd/limits.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace dcount::store::etcd {
namespace {

constexpr std::size_t operations[] = {4096, 2048, 1024, 512, 256, 128};
constexpr std::size_t request_bytes_max = 8192 * 1024;
// What etcd adds to --max-request-bytes for the limit of a message.
constexpr std::size_t grpc_overhead_bytes = 512 * 1024;

// What a batch weighs beyond its keys and values.
constexpr std::size_t envelope_bytes = 4 * 1024;

/// Asks with operations that have no key: when etcd takes so many it goes on to look at them, and
/// refuses the first; nothing of it is done either way.
Result<std::size_t> probe_operations(Connection& connection) {
  for (const std::size_t count : operations) {
    Txn txn;
    txn.success.assign(count, range_of(""));
    const Reply reply = connection.send({txn_path, txn_body(txn, "")});
    const bool answered = reply.kind == Reply::Kind::answered;
    const std::string message = answered ? error_message(reply.body) : "";
    if (message.find("key is not provided") != std::string::npos) return count;
    if (message.find("too many operations") == std::string::npos) {
      return Error{Certainty::unknown, describe(reply)};
    }
  }
  return Error{Certainty::definite, "etcd's --max-txn-ops is below 128, its default"};
}

/// The number in "… larger than max (9437196 vs. 8912896)".
std::optional<std::size_t> refused_at(const std::string& message) {
  const auto versus = message.find(" vs. ");
  if (message.find("larger than max") == std::string::npos || versus == std::string::npos) {
    return std::nullopt;
  }
  std::size_t limit = 0;
  const char* digits = message.data() + versus + 5;
  const auto [end, error] = std::from_chars(digits, message.data() + message.size(), limit);
  return error == std::errc{} ? std::optional(limit) : std::nullopt;
}

/// Asks for a key as long as the largest request. A write of that size would tell as well, but go
/// into every member's log; this one is refused before it is looked at, with the limit's number.
Result<std::size_t> probe_bytes(Connection& connection, const std::string& prefix) {
  const std::string key(request_bytes_max + grpc_overhead_bytes, '-');
  const Reply reply = connection.send({range_path, range_body(range_of(key), prefix)});
  const std::string message = error_message(reply.body);
  std::size_t limit = request_bytes_max;
  if (const auto refused = refused_at(message)) {
    limit = *refused - std::min(*refused, grpc_overhead_bytes);
  } else if (fate_of(reply) != Fate::done) {
    return Error{Certainty::unknown, describe(reply)};
  }
  if (limit < 2 * envelope_bytes) {
    return Error{Certainty::definite, "etcd's --max-request-bytes is too small"};
  }
  return std::min(limit, request_bytes_max) - envelope_bytes;
}

}  // namespace

Result<Limits> probe_limits(Connection& connection, const std::string& prefix) {
  const auto operations_max = probe_operations(connection);
  if (!operations_max) return operations_max.error();
  const auto bytes_max = probe_bytes(connection, prefix);
  if (!bytes_max) return bytes_max.error();
  return Limits{*operations_max, *bytes_max};
}

}  // namespace dcount::store::etcd
