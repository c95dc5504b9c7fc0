#include "server/core/found_sequence.h"

#include "server/core/definition.h"
#include "server/core/names.h"

namespace dcount::core {

FoundSequence::FoundSequence(Transaction& transaction, const std::string& name)
    : key(sequence_key(name)) {
  const auto definition = fixed_definition(name);
  fixed = definition.has_value();
  if (fixed) sequence = Sequence::fresh(*definition);
  const auto text = transaction.get(key);
  if (text) sequence = decode_sequence(*text);
  live = fixed || (text && !sequence.deleted);
}

}  // namespace dcount::core
