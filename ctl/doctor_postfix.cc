// SPDX-License-Identifier: BSD-2-Clause
// Postfix's part of the doctor: which listeners hand their mail to the filter, and for each
// that does what else stands in the way. A new check of a listener is a new row.
#include "ctl/doctor_postfix.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "ctl/command.h"
#include "util/format.h"
#include "util/text.h"

namespace ctl::doctor {

namespace {

using evidence::ScopeKind;
using util::format;
using util::Status;

constexpr int newest_protocol = 6;
constexpr std::chrono::seconds standard_content_timeout{300};

bool is_loopback_host(std::string_view host) {
  return host == "loopback-only" || host == "localhost" || host == "::1" || host == "[::1]" ||
         host.starts_with("127.");
}

// Whether only this host reaches a listener.
bool is_local(const Service& service) {
  const auto colon = service.address.rfind(':');
  if (colon != std::string::npos) return is_loopback_host(service.address.substr(0, colon));
  const Milters interfaces = parse_milters(service.value("inet_interfaces"));  // a list as any
  return !interfaces.empty() &&
         std::all_of(interfaces.begin(), interfaces.end(),
                     [](const Milter& one) { return is_loopback_host(one.socket); });
}

bool is_named(const Look& look, const Service& service) {
  const auto& names = look.settings.daemon_names;
  return std::find(names.begin(), names.end(), service.value("milter_macro_daemon_name")) !=
         names.end();
}

// A setting of a milter: the entry's own attribute, or the parameter for all.
struct Setting {
  std::string_view attribute;
  std::string parameter;
};

std::string value_of(const Attached& at, const Setting& setting) {
  return at.entry().attribute(setting.attribute).value_or(at.service->value(setting.parameter));
}

void mend(const Look& look, const Attached& at, Kind kind, const Setting& setting,
          const std::string& right) {
  if (!at.entry().attribute(setting.attribute)) {
    const Place place = place_of(look.postfix, *at.service, setting.parameter);
    look.report.add({kind, place.where, place.wrong, place.line(right)});
    return;
  }
  const Place place = place_of(look.postfix, *at.service, "smtpd_milters");
  Milters milters = at.milters;
  milters[at.index] = at.entry().with(setting.attribute, right);
  look.report.add({kind, place.where, place.wrong, place.line(to_text(milters, place.is_option))});
}

void check_address(const Look& look, const Attached& at) {
  if (at.meant == Meant::ours) return;
  const Place place = place_of(look.postfix, *at.service, "smtpd_milters");
  if (at.meant == Meant::outside_chroot) {
    std::string right = at.service->line;
    const std::string columns = format("{} {} ", at.service->name, at.service->type);
    // Name, type, private, unprivileged, chroot.
    std::size_t column = columns.size();
    for (int i = 0; i < 2; ++i) column = right.find(' ', column) + 1;
    right[column] = 'n';
    look.report.add({Kind::socket_outside_chroot, option_place(look.postfix, *at.service, "").where,
                     at.service->line, right});
    return;
  }
  Milters milters = at.milters;
  milters[at.index].socket = look.written();
  look.report.add({Kind::socket_misaddressed, place.where, place.wrong,
                   place.line(to_text(milters, place.is_option))});
}

void check_default_action(const Look& look, const Attached& at) {
  const Setting setting{"default_action", "milter_default_action"};
  const std::string action = value_of(at, setting);
  if (action == "accept") mend(look, at, Kind::passes_when_filter_fails, setting, "tempfail");
  if (action == "reject" || action == "quarantine")
    mend(look, at, Kind::loses_mail_when_filter_fails, setting, "tempfail");
}

void check_protocol(const Look& look, const Attached& at) {
  const Setting setting{"protocol", "milter_protocol"};
  const std::string value = value_of(at, setting);
  int protocol = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), protocol);
  if (error == std::errc() && protocol < newest_protocol)
    mend(look, at, Kind::protocol_old, setting, std::to_string(newest_protocol));
}

