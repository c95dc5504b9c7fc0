#include "sim/world/etcd_link.h"

#include <utility>

namespace dcount::world {

using store::etcd::Fate;
using store::etcd::fate_of;
using store::etcd::Reply;
using store::etcd::Request;

namespace {

constexpr Micros connect_time = second;
constexpr Micros round_trip = 200;

}  // namespace

EtcdLink::EtcdLink(Ground& ground, Host& host, std::size_t server, std::size_t first_member,
                   Micros patience, bool mishaps)
    : ground_(ground),
      host_(host),
      server_(server),
      patience_(patience),
      mishaps_(mishaps),
      member_(first_member % ground.etcd->members()),
      pieces_(ground.time, server, first_member) {}

void EtcdLink::stop() {
  ++number_;
  *there_ = false;
  there_ = std::make_shared<bool>(true);
  if (stream_ != 0) ground_.etcd->close(std::exchange(stream_, 0));
  done_ = nullptr;
  sink_ = {};
}

/// A process that runs, as most do, is spared the wrapping.
template <class Action>
void EtcdLink::in_host(std::uint64_t number, Action action) {
  if (host_.runs()) {
    if (number == number_) action();
    return;
  }
  host_.run([this, number, there = there_, action = std::move(action)]() mutable {
    if (*there && number == number_) action();
  });
}

/// Whether there is a connection, or one is made now. Of one that is broken the next request finds
/// out at once.
bool EtcdLink::connects() {
  const std::uint64_t boots = ground_.etcd->boots(member_);
  const std::uint64_t resets = ground_.network->resets(server_, member_);
  if (connected_ && boots == boots_ && resets == resets_) return true;
  connected_ = false;
  if (ground_.network->is_cut(server_, member_) || !ground_.etcd->listens(member_)) return false;
  connected_ = true;
  boots_ = boots;
  resets_ = resets;
  return true;
}

void EtcdLink::send(Request request, Done done) {
  request_ = std::move(request);
  done_ = std::move(done);
  tries_ = 0;
  try_once();
}

void EtcdLink::give_up(Micros after, Reply::Kind kind, const char* why) {
  ground_.time.after(after, [this, there = there_, number = number_, kind, why] {
    if (!*there || number != number_) return;
    in_host(number, [this, kind, why] { on_reply({kind, 0, why}); });
  });
}

void EtcdLink::try_once() {
  ++number_;
  ++tries_;
  if (connects()) return exchange();
  const bool cut = ground_.network->is_cut(server_, member_);
  if (cut) ++ground_.counts["cut"].effects;
  give_up(cut ? connect_time : round_trip, Reply::Kind::not_sent,
          cut ? "the connection timed out" : "the connection was refused");
}

void EtcdLink::exchange() {
  const auto mishap = mishaps_ ? ground_.network->take_mishap(server_) : std::nullopt;
  const auto is = [&](Mishap::Kind kind) { return mishap && mishap->kind == kind; };
  if (mishap) {
    ground_.trace.note([&] {
      return "         a message between node-" + std::to_string(server_ + 1) + " and etcd-" +
             std::to_string(member_ + 1) + ": " + to_string(mishap->kind);
    });
  }
  give_up(patience_, Reply::Kind::lost, "no answer came in time");
  if (is(Mishap::Kind::lose_request)) {
    connected_ = false;
    return give_up(round_trip, Reply::Kind::lost, "the connection was reset");
  }
  // What arrives and who waits for it are apart: a request may reach a member long after whoever
  // has sent it has gone on.
  const auto back = [this, there = there_, number = number_, member = member_,
                     lost = is(Mishap::Kind::lose_answer),
                     late = is(Mishap::Kind::delay_answer) ? mishap->delay : 0,
                     resets = ground_.network->resets(server_, member_)](GatewayReply answer) {
    if (!*there || number != number_) return;
    Micros alone = 0;
    Micros& not_before = late > 0 ? alone : back_at_;
    if (late > 0) alone = ground_.time.now() + late;
    ground_.network->carry(
        server_, member, not_before,
        [this, there, number, lost, resets, member, answer = std::move(answer)]() mutable {
          if (!*there || number != number_) return;
          const bool reset =
              lost || answer.status == 0 || resets != ground_.network->resets(server_, member);
          if (reset) connected_ = false;
          in_host(number, [this, reset, answer = std::move(answer)]() mutable {
            if (reset) return on_reply({Reply::Kind::lost, 0, "the connection was reset"});
            on_reply({Reply::Kind::answered, answer.status, std::move(answer.body)});
          });
        });
  };
  Micros alone = 0;
  Micros& not_before = is(Mishap::Kind::delay_request) ? alone : there_at_;
  if (is(Mishap::Kind::delay_request)) alone = ground_.time.now() + mishap->delay;
  ground_.network->carry(
      server_, member_, not_before,
      [etcd = ground_.etcd, member = member_, boots = boots_, request = request_, back]() mutable {
        if (etcd->boots(member) != boots) return back({});
        etcd->ask(member, request.path, std::move(request.body), back);
      });
}

void EtcdLink::pass_over() {
  member_ = (member_ + 1) % ground_.etcd->members();
  connected_ = false;
}

void EtcdLink::on_reply(Reply reply) {
  ++number_;
  const bool answered = reply.kind == Reply::Kind::answered;
  if (!answered || reply.status == 503) {
    pass_over();
    if (fate_of(reply) != Fate::unknown && tries_ < ground_.etcd->members()) return try_once();
  }
  std::exchange(done_, nullptr)(std::move(reply));
}

// ---- streams

void EtcdLink::stream(const Request& request, Micros silence, Sink sink) {
  const std::uint64_t number = ++number_;
  sink_ = std::move(sink);
  if (!connects()) {
    const bool cut = ground_.network->is_cut(server_, member_);
    return ground_.time.after(cut ? connect_time : round_trip, [this, there = there_, number] {
      if (*there && number == number_) in_host(number, [this] { end_stream("not connected"); });
    });
  }
  last_piece_ = ground_.time.now();
  watch_silence(number, silence);
  const auto on_bytes = [this, there = there_, number](std::string bytes) {
    if (!*there || number != number_) return;
    const std::size_t size = bytes.size();
    Random random = pieces_.roll(0);
    const std::size_t half = random.one_in(4) ? random.place(size) : 0;  // TCP knows no lines
    for (std::string piece : {bytes.substr(0, half), bytes.substr(half)}) {
      if (piece.empty()) continue;
      ground_.network->carry(server_, member_, back_at_,
                             [this, there, number, piece = std::move(piece)] {
                               if (!*there || number != number_) return;
                               in_host(number, [this, piece] {
                                 last_piece_ = ground_.time.now();
                                 if (!sink_.on_piece(piece)) end_stream("");
                               });
                             });
    }
  };
  const auto on_end = [this, there = there_, number] {
    if (!*there || number != number_) return;
    ground_.network->carry(server_, member_, back_at_, [this, there, number] {
      if (*there && number == number_) in_host(number, [this] { end_stream("it was closed"); });
    });
  };
  ground_.network->carry(server_, member_, there_at_,
                         [this, there = there_, number, body = request.body, on_bytes, on_end] {
                           if (!*there || number != number_) return;
                           stream_ = ground_.etcd->watch(member_, body, {on_bytes, on_end});
                         });
}

/// Looks now and then whether anything comes, and whether the connection is still there.
void EtcdLink::watch_silence(std::uint64_t number, Micros silence) {
  const Micros until = last_piece_ + silence;
  ground_.time.after(std::min<Micros>(until - ground_.time.now(), second / 4),
                     [this, there = there_, number, silence] {
                       if (!*there || number != number_) return;
                       const bool reset = resets_ != ground_.network->resets(server_, member_);
                       if (reset || ground_.time.now() >= last_piece_ + silence) {
                         return in_host(number, [this] { end_stream("nothing came"); });
                       }
                       watch_silence(number, silence);
                     });
}

void EtcdLink::end_stream(const char* why) {
  ++number_;
  if (stream_ != 0) ground_.etcd->close(std::exchange(stream_, 0));
  pass_over();
  const Sink ended = std::exchange(sink_, {});
  ended.on_end(why);
}

}  // namespace dcount::world
