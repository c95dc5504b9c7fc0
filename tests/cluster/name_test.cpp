// A node's name is its own: nobody else gets it, and it has it back at once.
#include <algorithm>

#include "tests/cluster/cluster.h"
#include "tests/support/run_dcount.h"

namespace dcount::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// etcd keeps a lease for at least 3 s after its holder was killed.
constexpr milliseconds lease_time{3000};

class Name : public ClusterTest {};

TEST_F(Name, OfARunningNodeIsRefusedToAnother) {
  const Workplace other;
  sim::ServerOptions options;
  options.directory = other.path();
  options.binary = DCOUNT_BINARY;
  options.name = all.server(0).name();
  options.store = all.etcd().store();
  auto second = sim::ServerProcess::make(options);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_FALSE(second->start());
  ASSERT_FALSE(second->running());
  const auto how = second->process()->exit();
  ASSERT_TRUE(how);
  EXPECT_FALSE(how->by_signal);
  EXPECT_NE(how->number, 0);
  EXPECT_NE(sim::end_of_log(second->log()).find(options.name), std::string::npos)
      << "the message names it: " << sim::end_of_log(second->log());
  EXPECT_TRUE(all.server(0).ready(seconds(5))) << "its holder has not noticed";
}

TEST_F(Name, OfAKilledNodeIsRefusedToAnotherToo) {
  all.server(0).kill();
  const Workplace other;
  const auto ran = other.run({"server", "--listen", "127.0.0.1:0", "--data", "data", "--node",
                              all.server(0).name(), "--store", all.etcd().store()});
  EXPECT_NE(ran.status, 0);
  EXPECT_NE(ran.err.find(all.server(0).name()), std::string::npos) << ran.err;
}

TEST_F(Name, OfAKilledNodeIsItsOwnAgainBeforeItsLeaseEnds) {
  milliseconds fastest = milliseconds::max();
  for (int tries = 0; tries < 3 && fastest >= lease_time; ++tries) {  // on a machine that is busy
    all.server(0).kill();
    const auto began = std::chrono::steady_clock::now();
    const auto started = all.server(0).start();
    ASSERT_TRUE(started) << started.error().message;
    fastest = std::min(fastest, std::chrono::duration_cast<milliseconds>(
                                    std::chrono::steady_clock::now() - began));
  }
  EXPECT_LT(fastest, lease_time);
  client::Client client(only(all.server(0)));
  EXPECT_TRUE(client.create_counter(fresh_name("again"), "k"));
}

}  // namespace
}  // namespace dcount::test
