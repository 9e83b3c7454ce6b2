/** Plays a recorded terminal. A page of its own: its emulator is WebAssembly, which the other pages do not allow. */
import { create } from "asciinema-player";
import "asciinema-player/dist/bundle/asciinema-player.css";
import "./styles.css";

const session = location.pathname.split("/")[2] ?? "";
const name = new URLSearchParams(location.search).get("terminal") ?? "";
const root = document.getElementById("root");
if (root !== null) {
  const heading = document.createElement("h1");
  heading.textContent = `Terminal ${name}`;
  const back = document.createElement("a");
  back.href = `/sessions/${session}`;
  back.textContent = "Back to the session";
  const player = document.createElement("div");
  player.id = "player";
  const main = document.createElement("main");
  main.append(heading, back, player);
  root.append(main);
  create(`/v1/sessions/${session}/terminals/${encodeURIComponent(name)}`, player, { fit: "width", idleTimeLimit: 2 });
}
