// A real nginx before a cluster, with the configuration that dcount ships: packaging/nginx. Files
// of packages it takes from the first server's directory.
//
// Thread-safety: one thread. The process ends with the object.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/free_port.h"
#include "sim/local_cluster.h"
#include "sim/process.h"
#include "tests/support/run_dcount.h"

namespace dcount::test {

class Front {
 public:
  /// Returns once it takes connections. Throws when it does not.
  explicit Front(const sim::LocalCluster& servers);

  std::uint16_t port() const { return port_.number(); }
  /// What it complains of.
  std::string log() const;

 private:
  void write_configuration(const sim::LocalCluster& servers);

  Workplace place_;
  sim::FreePort port_;
  std::optional<sim::Process> process_;
};

}  // namespace dcount::test
