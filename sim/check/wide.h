// Sums and products of 64-bit numbers, without overflow.
#pragma once

namespace dcount::check {

__extension__ using Wide = __int128;

}  // namespace dcount::check