// A time below the least is to be the standard one, or the least where that is longer.
void check_time(const Look& look, const Attached& at, Kind kind, const Setting& setting,
                std::chrono::seconds least, std::chrono::seconds standard) {
  const std::string value = value_of(at, setting);
  const auto time = parse_time(value);
  if (!time)
    look.report.not_looked_at.push_back(
        format("{}: found \"{}\", expected a time", setting.parameter, value));
  else if (*time < least)
    mend(look, at, kind, setting, format("{}s", std::max(least, standard).count()));
}

void check_times(const Look& look, const Attached& at) {
  const auto budget = time_for_dns(look.settings);
  check_time(look, at, Kind::command_timeout_short, {"command_timeout", "milter_command_timeout"},
             std::min(budget, patient_enough), patient_enough);
  check_time(look, at, Kind::content_timeout_short, {"content_timeout", "milter_content_timeout"},
             budget, standard_content_timeout);
}

// The filter is put before the first that signs; the others stay in their order.
void check_signer(const Look& look, const Attached& at) {
  Milters milters = at.milters;
  const auto filter = milters.begin() + static_cast<std::ptrdiff_t>(at.index);
  const auto signer = std::find_if(milters.begin(), filter,
                                   [](const Milter& one) { return is_signer(one.socket); });
  if (signer == filter) return;
  std::rotate(signer, filter, filter + 1);
  const Place place = place_of(look.postfix, *at.service, "smtpd_milters");
  look.report.add({Kind::signer_before_filter, place.where, place.wrong,
                   place.line(to_text(milters, place.is_option))});
}

void check_switched_off(const Look& look, const Attached& at) {
  const std::string parameter = "receive_override_options";
  std::string others;
  bool is_off = false;
  for (const Milter& option : parse_milters(at.service->value(parameter))) {
    if (util::ascii_iequals(option.socket, "no_milters"))
      is_off = true;
    else
      others += (others.empty() ? "" : ",") + option.socket;
  }
  if (!is_off) return;
  const Place place = place_of(look.postfix, *at.service, parameter);
  look.report.add(
      {is_local(*at.service) ? Kind::reinjection_without_filter : Kind::milters_switched_off,
       place.where, place.wrong, place.line(others)});
}

void check_proxy(const Look& look, const Attached& at) {
  if (at.service->value("smtpd_proxy_filter").empty()) return;
  const Place place = place_of(look.postfix, *at.service, "smtpd_proxy_filter");
  look.report.add({Kind::proxy_filter, place.where, place.wrong, place.line("")});
}

void check_maps(const Look& look, const Attached& at) {
  if (at.service->value("smtpd_milter_maps").empty()) return;
  const Place place = place_of(look.postfix, *at.service, "smtpd_milter_maps");
  look.report.add({Kind::milter_maps, place.where, place.wrong, place.line("")});
}

constexpr std::array checks_of_a_listener{
    check_address, check_default_action, check_protocol, check_times,
    check_signer,  check_switched_off,   check_proxy,    check_maps,
};

// The line that puts the filter before whatever a listener has.
void attach(const Look& look, const Service& service, Kind kind, const Place& place) {
  Milters milters = parse_milters(service.value("smtpd_milters"));
  milters.insert(milters.begin(), Milter{look.written(), {}});
  look.report.add({kind, place.where, place.wrong, place.line(to_text(milters, place.is_option))});
}

// Whether main.cf's own list has the filter, as this listener would read it.
bool is_in_main(const Look& look, const Service& service) {
  Service plain = service;
  plain.values["smtpd_milters"] = look.postfix.value("smtpd_milters");
  return look.attached(plain).has_value();
}

// None has it: one line is enough, best that of main.cf.
void report_none(const Look& look) {
  const auto& all = look.postfix.listeners;
  const bool is_by_name = look.settings.scope == ScopeKind::daemon;
  auto first = std::find_if(all.begin(), all.end(), [&](const Service& one) {
    return (!is_by_name || is_named(look, one)) && !one.options.contains("smtpd_milters");
  });
  if (first == all.end() && is_by_name)
    first = std::find_if(all.begin(), all.end(),
                         [&](const Service& one) { return is_named(look, one); });
  if (first == all.end()) first = all.begin();
  attach(look, *first, Kind::filter_not_attached, place_of(look.postfix, *first, "smtpd_milters"));
}

