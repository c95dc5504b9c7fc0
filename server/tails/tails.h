// All tails of a server: the feed, and a hub for each event loop.
//
// Thread-safety: the constructor before the engine and the loops run; hub on its loop's thread;
// figures from any.
#pragma once

#include <memory>
#include <vector>

#include "server/tails/hub.h"

namespace dcount::tails {

class Tails {
 public:
  /// The engine outlives it, and it outlives the loops.
  Tails(engine::Engine& engine, std::size_t loops, TailLimits limits = {})
      : limits_(limits), feed_(engine), hubs_(loops) {}

  Hub& hub(http::EventLoop& loop) {
    auto& hub = hubs_.at(loop.index());
    if (!hub) hub = std::make_unique<Hub>(loop, feed_, limits_, figures_);
    return *hub;
  }

  const TailFigures& figures() const { return figures_; }

 private:
  const TailLimits limits_;
  TailFigures figures_;
  Feed feed_;
  std::vector<std::unique_ptr<Hub>> hubs_;  ///< by the loop's index, made when it is needed
};

}  // namespace dcount::tails
