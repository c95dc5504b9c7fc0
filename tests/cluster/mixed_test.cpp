// A day's work of everything that counts, while processes are killed: all of it is accounted for.
#include "tests/cluster/cluster.h"
#include "tests/cluster/mixed_load.h"

namespace dcount::test {
namespace {

class Mixed : public ClusterTest {};

TEST_F(Mixed, LoadIsAccountedForWhileAServerAndAMemberAreKilled) {
  MixedLoad load(all);
  ASSERT_TRUE(load.goes_on());
  auto& server = all.server(any_of(all.servers()));
  const std::size_t member = any_of(all.etcd().size());
  server.kill();
  ASSERT_TRUE(load.goes_on()) << "without " << server.name();
  all.etcd().kill(member);
  ASSERT_TRUE(load.goes_on()) << "and without " << all.etcd().member(member).name();
  mend(all);
  ASSERT_TRUE(load.goes_on());
  load.expect_exact();
}

}  // namespace
}  // namespace dcount::test
