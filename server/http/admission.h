// What becomes of a request, decided from its head: which route takes it, or with what it is
// refused.
//
// Thread-safety: as the gate's, which is asked on all loops at once.
#pragma once

#include <httplib.h>

#include <cstdint>
#include <memory>

#include "server/http/framer.h"
#include "server/http/gate.h"
#include "server/http/route_table.h"

namespace dcount::http {

struct Admission {
  const Route* route = nullptr;                ///< null: it is refused
  std::unique_ptr<httplib::Response> refusal;  ///< null: it goes on
  bool is_last = false;  ///< its body is not worth reading: the connection ends with the refusal
  std::uint64_t body_bytes_max = 0;  ///< of what is read, to be used or dropped
};

/// What a server has to say about it.
struct AdmissionRules {
  const RouteTable& routes;
  const Gate& gate;  ///< empty: everybody may do everything
  bool cors;         ///< browsers' preflight requests are answered
};

/// In this order: a bad path 400, none 404, another method 405, the gate, a body without a length
/// that needs one 411, one that is too long 413. Sets captures, and what the gate sets.
Admission admit(const AdmissionRules& rules, Request& request, const FrameHead& head);

}  // namespace dcount::http