void look_at_listener_without(const Look& look, const Service& service) {
  const bool is_by_name = look.settings.scope == ScopeKind::daemon;
  if (is_by_name ? !is_named(look, service) : !is_in_main(look, service)) {
    look.report.looked_at.push_back(
        format("{}: without the filter, which nothing asks for", service.title()));
    return;
  }
  attach(look, service,
         is_local(service) ? Kind::reinjection_without_filter : Kind::listener_without_filter,
         option_place(look.postfix, service, "smtpd_milters"));
}

// The names of the scope that no listener has are expected of one with the filter.
void look_at_scope(const Look& look, const std::vector<Attached>& attached) {
  if (look.settings.scope != ScopeKind::daemon || attached.empty()) return;
  const std::string parameter = "milter_macro_daemon_name";
  for (const std::string& name : look.settings.daemon_names) {
    const auto& all = look.postfix.listeners;
    if (std::any_of(all.begin(), all.end(),
                    [&](const Service& one) { return one.value(parameter) == name; }))
      continue;
    const auto free = std::find_if(attached.begin(), attached.end(), [&](const Attached& one) {
      return !is_named(look, *one.service);
    });
    const Service& service = free == attached.end() ? *attached.front().service : *free->service;
    const Place option = option_place(look.postfix, service, parameter);
    look.report.add({Kind::scope_name_unknown, option.where,
                     place_of(look.postfix, service, parameter).wrong, option.line(name)});
  }
}

void look_at_local_mail(const Look& look) {
  const std::string parameter = "non_smtpd_milters";
  Milters milters = parse_milters(look.postfix.value(parameter));
  const std::size_t before = milters.size();
  std::erase_if(milters, [&](const Milter& one) {
    return look.meaning(one, true) == Meant::ours || look.meaning(one, false) == Meant::ours;
  });
  if (milters.size() == before) return;
  const Place place = main_place(look.postfix, parameter);
  look.report.add(
      {Kind::non_smtpd_filter, place.where, place.wrong, place.line(to_text(milters, false))});
}

void look_at_processes(const Look& look, const std::vector<Attached>& attached) {
  std::size_t sum = 0;
  for (const Attached& one : attached) {
    const std::string& limit = one.service->limit == "-"
                                   ? one.service->value("default_process_limit")
                                   : one.service->limit;
    std::size_t number = 0;
    std::from_chars(limit.data(), limit.data() + limit.size(), number);
    if (number == 0) {
      look.report.not_looked_at.push_back(
          format("max-connections: {} has no limit of processes to compare it with",
                 one.service->title()));
      return;
    }
    sum += number;
  }
  look_at_connections(sum, look.settings, look.report);
}

}  // namespace

Status look_at_postfix(const std::string& directory, const evidence::Settings& settings,
                       Report& report) {
  report.mta = "postfix";
  const auto postfix = read_postfix(directory);
  if (!postfix) return postfix.error();
  const auto endpoint = evidence::Endpoint::parse(settings.socket);
  if (!endpoint)
    return util::Error{format("{}: no socket that a milter can have", settings.socket),
                       exit_config};
  const Look look{*postfix, settings, *endpoint, report};
  if (postfix->listeners.empty())
    return util::Error{format("{}/master.cf: found no smtpd, expected one", postfix->directory),
                       exit_no_input};
  std::vector<Attached> attached;
  for (const Service& service : postfix->listeners) {
    if (const auto found = look.attached(service)) attached.push_back(*found);
  }
  if (attached.empty()) report_none(look);
  for (const Attached& one : attached) {
    for (const auto check : checks_of_a_listener) check(look, one);
    report.looked_at.push_back(format("{}: with the filter", one.service->title()));
  }
  for (const Service& service : postfix->listeners) {
    if (!attached.empty() && !look.attached(service)) look_at_listener_without(look, service);
  }
  look_at_scope(look, attached);
  look_at_local_mail(look);
  if (!attached.empty()) look_at_processes(look, attached);
  look_at_certificates(look, attached);
  look_at_rights(look, attached);
  return util::Done{};
}

}  // namespace ctl::doctor
