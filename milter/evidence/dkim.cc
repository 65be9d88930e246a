// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/dkim.h"

#include <algorithm>
#include <cstring>
#include <unordered_set>

#include "milter/evidence/dkim_keys.h"
#include "util/crypto_memory.h"
#include "util/handle.h"

#define _Bool bool
extern "C" {
#include <opendkim/dkim.h>
}
#undef _Bool

namespace evidence {

namespace {

constexpr std::int64_t clock_drift = 300;  // seconds that t= may lie ahead

// Of more DKIM-Signature fields the library sees the chosen ones alone. (One that signs
// others of them then fails, as its signer may expect of such a message.)
constexpr std::size_t max_fed_signatures = 50;

constexpr std::size_t max_kept_keys = 10'000;  // some 2 KB each

unsigned char* bytes(const char* text) {
  return reinterpret_cast<unsigned char*>(const_cast<char*>(text));
}

// What libopendkim wants: line ends as CRLF.
void write_field(const HeaderField& field, std::string& text) {
  text.assign(field.name).push_back(':');
  std::string_view value = field.value;
  while (!value.empty()) {
    const std::size_t end = value.find('\n');
    const bool is_bare = end != std::string_view::npos && (end == 0 || value[end - 1] != '\r');
    text.append(value.substr(0, end)).append(is_bare ? "\r" : "");
    if (end == std::string_view::npos) break;
    text.push_back('\n');
    value.remove_prefix(end + 1);
  }
}

// Those that the library reads; of all others it would take copies for nothing.
class FieldNames {
 public:
  FieldNames(std::initializer_list<std::string_view> names) : names_(names) {}
  void add(const std::vector<std::string_view>& names) {
    names_.insert(names_.end(), names.begin(), names.end());
  }
  // Before the first question.
  void sort() { std::sort(names_.begin(), names_.end(), precedes); }
  bool has(std::string_view name) const {
    return std::binary_search(names_.begin(), names_.end(), name, precedes);
  }

 private:
  // Without case.
  static bool precedes(std::string_view a, std::string_view b) {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
      return util::ascii_lower(x) < util::ascii_lower(y);
    });
  }
  std::vector<std::string_view> names_;
};

// One signature that is to be verified.
struct Chosen {
  std::size_t index;  // into read_signatures
  DkimTags tags;
  Question key;
  DKIM_SIGINFO* signature = nullptr;  // null until the library has read it
  bool has_key = true;                // false: DNS failed to say
  bool secure = false;
};

bool is_in_time(const policy::Signature& signature, std::int64_t now) {
  return (!signature.signed_at || *signature.signed_at <= now + clock_drift) &&
         (!signature.expires_at || now <= *signature.expires_at);
}

}  // namespace

struct DkimVerifier::Impl {
  util::Handle<DKIM, dkim_free> handle;
  std::vector<Chosen> chosen;
  std::int64_t now = 0;
  MessageDns* dns = nullptr;  // while finish() runs
  bool has_fault = false;     // of the library: nothing is known
  bool is_out_of_memory = false;
  bool has_signatures = false;  // that the library could read
  bool has_open_line = false;   // the body so far ends within a line

  // The library's own clean-up reads what there was no memory to make: it is left lying.
  ~Impl() {
    if (is_out_of_memory) static_cast<void>(handle.release());
  }

  // Around each piece of the library's work: what failed for want of memory is not known.
  struct Watch {
    Impl& impl;
    explicit Watch(Impl& of) : impl(of) { util::take_out_of_memory(); }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch() {
      if (util::take_out_of_memory()) impl.is_out_of_memory = impl.has_fault = true;
    }
  };

  // Whether the call went well: `has_fault` where the library gave up.
  bool worked(DKIM_STAT status) {
    has_fault = has_fault || status == DKIM_STAT_NORESOURCE || status == DKIM_STAT_INTERNAL;
    return status == DKIM_STAT_OK;
  }

  Chosen* find(const DKIM_SIGINFO* signature) {
    const auto found = std::find_if(chosen.begin(), chosen.end(),
                                    [&](const Chosen& one) { return one.signature == signature; });
    return found == chosen.end() ? nullptr : &*found;
  }

