// Where a request may present its key, and what is no credential.
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "server/keys/credentials.h"

namespace dcount::keys {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;
using Status = Credentials::Status;

Credentials of(const Fields& fields) {
  http::Request request;
  for (const auto& [name, value] : fields) request.http.headers.emplace(name, value);
  return credentials_of(request);
}

TEST(CredentialsOf, NothingIsNone) {
  EXPECT_EQ(of({}).status, Status::none);
  EXPECT_EQ(of({{"Authorization", ""}, {"X-API-Key", ""}}).status, Status::none);
  EXPECT_EQ(of({{"Authorization", "Basic YTo="}}).status, Status::none) << "a user alone";
}

TEST(CredentialsOf, AllThreePlacesAreRead) {
  for (const Fields& fields : std::vector<Fields>{{{"Authorization", "Bearer k:1"}},
                                                  {{"authorization", "bEARER   k:1  "}},
                                                  {{"X-API-Key", "k:1"}},
                                                  {{"x-api-key", "k:1"}},
                                                  {{"Authorization", "Basic YTprOjE="}},
                                                  {{"Authorization", "basic Oms6MQ=="}}}) {
    const auto found = of(fields);
    EXPECT_EQ(found.status, Status::one) << fields[0].second;
    EXPECT_EQ(found.text, "k:1") << fields[0].second;
  }
}

TEST(CredentialsOf, SeveralThatAgreeAreOne) {
  const auto found = of({{"Authorization", "Bearer k"}, {"X-API-Key", "k"}, {"X-API-Key", "k"}});
  EXPECT_EQ(found.status, Status::one);
  EXPECT_EQ(found.text, "k");
}

TEST(CredentialsOf, TwoThatDisagreeAreBroken) {
  for (const Fields& fields :
       std::vector<Fields>{{{"Authorization", "Bearer k"}, {"X-API-Key", "other"}},
                           {{"X-API-Key", "k"}, {"X-API-Key", "other"}},
                           {{"Authorization", "Bearer k"}, {"Authorization", "Bearer other"}},
                           {{"Authorization", "Basic YTpr"}, {"X-API-Key", "other"}}}) {
    EXPECT_EQ(of(fields).status, Status::broken);
  }
}

TEST(CredentialsOf, OtherSchemesAndBadBase64AreBroken) {
  for (const char* value : {"Digest abc", "Bearer", "Basic", "dck_1", "Basic YTpr=", "Basic YTp",
                            "Basic Y Tpr", "Basic YTpr\n", "Basic !!!!", "Basic YWFh",
                            "Basic YTo9=A==", "Basic YTprOjF=", "Basic ====", "Basic YTpr YTpr"}) {
    EXPECT_EQ(of({{"Authorization", value}}).status, Status::broken) << value;
  }
}

}  // namespace
}  // namespace dcount::keys
