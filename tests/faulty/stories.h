// The shortest real stories that show a planted bug: each returns whether the promise was broken.
//
// Thread-safety: one thread.
#pragma once

#include "tests/faulty/faulty_server.h"

namespace dcount::faulty {

/// Acknowledged increments, kill -9, and fewer are there.
bool acknowledged_is_lost(FaultyServer& server, int round);
/// A value is read at one server, changed and acknowledged at the other, and read again as it was.
/// (Both may be the same.)
bool read_is_stale(FaultyServer& reader, FaultyServer& writer, int round);
/// A request is sent again under its key on another connection, and applied again.
bool retry_counts_twice(FaultyServer& first, FaultyServer& second, int round);
/// Numbers drawn before kill -9 are drawn again.
bool number_comes_twice(FaultyServer& server, int round);
/// kill -9 while items are added, and some request's are there in part.
bool items_are_halved(FaultyServer& server, int round);
/// Readers beside writers, kill -9, and a value that was read is not reached.
bool uncommitted_is_read(FaultyServer& server, int round);
/// A tail that goes on from before a change is first sent a later one.
bool tail_leaves_out(FaultyServer& server, int round);

}  // namespace dcount::faulty
