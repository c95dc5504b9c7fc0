// Fields of JSON objects that people write: each is described once, and the description reads,
// writes and refuses.
//
//   template <class Fields>
//   void describe(Fields& fields, Limits& limits) {
//     fields.field("ready_s", limits.ready_s, {0.1, 600});
//   }
//
// Reading refuses what it does not know, with the place and what may have been meant; a field that
// is missing keeps its value. Writing leaves out optionals that are empty.
//
// Thread-safety: none; one thread's.
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dcount::sim {

using Json = nlohmann::ordered_json;

/// What a number must be within, both ends included.
struct Bounds {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
};

/// The words for the values of an enum.
template <class Enum>
using Words = std::span<const std::pair<std::string_view, Enum>>;

template <class Enum>
std::string_view word(Words<Enum> words, Enum value) {
  for (const auto& [text, one] : words) {
    if (one == value) return text;
  }
  return "";
}

class FieldReader {
 public:
  static constexpr bool reads = true;

  /// `error` stays empty as long as all is well, and keeps the first thing that is not.
  FieldReader(const Json& object, std::string place, std::string& error);

  void field(const char* name, std::string& into);
  void field(const char* name, bool& into);
  void field(const char* name, double& into, Bounds bounds = {});
  void field(const char* name, std::int64_t& into, Bounds bounds = {});
  void field(const char* name, std::vector<std::string>& into);
  template <class T, class... More>
  void field(const char* name, std::optional<T>& into, More... more) {
    if (find(name) == nullptr) return;
    field(name, into.emplace(), more...);
  }

  template <class Enum>
  void field(const char* name, Enum& into, Words<Enum> words) {
    std::vector<std::string> known;
    for (const auto& [text, value] : words) known.emplace_back(text);
    if (const auto chosen = choose(name, known)) into = words[*chosen].second;
  }

  /// A list of objects, or an object: `describe(fields, item)`.
  template <class T>
  void objects(const char* name, std::vector<T>& into) {
    const Json* list = find_list(name);
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
      FieldReader fields((*list)[i], place_ + name + "[" + std::to_string(i) + "].", error_);
      describe(fields, into.emplace_back());
      fields.finish();
    }
  }
  template <class T>
  void object(const char* name, T& into) {
    const Json* found = find(name);
    if (found == nullptr) return;
    FieldReader fields(*found, place_ + name + ".", error_);
    describe(fields, into);
    fields.finish();
  }

  /// Refuses the fields that nobody asked for.
  void finish();

 private:
  const Json* find(const char* name);
  const Json* find_list(const char* name);
  std::optional<std::size_t> choose(const char* name, const std::vector<std::string>& known);
  void refuse(const std::string& name, const std::string& why);
  bool within(const char* name, double value, Bounds bounds);

  const Json& object_;
  const std::string place_;
  std::string& error_;
  std::vector<std::string> known_;
};

class FieldWriter {
 public:
  static constexpr bool reads = false;

  explicit FieldWriter(Json& object) : object_(object) { object_ = Json::object(); }

  template <class T, class... More>
  void field(const char* name, const T& value, More...) {
    object_[name] = value;
  }
  template <class T, class... More>
  void field(const char* name, const std::optional<T>& value, More... more) {
    if (value) field(name, *value, more...);
  }
  template <class Enum>
  void field(const char* name, const Enum& value, Words<Enum> words) {
    object_[name] = word(words, value);
  }
  void field(const char* name, const std::vector<std::string>& value) {
    if (!value.empty()) object_[name] = value;
  }
  void field(const char* name, const std::string& value) {
    if (!value.empty()) object_[name] = value;
  }
  template <class T>
  void objects(const char* name, std::vector<T>& values) {
    Json& list = object_[name] = Json::array();
    for (T& value : values) {
      FieldWriter fields(list.emplace_back());
      describe(fields, value);
    }
  }
  template <class T>
  void object(const char* name, T& value) {
    FieldWriter fields(object_[name]);
    describe(fields, value);
  }

 private:
  Json& object_;
};

}  // namespace dcount::sim
