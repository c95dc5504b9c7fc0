#include "server/nodes/identity.h"

#include <fcntl.h>
#include <openssl/rand.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>

namespace dcount::nodes {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t identity_bytes = 16;

bool is_identity(std::string_view text) {
  return text.size() == 2 * identity_bytes &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<std::string> random_identity() {
  std::array<unsigned char, identity_bytes> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    return Error{Certainty::definite, "no random numbers to be had for an identity"};
  }
  constexpr char hex[] = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) {
    text += hex[byte >> 4];
    text += hex[byte & 15];
  }
  return text;
}

/// False: see errno.
bool sync(const fs::path& path, int flags) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags);
  if (file < 0) return false;
  const bool synced = ::fsync(file) == 0;
  const int error = errno;
  ::close(file);
  errno = error;
  return synced;
}

/// The name of `directory` has to survive, too, and what follows says that it does: this comes
/// first. Who cannot open what is above has not made it.
void sync_parents(const fs::path& directory) {
  std::error_code error;
  fs::path at = fs::absolute(directory, error).lexically_normal();
  while (at.has_relative_path()) {
    at = at.parent_path();
    sync(at, O_DIRECTORY);
  }
}

Result<void> write_identity(const fs::path& path, const std::string& identity) {
  const auto failed = [&] {
    return Error{Certainty::definite, path.string() + " cannot be made: " + std::strerror(errno)};
  };
  const fs::path fresh = path.string() + ".new";
  std::ofstream file(fresh, std::ios::trunc);
  file << identity << '\n';
  file.close();
  if (!file || !sync(fresh, 0)) return failed();
  if (::rename(fresh.c_str(), path.c_str()) != 0) return failed();
  if (!sync(path.parent_path(), O_DIRECTORY)) return failed();
  return {};
}

}  // namespace

Result<std::string> load_identity(const fs::path& directory) {
  const fs::path path = directory / "identity";
  std::error_code error;
  const bool there = fs::exists(path, error);
  if (error) return Error{Certainty::definite, path.string() + ": " + error.message()};
  if (there) {
    std::string identity;
    std::ifstream(path) >> identity;
    if (is_identity(identity)) return identity;
    return Error{Certainty::definite,
                 path.string() + " does not hold the identity of a node (32 hex digits)"};
  }
  sync_parents(directory);
  auto identity = random_identity();
  if (!identity) return identity.error();
  if (const auto written = write_identity(path, *identity); !written) return written.error();
  return *identity;
}

}  // namespace dcount::nodes
