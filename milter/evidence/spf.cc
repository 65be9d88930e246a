// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/spf.h"

#include <arpa/inet.h>

#include <cstring>
#include <new>

#include "milter/evidence/spf_guard.h"
#include "policy/domain.h"
#include "util/handle.h"
#include "util/idna.h"
#include "util/per_thread.h"
#include "util/text.h"

extern "C" {
#include <spf2/spf.h>
}

namespace evidence {

namespace {

using policy::SpfResult;

// The guard counts; the library's own limits must not come first.
constexpr int no_limit = 1000;

SpfGuard& guard_of(SPF_dns_server_t* server) { return *static_cast<SpfGuard*>(server->hook); }

std::optional<RecordType> record_type(ns_type type) {
  switch (type) {
    case ns_t_a:
      return RecordType::a;
    case ns_t_mx:
      return RecordType::mx;
    case ns_t_txt:
      return RecordType::txt;
    default:
      return std::nullopt;
  }
}

bool add(SPF_dns_rr_t* reply, RecordType type, const std::string& value) {
  const int index = reply->num_rr;
  if (SPF_dns_rr_buf_realloc(reply, index, value.size() + sizeof(SPF_dns_rr_data_t)) !=
      SPF_E_SUCCESS)
    return false;
  SPF_dns_rr_data_t* data = reply->rr[index];
  if (type == RecordType::a) {
    if (::inet_pton(AF_INET, value.c_str(), &data->a) != 1) return false;
  } else {
    // One buffer for the names of all types.
    std::memcpy(data->txt, value.c_str(), value.size() + 1);
  }
  ++reply->num_rr;
  return true;
}

SPF_dns_rr_t* look_up(SPF_dns_server_t* server, const char* name, ns_type type, int) noexcept try {
  SpfGuard& guard = guard_of(server);
  const auto kind = record_type(type);
  const auto values = kind ? guard.look_up(name, *kind) : std::vector<std::string>();
  const int status = guard.is_over() ? TRY_AGAIN : values.empty() ? HOST_NOT_FOUND : NETDB_SUCCESS;
  SPF_dns_rr_t* reply = SPF_dns_rr_new_init(server, name, type, 0, status);
  if (reply == nullptr) return nullptr;
  for (const std::string& value : values) {
    if (add(reply, *kind, value)) continue;
    SPF_dns_rr_free(reply);
    return SPF_dns_rr_new_init(server, name, type, 0, TRY_AGAIN);
  }
  return reply;
} catch (...) {
  return SPF_dns_rr_new_init(server, name, type, 0, TRY_AGAIN);
}

std::optional<SpfResult> result_of(SPF_result_t result) {
  switch (result) {
    case SPF_RESULT_NEUTRAL:
      return SpfResult::neutral;
    case SPF_RESULT_PASS:
      return SpfResult::pass;
    case SPF_RESULT_FAIL:
      return SpfResult::fail;
    case SPF_RESULT_SOFTFAIL:
      return SpfResult::softfail;
    default:
      return std::nullopt;  // what the guard ended, or a fault of the library
  }
}

// The library ends the process where it finds no memory, unless its handler does not
// return. (Its frames can be unwound: tests/fault/test_memory.py. Clang wants the
// attribute so, as the library has it.)
__attribute__((noreturn)) void give_up(const char*, int, const char*) { throw std::bad_alloc(); }

// The library's face of one thread: to make one, it asks for the host's name and compiles two
// texts that nobody reads.
class Library {
 public:
  Library() {
    [[maybe_unused]] static const bool is_set = [] {
      SPF_error_handler = give_up;
      return true;
    }();
    dns_.lookup = look_up;
    dns_.name = "guard";
    server_.reset(SPF_server_new_dns(&dns_, 0));
    if (server_ == nullptr) throw std::bad_alloc();
    SPF_server_set_max_dns_mech(server_.get(), no_limit);
    SPF_server_set_max_dns_mx(server_.get(), no_limit);
  }
  SPF_server_t* asking(SpfGuard& guard) {
    dns_.hook = &guard;
    return server_.get();
  }

