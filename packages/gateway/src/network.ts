/** Whom an address stands for when it is counted. Pure. */
import { isIPv6 } from "node:net";

/** An IPv4 address itself; of an IPv6 address its /64: that is what one machine gets (RFC 6177), and may choose from. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [plain = ""] = address.split("%", 1);
  const [before = "", after] = plain.split("::");
  const groups = (text: string): readonly string[] =>
    text === "" ? [] : text.replace(/\d+\.[\d.]+$/, "0:0").split(":");
  const left = groups(before);
  const right = groups(after ?? "");
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => "0");
  const first = [...left, ...zeros, ...right].slice(0, 4);
  return `${first.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`;
}
