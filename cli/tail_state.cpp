#include "cli/tail_state.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

namespace dcount::cli {
namespace {

/// Room for as many names as fit a request.
constexpr std::streamsize state_bytes_max = 64 << 10;

client::ClientError local_error(const std::string& file, const std::string& why) {
  return {.kind = client::ErrorKind::local, .detail = file + " " + why};
}

TailState state_of(const nlohmann::json& json) {
  return {.what = json.at("what").get<std::vector<std::string>>(),
          .revision = json.at("revision").get<std::int64_t>()};
}

std::string part_of(const std::string& file) { return file + ".part"; }

int open_part(const std::string& file) {
  return ::open(part_of(file).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

}  // namespace

client::Result<std::optional<TailState>> read_tail_state(const std::string& file) {
  if (::access(file.c_str(), F_OK) != 0 && errno == ENOENT) return std::optional<TailState>();
  std::ifstream stream(file);
  std::string text(state_bytes_max, '\0');
  stream.read(text.data(), state_bytes_max);
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (!stream.is_open() || stream.bad()) return local_error(file, "cannot be read");
  try {
    TailState state = state_of(nlohmann::json::parse(text));
    if (state.revision >= 0) return std::optional(std::move(state));
  } catch (const nlohmann::json::exception&) {
    // Torn, or another file.
  }
  return local_error(file,
                     "does not hold the state of a tail. Without that file a tail begins with the "
                     "current values");
}

bool write_tail_state(const std::string& file, const TailState& state) {
  const nlohmann::ordered_json json = {{"revision", state.revision}, {"what", state.what}};
  const std::string text = json.dump() + "\n";
  const int fd = open_part(file);
  if (fd < 0) return false;
  bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                 ::fdatasync(fd) == 0;
  written &= ::close(fd) == 0;
  // The rename itself may be lost: then it is a state before, and some of it is told again.
  return written && std::rename(part_of(file).c_str(), file.c_str()) == 0;
}

bool can_write_tail_state(const std::string& file) {
  const int fd = open_part(file);
  return fd >= 0 && ::close(fd) == 0 && ::unlink(part_of(file).c_str()) == 0;
}

}  // namespace dcount::cli
