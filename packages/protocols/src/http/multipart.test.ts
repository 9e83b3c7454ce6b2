import { expect, test } from "@jest/globals";
import { OverrideWatch } from "./multipart.ts";

const part = (header: string): Buffer => Buffer.from(`--b\r\n${header}\r\n\r\nDELETE\r\n--b--\r\n`);

test.each([
  'Content-Disposition: form-data; name="_method"',
  "content-disposition:form-data; NAME=_Method",
  'Content-Disposition: form-data;\r\n name="_method"',
  "Content-Disposition: form-data; filename=x; name = '_method'",
  'Content-Disposition: form-data; name="_metho\\d"',
  "Content-Disposition: form-data; name*=utf-8''%5Fmethod",
  "Content-Type: text/plain\r\nContent-ID: <_method>",
  'Content-Disposition: form-data; name=".method"',
  'Content-Disposition: form-data; name="[_method]"',
  'Content-Disposition: form-data; name=" .method[x]"',
  "Content-Disposition: form-data; name= [ _method]",
  `Content-Disposition: form-data; name="${" ".repeat(200)}.method"`,
])("%s is found at every split point", (header) => {
  const bytes = part(header);
  for (let at = 0; at <= bytes.length; at += 1) {
    const watch = new OverrideWatch();
    const first = watch.push(bytes.subarray(0, at));
    expect(first || watch.push(bytes.subarray(at))).toBe(true);
  }
});

test.each([
  'Content-Disposition: form-data; name="file"',
  'X: name="_method"',
  'Content-Disposition: a; name="_methods"',
  'Content-Disposition: form-data; name="file"; filename="a\\"b.txt"',
  "Content-Disposition: form-data; name=file; filename*=UTF-8''a",
])("%s is none", (header) => {
  expect(new OverrideWatch().push(part(header))).toBe(false);
});

test("blanks without end cost no more than their number", () => {
  const watch = new OverrideWatch();
  for (const filler of [" ", "[", "\t", '"[', "name= ", "\r\n "]) {
    const header = `Content-Disposition: form-data; name=${filler.repeat(60_000)}`;
    expect(watch.push(Buffer.from(header))).toBe(false);
  }
});
