#include "sim/scenario/fields.h"

#include <algorithm>

#include "client/nearest.h"

namespace dcount::sim {
namespace {

std::string meant(std::string_view word, const std::vector<std::string>& known) {
  if (const auto found = client::nearest(word, known)) return "; did you mean '" + *found + "'?";
  std::string all;
  for (const std::string& one : known) all += (all.empty() ? "" : ", ") + one;
  return "; there are: " + all;
}

std::string text(double number) {
  return number == static_cast<double>(static_cast<std::int64_t>(number))
             ? std::to_string(static_cast<std::int64_t>(number))
             : std::to_string(number);
}

}  // namespace

FieldReader::FieldReader(const Json& object, std::string place, std::string& error)
    : object_(object), place_(std::move(place)), error_(error) {
  if (!object_.is_object()) refuse("", "must be an object");
}

void FieldReader::refuse(const std::string& name, const std::string& why) {
  if (!error_.empty()) return;
  std::string where = place_ + name;
  if (where.ends_with('.')) where.pop_back();
  error_ = (where.empty() ? "it" : where) + " " + why;
}

const Json* FieldReader::find(const char* name) {
  known_.emplace_back(name);
  if (!object_.is_object()) return nullptr;
  const auto found = object_.find(name);
  return found == object_.end() ? nullptr : &*found;
}

const Json* FieldReader::find_list(const char* name) {
  const Json* found = find(name);
  if (found == nullptr || found->is_array()) return found;
  refuse(name, "must be a list");
  return nullptr;
}

bool FieldReader::within(const char* name, double value, Bounds bounds) {
  if (value >= bounds.min && value <= bounds.max) return true;
  refuse(name,
         "must be from " + text(bounds.min) + " to " + text(bounds.max) + ", not " + text(value));
  return false;
}

void FieldReader::field(const char* name, std::string& into) {
  const Json* found = find(name);
  if (found == nullptr) return;
  if (!found->is_string()) return refuse(name, "must be a text");
  into = found->get<std::string>();
}

void FieldReader::field(const char* name, bool& into) {
  const Json* found = find(name);
  if (found == nullptr) return;
  if (!found->is_boolean()) return refuse(name, "must be true or false");
  into = found->get<bool>();
}

void FieldReader::field(const char* name, double& into, Bounds bounds) {
  const Json* found = find(name);
  if (found == nullptr) return;
  if (!found->is_number()) return refuse(name, "must be a number");
  if (within(name, found->get<double>(), bounds)) into = found->get<double>();
}

void FieldReader::field(const char* name, std::int64_t& into, Bounds bounds) {
  const Json* found = find(name);
  if (found == nullptr) return;
  const bool too_large = found->is_number_unsigned() &&
                         found->get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max();
  if (!found->is_number_integer() || too_large) return refuse(name, "must be an integer");
  if (within(name, found->get<double>(), bounds)) into = found->get<std::int64_t>();
}

void FieldReader::field(const char* name, std::vector<std::string>& into) {
  const Json* list = find_list(name);
  if (list == nullptr) return;
  for (const Json& one : *list) {
    if (!one.is_string()) return refuse(name, "must be a list of texts");
    into.push_back(one.get<std::string>());
  }
}

std::optional<std::size_t> FieldReader::choose(const char* name,
                                               const std::vector<std::string>& known) {
  const Json* found = find(name);
  if (found == nullptr) return std::nullopt;
  const std::string word = found->is_string() ? found->get<std::string>() : found->dump();
  const auto place = std::find(known.begin(), known.end(), word);
  if (place != known.end()) return static_cast<std::size_t>(place - known.begin());
  refuse(name, "cannot be '" + word + "'" + meant(word, known));
  return std::nullopt;
}

void FieldReader::finish() {
  if (!object_.is_object()) return;
  for (const auto& [name, value] : object_.items()) {
    if (std::find(known_.begin(), known_.end(), name) == known_.end()) {
      refuse(name, "is not known" + meant(name, known_));
    }
  }
}

}  // namespace dcount::sim
