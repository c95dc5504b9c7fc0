// Any store against a dumb model: a std::map that is never crashed.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/store/contract.h"

namespace dcount::store {
namespace {

struct Step {
  enum class Kind { commit, fence, reopen, crash };
  Kind kind = Kind::commit;
  std::vector<Write> writes;  ///< each in a group of its own
  Tail tail = Tail::dropped;
  unsigned seed = 0;
};

std::ostream& operator<<(std::ostream& out, const Step& step) {
  switch (step.kind) {
    case Step::Kind::fence:
      return out << "fence";
    case Step::Kind::reopen:
      return out << "reopen";
    case Step::Kind::crash:
      return out << "crash tail=" << static_cast<int>(step.tail) << " seed=" << step.seed;
    case Step::Kind::commit:
      break;
  }
  out << "commit";
  for (const Write& write : step.writes) {
    out << ' ' << write.key << (write.value ? "=" + rc::toString(*write.value) : " erased");
  }
  return out;
}

/// Writes of distinct keys.
rc::Gen<std::vector<Write>> any_writes() {
  const auto key = rc::gen::element<std::string>("a", "a/b", "a/c", "b", "zz");
  const auto value = rc::gen::maybe(rc::gen::arbitrary<std::string>());
  return rc::gen::map(
      rc::gen::container<std::vector<std::pair<std::string, rc::Maybe<std::string>>>>(
          rc::gen::pair(key, value)),
      [](const auto& pairs) {
        std::map<std::string, rc::Maybe<std::string>> distinct(pairs.begin(), pairs.end());
        std::vector<Write> writes;
        for (const auto& [key, value] : distinct) {
          writes.push_back({key, value ? std::optional(*value) : std::nullopt});
        }
        return writes;
      });
}

rc::Gen<Step> any_step() {
  using Kind = Step::Kind;
  return rc::gen::construct<Step>(
      rc::gen::weightedElement<Kind>(
          {{20, Kind::commit}, {2, Kind::fence}, {1, Kind::reopen}, {1, Kind::crash}}),
      any_writes(), rc::gen::element(Tail::dropped, Tail::torn, Tail::kept),
      rc::gen::arbitrary<unsigned>());
}

/// The model: what must be in the store, and the last revision it gave.
struct Model {
  Contents contents;
  Revision revision = 0;

  void follow(const std::vector<Write>& writes, const CommitResult& result) {
    RC_ASSERT(result.status == CommitResult::Status::committed);
    RC_ASSERT(result.revision > revision);
    revision = result.revision;
    for (const Write& write : writes) {
      if (write.value) {
        contents[write.key] = {*write.value, revision};
      } else {
        contents.erase(write.key);
      }
    }
  }
};

void take_step(Rig& rig, std::unique_ptr<Writer>& writer, Model& model, const Step& step) {
  switch (step.kind) {
    case Step::Kind::commit: {
      std::vector<Group> groups;
      for (const Write& write : step.writes) groups.push_back(group({write}));
      model.follow(step.writes, writer->commit(groups));
      break;
    }
    case Step::Kind::fence: {
      const Batch lost = writer->next({group(step.writes)});
      RC_ASSERT(writer->settle(lost).status == CommitResult::Status::not_applied);
      break;
    }
    case Step::Kind::reopen:
      writer.reset();
      writer = std::make_unique<Writer>(rig);
      break;
    case Step::Kind::crash:
      rig.cut_power_after(0);
      writer.reset();
      rig.crash(step.tail, step.seed);
      writer = std::make_unique<Writer>(rig);
      break;
  }
}

TEST_P(StoreContract, HoldsWhatADumbModelHoldsThroughCrashesAndFences) {
  EXPECT_TRUE(rc::check([this] {
    const auto steps = *rc::gen::container<std::vector<Step>>(any_step());
    const auto own_rig = GetParam().make();
    auto writer = std::make_unique<Writer>(*own_rig);
    Model model;
    for (const Step& step : steps) take_step(*own_rig, writer, model, step);
    Revision now = 0;
    RC_ASSERT(writer->contents(&now) == model.contents);
    RC_ASSERT(now >= model.revision);
  }));
}

}  // namespace
}  // namespace dcount::store
