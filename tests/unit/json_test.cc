// SPDX-License-Identifier: BSD-2-Clause
// util/json: what is written is always one valid line, what is read is never guessed.
#include "util/json.h"

#include <catch2/catch.hpp>
#include <limits>

#include "util/json_reader.h"

using util::Json;
using util::JsonReader;

namespace {

bool is_json(std::string_view text) { return JsonReader().read(text); }

std::int64_t number_in(std::string_view text, std::int64_t otherwise) {
  JsonReader reader;
  REQUIRE(reader.read(text));
  return reader.root().number(otherwise);
}

std::string text_in(std::string_view text) {
  JsonReader reader;
  REQUIRE(reader.read(text));
  return std::string(reader.root().text());
}

}  // namespace

TEST_CASE("members keep their order") {
  Json object = Json::object();
  object.set("z", "last").set("a", std::int64_t{1}).set("m", true).set("n", Json());
  CHECK(object.line() == R"({"z":"last","a":1,"m":true,"n":null})");
  Json array = Json::array();
  array.add("x").add(Json::array()).add(Json::object()).add(false);
  CHECK(array.line() == R"(["x",[],{},false])");
  CHECK(object.pretty().find('\n') != std::string::npos);
  CHECK(is_json(object.pretty()));
}

TEST_CASE("texts stay what they are") {
  CHECK(Json("true").line() == R"("true")");
  CHECK(Json(std::string("a\0b", 3)).line() == R"("a\u0000b")");
  CHECK(Json("\"\\\r\n\t\x1b").line() == R"("\"\\\r\n\t\u001b")");
  CHECK(Json("\u00fc\U0001f600").line() == R"("\u00fc\ud83d\ude00")");
  CHECK(text_in(R"("\u00fc\ud83d\ude00")") == "\u00fc\U0001f600");
}

TEST_CASE("nothing that is written is a command to a terminal") {
  for (const std::string& line : {Json("\x7f\u009b2J\u202e\u2028").line(),
                                  Json::object().set("\x1b]0;x\x07", "\x7f").pretty()}) {
    CAPTURE(line);
    for (const char c : line) CHECK(((c >= ' ' && c <= '~') || c == '\n'));
    CHECK(is_json(line));
  }
}

TEST_CASE("a text that is no UTF-8 is still written as valid JSON") {
  for (const char* bad : {"\xff", "a\xc3", "\xc0\xae", "\xed\xa0\x80", "x\x80y"}) {
    CAPTURE(bad);
    const auto line = Json(bad).line();
    CHECK(line.find(R"(\ufffd)") != std::string::npos);
    CHECK(line.find('\n') == std::string::npos);
    CHECK(is_json(line));
  }
  CHECK(Json("a\xff"
             "b")
            .line() == R"("a\ufffdb")");
  CHECK(Json::object().set("k\xff", "v").line() == R"({"k\ufffd":"v"})");
  CHECK(is_json(Json::object().set("k", "\xff\xfe").pretty()));
}

TEST_CASE("numbers are whole, to the last one") {
  for (const std::int64_t number :
       {std::int64_t{0}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::max(),
        std::numeric_limits<std::int64_t>::min(), std::int64_t{9007199254740993}}) {
    CHECK(Json(number).line() == std::to_string(number));
    CHECK(number_in(Json(number).line(), 7) == number);
  }
}

TEST_CASE("a value of another type gives the default") {
  JsonReader reader;
  REQUIRE(reader.read(R"({"t":"x","n":5,"b":true,"o":{},"a":[1,"2"],"f":1.5,"z":null})"));
  const util::JsonValue* object = &reader.root();
  CHECK(object->at("t").text() == "x");
  CHECK(object->at("n").number() == 5);
  CHECK(object->at("b").truth());
  CHECK(object->at("n").text("none") == "none");
  CHECK(object->at("t").number(-3) == -3);
  CHECK(object->at("b").number(-3) == -3);
  CHECK_FALSE(object->at("n").truth());
  CHECK(object->at("t").truth(true));
  CHECK(object->at("z").is_null());
  CHECK(object->at("missing").is_null());
  CHECK(object->at("t").at("deeper").is_null());
  CHECK(object->at("a").at("0").is_null());
  CHECK_FALSE(object->at("o").is_null());
  REQUIRE(object->at("a").elements().size() == 2);
  CHECK(object->at("a").elements()[0].number() == 1);
  CHECK(object->at("a").elements()[1].text() == "2");
  CHECK(object->at("t").elements().empty());
  CHECK(object->at("missing").elements().empty());
  CHECK(util::JsonValue().at("x").is_null());
}

