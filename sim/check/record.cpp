#include "sim/check/record.h"

namespace dcount::check {

Value* Record::slot(std::string_view name) {
  // In the order in which a recorder writes them.
  if (name == "index") return &index;
  if (name == "process") return &process;
  if (name == "type") return &type;
  if (name == "f") return &f;
  if (name == "key") return &key;
  if (name == "value") return &value;
  if (name == "version") return &version;
  if (name == "node") return &node;
  if (name == "time") return &time;
  if (name == "id") return &id;
  if (name == "applied") return &applied;
  if (name == "error") return &error;
  if (name == "token") return &token;
  if (name == "create") return &create;
  if (name == "owner") return &owner;
  if (name == "n") return &n;
  if (name == "rev") return &rev;
  if (name == "deleted") return &deleted;
  if (name == "complete") return &complete;
  return nullptr;
}

void Record::clear() {
  for (Value* value : {&index, &process, &type,    &f,       &key,      &this->value, &version,
                       &node,  &id,      &applied, &error,   &token,    &create,      &owner,
                       &time,  &n,       &rev,     &deleted, &complete, &header}) {
    value->clear();
  }
}

}  // namespace dcount::check
