/** Fetches an issuer's documents, bounded and without redirects. Touches the network. */
import type { HttpGet } from "@gate/identity";

/** A redirect is refused: it would let an issuer's open redirector choose where the keys come from. */
export const httpGet: HttpGet = async (url, bounds) => {
  const response = await fetch(url, {
    redirect: "error",
    signal: AbortSignal.timeout(bounds.timeoutMs),
    headers: { accept: "application/json" },
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`status ${response.status}`);
  }
  if (response.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > bounds.bytesMax) throw new Error(`over ${bounds.bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};
