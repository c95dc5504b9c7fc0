// A whole cluster of real processes for tests: three etcd members and three servers, started once
// for the whole program (it takes seconds). A test breaks what it likes; what it leaves broken is
// mended before the next one.
//
// Thread-safety: one thread's.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <random>
#include <string>

#include "client/client.h"
#include "sim/local_cluster.h"
#include "tests/support/raw_http.h"

namespace dcount::test {

/// How long anything may take that must come by itself. Tests fail after it; none waits for it.
inline constexpr std::chrono::seconds patience{30};

/// The program's cluster. All of it runs and is ready, or this throws.
sim::LocalCluster& cluster();

/// Runs what was killed, resumes what was stopped, waits until all is ready. Throws otherwise.
void mend(sim::LocalCluster& broken);

/// Whether it became true within the time.
bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds at_most = patience);

/// The program's source of random choices. Prints how to have the same ones again.
std::mt19937_64& chance();
std::size_t any_of(std::size_t count);

/// A collection, or another name, that no other test uses.
std::string fresh_name(const std::string& begin);

/// Over all servers, beginning at `first`; tries for 10 s.
client::ClientOptions over(const sim::LocalCluster& servers, std::size_t first = 0);
/// Of this server only; tries once.
client::ClientOptions only(const sim::ServerProcess& server);

/// One request on a connection of its own; status 0 when no answer came.
RawAnswer ask(const sim::ServerProcess& server, const std::string& request,
              std::chrono::milliseconds at_most = std::chrono::seconds(10));
nlohmann::json json_of(const RawAnswer& answer);

/// The value on one metrics line, NaN when there is none.
double metric(const sim::ServerProcess& server, const std::string& name);

class ClusterTest : public testing::Test {
 protected:
  ClusterTest() : all(cluster()) {}
  void TearDown() override;

  sim::LocalCluster& all;
};

}  // namespace dcount::test
