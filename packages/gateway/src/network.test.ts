import { expect, test } from "@jest/globals";
import { ManualClock } from "@gate/base";
import { networkOf } from "./network.ts";
import { Throttle } from "./throttle.ts";

test.each([
  ["192.0.2.7", "192.0.2.7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:DB8:01:2::", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["64:ff9b::192.0.2.7", "64:ff9b:0:0::/64"],
  ["unknown", "unknown"],
])("%s is counted as %s", (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test("whoever has many addresses of one network is still one", () => {
  const throttle = new Throttle(new ManualClock(), { windowMs: 1_000, max: 2 });
  throttle.add("2001:db8::1");
  throttle.add("2001:db8::2");
  expect(throttle.blocked("2001:db8::3")).toBe(true);
  expect(throttle.blocked("2001:db8:0:1::3")).toBe(false);
});
