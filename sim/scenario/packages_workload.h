// Packages: each client has an API key, uploads archives, and downloads, lists and removes those it
// knows of; now and then it asks for somebody else's, or for one that there is not.
//
// Thread-safety: as Workload's.
#pragma once

#include <string>
#include <vector>

#include "sim/scenario/package_board.h"
#include "sim/scenario/package_calls.h"
#include "sim/scenario/workload.h"

namespace dcount::sim {

class PackagesWorkload final : public Workload {
 public:
  explicit PackagesWorkload(const WorkloadSpec& spec) : spec_(spec) {}

  client::Result<void> prepare(client::Client& client) override;
  bool known_at(const client::Endpoint& server) const override;
  Json keys() const override;
  std::string api_key(std::size_t client) const override;
  void operate(Worker& worker) override;
  void operate_each(Worker& worker) override;
  /// What there is in the end is read by whoever can look at disks, too: package_end.h.
  bool read_finally(Worker&) override { return true; }

  struct Owner {
    std::string id;
    std::string key;
  };
  /// By the board's numbers.
  const std::vector<Owner>& owners() const { return owners_; }
  const PackageBoard& board() const { return board_; }

 private:
  std::size_t owner_of(const Worker& worker) const { return worker.number() % owners_.size(); }
  void read(Worker& worker);
  void get(Worker& worker, const KnownPackage& package);
  void upload(Worker& worker);
  /// False: it knows of none that is there.
  bool remove(Worker& worker);

  const WorkloadSpec spec_;
  std::vector<Owner> owners_;
  PackageBoard board_;
};

}  // namespace dcount::sim
