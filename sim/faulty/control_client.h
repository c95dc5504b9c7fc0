// The harness's side of a faulty server's control socket (control_server.h): one command, one
// answer.
//
//   ask(path, {{"clock", {{"jump_ms", 5000}}}})        also {"drift_ppm": 200}, and "heal"
//   ask(path, {{"disk", "full"}})                      also "fail_sync", "heal"
//   ask(path, {{"packages", "full"}})                  there is no room for packages; also "heal"
//   ask(path, {{"get", "state"}})
//
// On the wire JSON lines, one answer to each command: {"ok":true, "clock_offset_ms":0,
// "clock_drift_ppm":0.0, "disk":"healthy", "packages":"healthy", "plant":""}, or {"ok":false,
// "error":"why"}.
//
// Every command is answered with the state after it, so that an answer is the proof that the fault
// is there. Each process begins with a right clock and a healthy disk.
//
// Thread-safety: a pure function.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "server/store/result.h"

namespace dcount::faulty {

inline constexpr std::chrono::milliseconds control_time{2000};

struct FaultyState {
  std::int64_t clock_offset_ms = 0;  ///< ahead of the right time; negative: behind
  double clock_drift_ppm = 0;
  std::string disk;      ///< healthy, full, fail_sync; none: the server's data are in etcd
  std::string packages;  ///< their part of the disk: healthy, full
  std::string plant;     ///< empty: none
};

/// Errors: nobody listens there, no answer came in time (unknown), the server refused (definite;
/// its words).
Result<FaultyState> ask(const std::filesystem::path& socket, const nlohmann::json& command,
                        std::chrono::milliseconds at_most = control_time);

}  // namespace dcount::faulty
