// Operating errors: what the machine did to us, as opposed to what the domain answers.
#pragma once

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>

namespace dcount {

/// Whether what failed may have happened all the same.
enum class Certainty {
  definite,  ///< it did not happen and never will
  unknown,   ///< it may have happened, or may still
};

struct Error {
  Certainty certainty = Certainty::definite;
  std::string message;
};

/// A value or an Error. Taking the value of a failed Result is a programmer's error and throws.
template <class T>
class [[nodiscard]] Result : public boost::system::result<T, Error> {
 public:
  using boost::system::result<T, Error>::result;
};

[[noreturn]] inline void throw_exception_from_error(const Error& error,
                                                    const boost::source_location&) {
  throw std::logic_error("value taken of a failed result: " + error.message);
}

}  // namespace dcount
