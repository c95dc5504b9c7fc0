#include "server/api/token_source.h"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "server/api/hex.h"

namespace dcount::api {

std::string new_token() {
  std::array<unsigned char, 16> bytes{};
  // As few as these come all at once, or not at all while the system boots.
  while (getrandom(bytes.data(), bytes.size(), 0) < 0) {
    if (errno != EINTR) std::abort();
  }
  return hex(bytes);
}

}  // namespace dcount::api
