// Who is to be told of which counter: subscriptions by name.
//
// A change marks the subscriptions of its counter as dirty; what is sent is the latest change then.
// So a reader that is slow costs a mark for each counter it has subscribed to, and gets the value
// that counts.
//
// Thread-safety: none; the loop's.
#pragma once

#include <boost/unordered/unordered_map.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/tails/change.h"

namespace dcount::tails {

class Subscriber;
struct Topic;

struct Subscription {
  Subscriber* who = nullptr;
  std::size_t place = 0;  ///< in its topic
  Revision shown = 0;     ///< what is no newer was sent, or is not wanted
  bool dirty = false;
};

/// "collection/id", or an id alone.
struct Topic {
  std::string name;
  std::vector<ChangePtr> latest;  ///< of each counter that it means and that has changed since
  std::vector<Subscription*> subscriptions;
};

class Topics {
 public:
  /// The topic's subscription for `who`. Lives until it is removed.
  struct Added {
    Topic* topic;
    std::unique_ptr<Subscription> subscription;
  };
  Added add(std::string_view name, Subscriber& who, Revision shown);
  void remove(Topic& topic, Subscription& subscription);

  bool empty() const { return topics_.empty(); }

  bool wants(std::string_view collection_and_id, std::string_view id) const {
    return topics_.contains(collection_and_id) || topics_.contains(id);
  }

  /// Calls dirty(subscription, topic) for those that were not.
  template <class Dirty>
  void tell(const ChangePtr& change, const Dirty& dirty) {
    tell(topics_.find(change->collection() + '/' + change->id()), change, dirty);
    tell(topics_.find(change->id()), change, dirty);
  }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const {
      return std::hash<std::string_view>{}(name);
    }
  };
  using Map = boost::unordered_map<std::string, std::unique_ptr<Topic>, Hash, std::equal_to<>>;

  static void remember(Topic& topic, const ChangePtr& change) {
    for (ChangePtr& known : topic.latest) {
      if (known->same_record(*change)) {
        known = change;
        return;
      }
    }
    topic.latest.push_back(change);
  }

  template <class Dirty>
  void tell(Map::iterator at, const ChangePtr& change, const Dirty& dirty) {
    if (at == topics_.end()) return;
    Topic& topic = *at->second;
    remember(topic, change);
    for (Subscription* subscription : topic.subscriptions) {
      if (subscription->dirty) continue;
      subscription->dirty = true;
      dirty(*subscription, topic);
    }
  }

  Map topics_;
};

}  // namespace dcount::tails
