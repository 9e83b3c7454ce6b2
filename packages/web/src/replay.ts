/**
 * Plays a recorded terminal, or follows one that is still open. A page of its own: the emulator is WebAssembly, which
 * the other pages do not allow.
 */
import { create } from "asciinema-player";
import "asciinema-player/dist/bundle/asciinema-player.css";
import { get, type Session } from "./api.ts";
import "./styles.css";

const session = location.pathname.split("/")[2] ?? "";
const query = new URLSearchParams(location.search);
const name = query.get("terminal") ?? "";
const root = document.getElementById("root");
if (root !== null) {
  const heading = document.createElement("h1");
  heading.textContent = `Terminal ${name}`;
  const back = link(`/sessions/${session}`, "Back to the session");
  const other = document.createElement("p");
  const player = document.createElement("div");
  player.id = "player";
  const main = document.createElement("main");
  main.append(heading, back, other, player);
  root.append(main);
  void show(heading, other, player);
}

async function show(heading: HTMLElement, other: HTMLElement, player: HTMLElement): Promise<void> {
  const file = `/v1/sessions/${session}/terminals/${encodeURIComponent(name)}`;
  const open = await get<Session>(`/v1/sessions/${session}`).then(
    ({ state }) => state === "open",
    () => false,
  );
  const here = `/replay/${session}?terminal=${encodeURIComponent(name)}`;
  if (!open || query.get("from") === "start") {
    if (open) other.append("As far as it has come. ", link(here, "Follow it live"));
    create(file, player, { fit: "width", idleTimeLimit: 2 });
    return;
  }
  const live = document.createElement("span");
  live.className = "live live-live";
  live.textContent = "live";
  heading.append(" ", live);
  other.append(link(`${here}&from=start`, "Play it from the start"));
  // Without a buffer of its own: what has been shown already is there at once.
  // The player's types do not know its own drivers.
  const stream = { driver: "eventsource", url: `${file}/events`, bufferTime: 0 } as unknown as { url: string };
  const following = create(stream, player, { fit: "width", autoPlay: true });
  following.addEventListener("ended", () => {
    live.remove();
    other.replaceChildren("The session has ended.");
    following.dispose();
    // Its last picture stays; from here on it is a recording.
    create(file, player, { fit: "width", idleTimeLimit: 2, poster: "npt:9999:00" });
  });
}

function link(href: string, text: string): HTMLAnchorElement {
  const made = document.createElement("a");
  made.href = href;
  made.textContent = text;
  return made;
}
