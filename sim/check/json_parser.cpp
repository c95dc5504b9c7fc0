#include <simdjson.h>

#include "sim/check/record_parser.h"

namespace dcount::check {
namespace {

namespace dom = simdjson::dom;

void take(dom::element element, Value& value);

void take_map(dom::object object, Value& value) {
  value.kind = Value::Kind::map;
  for (auto [name, member] : object) {
    value.list.push_back({.kind = Value::Kind::text, .text = name});
    take(member, value.list.emplace_back());
  }
}

void take(dom::element element, Value& value) {
  switch (element.type()) {
    case dom::element_type::INT64:
      value.kind = Value::Kind::integer;
      value.integer = element.get_int64().value_unsafe();
      break;
    case dom::element_type::STRING:
      value.kind = Value::Kind::text;
      value.text = element.get_string().value_unsafe();
      break;
    case dom::element_type::NULL_VALUE:
      value.kind = Value::Kind::null;
      break;
    case dom::element_type::BOOL:
      value.kind = Value::Kind::boolean;
      value.integer = element.get_bool().value_unsafe() ? 1 : 0;
      break;
    case dom::element_type::ARRAY: {
      dom::array array;
      value.kind = Value::Kind::list;
      if (element.get_array().get(array)) return;
      for (dom::element child : array) take(child, value.list.emplace_back());
      break;
    }
    case dom::element_type::OBJECT: {
      dom::object object;
      if (!element.get_object().get(object)) take_map(object, value);
      break;
    }
    default:
      value.kind = Value::Kind::real;  // also an integer beyond 64 bits
  }
}

class JsonParser final : public RecordParser {
 public:
  std::string parse(std::string_view text, Record& record) override {
    dom::element document;
    if (auto error = parser_.parse(text.data(), text.size(), false).get(document)) {
      return std::string("no JSON: ") + simdjson::error_message(error);
    }
    dom::object object;
    if (document.get_object().get(object)) return "not a JSON object";
    for (auto [name, member] : object) {
      if (Value* slot = record.slot(name)) {
        slot->clear();
        take(member, *slot);
      }
    }
    if (record.type.text == "header") take_map(object, record.header);
    return "";
  }

 private:
  dom::parser parser_;
};

}  // namespace

std::unique_ptr<RecordParser> make_json_parser() { return std::make_unique<JsonParser>(); }

}  // namespace dcount::check
