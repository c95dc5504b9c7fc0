#include "server/tails/feed.h"

#include <utility>

namespace dcount::tails {

Feed::Feed(engine::Engine& engine) : engine_(engine) { engine_.publish_to(*this); }

void Feed::listen(Listener& listener) {
  const auto begin = [this, &listener](const core::State& state) {
    if (listeners_.empty()) engine_.want_feed(true);
    listeners_.push_back(&listener);
    listener.loop().post([&listener, revision = state.revision(), base = state.revision_base()] {
      listener.on_listening(revision, base);
    });
  };
  engine_.visit(begin, /*urgent=*/true);
}

void Feed::leave(Listener& listener) {
  engine_.visit(
      [this, &listener](const core::State&) {
        std::erase(listeners_, &listener);
        if (listeners_.empty()) engine_.want_feed(false);
      },
      /*urgent=*/true);
}

/// A visit at a time, so that commands get their turn in between.
void Feed::catch_up(std::shared_ptr<CatchUp> walk, Listener& listener, Done done) {
  engine_.visit(
      [this, walk = std::move(walk), &listener, done = std::move(done)](const core::State& state) {
        auto piece = walk->go_on(state, times_);
        if (!piece) return catch_up(walk, listener, done);
        auto shared = std::make_shared<Piece>(std::move(*piece));
        listener.loop().post([done, shared] { done(std::move(*shared)); });
      });
}

void Feed::let_go(std::shared_ptr<CatchUp> walk) {
  engine_.visit([walk = std::move(walk)](const core::State&) {});
}

void Feed::on_committed(engine::Committed&& committed) {
  if (listeners_.empty()) return;
  const auto shared = std::make_shared<const engine::Committed>(std::move(committed));
  for (Listener* listener : listeners_) {
    listener->loop().post([listener, shared] { listener->on_committed(*shared); });
  }
}

void Feed::on_loaded(Revision revision, Revision base) {
  times_.begin(revision);
  for (Listener* listener : listeners_) {
    listener->loop().post([listener, revision, base] { listener->on_reloaded(revision, base); });
  }
}

}  // namespace dcount::tails