 private:
  SPF_dns_server_t dns_{};
  util::Handle<SPF_server_t, SPF_server_free> server_;
};

// What the library makes of the records that the guard gives it.
std::optional<SpfResult> evaluated(SpfGuard& guard) try {
  static util::PerThread<Library> libraries;
  const util::Handle<SPF_request_t, SPF_request_free> request(
      SPF_request_new(libraries.get().asking(guard)));
  if (request == nullptr) return std::nullopt;
  const std::string from = "postmaster@" + std::string(SpfGuard::first_name);
  if (SPF_request_set_ipv4_str(request.get(), std::string(SpfGuard::client).c_str()) !=
      SPF_E_SUCCESS)
    return std::nullopt;
  SPF_request_set_helo_dom(request.get(), std::string(SpfGuard::first_name).c_str());
  SPF_request_set_env_from(request.get(), from.c_str());
  SPF_response_t* response = nullptr;
  SPF_request_query_mailfrom(request.get(), &response);
  const util::Handle<SPF_response_t, SPF_response_free> held(response);
  return held == nullptr ? std::nullopt : result_of(SPF_response_result(held.get()));
} catch (const std::bad_alloc&) {
  return std::nullopt;
}

// The identity that is checked (RFC 7208 2.4, 4.3).
SpfMacros macros_of(const SpfRequest& request) {
  SpfMacros macros{.local_part = "postmaster",
                   .sender_domain = request.helo,
                   .domain = {},
                   .helo = request.helo,
                   .client = request.client,
                   .validated_name = {}};
  if (const auto at = request.mail_from.rfind('@'); at != std::string::npos) {
    if (at > 0) macros.local_part = request.mail_from.substr(0, at);
    macros.sender_domain = request.mail_from.substr(at + 1);
  } else if (!request.mail_from.empty()) {
    macros.sender_domain = "";
  }
  if (macros.sender_domain.ends_with('.')) macros.sender_domain.pop_back();
  macros.domain = util::lookup_form(macros.sender_domain).value_or("");
  return macros;
}

}  // namespace

struct SpfEvaluation::Impl {
  SpfResults::Key key;
  SpfGuard guard;
};

SpfEvaluation::SpfEvaluation(const SpfRequest& request) {
  SpfMacros macros = macros_of(request);
  const SpfResults::Key key{request.client, macros.domain};
  impl_ = std::make_unique<Impl>(Impl{key, SpfGuard(std::move(macros))});
}

SpfEvaluation::~SpfEvaluation() = default;
SpfEvaluation::SpfEvaluation(SpfEvaluation&&) noexcept = default;
SpfEvaluation& SpfEvaluation::operator=(SpfEvaluation&&) noexcept = default;

policy::Spf SpfEvaluation::run(MessageDns& dns) {
  const SpfResults::Key& key = impl_->key;
  SpfGuard& guard = impl_->guard;
  policy::Spf spf{
      .state = policy::Known::known, .result = SpfResult::none, .domain = key.domain, .cause = {}};
  // RFC 7208 4.3: no name of several labels, no check.
  if (key.domain.find('.') == std::string::npos) return spf;
  static SpfResults results;
  if (auto known = results.find(key, dns)) return *known;
  guard.begin(dns);
  auto result = evaluated(guard);
  if (guard.is_pending()) {
    spf.state = policy::Known::pending;
    return spf;
  }
  if (guard.result()) result = guard.result();
  spf.result = result.value_or(SpfResult::temperror);
  spf.cause = guard.cause();
  spf.secure = guard.secure();
  if (spf.result == SpfResult::temperror) spf.state = policy::Known::unavailable;
  if (spf.state == policy::Known::known && guard.is_repeatable())
    results.put(key, spf, guard.take_asked());
  return spf;
}

}  // namespace evidence