  // The chosen one that this is, if it is one and was not found before.
  Chosen* claim(DKIM_SIGINFO* signature) {
    const DkimTagValue read = [&](const char* name) {
      return reinterpret_cast<const char*>(dkim_sig_gettagvalue(signature, false, bytes(name)));
    };
    const auto found = std::find_if(chosen.begin(), chosen.end(), [&](const Chosen& one) {
      return one.signature == nullptr && is_same_signature(one.tags, read);
    });
    if (found == chosen.end()) return nullptr;
    found->signature = signature;
    return &*found;
  }

  void settle(const Chosen& one, policy::Signature& signature) const {
    const bool is_known = one.has_key && !has_fault;
    signature.state = is_known ? policy::Known::known : policy::Known::unavailable;
    signature.secure = one.secure;
    if (!is_known || one.signature == nullptr) return;
    unsigned bits = 0;
    if (dkim_sig_getkeysize(one.signature, &bits) == DKIM_STAT_OK) signature.key_bits = bits;
    signature.test_key = (dkim_sig_getflags(one.signature) & DKIM_SIGFLAG_TESTKEY) != 0;
    signature.verified = DKIM_SIG_CHECK(one.signature) && is_in_time(signature, now);
  }
};

namespace {

using Impl = DkimVerifier::Impl;

Impl& impl_of(DKIM* handle) { return *static_cast<Impl*>(dkim_get_user_context(handle)); }

// No exception passes through the library: it becomes a fault of the verification.
template <class Work>
DKIM_CBSTAT guarded(DKIM* handle, Work&& work) noexcept {
  try {
    return work(impl_of(handle));
  } catch (...) {
    impl_of(handle).has_fault = true;
    return DKIM_CBSTAT_ERROR;
  }
}

// At the end of the header: of all signatures only the chosen ones are verified.
DKIM_CBSTAT ignore_others(DKIM* handle, DKIM_SIGINFO** signatures, int count) {
  return guarded(handle, [&](Impl& impl) {
    for (int i = 0; i < count; ++i) {
      if (impl.claim(signatures[i]) == nullptr) dkim_sig_ignore(signatures[i]);
    }
    return DKIM_CBSTAT_CONTINUE;
  });
}

// At the end of the body: all of them, where the library would stop at the first good one.
DKIM_CBSTAT process_all(DKIM* handle, DKIM_SIGINFO**, int) {
  return guarded(handle, [&](Impl& impl) {
    for (const Chosen& one : impl.chosen) {
      if (one.signature != nullptr) impl.worked(dkim_sig_process(handle, one.signature));
    }
    return DKIM_CBSTAT_CONTINUE;
  });
}

DKIM_CBSTAT look_up_key(DKIM* handle, DKIM_SIGINFO* signature, unsigned char* buffer,
                        std::size_t size) {
  return guarded(handle, [&](Impl& impl) -> DKIM_CBSTAT {
    Chosen* one = impl.find(signature);
    if (one == nullptr || impl.dns == nullptr) return DKIM_CBSTAT_NOTFOUND;
    const DnsAnswerPtr answer = impl.dns->ask(one->key);
    if (!answer || answer->outcome == DnsAnswer::Outcome::failure) {
      one->has_key = false;
      return DKIM_CBSTAT_TRYAGAIN;
    }
    one->secure = answer->secure;
    // Of several records none is the key (RFC 6376 3.6.2.2).
    if (answer->outcome != DnsAnswer::Outcome::records || answer->data.size() != 1)
      return DKIM_CBSTAT_NOTFOUND;
    const std::string& record = answer->data.front();
    if (forbids_identity(record, one->tags)) return DKIM_CBSTAT_NOTFOUND;
    if (record.size() >= size) return DKIM_CBSTAT_ERROR;
    std::memcpy(buffer, record.c_str(), record.size() + 1);
    return DKIM_CBSTAT_CONTINUE;
  });
}

// One for the process, made at the first message and never freed: threads share it.
DKIM_LIB* library() {
  static DKIM_LIB* const made = [] {
    DKIM_LIB* library = dkim_init([](void*, std::size_t size) { return util::noted_malloc(size); },
                                  [](void*, void* memory) { util::noted_free(memory); });
    if (library == nullptr) return library;
    unsigned flags = DKIM_LIBFLAGS_DELAYSIGPROC;
    // Time and key length are judged here, by the message's own time: ten years are as good
    // as no limit. (The library subtracts the drift from t= without a sign: the larger it
    // is, the more old times it takes for future ones.)
    std::uint64_t drift = 10 * 365 * 86'400;
    unsigned min_bits = 0;
    dkim_options(library, DKIM_OP_SETOPT, DKIM_OPTS_FLAGS, &flags, sizeof flags);
    dkim_options(library, DKIM_OP_SETOPT, DKIM_OPTS_CLOCKDRIFT, &drift, sizeof drift);
    dkim_options(library, DKIM_OP_SETOPT, DKIM_OPTS_MINKEYBITS, &min_bits, sizeof min_bits);
    keep_public_keys(max_kept_keys);
    dkim_set_prescreen(library, ignore_others);
    dkim_set_final(library, process_all);
    dkim_set_key_lookup(library, look_up_key);
    return library;
  }();
  return made;
}

}  // namespace

