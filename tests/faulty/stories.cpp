#include "tests/faulty/stories.h"

#include <atomic>
#include <random>
#include <set>
#include <thread>
#include <vector>

namespace dcount::faulty {
namespace {

using nlohmann::json;
using test::get;
using test::post;

client::CounterOptions creating() {
  client::CounterOptions options;
  options.create = true;
  return options;
}

std::string path_of(const std::string& id) { return "/cnt/c/" + id; }

/// -1 when it is not there.
std::int64_t value(FaultyServer& server, const std::string& id) {
  const auto counter = server.client(patience).get("c", id);
  return counter ? counter->n : -1;
}

}  // namespace

bool acknowledged_is_lost(FaultyServer& server, int round) {
  const std::string id = "lost" + std::to_string(round);
  auto client = server.client();
  std::int64_t acknowledged = 0;
  for (int i = 0; i < 20; ++i) acknowledged += client.add("c", id, 1, creating()) ? 1 : 0;
  server.kill_and_start();
  return value(server, id) < acknowledged;
}

bool read_is_stale(FaultyServer& reader, FaultyServer& writer, int round) {
  const std::string id = "stale" + std::to_string(round);
  auto reading = reader.client();
  auto writing = writer.client();
  for (std::int64_t n = 1; n <= 3; ++n) {
    const auto added = writing.add("c", id, 1, creating());
    const auto read = reading.get("c", id);
    if (!added || !read) return false;
    if (read->n < added->n) return true;
  }
  return false;
}

bool retry_counts_twice(FaultyServer& first, FaultyServer& second, int round) {
  const std::string id = "twice" + std::to_string(round);
  const std::string request =
      post(path_of(id) + "?create=true", "", "Idempotency-Key: " + id + "\r\n");
  const json begun = first.ask_for(request);
  const json again = second.ask_for(request);
  return begun.is_object() && again.is_object() && again["n"] != begun["n"];
}

bool number_comes_twice(FaultyServer& server, int round) {
  const std::string name = "blocks" + std::to_string(round);
  client::SequenceDefinition cached;
  cached.mode = client::SequenceMode::cached;
  cached.cache = 10;
  auto client = server.client();
  if (!client.define_sequence(name, cached)) return false;
  std::set<std::int64_t> numbers;
  for (int i = 0; i < 5; ++i) {
    const auto drawn = client.draw(name);
    if (drawn) numbers.insert(drawn->numbers.at(0));
  }
  server.kill_and_start();
  const auto next = server.client(patience).draw(name);
  return next && numbers.contains(next->numbers.at(0));
}

bool items_are_halved(FaultyServer& server, int round) {
  constexpr int ids_each = 10;
  constexpr int requests_max = 90;  // so that a page has all of them
  const std::string tenant = "t" + std::to_string(round);
  std::atomic<int> acknowledged = 0;
  std::thread adding([&] {
    for (int request = 0; request < requests_max; ++request) {
      json items = json::array();
      for (int i = 0; i < ids_each; ++i) {
        items.push_back(
            {{"tenant", tenant}, {"id", std::to_string(request) + "-" + std::to_string(i)}});
      }
      if (server.ask_for(post("/items", items.dump())).is_null()) return;
      ++acknowledged;
    }
  });
  const bool goes_on = eventually([&] { return acknowledged >= 3; });
  server.process().kill();
  adding.join();
  must(server.process().start());
  std::map<std::string, int> found;
  const json page = server.ask_for(get("/items/" + tenant + "?limit=1000"));
  for (const std::string id : page["items"]) ++found[id.substr(0, id.find('-'))];
  return goes_on &&
         std::ranges::any_of(found, [](const auto& request) { return request.second != ids_each; });
}

bool uncommitted_is_read(FaultyServer& server, int round) {
  const std::string id = "early" + std::to_string(round);
  if (!server.client().add("c", id, 1, creating())) return false;
  std::atomic<std::int64_t> greatest = 0;
  std::atomic<int> reads = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back([&] {
      while (!server.ask_for(post(path_of(id), "")).is_null()) {
      }
    });
  }
  clients.emplace_back([&] {
    for (json seen; !(seen = server.ask_for(get(path_of(id)))).is_null(); ++reads) {
      greatest = std::max<std::int64_t>(greatest, seen["n"]);
    }
  });
  const bool goes_on = eventually([&] { return reads >= 30; });
  server.process().kill();
  for (std::thread& client : clients) client.join();
  must(server.process().start());
  return goes_on && value(server, id) < greatest;
}

bool tail_leaves_out(FaultyServer& server, int round) {
  const std::string later = "later" + std::to_string(round);
  auto client = server.client();
  for (int i = 0; i < 3; ++i) {  // at least two of them behind revision 1
    if (!client.add("c", "missed" + std::to_string(round), 1, creating())) return false;
  }
  auto tail = server.connect();
  tail.send(get("/tail/?since=1", "Accept: application/x-ndjson\r\n"));
  const auto read_to = [&](const std::string& end) {
    std::string text;
    for (std::string byte = tail.read_bytes(1); !byte.empty(); byte = tail.read_bytes(1)) {
      text += byte;
      if (text.ends_with(end)) return text;
    }
    return std::string();
  };
  if (read_to("\r\n\r\n").empty() || !client.add("c", later, 1, creating())) return false;
  return read_to("}\n").find(later) != std::string::npos;
}

}  // namespace dcount::faulty
