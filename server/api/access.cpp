#include "server/api/access.h"

#include <arpa/inet.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace dcount::api {
namespace {

constexpr std::streamsize secret_bytes_max = 4096;

Error no_secret(const std::string& file, const std::string& why) {
  return {.message = "--cluster-secret-file " + file + ": " + why};
}

}  // namespace

bool is_loopback_host(const std::string& host) {
  in_addr address{};
  const bool v4 = ::inet_pton(AF_INET, host.c_str(), &address) == 1;
  return host == "localhost" || host == "::1" || (v4 && (ntohl(address.s_addr) >> 24) == 127);
}

std::string wrong_with_access(const ServerSettings& settings) {
  if (settings.insecure) return "";
  if (!is_loopback_host(settings.host) && !settings.require_key) {
    return "listening on " + settings.host +
           " lets anybody who can reach this machine change everything: say --require-key (and "
           "make the first key with 'dcount key create NAME --admin --data DIR'), or listen on "
           "127.0.0.1, or say --insecure if that is what you want";
  }
  if (!is_loopback_host(settings.internal_listen.host) && settings.cluster_secret.empty()) {
    return "--internal-listen on " + settings.internal_listen.host +
           " lets anybody who can reach this machine pass for another node: give all nodes the "
           "same --cluster-secret-file, or say --insecure if that is what you want";
  }
  return "";
}

Result<std::string> read_cluster_secret(const std::string& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) return no_secret(file, std::strerror(errno));
  if ((info.st_mode & S_IRWXO) != 0) {
    return no_secret(file, "everybody on this machine may read it: chmod o-rwx it");
  }
  std::ifstream stream(file);
  std::string secret(secret_bytes_max, '\0');
  stream.read(secret.data(), secret_bytes_max);
  secret.resize(static_cast<std::size_t>(stream.gcount()));
  if (stream.bad() || secret.empty()) return no_secret(file, "it cannot be read, or is empty");
  if (secret.ends_with('\n')) secret.pop_back();
  if (secret.ends_with('\r')) secret.pop_back();
  // It becomes a header field; anything else would end it early.
  if (!std::ranges::all_of(secret, [](char c) { return c > ' ' && c < 127; })) {
    return no_secret(file, "a secret is one line of visible ASCII without spaces");
  }
  if (secret.size() < cluster_secret_bytes_min) {
    return no_secret(file, "a secret has at least " + std::to_string(cluster_secret_bytes_min) +
                               " characters; 'openssl rand -hex 32' makes one");
  }
  return secret;
}

}  // namespace dcount::api
