// One client's connection: requests in, answers out, in the same order.
//
// While nothing is under way it owns no buffers: it reads into its loop's scratch space, keeps only
// what did not make a whole request, and borrows a buffer for answers until they are sent.
//
// Thread-safety: its loop's thread only.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "server/http/answer_queue.h"
#include "server/http/connection_set.h"
#include "server/http/file_body.h"
#include "server/http/framer.h"
#include "server/http/response_slot.h"

namespace dcount::http {

/// Stream: see TcpStream. A TLS stream would be another one.
template <class Stream>
class Connection final : public AnyConnection, private ReadyHandler, private SlotOwner {
 public:
  Connection(ConnectionSet& set, Stream stream, std::string remote_addr, int remote_port);
  ~Connection() override;

  /// `over_limit`: only to be told so.
  void start(bool over_limit);

  void flush() override;
  void tick() override;
  void drain() override;
  void cut() override { close(); }

 private:
  void on_ready(std::uint32_t events) override;
  void on_answer(ResponseSlot& slot, const httplib::Response& response) override;

  // Reading.
  bool can_parse() const;
  void read();
  void parse(std::string_view& bytes);
  void parse_rest();
  void on_head(bool more_here);
  void on_body();
  void on_complete(std::string_view& bytes);
  void start_command();
  void start_service();
  void become_tail(std::string_view& bytes);
  bool open_spool();
  void spool(std::string part);
  void on_spooled(bool stored);

  // Answering.
  /// What can no longer be read is answered, behind the answers that are still owed, and the
  /// connection closed in such a way that the client gets to see it.
  void refuse(const httplib::Response& response);
  void refuse(int status, std::string_view code, const std::string& detail);
  std::shared_ptr<ResponseSlot> push_request();
  void finish();
  void resume();

  bool owes_nothing() const { return !answers_.oldest() && !answers_.has_output(); }
  bool is_idle() const { return owes_nothing() && !framer_.in_request(); }
  void update_interest();
  void close();
  Clock::time_point now() const { return set_.loop.impl().now; }

  ConnectionSet& set_;
  Stream stream_;
  const std::string remote_addr_;
  const int remote_port_;
  Framer framer_;

  std::string rest_;                            ///< read, but not a whole request yet
  const Route* route_ = nullptr;                ///< of the request whose body is being read
  std::unique_ptr<httplib::Response> refusal_;  ///< for a request that no handler gets
  std::shared_ptr<SpoolFile> spool_;
  /// For the spooler, made when it is needed; points to null once this is gone.
  std::shared_ptr<Connection*> self_;

  AnswerQueue answers_;
  std::size_t discarded_bytes_ = 0;

  Clock::time_point head_begun_{};
  Clock::time_point active_at_;  ///< something came, or all answers had been sent
  Clock::time_point linger_begun_{};

  std::uint32_t interest_ = 0;
  bool wants_write_ = false;   ///< the last flush was blocked
  bool peer_closed_ = false;   ///< nothing more to read; it may still want its answers
  bool last_request_ = false;  ///< nothing behind it is read
  bool held_ = false;          ///< a complete request of another lane that waits for the answers
                               ///< before it, or for the end of its body to be written
  bool spooling_ = false;      ///< a part of the body is being written to its file
  bool stalled_ = false;       ///< parsing stopped for want of room, not of bytes
  bool discarding_ = false;    ///< after a refusal: read, so that the client can read, and dropped
  bool lingering_ = false;     ///< all is said; waiting for the client to close
  bool closed_ = false;
};

}  // namespace dcount::http
