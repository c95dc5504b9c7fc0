// Between one event loop and the engine: commands of a turn go over in one piece, completions come
// back in one piece, and each finds its responder again.
//
// Thread-safety: submit and flush on the loop's thread; deliver on the engine's.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "server/api/json_object.h"
#include "server/engine/engine.h"
#include "server/http/event_loop.h"
#include "server/http/responder.h"

namespace dcount::api {

/// What the answers of some calls are made of beside the outcome.
struct AnswerExtra {
  virtual ~AnswerExtra() = default;
};

/// How an outcome becomes the answer to its request.
struct Answer {
  /// Called on the loop's thread. Never for a command that was not completed.
  using Render = httplib::Response (*)(const core::Outcome& outcome, const Answer& answer);

  Render render = nullptr;
  Ints ints = Ints::numbers;
  bool keyed = false;            ///< came with an Idempotency-Key
  std::int64_t servers = 1;      ///< of the cluster: what bounds the gaps of cached sequences
  const char* kind = "counter";  ///< of what is asked for
  std::string subject;           ///< its name, for people: "views/home", or the collection alone
  std::string if_none_match;     ///< of a GET
  std::shared_ptr<const AnswerExtra> extra;
};

class Dispatcher final : public engine::CompletionSink {
 public:
  explicit Dispatcher(engine::Engine& engine) : engine_(engine) {}

  /// Takes over the duty to answer. Hands over at the end of the loop's turn.
  void submit(core::Command command, Answer answer, http::Responder responder);

  void deliver(std::vector<engine::Completion> completions) override;

 private:
  struct Waiting {
    Answer answer;
    std::optional<http::Responder> responder;
  };

  void hand_over();
  void answer_delivered();
  void answer_one(const engine::Completion& completion);

  engine::Engine& engine_;
  http::EventLoop* loop_ = nullptr;

  // The loop's own.
  std::vector<Waiting> waiting_;     // by ticket
  std::vector<std::uint64_t> free_;  // tickets to use again
  std::vector<engine::Submission> outbox_;

  std::mutex mutex_;  // guards delivered_
  std::vector<std::vector<engine::Completion>> delivered_;
};

}  // namespace dcount::api
