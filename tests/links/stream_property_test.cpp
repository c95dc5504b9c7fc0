// Whatever is done to a link but resets: once it is healed, what was sent has arrived, each byte
// once and in order, both ways.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <thread>

#include "sim/links/links.h"
#include "tests/links/sockets.h"
#include "tests/sim/poll.h"

namespace dcount::sim {
namespace {

using std::chrono::microseconds;

/// Bytes that tell where in the stream they are.
std::string stream_of(std::size_t size, std::uint32_t seed) {
  std::string bytes(size, '\0');
  for (auto& byte : bytes) {
    seed = seed * 1664525 + 1013904223;
    byte = static_cast<char>(seed >> 24);
  }
  return bytes;
}

void send_in_pieces(const TestSocket& socket, std::string_view bytes, std::size_t piece) {
  while (!bytes.empty() && socket.send(bytes.substr(0, piece))) {
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  socket.end_sending();
}

struct Action {
  int kind;
  Way way;
  int amount;
};

void showValue(const Action& action, std::ostream& os) {
  os << "{" << action.kind << ", " << static_cast<int>(action.way) << ", " << action.amount << "}";
}

void act(Link& link, const Action& action) {
  switch (action.kind) {
    case 0:
      return link.cut(action.way);
    case 1:
      return link.delay(action.way, microseconds(action.amount), microseconds(500));
    case 2:
      return link.limit(action.way, 1000u * static_cast<unsigned>(1 + action.amount));
    case 3:
      return link.hang(Hang::all);
    case 4:
      return link.heal(LinkFault::cut, action.way);
    case 5:
      return link.heal(LinkFault::latency, action.way);
    case 6:
      return link.heal(LinkFault::hang);
    default:
      return link.heal();
  }
}

rc::Gen<Action> any_action() {
  return rc::gen::build<Action>(
      rc::gen::set(&Action::kind, rc::gen::inRange(0, 8)),
      rc::gen::set(&Action::way, rc::gen::element(Way::forward, Way::backward, Way::both)),
      rc::gen::set(&Action::amount, rc::gen::inRange(0, 3000)));
}

RC_GTEST_PROP(StreamPropertyTest, AHealedStreamHasAllBytesOnceAndInOrder, ()) {
  const auto actions = *rc::gen::container<std::vector<Action>>(any_action());
  const auto size = *rc::gen::inRange<std::size_t>(1, 1 << 20);
  const auto piece = *rc::gen::inRange<std::size_t>(1, 20'000);
  const auto seed = *rc::gen::arbitrary<std::uint32_t>();
  const std::string forward = stream_of(size, seed);
  const std::string backward = stream_of(size / 2, seed + 1);

  TestListener target;
  Links links(seed);
  Link& link = **links.add("a", {.to = "b", .target = target.address(), .port = {}});
  if (*rc::gen::arbitrary<bool>()) link.cut();
  const auto client = TestSocket::to(link.port());
  std::string at_server, at_client;
  std::thread threads[] = {
      std::thread([&] { send_in_pieces(client, forward, piece + size / 1000); }),
      std::thread([&] { at_client = client.receive(backward.size() + 1); }),
      std::thread([&] {
        const auto server = target.accept();
        std::thread sender([&] { send_in_pieces(server, backward, piece + size / 1000); });
        at_server = server.receive(forward.size() + 1);
        sender.join();
      }),
  };
  for (const Action& action : actions) {
    act(link, action);
    // Until something has moved, or for a moment if nothing may.
    const auto before = link.counters();
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(2);
    while (std::chrono::steady_clock::now() < end &&
           link.counters().forward.forwarded_bytes == before.forward.forwarded_bytes) {
      std::this_thread::yield();
    }
  }
  link.heal();
  for (auto& thread : threads) thread.join();
  RC_ASSERT(at_server == forward);
  RC_ASSERT(at_client == backward);
  RC_ASSERT(eventually([&] { return link.counters().open == 0; }));
  RC_ASSERT(link.counters().forward.forwarded_bytes == forward.size());
  RC_ASSERT(link.counters().forward.held_bytes == 0u);
  RC_ASSERT(link.counters().backward.held_bytes == 0u);
}

}  // namespace
}  // namespace dcount::sim
