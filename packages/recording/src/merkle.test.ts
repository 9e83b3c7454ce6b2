import { createHash } from "node:crypto";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { leafHash, MerkleTree, nodeHash } from "./index.ts";

/** RFC 6962 §2.1, word for word. */
function naiveRoot(leaves: readonly Uint8Array[]): Buffer {
  if (leaves.length === 0) return createHash("sha256").digest();
  if (leaves.length === 1)
    return createHash("sha256")
      .update(Buffer.from([0]))
      .update(leaves[0] as Uint8Array)
      .digest();
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return createHash("sha256")
    .update(Buffer.from([1]))
    .update(naiveRoot(leaves.slice(0, k)))
    .update(naiveRoot(leaves.slice(k)))
    .digest();
}

/** RFC 6962 §2.1.1, over the leaves. */
function auditPath(index: number, leaves: readonly Uint8Array[]): Buffer[] {
  if (leaves.length <= 1) return [];
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return index < k
    ? [...auditPath(index, leaves.slice(0, k)), naiveRoot(leaves.slice(k))]
    : [...auditPath(index - k, leaves.slice(k)), naiveRoot(leaves.slice(0, k))];
}

/** RFC 9162 §2.1.3.2. */
function rootFromPath(index: number, size: number, leaf: Buffer, path: readonly Buffer[]): Buffer {
  let node = leaf;
  let fn = index;
  let sn = size - 1;
  for (const sibling of path) {
    if (fn % 2 === 1 || fn === sn) {
      node = nodeHash(sibling, node);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn >> 1, sn >> 1];
    } else {
      node = nodeHash(node, sibling);
    }
    [fn, sn] = [fn >> 1, sn >> 1];
  }
  return node;
}

test("roots are those of the tree that Certificate Transparency publishes as its test data", () => {
  const leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
  const roots = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ];
  const tree = new MerkleTree();
  expect(tree.root().toString("hex")).toBe(createHash("sha256").digest("hex"));
  leaves.forEach((leaf, index) => {
    tree.append(leafHash(Buffer.from(leaf, "hex")));
    expect(tree.root().toString("hex")).toBe(roots[index]);
  });
});

test("the incremental root is the recursive one, and every leaf is included, for any size", () => {
  const leaf = fc.uint8Array({ maxLength: 8 });
  fc.assert(
    fc.property(fc.array(leaf, { maxLength: 70 }), fc.nat(), (leaves, at) => {
      const tree = new MerkleTree();
      for (const each of leaves) tree.append(leafHash(each));
      expect(tree.size).toBe(leaves.length);
      expect(tree.root()).toEqual(naiveRoot(leaves));
      if (leaves.length === 0) return;
      const index = at % leaves.length;
      const hash = leafHash(leaves[index] as Uint8Array);
      expect(rootFromPath(index, leaves.length, hash, auditPath(index, leaves))).toEqual(tree.root());
    }),
    { numRuns: 200 },
  );
});

test("a text and its UTF-8 bytes are the same leaf", () => {
  for (const text of ["", "plain", "naïve ✓ 𝄞"]) expect(leafHash(text)).toEqual(leafHash(Buffer.from(text)));
});
