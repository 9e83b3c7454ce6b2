/** Small pieces that several pages show. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { highlight, visible } from "./highlight.ts";

/** A command, whole and exact; what is not seen on a screen is shown by its number. */
export function CommandText(props: { text: string; sql: boolean; label: string }) {
  return (
    <pre class="command" tabIndex={0} role="region" aria-label={props.label}>
      <code>
        {highlight(props.text, props.sql).map((piece, index) => (
          <span key={index} class={`t-${piece.kind}`}>
            {piece.text}
          </span>
        ))}
      </code>
    </pre>
  );
}

/** The beginning of a command, where there is no room for all of it. */
export function Excerpt(props: { text: string; chars: number }) {
  return (
    <code class="excerpt">
      {highlight(props.text.slice(0, props.chars), false).map((piece, index) =>
        piece.kind === "hidden" ? (
          <span key={index} class="t-hidden">
            {piece.text}
          </span>
        ) : (
          piece.text
        ),
      )}
      {props.text.length > props.chars && "…"}
    </code>
  );
}

export function State(props: { state: string }) {
  return <span class={`state state-${props.state}`}>{props.state}</span>;
}

export function Verdicts(props: { counts: Readonly<Record<"allow" | "hold" | "deny", number>> | undefined }) {
  if (props.counts === undefined) return <span class="muted">–</span>;
  const { allow, hold, deny } = props.counts;
  return (
    <span class="verdicts">
      <span class="state state-allow">{allow} allowed</span> <span class="state state-hold">{hold} held</span>{" "}
      <span class="state state-deny">{deny} denied</span>
    </span>
  );
}

/** A name with its value, in a list of such. Texts are often a job's own words. */
export function Fact(props: { name: string; children: ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{props.name}</dt>
      <dd>{typeof props.children === "string" ? visible(props.children) : props.children}</dd>
    </div>
  );
}

export function Failure(props: { error: string | undefined }) {
  return props.error === undefined ? null : (
    <p class="failure" role="alert">
      {props.error}
    </p>
  );
}

/** The time now, in milliseconds; changes every `everyMs` so that countdowns and ages move. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** What `load` gives, asked again every `everyMs` while the page can be seen. */
export function useLoaded<T>(load: () => Promise<T>, everyMs: number, keys: readonly unknown[]) {
  const [state, setState] = useState<{ value?: T; error?: string }>({});
  useEffect(() => {
    let gone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      if (document.visibilityState === "visible") {
        try {
          const value = await load();
          if (!gone) setState({ value });
        } catch (error) {
          if (!gone)
            setState((before) => ({ ...before, error: error instanceof Error ? error.message : String(error) }));
        }
      }
      if (!gone && everyMs > 0) timer = setTimeout(() => void ask(), everyMs);
    };
    void ask();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, keys);
  return { ...state, set: (value: T) => setState({ value }) };
}
