// API keys' records: what each command does, that they come back as they were written, and that a
// state that hears the same entries again knows the same keys.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "server/core/key.h"
#include "server/core/names.h"
#include "tests/core/bench.h"

namespace dcount::core {
namespace {

const std::string id_a = "00000000000000aa";
const std::string id_b = "00000000000000bb";

KeyTraits traits_named(std::string name) {
  KeyTraits traits;
  traits.name = std::move(name);
  traits.secret_hash = std::string(64, 'a');
  traits.scopes.read = true;
  return traits;
}

struct ApiKeys : testing::Test, Bench {
  Outcome outcome(CommandBody body) { return run({std::move(body), {}}).outcome; }
  Code code(CommandBody body) { return outcome(std::move(body)).code; }
  KeyListOutcome list(const std::string& after = "", std::size_t limit = 100) {
    return std::get<KeyListOutcome>(outcome(ListKeys{after, limit}).value);
  }
  Idempotency idempotency{
      .digest = std::string(32, '1'), .fingerprint = std::string(16, '2'), .keep_ms = 3600'000};
};

TEST_F(ApiKeys, AKeyIsListedAsItWasMade) {
  KeyTraits traits = traits_named("back up");
  traits.prefixes = {"a_", "Ü,b"};
  traits.quota_bytes = 0;
  traits.rate_per_minute = 60;
  EXPECT_EQ(code(CreateKey{id_a, traits}), Code::created);
  const auto page = list();
  ASSERT_EQ(page.keys.size(), 1u);
  EXPECT_EQ(page.keys[0], (ListedKey{id_a, traits, now.unix_ms}));
  EXPECT_EQ(page.next, "");
}

TEST_F(ApiKeys, AnIdIsUsedOnce) {
  EXPECT_EQ(code(CreateKey{id_a, traits_named("one")}), Code::created);
  EXPECT_EQ(code(CreateKey{id_a, traits_named("two")}), Code::precondition_failed);
  EXPECT_EQ(code(RevokeKey{id_a}), Code::ok);
  EXPECT_EQ(code(CreateKey{id_a, traits_named("two")}), Code::precondition_failed);
}

TEST_F(ApiKeys, ARevokedKeyIsGoneAndSoIsItsHash) {
  code(CreateKey{id_a, traits_named("one")});
  EXPECT_EQ(code(RevokeKey{id_a}), Code::ok);
  EXPECT_TRUE(list().keys.empty());
  EXPECT_EQ(code(RevokeKey{id_a}), Code::not_found);
  const auto found = state.get(key_record_key(id_a));
  ASSERT_TRUE(found.value);
  EXPECT_EQ(found.value->find("hash"), std::string_view::npos);
}

TEST_F(ApiKeys, AreListedInPagesInTheOrderOfIds) {
  code(CreateKey{id_b, traits_named("b")});
  code(CreateKey{id_a, traits_named("a")});
  const auto first = list("", 1);
  ASSERT_EQ(first.keys.size(), 1u);
  EXPECT_EQ(first.keys[0].id, id_a);
  EXPECT_EQ(first.next, id_a);
  const auto second = list(first.next, 1);
  ASSERT_EQ(second.keys.size(), 1u);
  EXPECT_EQ(second.keys[0].id, id_b);
}

TEST_F(ApiKeys, ARepeatedCreationTellsOfTheFirstOne) {
  EXPECT_EQ(run({CreateKey{id_a, traits_named("one")}, idempotency}).outcome.code, Code::created);
  const auto again = run({CreateKey{id_b, traits_named("one")}, idempotency}).outcome;
  EXPECT_EQ(again.code, Code::created);
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(std::get<KeyOutcome>(again.value).key.id, id_a);
  EXPECT_EQ(list().keys.size(), 1u);
}

TEST_F(ApiKeys, UsageOfAKeyThatIsNotThereIsNotFound) {
  EXPECT_EQ(code(ReadUsage{id_a}), Code::not_found);
  KeyTraits traits = traits_named("one");
  traits.quota_packages = 3;
  code(CreateKey{id_a, traits});
  const auto usage = outcome(ReadUsage{id_a});
  EXPECT_EQ(usage.code, Code::ok);
  EXPECT_EQ(std::get<UsageOutcome>(usage.value), (UsageOutcome{.quota_packages = 3}));
}

TEST_F(ApiKeys, TheEntriesInAnyOrderMakeTheSameState) {
  std::vector<Entry> entries;
  for (CommandBody body :
       std::vector<CommandBody>{CreateKey{id_a, traits_named("a")},
                                CreateKey{id_b, traits_named("b")}, RevokeKey{id_a}}) {
    const Decision decision = run({std::move(body), {}});
    for (const Write& write : decision.writes) {
      entries.push_back({write.key, write.value, revision});
    }
  }
  State other;
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) other.apply(*entry);
  for (const std::string& id : {id_a, id_b}) {
    EXPECT_EQ(other.get(key_record_key(id)).value, state.get(key_record_key(id)).value) << id;
  }
}

rc::Gen<std::string> name_gen() {
  return rc::gen::suchThat(
      rc::gen::container<std::string>(rc::gen::elementOf(std::string("aZ09_-. ,=%/\"\xc3\xbc"))),
      [](const std::string& name) { return is_key_label(name); });
}

RC_GTEST_PROP(KeyRecords, ComeBackAsTheyWereWritten, ()) {
  const auto number = rc::gen::maybe(rc::gen::inRange<std::int64_t>(1, INT64_MAX));
  const auto optional = [&] {
    const auto some = *number;
    return some ? std::optional<std::int64_t>(*some) : std::nullopt;
  };
  Key key;
  key.version = *rc::gen::inRange<std::int64_t>(1, INT64_MAX);
  key.at_ms = *rc::gen::inRange<std::int64_t>(0, INT64_MAX);
  key.deleted = *rc::gen::arbitrary<bool>();
  if (!key.deleted) {
    key.traits.name = *name_gen();
    key.traits.secret_hash =
        *rc::gen::container<std::string>(64, rc::gen::elementOf(std::string("0123456789abcdef")));
    const int scopes = *rc::gen::inRange(1, 16);
    key.traits.scopes = {.read = (scopes & 1) != 0,
                         .write = (scopes & 2) != 0,
                         .packages = (scopes & 4) != 0,
                         .admin = (scopes & 8) != 0};
    key.traits.prefixes = *rc::gen::container<std::vector<std::string>>(name_gen());
    key.traits.quota_bytes = optional();
    key.traits.quota_packages = optional();
    key.traits.rate_per_minute = optional();
  }
  const auto decoded = decode_key(encode(key));
  RC_ASSERT(decoded.has_value());
  RC_ASSERT(*decoded == key);
}

TEST(KeyRecords, WhatIsNoneIsRefused) {
  const std::string hash(64, 'a');
  for (const std::string& text :
       {std::string(), std::string("1"), "1 name=a hash=" + hash + " scopes=read",
        "1 name=a hash=" + hash + " scopes=all v=1 at=1",
        "1 name=a hash=" + hash + " scopes= v=1 at=1",
        std::string("1 name=a hash=b scopes=read v=1 at=1"),
        "1 name=a hash=" + hash + " scopes=read rate=0 v=1 at=1",
        "1 name= hash=" + hash + " scopes=read v=1 at=1"}) {
    EXPECT_FALSE(decode_key(text)) << text;
  }
}

}  // namespace
}  // namespace dcount::core
