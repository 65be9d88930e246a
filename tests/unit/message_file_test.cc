// SPDX-License-Identifier: BSD-2-Clause
// milter/evidence/message_file: a file taken apart as an MTA would hand it over.
#include "milter/evidence/message_file.h"

#include <catch2/catch.hpp>

namespace {

// "Name|value/..." with line ends shown.
std::string header(std::string_view bytes) {
  std::string text;
  for (const auto& [name, value] : evidence::read_message_file(bytes).header)
    text += name + "|" + value + "/";
  return text;
}
std::string body(std::string_view bytes) { return evidence::read_message_file(bytes).body; }

}  // namespace

TEST_CASE("fields keep what stands after the colon, folds as LF") {
  CHECK(header("From: a@contoso.com\nTo: b\n\nx\n") == "From| a@contoso.com/To| b/");
  CHECK(header("From: a@contoso.com\r\nTo: b\r\n\r\nx\r\n") == "From| a@contoso.com/To| b/");
  CHECK(header("Subject: a\r\n b\r\n\tc\r\n\r\n") == "Subject| a\n b\n\tc/");
  CHECK(header("Subject: a\n b\n\n") == "Subject| a\n b/");
  CHECK(header("Subject:\n\n") == "Subject|/");
  CHECK(header("Subject:no space\nX::y\n\n") == "Subject|no space/X|:y/");
  CHECK(header("Subject: trailing \t\n\n") == "Subject| trailing \t/");
  CHECK(header("A: 1\nA: 2\na: 3\n\n") == "A| 1/A| 2/a| 3/");
}

TEST_CASE("the body has CRLF, byte for byte otherwise") {
  CHECK(body("A: 1\n\none\ntwo\n") == "one\r\ntwo\r\n");
  CHECK(body("A: 1\r\n\r\none\r\ntwo\r\n") == "one\r\ntwo\r\n");
  CHECK(body("A: 1\n\n\n\nx\n") == "\r\n\r\nx\r\n");
  CHECK(body("A: 1\n\nFrom: not a field\n") == "From: not a field\r\n");
  CHECK(body("A: 1\n\n") == "");
  CHECK(body("A: 1\n") == "");
  CHECK(body("") == "");
  CHECK(body("A: 1\n\n\xff\xfe\n") == "\xff\xfe\r\n");
  CHECK(body(std::string_view("A: 1\n\na\0b\n", 10)) == std::string("a\0b\r\n", 5));
  CHECK(body("A: 1\n\n.dot\n..dots\n") == ".dot\r\n..dots\r\n");
}

TEST_CASE("a message without a body, or without a header") {
  CHECK(header("A: 1") == "A| 1/");
  CHECK(header("") == "");
  CHECK(header("\nA: 1\n") == "");
  CHECK(body("\nA: 1\n") == "A: 1\r\n");
  CHECK(header("\r\nA: 1\r\n") == "");
}

TEST_CASE("a Return-Path on top stands for MAIL FROM") {
  const auto file = evidence::read_message_file("Return-Path: <a@contoso.com>\nFrom: b\n\n");
  REQUIRE(file.return_path);
  CHECK(*file.return_path == "<a@contoso.com>");
  REQUIRE(file.header.size() == 1);
  CHECK(file.header[0].name == "From");
  const auto null = evidence::read_message_file("return-path: <>\r\nFrom: b\r\n\r\n");
  REQUIRE(null.return_path);
  CHECK(*null.return_path == "<>");
  const auto below = evidence::read_message_file("From: b\nReturn-Path: <a@contoso.com>\n\n");
  CHECK_FALSE(below.return_path);
  CHECK(below.header.size() == 2);
  CHECK_FALSE(evidence::read_message_file("From: b\n\n").return_path);
}

TEST_CASE("what is no field ends the header, as Postfix has it") {
  CHECK(header("A: 1\njunk\nB: 2\n\nx\n") == "A| 1/");
  CHECK(body("A: 1\njunk\nB: 2\n") == "junk\r\nB: 2\r\n");
}

TEST_CASE("the line of a mailbox file is no field") {
  const auto file =
      evidence::read_message_file("From a@b.example Tue Nov 24 09:00:00 2026\nTo: x\n\n");
  REQUIRE(file.header.size() == 1);
  CHECK(file.header[0].name == "To");
  // With a colon it is the odd spelling of a field that readers take for From.
  CHECK(evidence::read_message_file("From : a@b.example\n\n").header.size() == 1);
}
