#include "client/decode_package.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "client/decode.h"

namespace dcount::client {
namespace {

using Json = nlohmann::json;

/// A count, as it is in the object; 0 when it is not there, or no count.
std::int64_t count_at(const Json& object, const char* name) {
  return integer_at(object, name).value_or(0);
}

std::optional<PackageInfo> package_from(const Json& object) {
  if (!object.is_object()) return std::nullopt;
  PackageInfo package{.pkgid = text_at(object, "pkgid"),
                      .bytes = static_cast<std::uint64_t>(count_at(object, "bytes")),
                      .sha256 = text_at(object, "sha256"),
                      .when_s = count_at(object, "when"),
                      .expire_s = count_at(object, "expire"),
                      .replicas = count_at(object, "replicas")};
  if (auto holders = object.find("holders"); holders != object.end() && holders->is_array()) {
    for (const Json& name : *holders) {
      if (name.is_string()) package.holders.push_back(name.get<std::string>());
    }
  }
  if (package.pkgid.empty()) return std::nullopt;
  return package;
}

}  // namespace

std::optional<AddedPackage> decode_added_package(std::string_view body) {
  Json object = parse_answer(body);
  if (!object.is_object()) return std::nullopt;
  AddedPackage added{.pkgid = text_at(object, "pkgid"),
                     .replicas = count_at(object, "replicas"),
                     .sha256 = text_at(object, "sha256"),
                     .bytes = static_cast<std::uint64_t>(count_at(object, "bytes"))};
  if (added.pkgid.empty()) return std::nullopt;
  return added;
}

std::optional<PackagePage> decode_package_page(std::string_view body) {
  Json object = parse_answer(body);
  if (!object.is_object()) return std::nullopt;
  auto list = object.find("packages");
  if (list == object.end() || !list->is_array()) return std::nullopt;
  PackagePage page{.next = text_at(object, "next"), .revision = count_at(object, "revision")};
  for (const Json& item : *list) {
    auto package = package_from(item);
    if (!package) return std::nullopt;
    page.packages.push_back(std::move(*package));
  }
  return page;
}

std::optional<PackageUsage> decode_package_usage(std::string_view body) {
  Json object = parse_answer(body);
  if (!object.is_object()) return std::nullopt;
  auto packages = integer_at(object, "packages");
  auto bytes = integer_at(object, "bytes");
  if (!packages || !bytes) return std::nullopt;
  return PackageUsage{.key = text_at(object, "key"),
                      .packages = *packages,
                      .bytes = *bytes,
                      .quota_packages = integer_at(object, "quota_packages"),
                      .quota_bytes = integer_at(object, "quota_bytes")};
}

std::optional<RepairReport> decode_repair(std::string body) {
  Json object = parse_answer(body);
  if (!object.is_object() || !integer_at(object, "checked")) return std::nullopt;
  RepairReport report{.checked = count_at(object, "checked"),
                      .missing = count_at(object, "missing"),
                      .extra = count_at(object, "extra"),
                      .corrupt = count_at(object, "corrupt"),
                      .expired = count_at(object, "expired"),
                      .copied = count_at(object, "copied"),
                      .adopted = count_at(object, "adopted"),
                      .dropped = count_at(object, "dropped"),
                      .trimmed = count_at(object, "trimmed"),
                      .failed = count_at(object, "failed")};
  if (auto seconds = object.find("seconds"); seconds != object.end() && seconds->is_number()) {
    report.seconds = seconds->get<double>();
  }
  report.document = std::move(body);
  return report;
}

bool is_json_object(std::string_view body) { return parse_answer(body).is_object(); }

}  // namespace dcount::client
