// The bytes of tails' answers, as http-api.md has them.
#pragma once

#include <cstdio>
#include <string>

namespace dcount::sim {

inline const std::string tail_head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

inline std::string chunk(const std::string& payload) {
  char size[16];
  std::snprintf(size, sizeof size, "%zx\r\n", payload.size());
  return size + payload + "\r\n";
}

}  // namespace dcount::sim
