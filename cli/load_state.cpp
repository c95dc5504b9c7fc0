#include "cli/load_state.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace dcount::cli {
namespace {

constexpr std::streamsize state_bytes_max = 64 << 10;

client::ClientError local_error(const std::string& file, const std::string& why) {
  return {.kind = client::ErrorKind::local, .detail = file + ": " + why};
}

std::string hex(std::uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}

std::uint64_t from_hex(const std::string& text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return value;
}

LoadState state_of(const nlohmann::json& json) {
  return {.server = json.at("server").get<std::string>(),
          .tenant = json.at("tenant").get<std::string>(),
          .key = json.at("key").get<std::string>(),
          .acknowledged = {.bytes = json.at("bytes").get<std::uint64_t>(),
                           .lines = json.at("lines").get<std::uint64_t>(),
                           .digest = from_hex(json.at("digest").get<std::string>())},
          .items = json.at("items").get<std::uint64_t>(),
          .added = json.at("new").get<std::uint64_t>(),
          .done = json.at("done").get<bool>()};
}

std::string text_of(const LoadState& state) {
  nlohmann::ordered_json json = {{"server", state.server},
                                 {"tenant", state.tenant},
                                 {"key", state.key},
                                 {"bytes", state.acknowledged.bytes},
                                 {"lines", state.acknowledged.lines},
                                 {"digest", hex(state.acknowledged.digest)},
                                 {"items", state.items},
                                 {"new", state.added},
                                 {"done", state.done}};
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

client::Result<std::optional<LoadState>> read_load_state(const std::string& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return std::optional<LoadState>();
  std::ifstream stream(file);
  std::string text(state_bytes_max, '\0');
  stream.read(text.data(), state_bytes_max);
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (!stream.is_open() || stream.bad()) return local_error(file, "cannot be read");
  try {
    return std::optional(state_of(nlohmann::json::parse(text)));
  } catch (const nlohmann::json::exception&) {
    return local_error(file, "does not hold the state of a load");
  }
}

bool write_load_state(const std::string& file, const LoadState& state) {
  const std::string part = file + ".part";
  const std::string text = text_of(state);
  int fd = ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                 ::fdatasync(fd) == 0;
  written &= ::close(fd) == 0;
  // The rename itself may be lost: then it is the state before, and a chunk is sent again.
  return written && std::rename(part.c_str(), file.c_str()) == 0;
}

}  // namespace dcount::cli
