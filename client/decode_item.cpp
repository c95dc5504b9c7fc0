#include "client/decode_item.h"

#include <nlohmann/json.hpp>

#include "client/decode.h"

namespace dcount::client {

namespace {
using Json = nlohmann::json;
}

std::optional<std::int64_t> decode_item_count(std::string_view body) {
  Json object = parse_answer(body);
  return object.is_object() ? integer_at(object, "count") : std::nullopt;
}

std::optional<ItemPage> decode_item_page(std::string_view body) {
  Json object = parse_answer(body);
  if (!object.is_object()) return std::nullopt;
  auto list = object.find("items");
  if (list == object.end() || !list->is_array()) return std::nullopt;
  ItemPage page{.next = text_at(object, "next"),
                .count = integer_at(object, "count").value_or(0),
                .revision = integer_at(object, "revision").value_or(0)};
  page.items.reserve(list->size());
  for (Json& item : *list) {
    if (!item.is_string()) return std::nullopt;
    page.items.push_back(std::move(item.get_ref<std::string&>()));
  }
  return page;
}

}  // namespace dcount::client
