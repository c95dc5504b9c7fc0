// One subscriber to counters: a connection at a time, again and again, from where it had come to;
// everything it is sent is in the journal (docs/harness.md, "Histories").
//
// Thread-safety: it has a thread of its own; start, end, stop and the destructor by one other, the
// rest from any.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "sim/scenario/load.h"
#include "sim/scenario/random.h"
#include "sim/scenario/recorder.h"
#include "sim/scenario/revisions.h"
#include "sim/scenario/tail_answer.h"
#include "sim/scenario/tail_socket.h"

namespace dcount::sim {

struct SubscriberOptions {
  std::string name;  ///< in the journal: "tail-1"
  TailFormat format = TailFormat::ndjson;
  std::vector<std::string> selection;  ///< as `selected` has it
  bool snapshot = false;               ///< current values first, not only what changes from now on
  std::vector<ServerPlace> servers;    ///< with several it goes to another one each time
  std::size_t first_server = 0;
  std::chrono::milliseconds answer_time{1000};
  int receive_buffer_bytes = 0;  ///< of its sockets; 0: the kernel's default
  std::uint64_t seed = 1;
};

class Subscriber {
 public:
  Subscriber(SubscriberOptions options, Recorder& recorder);
  ~Subscriber();

  void start();
  /// Has been connected at least once within the time.
  bool wait_connected(std::chrono::milliseconds at_most);
  /// Whether it was sent everything up to there, within the time: by a completion where its format
  /// has any; otherwise by the records themselves. What has to come is what its connection
  /// promised: from now on is from now on.
  bool wait_reached(const Revisions& revisions, std::chrono::milliseconds at_most);
  /// How far it has come, for people.
  std::string standing(const Revisions& revisions) const;
  /// It has had its time, and the journal hears so: no more is read or noted.
  void end();
  /// The same without a word: it did not have its time.
  void stop();

  /// Stops reading, as often as it is said, until resume is said as often.
  void pause();
  void resume();
  /// Bytes that lie in its socket, paused or not.
  std::size_t unread() const { return socket_.unread(); }
  bool connected() const;

  /// What the server has sent that it must not, in words; "": nothing.
  std::string wrong() const;
  const std::string& name() const { return options_.name; }

 private:
  using Lock = std::unique_lock<std::mutex>;

  void run();
  void connect_once();
  std::string request() const;
  std::string target() const;
  void follow(TailAnswer& answer);
  void wait_while_paused();
  void on_open();
  void on_refused(int status);
  void on_closed();
  void note(const TailItem& item);
  void back_off();
  bool resumes() const { return cursor_ >= 0; }
  bool has_reached(const Revisions& wanted) const;
  void fail(const std::string& what);

  const SubscriberOptions options_;
  Recorder& recorder_;
  TailSocket socket_;
  Random random_;
  std::size_t server_;
  bool query_ = false;        ///< lockstep: ?since= in place of a part of the path
  std::int64_t cursor_ = -1;  ///< to resume from; -1: none. Lockstep's is inclusive

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  bool stop_ = false;
  int paused_ = 0;
  bool connected_ = false;
  bool was_connected_ = false;
  bool from_the_start_ = false;  ///< this connection, or one that it goes on from
  std::int64_t complete_ = -1;
  Revisions sent_;  ///< without a cursor: over this connection alone
  std::string wrong_;

  std::thread thread_;
};

}  // namespace dcount::sim
