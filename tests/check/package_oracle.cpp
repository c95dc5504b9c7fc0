#include "tests/check/package_oracle.h"

#include <map>
#include <set>

#include "tests/check/oracle.h"

namespace dcount::check {
namespace {

struct Package {
  Name owner = no_name;
  Name digest = no_name;
  bool live = false;
};
using Packages = std::map<Name, Package>;  // whatever was ever there
using Became = std::map<const Operation*, Name>;

const PackageOperation& part_of(const History& history, const Operation& operation) {
  auto place = static_cast<std::uint32_t>(&operation - history.operations.data());
  for (const PackageOperation& part : history.packages.operations) {
    if (part.operation == place) return part;
  }
  std::abort();
}

bool shows_all(const History& history, const PackageOperation& part, const Packages& packages,
               bool records) {
  std::set<Name> shown;
  for (std::uint32_t i = 0; i < part.list_size; ++i) {
    const ListedPackage& listed = history.packages.lists[part.list + i];
    auto found = packages.find(listed.package);
    if (found == packages.end() || !found->second.live) return false;
    if (!shown.insert(listed.package).second) return false;
    const Package& package = found->second;
    if (records ? listed.owner != package.owner || listed.digest != package.digest
                : package.owner != part.owner) {
      return false;
    }
  }
  std::size_t live = 0;
  for (const auto& [name, package] : packages) {
    if (package.live && (records || package.owner == part.owner)) ++live;
  }
  return live == shown.size();
}

bool apply(const History& history, const Became& became, const Operation& operation,
           Packages& packages) {
  const PackageOperation& part = part_of(history, operation);
  const bool unknown = operation.outcome == Outcome::unknown;
  if (operation.function == Function::add_package) {
    Name package = unknown ? became.at(&operation) : part.package;
    if (package == no_name) return true;
    return packages.emplace(package, Package{part.owner, part.digest, true}).second;
  }
  if (operation.function == Function::list_packages) {
    return unknown || shows_all(history, part, packages, false);
  }
  if (operation.function == Function::final_packages) {
    return unknown || shows_all(history, part, packages, true);
  }
  auto found = packages.find(part.package);
  const bool live = found != packages.end() && found->second.live;
  const bool own = live && found->second.owner == part.owner;
  if (operation.refused) return operation.result == 404 ? !live : live && !own;
  if (operation.function == Function::get_package) {
    return unknown || (own && found->second.digest == part.digest);
  }
  if (unknown || operation.result == 0) {
    if (own) found->second.live = false;  // 0: the first attempt did
    return unknown || own || !live;
  }
  if (own) found->second.live = false;
  return own;
}

bool has_an_order(const History& history, const Became& became) {
  auto step = [&](const Operation& operation, Packages& packages) {
    return apply(history, became, operation, packages);
  };
  return EveryOrder(history, Packages(), step).exists();
}

bool any_order(const History& history, const std::vector<const Operation*>& uploads,
               const std::set<Name>& names, Became& became) {
  if (became.size() == uploads.size()) return has_an_order(history, became);
  const Operation* upload = uploads[became.size()];
  auto taken = [&](Name name) {
    for (const auto& [other, its] : became) {
      if (its == name) return true;
    }
    return false;
  };
  for (Name name : names) {
    if (taken(name)) continue;
    became[upload] = name;
    if (any_order(history, uploads, names, became)) return true;
    became.erase(upload);
  }
  became[upload] = no_name;
  if (any_order(history, uploads, names, became)) return true;
  became.erase(upload);
  return false;
}

}  // namespace

bool packages_have_an_order(const History& history) {
  std::vector<const Operation*> uploads;
  std::set<Name> names;
  for (const PackageOperation& part : history.packages.operations) {
    const Operation& operation = history.operations[part.operation];
    bool add = operation.function == Function::add_package;
    if (add && operation.outcome == Outcome::unknown) uploads.push_back(&operation);
    if (!add && part.package != no_name) names.insert(part.package);
  }
  for (const ListedPackage& listed : history.packages.lists) names.insert(listed.package);
  for (const PackageOperation& part : history.packages.operations) {
    const Operation& operation = history.operations[part.operation];
    bool acknowledged =
        operation.function == Function::add_package && operation.outcome == Outcome::ok;
    if (acknowledged) names.erase(part.package);
  }
  Became became;
  return any_order(history, uploads, names, became);
}

}  // namespace dcount::check
