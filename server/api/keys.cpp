#include "server/api/keys.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "server/api/bad_request.h"
#include "server/api/calls.h"
#include "server/api/conditions.h"
#include "server/api/json_body.h"
#include "server/api/numbers.h"
#include "server/api/parameters.h"
#include "server/api/problems.h"
#include "server/api/responses.h"
#include "server/core/key.h"
#include "server/core/names.h"

namespace dcount::api {
namespace {

using core::Code;
using core::KeyTraits;
using core::Outcome;
using http::Request;
using Json = nlohmann::ordered_json;

// ---- input

std::vector<std::string> texts_input(const nlohmann::json& body, const char* name) {
  std::vector<std::string> texts;
  const auto list = body.find(name);
  if (list == body.end() || list->is_null()) return texts;
  const bool fine =
      list->is_array() && std::ranges::all_of(*list, [](const auto& it) { return it.is_string(); });
  if (!fine) malformed(std::string("'") + name + "' is a list of texts");
  for (const auto& text : *list) texts.push_back(text.get<std::string>());
  return texts;
}

core::Scopes scopes_input(const nlohmann::json& body) {
  std::string words;
  for (const std::string& word : texts_input(body, "scopes")) {
    if (!words.empty()) words += ',';
    words += word.find(',') == std::string::npos ? word : "no scope";
  }
  const auto scopes = core::scopes_named(words);
  if (!scopes) malformed("'scopes' has at least one of read, write, packages and admin");
  return *scopes;
}

std::optional<std::int64_t> number_input(const nlohmann::json& body, const char* name,
                                         std::int64_t min, std::int64_t max) {
  const auto member = body.find(name);
  if (member == body.end() || member->is_null()) return std::nullopt;
  const auto number = Parameters(body).integer(name);
  if (!number || *number < min || *number > max) {
    malformed(std::string("'") + name + "' is a number from " + std::to_string(min) + " to " +
              std::to_string(max));
  }
  return number;
}

// ---- answers

Json describe(const std::string& id, const KeyTraits& traits, Ints ints) {
  Json scopes = Json::array();
  for (const auto& [holds, word] :
       {std::pair(traits.scopes.read, "read"), std::pair(traits.scopes.write, "write"),
        std::pair(traits.scopes.packages, "packages"), std::pair(traits.scopes.admin, "admin")}) {
    if (holds) scopes.push_back(word);
  }
  const auto optional = [ints](const std::optional<std::int64_t>& number) {
    if (!number) return Json(nullptr);
    return ints == Ints::strings ? Json(std::to_string(*number)) : Json(*number);
  };
  return {{"id", id},
          {"name", traits.name},
          {"scopes", std::move(scopes)},
          {"prefixes", traits.prefixes},
          {"quota_bytes", optional(traits.quota_bytes)},
          {"quota_packages", optional(traits.quota_packages)},
          {"rate_per_minute", optional(traits.rate_per_minute)}};
}

/// What the answers about a key are made of.
struct KeyExtra final : AnswerExtra {
  explicit KeyExtra(keys::KeyRing& ring) : ring(ring) {}
  keys::KeyRing& ring;
  KeyTraits traits;  ///< of a new one
  std::string text;
};

const KeyExtra& extra_of(const Answer& answer) {
  return static_cast<const KeyExtra&>(*answer.extra);
}

httplib::Response no_store(httplib::Response response) {
  response.set_header("Cache-Control", "no-store");
  return response;
}

httplib::Response render_created(const Outcome& outcome, const Answer& answer) {
  if (outcome.code != Code::created) return problem_for(outcome, answer);
  const KeyExtra& made = extra_of(answer);
  const std::string& id = std::get<core::KeyOutcome>(outcome.value).key.id;
  Json body = describe(id, made.traits, answer.ints);
  if (outcome.replayed) {
    body["key"] = nullptr;
    body["detail"] =
        "this key was made by an earlier request, whose answer has shown it, once; if that was "
        "lost, revoke it and make another one";
  } else {
    // Before the answer goes out: whoever has it can use it.
    made.ring.learn(id, made.traits);
    body["key"] = made.text;
  }
  auto response = json_response(201, body.dump());
  response.set_header("Location", "/api/keys/" + id);
  return no_store(std::move(response));
}

httplib::Response render_revoked(const Outcome& outcome, const Answer& answer) {
  if (outcome.code != Code::ok && outcome.code != Code::not_found) {
    return problem_for(outcome, answer);
  }
  const auto& revoked = std::get<core::KeyOutcome>(outcome.value);
  if (outcome.code == Code::ok || revoked.version > 0) {
    extra_of(answer).ring.forget(revoked.key.id);
  }
  return json_response(200, outcome.code == Code::ok ? R"({"del":1})" : R"({"del":0})");
}

httplib::Response render_key_list(const Outcome& outcome, const Answer& answer) {
  if (outcome.code != Code::ok) return problem_for(outcome, answer);
  const auto& page = std::get<core::KeyListOutcome>(outcome.value);
  Json list = Json::array();
  for (const core::ListedKey& key : page.keys) {
    Json described = describe(key.id, key.traits, answer.ints);
    described["created"] = key.created_ms / 1000;
    list.push_back(std::move(described));
  }
  return no_store(json_response(200, JsonObject(answer.ints)
                                         .add_raw("keys", list.dump())
                                         .add_next(page.next)
                                         .add("revision", page.revision)
                                         .take()));
}

// ---- calls

Call create(const Request& request, const Context& context) {
  refuse_conditions(request, "means one version, and keys have none");
  const auto body = json_object_body(request);
  if (!body) malformed("a key is a JSON object, sent with Content-Type: application/json");
  auto extra = std::make_shared<KeyExtra>(*context.key_ring);
  keys::NewKey made = keys::make_key();
  extra->traits = key_input(*body);
  extra->traits.secret_hash = made.secret_hash;
  extra->text = std::move(made.text);
  Call call =
      call_for(request, core::CreateKey{made.id, extra->traits}, render_created, "key", made.id);
  call.answer.extra = std::move(extra);
  return call;
}

std::string id_input(const std::string& id) {
  if (!core::is_key_id(id)) malformed("a key's id is 16 hex digits");
  return id;
}

Call revoke(const Request& request, const Context& context) {
  refuse_conditions(request, "means one version, and keys have none");
  const std::string id = id_input(request.captures[0]);
  Call call = call_for(request, core::RevokeKey{id}, render_revoked, "key", id);
  call.answer.extra = std::make_shared<KeyExtra>(*context.key_ring);
  return call;
}

Call list(const Request& request, const Context&) {
  const Parameters parameters(request);
  core::ListKeys body;
  body.limit = parameters.limit();
  if (const auto cursor = parameters.text("cursor").value_or(""); !cursor.empty()) {
    body.after = id_input(cursor);
  }
  return call_for(request, body, render_key_list, "key", "");
}

}  // namespace

KeyTraits key_input(const nlohmann::json& body) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  KeyTraits traits;
  traits.name = Parameters(body).text("name").value_or("");
  if (!core::is_key_label(traits.name)) {
    malformed("'name' is UTF-8 of 1 to " + std::to_string(core::item_name_bytes_max) +
              " bytes without control characters");
  }
  traits.scopes = scopes_input(body);
  traits.prefixes = texts_input(body, "prefixes");
  const bool fine = traits.prefixes.size() <= key_prefixes_max &&
                    std::ranges::all_of(traits.prefixes, core::is_item_name);
  if (!fine) {
    malformed("'prefixes' are at most " + std::to_string(key_prefixes_max) + ", of 1 to " +
              std::to_string(core::item_name_bytes_max) + " bytes of UTF-8 each");
  }
  if (traits.scopes.admin && !traits.prefixes.empty()) {
    malformed("an admin may do everything: prefixes are for keys without that scope");
  }
  traits.quota_bytes = number_input(body, "quota_bytes", 0, most);
  traits.quota_packages = number_input(body, "quota_packages", 0, most);
  traits.rate_per_minute = number_input(body, "rate_per_minute", 1, key_rate_per_minute_max);
  return traits;
}

void add_key_routes(http::RouteTable& routes, Context& context) {
  constexpr std::size_t body_bytes_max = std::size_t{64} << 10;
  constexpr CallRow rows[] = {
      {"GET", "/api/keys", list, false, body_bytes_max, "admin"},
      {"POST", "/api/keys", create, true, body_bytes_max, "admin"},
      {"DELETE", "/api/keys/{id}", revoke, true, body_bytes_max, "admin"},
  };
  add_calls(routes, context, rows);
}

}  // namespace dcount::api