DkimVerifier::DkimVerifier(const std::vector<HeaderField>& header,
                           const std::vector<policy::Signature>& signatures,
                           const std::vector<std::size_t>& chosen, std::int64_t now)
    : impl_(std::make_unique<Impl>()) {
  std::vector<const HeaderField*> fields;
  for (const HeaderField& field : header) {
    if (is_field(field, dkim_signature_field)) fields.push_back(&field);
  }
  impl_->now = now;
  std::unordered_set<const HeaderField*> wanted;
  FieldNames read{"From"};
  for (const std::size_t index : chosen) {
    auto tags = DkimTags::read(fields[index]->value);
    if (!tags) continue;  // never chosen
    read.add(signed_fields(*tags));
    impl_->chosen.push_back({index, std::move(*tags), key_question(signatures[index])});
    wanted.insert(fields[index]);
  }
  read.sort();
  auto is_left_out = [&](const HeaderField& field) {
    if (!is_field(field, dkim_signature_field)) return !read.has(util::trimmed(field.name));
    return field.value.size() > max_signature_field ||
           (fields.size() > max_fed_signatures && !wanted.contains(&field));
  };

  const Impl::Watch watch(*impl_);
  DKIM_STAT status = DKIM_STAT_INTERNAL;
  if (library() != nullptr)
    impl_->handle.reset(dkim_verify(library(), bytes("message"), nullptr, &status));
  if (impl_->handle == nullptr) {
    impl_->has_fault = true;
    return;
  }
  dkim_set_user_context(impl_->handle.get(), impl_.get());
  std::string text;
  for (const HeaderField& field : header) {
    if (is_left_out(field)) continue;
    write_field(field, text);
    impl_->worked(dkim_header(impl_->handle.get(), bytes(text.c_str()), text.size()));
  }
  impl_->has_signatures = impl_->worked(dkim_eoh(impl_->handle.get()));
}

DkimVerifier::~DkimVerifier() = default;

void DkimVerifier::body(std::string_view chunk) {
  if (!impl_->has_signatures || impl_->has_fault) return;
  const Impl::Watch watch(*impl_);
  // The library reads only.
  auto* text = const_cast<char*>(chunk.data());
  impl_->worked(
      dkim_body(impl_->handle.get(), reinterpret_cast<unsigned char*>(text), chunk.size()));
  if (!chunk.empty()) impl_->has_open_line = !chunk.ends_with('\n');
}

void DkimVerifier::finish(MessageDns& dns, std::vector<policy::Signature>& signatures) {
  // A last line without its end gets one (RFC 6376 3.4.3, 3.4.4); the library does so for
  // one canonicalisation only.
  if (impl_->has_open_line) body("\r\n");
  impl_->dns = &dns;
  if (impl_->has_signatures && !impl_->has_fault) {
    const Impl::Watch watch(*impl_);
    bool test_key = false;
    // What it says of the message as a whole is not asked for.
    impl_->worked(dkim_eom(impl_->handle.get(), &test_key));
  }
  impl_->dns = nullptr;
  for (const Chosen& one : impl_->chosen) impl_->settle(one, signatures[one.index]);
}

}  // namespace evidence
