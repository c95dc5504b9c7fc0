#include "tests/client/fake_items.h"

#include "tests/client/fake_answer.h"

namespace dcount::test {

void FakeItems::route(const httplib::Request& request, const std::vector<std::string>& parts,
                      httplib::Response& response) {
  if (parts.size() == 1) return add(request, response);
  Tenant& tenant = tenants_[parts[1]];
  if (parts.size() == 2) return list(request, tenant, response);
  answer(response, 200, {{"count", tenant.ids.size()}});
}

void FakeItems::add(const httplib::Request& request, httplib::Response& response) {
  Json items = Json::parse(request.body);
  if (items.size() > 10'000 || request.body.size() > (8 << 20)) {
    return problem(response, 413, "too_large");
  }
  for (const Json& item : items) {
    if (item["id"] == "" || item["tenant"] == "") return problem(response, 400, "malformed");
  }
  int added = 0;
  for (const Json& item : items) {
    Tenant& tenant = tenants_[item["tenant"].get<std::string>()];
    auto id = item["id"].get<std::string>();
    if (!tenant.known.insert(id).second) continue;
    tenant.ids.push_back(id);
    ++added;
  }
  response.set_header("Items-Added", std::to_string(added));
  answer(response, 200, {{"message", "Success"}});
}

void FakeItems::list(const httplib::Request& request, const Tenant& tenant,
                     httplib::Response& response) {
  std::size_t limit = 100;
  if (request.has_param("limit")) limit = std::stoul(request.get_param_value("limit"));
  std::size_t at = 0;
  if (request.has_param("cursor")) at = std::stoul(request.get_param_value("cursor"));
  Json items = Json::array();
  for (; at < tenant.ids.size() && items.size() < limit; ++at) items.push_back(tenant.ids[at]);
  Json next = at < tenant.ids.size() ? Json(std::to_string(at)) : Json();
  answer(response, 200,
         {{"items", items}, {"next", next}, {"count", tenant.ids.size()}, {"revision", 1}});
}

}  // namespace dcount::test
