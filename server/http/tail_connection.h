// The connection under a TailStream.
//
// Thread-safety: its loop's thread only.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "server/http/connection_set.h"
#include "server/http/tail_stream.h"

namespace dcount::http {

/// Stream: as Connection's.
template <class Stream>
class TailConnection final : public AnyConnection, public TailStream, private ReadyHandler {
 public:
  TailConnection(ConnectionSet& set, Stream stream, const Route& route);

  /// Lets the route's handler answer. `rest` is what has come behind the request.
  void start(Request&& request, bool http10, std::string_view rest);

  // AnyConnection
  void flush() override;
  void tick() override;
  void drain() override;
  void cut() override { close(); }

  // TailStream
  void write(std::string_view bytes) override;
  std::size_t unsent_bytes() const override { return output_.size() - sent_; }
  void want_input(bool wanted) override;
  void hold() override { holding_ = true; }
  void release() override;
  void begin(std::string_view content_type) override;
  bool chunked() const override { return !http10_; }
  void answer(const httplib::Response& response) override;
  void count_answer(int status) override;
  void finish() override;
  EventLoop& loop() const override { return set_.loop; }

 private:
  /// What the kernel keeps for a client that does not read. It doubles it.
  static constexpr int send_buffer_bytes = 64 * 1024;

  void on_ready(std::uint32_t events) override;
  void read();
  /// Sends what it can. False: the connection is gone.
  bool send();
  void end_output();
  void fail();
  void update_interest();
  void close();

  ConnectionSet& set_;
  Stream stream_;
  const Route& route_;
  std::shared_ptr<TailOwner> owner_;
  std::shared_ptr<const Caller> caller_;
  std::string request_id_;
  std::string output_;
  std::size_t sent_ = 0;  ///< of output_
  Clock::time_point finishing_since_{};
  std::uint32_t interest_ = 0;
  bool http10_ = false;
  bool head_ = false;
  /// A proxy that would gather and split chunks asks for them as bytes like any others, and says
  /// itself that they are chunks (packaging/nginx).
  bool chunks_in_body_ = false;
  bool holding_ = false;
  bool wants_input_ = true;
  bool input_ended_ = false;
  bool failed_ = false;     ///< to be closed
  bool finishing_ = false;  ///< nothing more is written
  bool lingering_ = false;  ///< all is said; waiting for the client to close
  bool closed_ = false;
};

}  // namespace dcount::http
