// The file in which a load remembers how far it got.
#include "cli/load_state.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/run_dcount.h"

namespace dcount::cli {
namespace {

class LoadStateFile : public testing::Test {
 protected:
  test::Workplace place;
  std::string file = (place.path() / "state").string();
};

TEST_F(LoadStateFile, ReadsBackAsItWasWritten) {
  LoadState state{.server = "http://a:1",
                  .tenant = "t\n\"é",
                  .key = "key",
                  .acknowledged = {std::numeric_limits<std::uint64_t>::max(), 7,
                                   std::numeric_limits<std::uint64_t>::max() - 1},
                  .items = 5,
                  .added = 3,
                  .done = true};
  ASSERT_TRUE(write_load_state(file, state));
  auto read = read_load_state(file);
  ASSERT_TRUE(read && *read);
  EXPECT_EQ((*read)->server, state.server);
  EXPECT_EQ((*read)->tenant, state.tenant);
  EXPECT_EQ((*read)->key, state.key);
  EXPECT_EQ((*read)->acknowledged, state.acknowledged);
  EXPECT_EQ((*read)->items, 5u);
  EXPECT_EQ((*read)->added, 3u);
  EXPECT_TRUE((*read)->done);
  EXPECT_FALSE(std::filesystem::exists(file + ".part"));
}

TEST_F(LoadStateFile, MissingFileIsNoState) {
  auto read = read_load_state(file);
  ASSERT_TRUE(read);
  EXPECT_FALSE(*read);
}

TEST_F(LoadStateFile, AnotherFileIsNotTakenForAState) {
  for (const char* text : {"", "nonsense", "{}", "[]", "{\"id\":\"a\",\"tenant\":\"t\"}\n"}) {
    place.write("state", text);
    EXPECT_FALSE(read_load_state(file)) << text;
    EXPECT_EQ(place.read("state"), text);
  }
  EXPECT_FALSE(read_load_state(place.path().string()));
}

TEST_F(LoadStateFile, FailedWriteSparesTheStateBefore) {
  ASSERT_TRUE(write_load_state(file, {.items = 1}));
  std::filesystem::create_directory(file + ".part");  // in the way
  EXPECT_FALSE(write_load_state(file, {.items = 2}));
  EXPECT_EQ(read_load_state(file).value()->items, 1u);
}

}  // namespace
}  // namespace dcount::cli
