#include "server/api/routes.h"

#include "server/api/batch.h"
#include "server/api/counters.h"
#include "server/api/draws.h"
#include "server/api/dump.h"
#include "server/api/items.h"
#include "server/api/keys.h"
#include "server/api/nodes.h"
#include "server/api/reservations.h"
#include "server/api/sequences.h"

namespace dcount::api {

http::RouteTable make_routes(Context& context, const OperationsContext& operations,
                             const nodes::NodeService& nodes, const engine::Clock& clock,
                             const std::string& spool_directory, tails::Tails& tails,
                             const TailSettings& tail_settings) {
  http::RouteTable routes;
  add_counter_routes(routes, context);                              // command lane
  add_batch_routes(routes, context);                                // command lane
  add_sequence_routes(routes, context);                             // command lane
  add_reservation_routes(routes, context);                          // command lane
  add_draw_routes(routes, context);                                 // command lane
  add_item_routes(routes, context);                                 // command lane
  add_key_routes(routes, context);                                  // command lane
  add_operations_routes(routes, operations);                        // both
  add_state_route(routes, operations, nodes);                       // command lane
  add_dump_routes(routes, context.engine, clock, spool_directory);  // service lane
  add_tail_routes(routes, tails, tail_settings);                    // tail lane
  return routes;
}

}  // namespace dcount::api
