// Servers that all want the same record: none of them may be kept from it for long.
#include "tests/cluster/fairness.h"

#include "tests/cluster/cluster.h"

namespace dcount::test {
namespace {

class Fairness : public ClusterTest {};

TEST_F(Fairness, ThreeServersOnOneCounterAllGetOn) {
  share_a_hot_counter(all, std::chrono::seconds(8));
}

}  // namespace
}  // namespace dcount::test
