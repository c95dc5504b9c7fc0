// Changing what a server answers: handlers that wrap those of its routes, and a Responder whose
// answer comes to us before it goes to the client.
//
// Thread-safety: change_handlers before the server serves; answers come on the request's loop.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "server/http/responder.h"
#include "server/http/response_slot.h"
#include "server/http/route_table.h"

namespace dcount::faulty {

/// The same table with other command handlers: change(route) gives the one for each route that has
/// one; an empty one leaves the route as it is.
inline void change_handlers(
    http::RouteTable& routes,
    const std::function<http::CommandHandler(const http::Route& route)>& change) {
  http::RouteTable changed;
  for (http::Route route : routes.routes()) {
    auto handler = route.command ? change(route) : nullptr;
    if (handler) route.command = std::move(handler);
    changed.add(std::move(route));
  }
  routes = std::move(changed);
}

/// What becomes of an answer on its way: it may be looked at and changed.
using OnAnswer = std::function<void(httplib::Response& response)>;

/// A Responder in place of `responder`, which the answer reaches behind `on_answer`.
inline http::Responder intercept(http::Responder responder, OnAnswer on_answer) {
  struct Waiting final : http::SlotOwner {
    Waiting(http::Responder to, OnAnswer on_answer)
        : to(std::move(to)), on_answer_(std::move(on_answer)), slot(this->to.loop(), *this) {}
    void on_answer(http::ResponseSlot& answered, const httplib::Response& response) override {
      answered.answered = true;
      httplib::Response copy = response;
      on_answer_(copy);
      to.send(std::move(copy));
    }
    http::Responder to;
    OnAnswer on_answer_;
    http::ResponseSlot slot;
  };
  auto waiting = std::make_shared<Waiting>(std::move(responder), std::move(on_answer));
  http::ResponseSlot* slot = &waiting->slot;
  return http::Responder(std::shared_ptr<http::ResponseSlot>(std::move(waiting), slot));
}

}  // namespace dcount::faulty
