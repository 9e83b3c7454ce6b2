import { expect, test } from "@jest/globals";
import { keepsAscii, readMediaType, UNCLEAR } from "./media-type.ts";

test.each([
  ["application/json", "application/json", undefined],
  ["Application/JSON ; Charset=UTF-8", "application/json", "utf-8"],
  ['text/plain; format=flowed; charset="iso-8859-1"', "text/plain", "iso-8859-1"],
  ["text/html;charset=utf-8;", "text/html", "utf-8"],
  ['multipart/form-data; boundary="a;b=c"', "multipart/form-data", undefined],
  ["multipart/form-data; boundary=----=_x/y", "multipart/form-data", undefined],
  ["application/json; odata.metadata=minimal; charset=utf-8", "application/json", "utf-8"],
  ["", "", undefined],
  ["text/plain, application/json", "", undefined],
])("%j is %j in %j", (value, type, charset) => {
  expect(readMediaType(value)).toEqual({ type, ...(charset === undefined ? {} : { charset }) });
});

test.each([
  "application/json; charset=utf-8; charset=utf-7",
  "application/json; charset=utf-7; CHARSET=utf-8",
  'application/json; x=";charset=utf-8"; charset=utf-7',
  'application/json; charset="utf-\\7"',
  'application/json; x="\\"; charset=utf-8',
  'application/json; x="; charset=utf-8',
  "application/json; charset*=utf-8''utf-7",
  "application/json; charset",
  "application/json; charset=utf-8, text/plain",
  "application/json; charset=utf-8 ; x=charset=utf-7",
  "application/json; charset=utf-8 utf-7",
  "application/json charset=utf-8",
])("%j: an encoding that two readers see differently is none", (value) => {
  const { type, charset } = readMediaType(value);
  expect(type === "" || charset === UNCLEAR).toBe(true);
  expect(keepsAscii(UNCLEAR)).toBe(false);
});
