#include "server/tails/topics.h"

namespace dcount::tails {

Topics::Added Topics::add(std::string_view name, Subscriber& who, Revision shown) {
  auto at = topics_.find(name);
  if (at == topics_.end()) {
    at = topics_.emplace(std::string(name), std::make_unique<Topic>()).first;
    at->second->name = name;
  }
  Topic& topic = *at->second;
  Added added{&topic, std::make_unique<Subscription>()};
  *added.subscription = {&who, topic.subscriptions.size(), shown, false};
  topic.subscriptions.push_back(added.subscription.get());
  return added;
}

void Topics::remove(Topic& topic, Subscription& subscription) {
  auto& list = topic.subscriptions;
  list[subscription.place] = list.back();
  list[subscription.place]->place = subscription.place;
  list.pop_back();
  if (list.empty()) topics_.erase(topics_.find(topic.name));
}

}  // namespace dcount::tails
