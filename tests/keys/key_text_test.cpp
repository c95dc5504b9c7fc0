// Keys as text: made, parsed, and nothing else taken for one.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "server/core/names.h"
#include "server/keys/key_text.h"

namespace dcount::keys {
namespace {

TEST(KeyText, AMadeKeyIsParsedAndItsHashIsOfItsSecret) {
  const NewKey made = make_key();
  const auto parts = parse_key(made.text);
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->id, made.id);
  EXPECT_EQ(parts->secret.size(), 64u);
  EXPECT_TRUE(core::is_sha256(made.secret_hash));
  EXPECT_TRUE(is_same(digest_of(parts->secret), digest_named(made.secret_hash)));
  EXPECT_EQ(made.text.find(made.secret_hash), std::string::npos);
}

TEST(KeyText, NoTwoKeysAreTheSame) {
  std::set<std::string> ids;
  std::set<std::string> secrets;
  for (int i = 0; i < 100; ++i) {
    const NewKey made = make_key();
    ids.insert(made.id);
    secrets.insert(std::string(parse_key(made.text)->secret));
  }
  EXPECT_EQ(ids.size(), 100u);
  EXPECT_EQ(secrets.size(), 100u);
}

TEST(KeyText, TheDigestIsSha256) {
  EXPECT_TRUE(
      is_same(digest_of("abc"),
              digest_named("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")));
  EXPECT_FALSE(is_same(digest_of("abc"), digest_of("abd")));
}

RC_GTEST_PROP(KeyText, AChangedKeyIsNoneOrAnotherOne, ()) {
  const std::string whole = make_key().text;
  std::string text = whole;
  const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
  switch (*rc::gen::inRange(0, 3)) {
    case 0:
      text[at] = *rc::gen::arbitrary<char>();
      break;
    case 1:
      text.erase(at, 1);
      break;
    default:
      text.insert(at, 1, *rc::gen::arbitrary<char>());
  }
  const auto parts = parse_key(text);
  if (text.size() != whole.size()) RC_ASSERT(!parts);
  if (parts) RC_ASSERT("dck_" + std::string(parts->id) + "_" + std::string(parts->secret) == text);
}

}  // namespace
}  // namespace dcount::keys
