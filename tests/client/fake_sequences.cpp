#include "tests/client/fake_sequences.h"

#include <limits>

namespace dcount::test {
namespace {

constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();

}  // namespace

FakeSequences::FakeSequences() {
  sequences_["forward"] = defined({{"cycle", true}});
  sequences_["reverse"] = defined({{"cycle", true}, {"increment", -1}, {"start", highest}});
}

FakeSequences::Sequence FakeSequences::defined(const Json& given) {
  Json definition = {{"start", given.value("min", 1)},
                     {"increment", 1},
                     {"min", 1},
                     {"max", highest},
                     {"cycle", false},
                     {"mode", "strict"}};
  definition.update(given);
  return {.definition = definition, .next = definition["start"].get<std::int64_t>()};
}

Json FakeSequences::state_of(const std::string& name, const Sequence& sequence) {
  Json state = sequence.definition;
  state.update({{"name", name},
                {"next", sequence.next ? Json(*sequence.next) : Json()},
                {"wraps", sequence.wraps},
                {"version", sequence.version}});
  if (state["mode"] == "cached") state["gap_max"] = state.value("cache", 100);
  if (state["mode"] == "gapless") {
    std::int64_t reserved = 0;
    for (auto& [token, held] : sequence.held) reserved += held.state == "reserved" ? 1 : 0;
    state["reserved"] = reserved;
    state["free"] = sequence.free.size();
  }
  return state;
}

std::optional<std::int64_t> FakeSequences::take(Sequence& sequence) {
  if (!sequence.free.empty()) return sequence.free.extract(sequence.free.begin()).value();
  if (!sequence.next) return std::nullopt;
  std::int64_t number = *sequence.next;
  auto at = [&](const char* name) { return sequence.definition[name].get<std::int64_t>(); };
  std::int64_t step = at("increment");
  bool last = step > 0 ? number > at("max") - step : number < at("min") - step;
  if (!last) {
    sequence.next = number + step;
  } else if (sequence.definition["cycle"].get<bool>()) {
    sequence.next = step > 0 ? at("min") : at("max");
    ++sequence.wraps;
  } else {
    sequence.next.reset();
  }
  return number;
}

void FakeSequences::route(const httplib::Request& request, const std::vector<std::string>& parts,
                          httplib::Response& response) {
  if (parts.size() == 1) return list(request, response);
  const std::string& name = parts[1];
  if (request.method == "PUT") return define(request, name, response);
  auto found = sequences_.find(name);
  if (request.method == "DELETE" && parts.size() == 2) {
    return answer(response, 200, {{"del", sequences_.erase(name)}});
  }
  if (found == sequences_.end()) return problem(response, 404, "not_found");
  Sequence& sequence = found->second;
  if (parts[0] == "v2") return draw(request, sequence, response);
  if (parts.size() == 2) return answer(response, 200, state_of(name, sequence));
  if (sequence.definition["mode"] != "gapless") return problem(response, 409, "not_gapless");
  if (parts.size() == 3) return reserve(sequence, response);
  settle(sequence, parts[3], request.method == "DELETE" ? "released" : "confirmed", response);
}

void FakeSequences::define(const httplib::Request& request, const std::string& name,
                           httplib::Response& response) {
  if (name == "forward" || name == "reverse") return problem(response, 409, "fixed_sequence");
  Sequence sequence = defined(Json::parse(request.body));
  if (sequence.definition["increment"] == 0) {
    return problem(response, 400, "inconsistent_definition", {{"fault", "increment_zero"}});
  }
  auto [at, created] = sequences_.try_emplace(name, sequence);
  if (!created && at->second.definition != sequence.definition) {
    return problem(response, 409, "definition_differs");
  }
  answer(response, created ? 201 : 200, state_of(name, at->second));
}

void FakeSequences::list(const httplib::Request& request, httplib::Response& response) const {
  std::size_t limit = 100;
  if (request.has_param("limit")) limit = std::stoul(request.get_param_value("limit"));
  Json sequences = Json::array();
  auto at = sequences_.upper_bound(request.get_param_value("cursor"));
  for (; at != sequences_.end() && sequences.size() < limit; ++at) {
    sequences.push_back(state_of(at->first, at->second));
  }
  Json next = at == sequences_.end() ? Json() : sequences.back()["name"];
  answer(response, 200, {{"sequences", sequences}, {"next", next}, {"revision", 1}});
}

void FakeSequences::draw(const httplib::Request& request, Sequence& sequence,
                         httplib::Response& response) {
  Sequence after = sequence;
  Json numbers = Json::array();
  for (int i = std::stoi(request.get_param_value("count")); i > 0; --i) {
    auto number = take(after);
    if (!number) return problem(response, 409, "exhausted");
    numbers.push_back(*number);
  }
  ++after.version;
  response.set_header("ETag", "\"" + std::to_string(after.version) + "\"");
  if (after.wraps > sequence.wraps) {
    response.set_header("Sequence-Wraps", std::to_string(after.wraps - sequence.wraps));
  }
  sequence = after;
  answer(response, 200, numbers);
}

void FakeSequences::reserve(Sequence& sequence, httplib::Response& response) {
  auto number = take(sequence);
  if (!number) return problem(response, 409, "exhausted");
  std::string token = "token-" + std::to_string(++tokens_);
  sequence.held[token] = {*number, "reserved"};
  answer(response, 201,
         {{"number", *number}, {"token", token}, {"expires", 1'800'000'000'000 + tokens_}});
}

void FakeSequences::settle(Sequence& sequence, const std::string& token, const std::string& state,
                           httplib::Response& response) {
  auto found = sequence.held.find(token);
  if (found == sequence.held.end()) return problem(response, 404, "not_found");
  Held& held = found->second;
  if (held.state == "expired") return problem(response, 410, "expired");
  if (held.state != "reserved" && held.state != state) return problem(response, 409, held.state);
  if (held.state == "reserved" && state == "released") sequence.free.insert(held.number);
  held.state = state;
  answer(response, 200, {{"number", held.number}, {"token", token}, {"state", state}});
}

void FakeSequences::expire() {
  for (auto& [name, sequence] : sequences_) {
    for (auto& [token, held] : sequence.held) {
      if (held.state != "reserved") continue;
      held.state = "expired";
      sequence.free.insert(held.number);
    }
  }
}

}  // namespace dcount::test