TEST_CASE("members are found in any order, twice, and after one that is not there") {
  JsonReader reader;
  REQUIRE(reader.read(R"({"a":1,"b":{"a":5,"c":6},"c":3})"));
  const util::JsonValue& root = reader.root();
  for (int i = 0; i < 2; ++i) {
    CHECK(root.at("c").number() == 3);
    CHECK(root.at("none").is_null());
    CHECK(root.at("a").number() == 1);
    CHECK(root.at("b").at("c").number() == 6);
    CHECK(root.at("b").at("b").is_null());
    CHECK(root.at("a").number() == 1);
  }
  CHECK(root.keys() == std::vector<std::string_view>{"a", "b", "c"});
}

TEST_CASE("a reader reads on after what is no JSON") {
  JsonReader reader;
  CHECK_FALSE(reader.read("{"));
  CHECK(reader.root().is_null());
  REQUIRE(reader.read(R"({"a":1})"));
  CHECK(reader.root().at("a").number() == 1);
}

TEST_CASE("a fraction is no whole number") {
  for (const char* text : {"1.5", "1e30"}) {
    CAPTURE(text);
    CHECK(number_in(text, -7) == -7);
  }
}

TEST_CASE("a number over 63 bits is not read as another") {
  CHECK(number_in("9223372036854775808", -7) == -7);
  CHECK(number_in("18446744073709551615", -7) == -7);
  for (const char* text : {"-9223372036854775809", "18446744073709551616", "1e400"})
    CHECK_FALSE(is_json(text));
}

TEST_CASE("what is no JSON is nothing") {
  for (const char* text :
       {"",      " ",   "{",         "{\"a\":1",    "{\"a\" 1}", "{\"a\":1,}", "[1,]",     "{a:1}",
        "'a'",   "\"a", "\"a\nb\"",  "01",          "+1",        "NaN",        "Infinity", "nul",
        "{} {}", "{}x", "\"\\x41\"", "\"\\ud800\"", "\"\xff\"",  "// c\n1",    "/* c */ 1"}) {
    CAPTURE(text);
    CHECK_FALSE(is_json(text));
  }
  CHECK(is_json(" {} \r\n\t"));
}

TEST_CASE("a NUL is no end of the text") {
  CHECK_FALSE(is_json(std::string("{}\0x", 4)));
  CHECK_FALSE(is_json(std::string("1\0002", 3)));
}

TEST_CASE("what is nested is read and written") {
  const auto text = std::string(100, '[') + std::string(100, ']');
  CHECK(is_json(text));
  CHECK_FALSE(is_json(std::string(100'000, '[')));
}

TEST_CASE("on several lines it is the same") {
  Json list = Json::array();
  list.add("a, [b]: {\"c\\\"}").add(Json::object()).add(Json::array());
  const Json all = Json::object().set("one", std::int64_t{1}).set("list", list).set("none", Json());
  CHECK(all.pretty() == R"({
  "one": 1,
  "list": [
    "a, [b]: {\"c\\\"}",
    {},
    []
  ],
  "none": null
})");
  CHECK(Json("x").pretty() == R"("x")");
  CHECK(Json::object().pretty() == "{}");
}

TEST_CASE("a copy is a value of its own") {
  Json one = Json::object().set("a", "x");
  Json other = one;
  other.set("b", "y");
  CHECK(one.line() == R"({"a":"x"})");
  CHECK(other.line() == R"({"a":"x","b":"y"})");
  one = other;
  CHECK(one.line() == other.line());
  const Json moved = std::move(other);
  CHECK(moved.line() == one.line());
}
