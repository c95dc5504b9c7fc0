// Histories of packages written by hand, in few words: two owners, k1 and k2, and three nodes.
#pragma once

#include <string>
#include <vector>

#include "sim/check/history_builder.h"
#include "sim/check/verdict.h"

namespace dcount::check {

class MadePackages {
 public:
  using Handle = HistoryBuilder::Handle;
  static constexpr std::int64_t began_s = 1'800'000'000;
  MadePackages() {
    for (const char* node : {"node-1", "node-2", "node-3"}) builder_.name_node(node);
    builder_.history().packages.began_s = began_s;
  }
  HistoryBuilder& builder() { return builder_; }
  void set_replicas(std::int64_t replicas) { builder_.history().packages.replicas = replicas; }
  /// What follows happens so many seconds after the beginning.
  void at(std::int64_t second) { time_ns_ = second * 1'000'000'000; }

  Handle ask_add(const std::string& digest, const std::string& owner = "k1",
                 std::int64_t expire = 0) {
    return ask(Function::add_package, {.owner = owner,
                                       .label = "of-" + digest,
                                       .digest = digest,
                                       .bytes = 100,
                                       .expire = expire});
  }
  void added(Handle add, const std::string& package) {
    complete(add, Outcome::ok, {.package = package, .replicas = 2});
  }
  /// Asked and answered at once, two lines, as what follows.
  void add(const std::string& package, const std::string& digest, const std::string& owner = "k1",
           std::int64_t expire = 0) {
    added(ask_add(digest, owner, expire), package);
  }
  Handle ask_get(const std::string& package, const std::string& owner = "k1") {
    return ask(Function::get_package, {.owner = owner, .package = package});
  }
  void got(Handle get, const std::string& digest) {
    complete(get, Outcome::ok, {.digest = digest, .node = 1});
  }
  void get(const std::string& package, const std::string& digest, const std::string& owner = "k1") {
    got(ask_get(package, owner), digest);
  }
  void refuse(const std::string& package, int status, const std::string& owner = "k1") {
    fail(ask_get(package, owner), status);
  }
  void fail(Handle operation, int status) {
    complete(operation, Outcome::fail, {.status = status, .node = 1});
  }
  Handle ask_list(const std::string& owner = "k1") {
    return ask(Function::list_packages, {.owner = owner});
  }
  void listed(Handle list, const std::vector<std::string>& packages) {
    std::vector<ListedPackage> shown;
    for (const std::string& package : packages) {
      shown.push_back({.package = builder_.package_name(package)});
    }
    complete(list, Outcome::ok, {.list = shown});
  }
  void list(const std::vector<std::string>& packages, const std::string& owner = "k1") {
    listed(ask_list(owner), packages);
  }
  Handle ask_remove(const std::string& package, const std::string& owner = "k1") {
    return ask(Function::remove_package, {.owner = owner, .package = package});
  }
  void removed(Handle remove, std::int64_t del) { complete(remove, Outcome::ok, {.result = del}); }
  void remove(const std::string& package, std::int64_t del, const std::string& owner = "k1") {
    removed(ask_remove(package, owner), del);
  }
  void unknown(Handle operation) { complete(operation, Outcome::unknown, {}); }

  struct Copy {
    std::string package;
    std::string digest;
  };
  /// Of node-`node`: what is on its disk.
  void holds(int node, const std::vector<Copy>& copies) {
    std::vector<ListedPackage> held;
    for (const Copy& copy : copies) {
      held.push_back({.package = builder_.package_name(copy.package),
                      .digest = builder_.package_name(copy.digest)});
    }
    complete(ask_holder(node), Outcome::ok, {.list = held});
  }
  Handle ask_holder(int node) {
    return ask(Function::final_holder, {.holder = static_cast<std::uint16_t>(node)});
  }
  struct Record {
    std::string package;
    std::string owner;
    std::string digest;
    std::vector<std::uint16_t> holders = {};
  };
  void records(const std::vector<Record>& records) {
    std::vector<ListedPackage> shown;
    for (const Record& record : records) {
      ListedPackage& one = shown.emplace_back();
      one = {.package = builder_.package_name(record.package),
             .owner = builder_.package_name(record.owner),
             .digest = builder_.package_name(record.digest)};
      builder_.set_holders(one, record.holders);
    }
    complete(ask(Function::final_packages, {}), Outcome::ok, {.list = shown});
  }

  Judgement judged(const CheckOptions& options = {.need_final_reads = false}) {
    return check(builder_.history(), options);
  }

 private:
  Handle ask(Function function, PackageCall call) {
    call.time_ns = time_ns_;
    return builder_.invoke_package(0, function, call);
  }
  void complete(Handle operation, Outcome outcome, PackageAnswer answer) {
    answer.time_ns = time_ns_;
    builder_.complete_package(operation, outcome, answer);
  }

  HistoryBuilder builder_;
  std::int64_t time_ns_ = 0;
};

}  // namespace dcount::check
