// What a connection owes its client, in the order of the requests: slots that wait for their
// answers, then bytes, then a file, that wait for the client to take them.
//
// Thread-safety: the loop's thread only.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "server/http/connection_set.h"
#include "server/http/file_body.h"
#include "server/http/response_slot.h"

namespace dcount::http {

class AnswerQueue {
 public:
  AnswerQueue(ConnectionSet& set, SlotOwner& owner) : set_(set), owner_(owner) {}
  ~AnswerQueue() { forget_slots(); }

  /// A place at the end.
  std::shared_ptr<ResponseSlot> push();
  /// A place that is answered already, with these bytes.
  void push_bytes(std::string bytes);

  /// Fills the place of `slot`. What is not waiting for anything before it moves on to the output.
  void fill(ResponseSlot& slot, const httplib::Response& response);

  /// Unanswered, and answered behind them.
  std::size_t slots() const { return slots_; }
  const std::shared_ptr<ResponseSlot>& oldest() const { return first_; }

  bool has_output() const { return !output_.empty() || file_; }
  std::size_t output_bytes() const { return output_.size() - sent_ + file_.bytes; }
  /// When the client last took something, or began to be offered it.
  Clock::time_point progress_at() const { return progress_at_; }
  /// The output ends with the connection's last answer.
  bool is_last() const { return is_last_; }

  /// Sends what the stream takes at once, of a file only what is left for files in this turn.
  /// False: the stream has failed.
  template <class Stream>
  [[nodiscard]] bool send(Stream& stream);

  /// Answers for the slots are dropped from now on; what they belong to goes on undisturbed.
  void forget_slots();

 private:
  Clock::time_point now() const { return set_.loop.impl().now; }
  std::string& output();
  void return_output();
  void take_ready();
  template <class Stream>
  [[nodiscard]] bool send_file(Stream& stream);

  ConnectionSet& set_;
  SlotOwner& owner_;
  std::shared_ptr<ResponseSlot> first_;
  ResponseSlot* last_ = nullptr;
  std::size_t slots_ = 0;
  std::string output_;    ///< borrowed from the set while there is some
  std::size_t sent_ = 0;  ///< of output_
  FileBody file_;         ///< what comes after output_
  bool is_last_ = false;
  Clock::time_point progress_at_{};
};

template <class Stream>
bool AnswerQueue::send(Stream& stream) {
  while (sent_ < output_.size()) {
    ssize_t n = stream.write(std::string_view(output_).substr(sent_));
    if (n == Stream::blocked) return true;
    if (n == Stream::failed) return false;
    sent_ += static_cast<std::size_t>(n);
    progress_at_ = now();
  }
  if (!output_.empty()) return_output();
  return !file_ || send_file(stream);
}

template <class Stream>
bool AnswerQueue::send_file(Stream& stream) {
  if (file_.bytes > 0) {
    const auto bytes_max = std::min<std::uint64_t>(file_.bytes, set_.file_bytes_left);
    if (bytes_max == 0) return true;  // the next turn comes at once
    ssize_t n = stream.write_file(file_.fd.get(), file_.offset, bytes_max);
    if (n == Stream::blocked) return true;
    if (n == Stream::failed) return false;
    set_.file_bytes_left -= static_cast<std::size_t>(n);
    file_.bytes -= static_cast<std::uint64_t>(n);
    progress_at_ = now();
  }
  if (file_.bytes == 0) {
    file_ = {};
    take_ready();
  }
  return true;
}

}  // namespace dcount::http
