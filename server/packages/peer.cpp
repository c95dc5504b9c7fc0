#include "server/packages/peer.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "server/nodes/prober.h"

namespace dcount::packages {
namespace {

constexpr std::size_t piece_bytes = 64 * 1024;

/// What `sink` needs of a file, as cpp-httplib asks for it: from `offset` on, as much as it likes.
bool provide(int file, std::size_t offset, std::size_t length, httplib::DataSink& sink) {
  std::array<char, piece_bytes> piece;
  ssize_t n = 0;
  do {
    n = ::pread(file, piece.data(), std::min(piece.size(), length), static_cast<off_t>(offset));
  } while (n < 0 && errno == EINTR);
  return n > 0 && sink.write(piece.data(), static_cast<std::size_t>(n));
}

std::string quoted(std::string_view sha256) { return '"' + std::string(sha256) + '"'; }

}  // namespace

Peer::Peer(const std::string& address, const PeerOptions& options)
    : client_(nodes::split_address(address).host, nodes::split_address(address).port) {
  client_.set_keep_alive(true);
  client_.set_tcp_nodelay(true);
  client_.set_url_encode(false);
  client_.set_connection_timeout(options.connect_time);
  client_.set_read_timeout(options.idle_time);
  client_.set_write_timeout(options.idle_time);
  httplib::Headers headers{{"X-Dcount-From", options.self}};
  if (!options.secret.empty()) headers.emplace("Authorization", "Bearer " + options.secret);
  client_.set_default_headers(std::move(headers));
}

bool Peer::push(const Blob& blob, int file) {
  const std::string target = "/capi/pkg/" + blob.pkgid + "?sha256=" + blob.sha256;
  const auto answer = client_.Put(
      target, blob.bytes,
      [file](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
        return provide(file, offset, length, sink);
      },
      "application/octet-stream");
  return answer && (answer->status == 201 || answer->status == 200);
}

bool Peer::has_intact(std::string_view pkgid, std::string_view sha256,
                      std::chrono::seconds patience) {
  client_.set_read_timeout(patience);
  std::string target = "/capi/verify_pkg/" + std::string(pkgid);
  target += "?sha256=" + std::string(sha256);
  const auto answer = client_.Post(target);
  return answer && answer->status == 200;
}

void Peer::fetch(std::string_view pkgid, std::string_view sha256, std::uint64_t offset,
                 const Sink& sink) {
  httplib::Headers headers;
  if (offset > 0) {
    headers.emplace("Range", "bytes=" + std::to_string(offset) + "-");
    headers.emplace("If-Range", quoted(sha256));
  }
  // How it ended tells less than what has come.
  static_cast<void>(client_.Get(
      "/capi/trans_pkg/" + std::string(pkgid), headers,
      [&](const httplib::Response& response) {
        const bool same = response.get_header_value("ETag") == quoted(sha256);
        return same && response.status == (offset > 0 ? 206 : 200);
      },
      [&](const char* data, std::size_t bytes) {
        return sink({data, bytes});
      }));
}

}  // namespace dcount::packages
