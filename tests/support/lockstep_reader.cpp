#include "tests/support/lockstep_reader.h"

#include <nlohmann/json.hpp>

namespace dcount::test {

LockstepReader::LockstepReader(const std::filesystem::path& folder, std::uint16_t port,
                               const std::string& feed, const std::string& login)
    : client_(folder, "lockstep", "/usr/bin/python3",
              {SOURCE_DIRECTORY "/tests/support/lockstep_client.py",
               "http://" + login + "127.0.0.1:" + std::to_string(port) + "/lockstep/" + feed}) {}

std::map<std::string, std::int64_t> LockstepReader::values() {
  const std::string printed = client_.printed();
  for (auto end = printed.find('\n', read_); end != printed.npos; end = printed.find('\n', read_)) {
    const std::string line = printed.substr(read_, end - read_);
    read_ = end + 1;
    const auto record = nlohmann::json::parse(line, nullptr, false);
    if (!record.is_object()) continue;  // a complaint
    ++records_;
    if (record["deleted_at"].is_null()) {
      values_[record["id"]] = record["n"];
    } else {
      values_.erase(record["id"].get<std::string>());
    }
  }
  return values_;
}

std::string LockstepReader::complaint() const {
  if (client_.running()) return "";
  const std::string printed = client_.printed();
  return "it has ended: " +
         printed.substr(printed.size() - std::min<std::size_t>(printed.size(), 600));
}

}  // namespace dcount::test
