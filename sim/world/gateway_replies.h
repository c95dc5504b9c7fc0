// Replies of etcd's JSON gateway, as text, without what identifies a cluster and its members.
//
// Thread-safety: plain values, pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/core/entry.h"

namespace dcount::world {

/// What a member answers: HTTP's status (0: it closed the connection instead) and a body.
struct GatewayReply {
  int status = 0;
  std::string body;
};

namespace refusal {
GatewayReply no_leader();
GatewayReply timed_out();
GatewayReply leader_changed();
GatewayReply empty_key();
GatewayReply too_many_operations();
GatewayReply duplicate_key();
GatewayReply compacted();
GatewayReply future_revision();
GatewayReply lease_not_found();
GatewayReply no_space();
GatewayReply malformed();
}  // namespace refusal

/// The beginning of a reply: an object that is still open.
std::string header(Revision revision);

// Fields of an object that is open; those that are zero or empty are left out.
void append_number(std::string& out, std::string_view name, std::int64_t number);
void append_bytes(std::string& out, std::string_view name, std::string_view bytes);

/// Standard base64, padded, appended.
void append_base64(std::string& out, std::string_view bytes);

}  // namespace dcount::world
