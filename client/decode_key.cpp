#include "client/decode_key.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "client/decode.h"

namespace dcount::client {
namespace {

using Json = nlohmann::json;

std::vector<std::string> texts_at(const Json& object, const char* name) {
  std::vector<std::string> texts;
  const auto list = object.find(name);
  if (list == object.end() || !list->is_array()) return texts;
  for (const Json& text : *list) {
    if (text.is_string()) texts.push_back(text.get<std::string>());
  }
  return texts;
}

std::optional<ListedKey> key_from(const Json& object) {
  if (!object.is_object()) return std::nullopt;
  ListedKey key{.id = text_at(object, "id"),
                .traits = {.name = text_at(object, "name"),
                           .scopes = texts_at(object, "scopes"),
                           .prefixes = texts_at(object, "prefixes"),
                           .quota_bytes = integer_at(object, "quota_bytes"),
                           .quota_packages = integer_at(object, "quota_packages"),
                           .rate_per_minute = integer_at(object, "rate_per_minute")},
                .created_s = integer_at(object, "created").value_or(0),
                .document = object.dump(-1, ' ', false, Json::error_handler_t::replace)};
  if (key.id.empty()) return std::nullopt;
  return key;
}

}  // namespace

std::optional<CreatedKey> decode_created_key(std::string_view body) {
  const Json object = parse_answer(body);
  if (!object.is_object()) return std::nullopt;
  CreatedKey created{.id = text_at(object, "id"), .key = text_at(object, "key")};
  if (created.id.empty() || !object.contains("key")) return std::nullopt;
  created.replayed = created.key.empty();
  return created;
}

std::optional<KeyPage> decode_key_page(std::string_view body) {
  const Json object = parse_answer(body);
  if (!object.is_object()) return std::nullopt;
  const auto list = object.find("keys");
  if (list == object.end() || !list->is_array()) return std::nullopt;
  KeyPage page{.next = text_at(object, "next"),
               .revision = integer_at(object, "revision").value_or(0)};
  for (const Json& item : *list) {
    auto key = key_from(item);
    if (!key) return std::nullopt;
    page.keys.push_back(std::move(*key));
  }
  return page;
}

}  // namespace dcount::client
