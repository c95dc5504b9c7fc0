// A server's connection to etcd, in virtual time: what store::etcd::Connection does with sockets.
//
// Thread-safety: none; one world's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "server/store/etcd/messages.h"
#include "server/store/etcd/reply.h"
#include "sim/world/ground.h"

namespace dcount::world {

class EtcdLink {
 public:
  using Done = std::function<void(store::etcd::Reply)>;
  struct Sink {
    std::function<bool(std::string_view piece)> on_piece;  ///< false ends it
    std::function<void(std::string why)> on_end;           ///< once
  };

  /// `mishaps`: what is armed for the server's commits happens here.
  EtcdLink(Ground& ground, Host& host, std::size_t server, std::size_t first_member,
           Micros patience, bool mishaps);
  ~EtcdLink() { stop(); }

  /// As Connection::send; one at a time. `done` is called later, in the host.
  void send(store::etcd::Request request, Done done);
  /// As Connection::stream.
  void stream(const store::etcd::Request& request, Micros silence, Sink sink);
  /// What is under way is forgotten; `done` and `on_end` are not called.
  void stop();

 private:
  void try_once();
  void exchange();
  void on_reply(store::etcd::Reply reply);
  void pass_over();
  void give_up(Micros after, store::etcd::Reply::Kind kind, const char* why);
  void watch_silence(std::uint64_t number, Micros silence);
  void end_stream(const char* why);
  /// Runs it in the host, unless something else is under way by then.
  template <class Action>
  void in_host(std::uint64_t number, Action action);
  bool connects();

  Ground& ground_;
  Host& host_;
  const std::size_t server_;
  const Micros patience_;
  const bool mishaps_;
  std::size_t member_;
  std::uint64_t number_ = 0;  ///< of what is under way
  std::shared_ptr<bool> there_ = std::make_shared<bool>(true);

  bool connected_ = false;
  std::uint64_t boots_ = 0;   ///< the member's, then
  std::uint64_t resets_ = 0;  ///< of the way, then
  Micros there_at_ = 0;       ///< the last arrival there
  Micros back_at_ = 0;

  store::etcd::Request request_;
  Done done_;
  std::size_t tries_ = 0;

  Sink sink_;
  SimulatedEtcd::StreamId stream_ = 0;
  Micros last_piece_ = 0;
  Dice pieces_;
};

}  // namespace dcount::world
