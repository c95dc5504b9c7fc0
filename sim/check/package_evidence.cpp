#include "sim/check/package_evidence.h"

#include <algorithm>
#include <map>

namespace dcount::check {
namespace {

Finding missing(std::string summary) {
  Finding finding{.judge = "evidence"};
  finding.verdict = Verdict::unknown;
  finding.summary = std::move(summary);
  return finding;
}

bool changes(const Operation& operation) {
  return (operation.function == Function::add_package ||
          operation.function == Function::remove_package) &&
         operation.outcome != Outcome::fail;
}

/// When it had been answered or, unanswered, had begun.
Index ended(const Operation& operation) {
  return operation.completed == never ? operation.invoked : operation.completed;
}

class Evidence {
 public:
  explicit Evidence(const History& history) : history_(history) {}
  std::vector<Finding> find(const CheckOptions& options);

 private:
  void take();
  void look_at_nodes();
  void look_at_owners();

  const History& history_;
  std::vector<Finding> findings_;
  bool added_ = false;
  bool read_ = false;
  Index last_change_ = 0;
  Index last_records_ = 0;                ///< the last final_packages began then
  std::map<Name, Index> last_change_of_;  ///< by owner, of those with an acknowledged upload
  std::map<Name, Index> last_list_of_;    ///< when it began
  std::map<Name, bool> owns_;
};

void Evidence::take() {
  for (const PackageOperation& part : history_.packages.operations) {
    const Operation& operation = history_.operations[part.operation];
    const bool ok = operation.outcome == Outcome::ok;
    if (changes(operation)) {
      last_change_ = std::max(last_change_, ended(operation));
      Index& last = last_change_of_[part.owner];
      last = std::max(last, ended(operation));
    }
    if (!ok) continue;
    switch (operation.function) {
      case Function::add_package:
        added_ = owns_[part.owner] = true;
        break;
      case Function::get_package:
        read_ = true;
        break;
      case Function::list_packages:
        last_list_of_[part.owner] = operation.invoked;
        break;
      case Function::final_packages:
        last_records_ = operation.invoked;
        break;
      default:
        break;
    }
  }
}

void Evidence::look_at_nodes() {
  std::vector<bool> told(history_.nodes.size());
  for (const PackageOperation& part : history_.packages.operations) {
    const Operation& operation = history_.operations[part.operation];
    if (operation.function != Function::final_holder || operation.invoked < last_change_) continue;
    if (operation.outcome != Outcome::unknown) told[part.holder] = true;
  }
  std::string nodes;
  for (std::size_t node = 1; node <= history_.nodes_named; ++node) {
    if (!told[node]) nodes += (nodes.empty() ? "" : ", ") + history_.nodes[node];
  }
  if (nodes.empty()) return;
  findings_.push_back(
      missing("which packages are on " + nodes + " was not read after the last change of any"));
}

void Evidence::look_at_owners() {
  for (const auto& [owner, has] : owns_) {
    const Index last = last_change_of_[owner];
    if (last_list_of_[owner] > last || last_records_ > last) continue;
    findings_.push_back(missing("the packages of " + history_.names[owner] +
                                " were not listed after the last change of one"));
  }
}

std::vector<Finding> Evidence::find(const CheckOptions& options) {
  take();
  if (!added_) findings_.push_back(missing("no upload of a package was acknowledged"));
  if (!read_) findings_.push_back(missing("no package was downloaded"));
  if (options.need_final_reads) {
    look_at_nodes();
    look_at_owners();
  }
  return std::move(findings_);
}

}  // namespace

std::vector<Finding> find_missing_package_evidence(const History& history,
                                                   const CheckOptions& options) {
  if (history.packages.operations.empty()) return {};
  return Evidence(history).find(options);
}

}  // namespace dcount::check
