#include "server/api/counter_input.h"

#include "server/api/bad_request.h"
#include "server/core/names.h"

namespace dcount::api {

std::string collection_input(const std::string& name) {
  if (!core::is_collection_name(name)) {
    malformed("a collection's name is 1 to 128 letters, digits or '_'");
  }
  return name;
}

core::CounterId counter_input(const std::string& collection, const std::string& id) {
  if (!core::is_counter_id(id)) {
    malformed(
        "a counter's id is 1 to 128 letters, digits, '_', '.' or '-', and not '.', '..', "
        "'reset' or 'batch'");
  }
  return {collection_input(collection), id};
}

core::CounterId counter_path_input(std::string_view path) {
  const auto slash = path.find('/');
  if (slash == std::string_view::npos) malformed("a counter is named 'collection/id'");
  return counter_input(std::string(path.substr(0, slash)), std::string(path.substr(slash + 1)));
}

std::string cursor_input(const std::string& cursor) {
  if (!cursor.empty()) counter_path_input(cursor);
  return cursor;
}

core::CreateCounter create_input(const Parameters& parameters) {
  core::CreateCounter create;
  create.n = parameters.integer("n").value_or(0);
  create.bounds = parameters.bounds();
  create.on_limit = parameters.on_limit().value_or(core::OnLimit::reject);
  create.ttl_s = parameters.ttl_s();
  if ((create.bounds.min && create.n < *create.bounds.min) ||
      (create.bounds.max && create.n > *create.bounds.max)) {
    malformed("'n' must be within 'min' and 'max'");
  }
  return create;
}

core::Add add_input(const Parameters& parameters) {
  core::Add add;
  add.n = parameters.integer("n").value_or(1);
  add.create = parameters.flag("create");
  add.bounds = parameters.bounds();
  add.on_limit = parameters.on_limit();
  add.ttl_s = parameters.ttl_s();
  add.ttl_mode = parameters.ttl_mode();
  return add;
}

}  // namespace dcount::api
