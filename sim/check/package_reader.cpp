#include "sim/check/package_reader.h"

#include <vector>

#include "sim/check/words.h"

namespace dcount::check {
namespace {

using Kind = Value::Kind;

std::string wrong(Function function, std::string_view what) {
  return std::string(name_of(function)) + " " + std::string(what);
}

std::string_view text_of(const Value* value) {
  return value != nullptr && value->is(Kind::text) ? value->text : std::string_view();
}

/// Reads a member where there is one; false: it is there, and no integer from 0.
bool take(const Value& map, std::string_view name, std::int64_t& to) {
  const Value* member = map.member(name);
  if (member == nullptr || member->nothing()) return true;
  to = member->integer;
  return member->is(Kind::integer) && member->integer >= 0;
}

std::int64_t time_of(const Record& record) {
  return record.time.is(Kind::integer) ? record.time.integer : none;
}

/// An id, or a map with pkgid and what else is known of it.
std::string read_listed(const Value& value, HistoryBuilder& builder, ListedPackage& listed) {
  if (value.is(Kind::text)) {
    listed.package = builder.package_name(value.text);
    return "";
  }
  std::string_view package = text_of(value.member("pkgid"));
  if (package.empty()) return "has a list with something that is neither a pkgid nor has one";
  listed.package = builder.package_name(package);
  listed.owner = builder.package_name(text_of(value.member("owner")));
  listed.digest = builder.package_name(text_of(value.member("digest")));
  const Value* holders = value.member("holders");
  if (holders == nullptr || holders->nothing()) return "";
  if (!holders->is(Kind::list)) return "has holders that are no list";
  std::vector<std::uint16_t> nodes;
  for (const Value& node : holders->list) {
    if (!node.is(Kind::text)) return "has holders that are no names of nodes";
    nodes.push_back(builder.node(node.text));
  }
  builder.set_holders(listed, nodes);
  return "";
}

std::string read_list(const Value& list, HistoryBuilder& builder,
                      std::vector<ListedPackage>& listed) {
  if (!list.is(Kind::list)) return "was answered without a list";
  listed.reserve(list.list.size());
  for (const Value& one : list.list) {
    if (auto what = read_listed(one, builder, listed.emplace_back()); !what.empty()) return what;
  }
  return "";
}

std::string read_ok(const Value& value, Function function, HistoryBuilder& builder,
                    PackageAnswer& answer, std::vector<ListedPackage>& listed) {
  switch (function) {
    case Function::add_package:
      answer.package = text_of(value.member("pkgid"));
      if (answer.package.empty()) return "was answered without a pkgid";
      return take(value, "replicas", answer.replicas) ? "" : "was answered replicas of no number";
    case Function::get_package:
      answer.digest = text_of(value.member("digest"));
      return answer.digest.empty() ? "was answered without digest or status" : "";
    case Function::remove_package:
      if (!take(value, "del", answer.result) || (answer.result != 0 && answer.result != 1)) {
        return "was answered without a del of 1 or 0";
      }
      return "";
    case Function::usage:
      return take(value, "packages", answer.result) && take(value, "bytes", answer.bytes)
                 ? ""
                 : "was answered something that is no number";
    case Function::final_holder: {
      if (std::string_view node = text_of(value.member("node")); !node.empty()) {
        answer.holder = builder.node(node);
      }
      const Value* packages = value.member("packages");
      return packages == nullptr ? "was answered without packages"
                                 : read_list(*packages, builder, listed);
    }
    default:
      return read_list(value, builder, listed);
  }
}

bool is_final(Function function) { return function >= Function::final_holder; }

}  // namespace

std::optional<Function> package_function(std::string_view name) {
  for (auto i = static_cast<std::size_t>(Function::add_package); i < functions; ++i) {
    if (name_of(static_cast<Function>(i)) == name) return static_cast<Function>(i);
  }
  return std::nullopt;
}

std::string read_package_invoke(const Record& record, Function function, std::uint32_t process,
                                HistoryBuilder& builder, HistoryBuilder::Handle& handle) {
  PackageCall call{.owner = text_of(&record.owner), .time_ns = time_of(record)};
  if (call.owner.empty()) call.owner = text_of(record.value.member("owner"));
  if (call.owner.empty() && !is_final(function)) return wrong(function, "has no owner");
  const bool of_one = function == Function::get_package || function == Function::remove_package;
  if (of_one) {
    call.package = text_of(&record.key);
    if (call.package.empty()) return wrong(function, "has no pkgid as its key");
  } else if (function == Function::add_package) {
    call.label = text_of(&record.key);
    call.digest = text_of(record.value.member("digest"));
    if (call.digest.empty()) return wrong(function, "has no digest");
    if (!take(record.value, "bytes", call.bytes)) return wrong(function, "has no number of bytes");
    if (!take(record.value, "expire", call.expire)) {
      return wrong(function, "has an expire that is not in Unix seconds");
    }
  } else if (function == Function::final_holder) {
    std::string_view node = text_of(&record.key);
    if (node.empty()) node = text_of(record.value.member("node"));
    if (node.empty()) return wrong(function, "has no node as its key");
    call.holder = builder.node(node);
  }
  handle = builder.invoke_package(process, function, call);
  return "";
}

std::string read_package_answer(const Record& record, std::string_view type, Function function,
                                HistoryBuilder::Handle handle, HistoryBuilder& builder) {
  PackageAnswer answer{.time_ns = time_of(record)};
  if (record.node.is(Kind::text)) answer.node = builder.node(record.node.text);
  if (type == "info") {
    builder.complete_package(handle, Outcome::unknown, answer);
    return "";
  }
  std::int64_t status = 0;
  if (!take(record.value, "status", status) || status > 999) {
    return wrong(function, "was answered a status that is none");
  }
  answer.status = static_cast<int>(status);
  const bool changes = function == Function::add_package || function == Function::remove_package;
  if (status != 0 && type == "ok" && changes && status != 403 && status != 404) {
    return wrong(function, "is ok and was refused; a refusal is a fail, or info");
  }
  if (status != 0 || type == "fail") {
    builder.complete_package(handle, Outcome::fail, answer);
    return "";
  }
  std::vector<ListedPackage> listed;
  auto what = read_ok(record.value, function, builder, answer, listed);
  if (!what.empty()) return wrong(function, what);
  answer.list = listed;
  builder.complete_package(handle, Outcome::ok, answer);
  return "";
}

}  // namespace dcount::check
