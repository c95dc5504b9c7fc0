// The same for longer.
#include <thread>

#include "tests/cluster/cluster.h"
#include "tests/cluster/fairness.h"
#include "tests/cluster/mixed_load.h"

namespace dcount::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Slow : public ClusterTest {};

TEST_F(Slow, ThreeServersOnOneCounterAllGetOn) { share_a_hot_counter(all, seconds(30)); }

TEST_F(Slow, MixedLoadIsAccountedForUnderOneFaultAfterTheOther) {
  constexpr int faults = 20;
  MixedLoad load(all);
  for (int i = 0; i < faults; ++i) {
    auto& server = all.server(any_of(all.servers()));
    const std::size_t member = any_of(all.etcd().size());
    switch (any_of(4)) {
      case 0:
        server.kill();
        break;
      case 1:
        server.pause();
        break;
      case 2:
        all.etcd().kill(member);
        break;
      default:
        all.etcd().pause(member);
    }
    // Not a wait for anything: the fault lasts for a random time.
    std::this_thread::sleep_for(milliseconds(chance()() % 3000));
    mend(all);
    ASSERT_TRUE(load.goes_on()) << "after fault " << i;
  }
  load.expect_exact();
}

}  // namespace
}  // namespace dcount::test
