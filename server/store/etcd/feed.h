// What a watch on etcd tells, made whole: pieces of a stream in, changes by revision out. The
// protocol alone, no socket and no thread.
//
// Changes come in the order of revisions, each once: a message may hold several revisions, a
// revision several messages (fragments), and a stream that was opened again after a break may
// repeat. After a break the next stream begins behind the last whole revision.
//
// Thread-safety: none; one thread's.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/store/etcd/messages.h"

namespace dcount::store::etcd {

class Feed {
 public:
  using Deliver = std::function<void(Revision revision, const std::vector<Entry>& entries)>;

  enum class State {
    going_on,
    broken,     ///< open another stream with request()
    compacted,  ///< what follows after() is gone: load again
  };

  /// Begins behind revision `after`.
  Feed(std::string prefix, Revision after) : prefix_(std::move(prefix)), after_(after) {}

  /// Asks for what follows. What a broken stream has left unfinished is forgotten.
  Request request();

  /// Takes the next bytes of the stream; calls `deliver` for every revision that is whole, with the
  /// users' entries in it (a claim or a fence has none, and is delivered as empty).
  State take(std::string_view bytes, const Deliver& deliver);

  /// Up to here everything has been delivered.
  Revision after() const { return after_; }
  /// The stream was accepted.
  bool following() const { return following_; }
  /// Why it is broken, for people.
  const std::string& error() const { return error_; }

 private:
  State take_line(std::string_view line, const Deliver& deliver);
  void deliver_whole(const Deliver& deliver);

  const std::string prefix_;
  Revision after_;
  bool following_ = false;
  std::string error_;
  std::string rest_;                                   // of a line
  std::map<Revision, std::vector<Entry>> unfinished_;  // of fragments
};

}  // namespace dcount::store::etcd
