// SPDX-License-Identifier: BSD-2-Clause
// Follows the packets of one connection as libmilter reads them, and finds those that it can't
// bear (tried: 8.17): macros (command D) without a value for each name, after which it reads past
// the end of its array, and the process ends; and a length over the limit, which it takes for
// negative from 2 GiB on, and then reads the packet's data as packets.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace milter {

// Of one packet's data, in octets; libmilter is told the same (smfi_setmaxdatasize). Real mail has
// a From field of 125 KB.
inline constexpr std::size_t max_packet_data = 16 * 1024 * 1024;
inline constexpr std::size_t packet_head = 5;  // octets: a length of four, and the command

class PacketGuard {
 public:
  // What is about to be read; false once a packet is one of those.
  bool may_pass(std::string_view bytes) {
    while (!bytes.empty() && is_sound_) {
      if (head_size_ < head_.size())
        bytes.remove_prefix(take_head(bytes));
      else
        bytes.remove_prefix(take_data(bytes));
    }
    return is_sound_;
  }
  bool is_between_packets() const { return head_size_ == 0; }

 private:
  static constexpr char macros = 'D';

  std::size_t take_head(std::string_view bytes) {
    head_[head_size_++] = bytes.front();
    if (head_size_ == head_.size()) {
      std::uint32_t size = 0;  // of command and data
      for (std::size_t i = 0; i < 4; ++i) size = size << 8 | static_cast<std::uint8_t>(head_[i]);
      left_ = size > 0 ? size - 1 : 0;
      strings_ = 0;
      is_sound_ = left_ <= max_packet_data;
      if (is_sound_) end_packet();
    }
    return 1;
  }

  std::size_t take_data(std::string_view bytes) {
    const std::size_t taken = std::min(bytes.size(), left_);
    if (head_[4] == macros)
      strings_ += static_cast<std::size_t>(
          std::count(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(taken), '\0'));
    left_ -= taken;
    end_packet();
    return taken;
  }

  void end_packet() {
    if (left_ > 0) return;
    is_sound_ = head_[4] != macros || strings_ % 2 == 0;
    head_size_ = 0;
  }

  std::array<char, packet_head> head_{};
  std::size_t head_size_ = 0;
  std::size_t left_ = 0;     // octets of the packet's data that are still to come
  std::size_t strings_ = 0;  // ends of strings in it so far
  bool is_sound_ = true;
};

}  // namespace milter
