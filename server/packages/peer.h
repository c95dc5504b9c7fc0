// Another node, as packages are copied to it and from it: its internal listener (/capi).
//
// Thread-safety: one thread's at a time, but for cut.
#pragma once

#include <httplib.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "server/packages/blob.h"

namespace dcount::packages {

struct PeerOptions {
  std::string self;    ///< who asks, said in the header X-Dcount-From
  std::string secret;  ///< of the cluster; empty: none
  std::chrono::milliseconds connect_time{1000};
  std::chrono::milliseconds idle_time{10'000};  ///< without a byte
};

class Peer {
 public:
  /// `address`: core::is_node_address, of the internal listener.
  Peer(const std::string& address, const PeerOptions& options);

  /// Gives it a copy. Whether it has one now, synced.
  bool push(const Blob& blob, int file);

  /// Its copy from `offset` on, or as much as comes of it; nothing when it has none. The sink takes
  /// the bytes; false ends it.
  using Sink = std::function<bool(std::string_view bytes)>;
  void fetch(std::string_view pkgid, std::string_view sha256, std::uint64_t offset,
             const Sink& sink);

  /// Whether its copy is intact: it reads all of it before it says so, for up to `patience`.
  bool has_intact(std::string_view pkgid, std::string_view sha256, std::chrono::seconds patience);

  /// What is under way breaks off. Any thread.
  void cut() { client_.stop(); }

 private:
  httplib::Client client_;
};

}  // namespace dcount::packages
