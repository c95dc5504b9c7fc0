// Planted: who reads a counter is shown what it will be once the increments that this server has
// under way are committed. (Commits take 10 ms longer with this plant: slow_commits.)
//
// Answers of one loop leave in the order in which the engine completes the commands, so what has no
// answer yet when a read is answered is not in the read's own value: nothing is counted twice.
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <unordered_map>

#include "server/api/bad_request.h"
#include "server/api/numbers.h"
#include "server/api/parameters.h"
#include "sim/faulty/answer_plants.h"
#include "sim/faulty/changed_routes.h"

namespace dcount::faulty {
namespace {

class UnderWay {
 public:
  struct Sum {
    std::int64_t n = 0;
    std::int64_t increments = 0;
  };

  void begin(const std::string& counter, std::int64_t n) { add(counter, n, 1); }
  void end(const std::string& counter, std::int64_t n) { add(counter, -n, -1); }
  Sum of(const std::string& counter) {
    const std::lock_guard lock(mutex_);
    const auto at = sums_.find(counter);
    return at == sums_.end() ? Sum{} : at->second;
  }

 private:
  void add(const std::string& counter, std::int64_t n, std::int64_t increments) {
    const std::lock_guard lock(mutex_);
    Sum& sum = sums_[counter];
    sum.n += n;
    sum.increments += increments;
    if (sum.increments == 0) sums_.erase(counter);
  }

  std::mutex mutex_;
  std::unordered_map<std::string, Sum> sums_;
};

std::string counter_of(const http::Request& request) {
  return request.captures[0] + '/' + request.captures[1];
}

/// Nothing when the request will be refused.
std::optional<std::int64_t> increment_of(const http::Request& request) {
  if (request.captures.size() > 2) return api::parse_int(request.captures[2]);
  try {
    return api::Parameters(request).integer("n").value_or(1);
  } catch (const api::BadRequest&) {
    return std::nullopt;
  }
}

/// {"n":…,"version":…} as it will be.
void look_ahead(httplib::Response& response, const UnderWay::Sum& sum) {
  auto counter = nlohmann::ordered_json::parse(response.body, nullptr, false);
  if (response.status != 200 || sum.increments == 0 || !counter.is_object()) return;
  if (!counter["n"].is_number_integer()) return;
  const auto version = counter["version"].get<std::int64_t>() + sum.increments;
  counter["n"] = counter["n"].get<std::int64_t>() + sum.n;
  counter["version"] = version;
  response.body = counter.dump();
  response.headers.erase("ETag");
  response.set_header("ETag", "\"" + std::to_string(version) + "\"");
}

}  // namespace

void show_uncommitted(http::RouteTable& routes) {
  auto under_way = std::make_shared<UnderWay>();
  const auto add = [under_way](const http::CommandHandler& handler) -> http::CommandHandler {
    return [under_way, handler](http::Request&& request, http::Responder responder) {
      const auto n = increment_of(request);
      if (!n) return handler(std::move(request), std::move(responder));
      const std::string counter = counter_of(request);
      under_way->begin(counter, *n);
      handler(std::move(request),
              intercept(std::move(responder), [under_way, counter, n](httplib::Response&) {
                under_way->end(counter, *n);
              }));
    };
  };
  const auto read = [under_way](const http::CommandHandler& handler) -> http::CommandHandler {
    return [under_way, handler](http::Request&& request, http::Responder responder) {
      const std::string counter = counter_of(request);
      handler(std::move(request),
              intercept(std::move(responder), [under_way, counter](httplib::Response& response) {
                look_ahead(response, under_way->of(counter));
              }));
    };
  };
  change_handlers(routes, [&](const http::Route& route) -> http::CommandHandler {
    constexpr std::string_view counter = "/cnt/{collection}/{id}";
    if (!route.pattern.starts_with(counter)) return {};
    const std::string rest = route.pattern.substr(counter.size());
    if (route.method == "GET") return read(route.command);
    const bool adds = rest.empty() || rest == "/" || rest == "/{n}" || rest == "/{n}/";
    return route.method == "POST" && adds ? add(route.command) : nullptr;
  });
}

}  // namespace dcount::faulty
