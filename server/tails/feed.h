// Between the engine and the hubs of the loops: what was committed goes out to all of them, and
// what they want to know of the past is looked for on the engine's thread.
//
// Thread-safety: as each function says.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "server/engine/engine.h"
#include "server/http/event_loop.h"
#include "server/tails/catch_up.h"

namespace dcount::tails {

/// A hub as the feed sees it. All of it is called on the hub's loop.
class Listener {
 public:
  virtual ~Listener() = default;
  virtual http::EventLoop& loop() const = 0;
  /// From here on on_committed brings everything above `revision`, to which `base` is added for
  /// what clients see.
  virtual void on_listening(Revision revision, Revision base) = 0;
  virtual void on_committed(const engine::Committed& committed) = 0;
  /// Changes up to `revision` were lost to it: subscribers have to catch up.
  virtual void on_reloaded(Revision revision, Revision base) = 0;
};

class Feed final : public engine::FeedSink {
 public:
  /// Before the engine starts.
  explicit Feed(engine::Engine& engine);

  /// On the listener's loop. The listener lives until the loops have ended; it is told nothing
  /// more after leave, but for what was on its way.
  void listen(Listener& listener);
  void leave(Listener& listener);

  /// The next piece of it, brought to the listener's loop. It is kept until let_go. Any thread.
  using Done = std::function<void(Piece piece)>;
  void catch_up(std::shared_ptr<CatchUp> walk, Listener& listener, Done done);
  /// Walks end on the engine's thread, whoever had them. Any thread.
  void let_go(std::shared_ptr<CatchUp> walk);

  // Of the engine's thread.
  void on_committed(engine::Committed&& committed) override;
  void on_revision(Revision revision, std::int64_t at_ms) override { times_.note(revision, at_ms); }
  void on_loaded(Revision revision, Revision base) override;

 private:
  engine::Engine& engine_;
  // The engine's thread's own.
  std::vector<Listener*> listeners_;
  Times times_;
};

}  // namespace dcount::tails
