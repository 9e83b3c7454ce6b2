/**
 * What `gate login` keeps: one token a gateway, in a file that only its owner reads ($GATE_CONFIG_DIR, else
 * $XDG_CONFIG_HOME/gate or ~/.config/gate, %APPDATA%\gate on Windows). Touches that file.
 */
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { messageOf } from "@gate/base";
import { CommandError, EXIT } from "./output.ts";

export interface SavedLogin {
  readonly token: string;
  readonly name: string;
  /** RFC 3339. */
  readonly expires_at: string;
}

export function credentialsFile(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string {
  const own = env["GATE_CONFIG_DIR"];
  if (own !== undefined && own !== "") return join(own, FILE);
  const base = platform === "win32" ? env["APPDATA"] : env["XDG_CONFIG_HOME"];
  return join(base === undefined || base === "" ? join(homedir(), ".config") : base, "gate", FILE);
}

/** The login of a gateway, by its origin; undefined without one. */
export function savedLogin(file: string, gateway: URL): SavedLogin | undefined {
  return readAll(file)[gateway.origin];
}

/** Saves, or with undefined forgets. */
export function saveLogin(file: string, gateway: URL, login: SavedLogin | undefined): void {
  const { [gateway.origin]: _old, ...others } = readAll(file);
  const all = login === undefined ? others : { ...others, [gateway.origin]: login };
  const folder = join(file, "..");
  const fresh = `${file}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Written whole beside the old one: a command that is stopped here leaves the old one.
    writeFileSync(fresh, `${JSON.stringify(all, null, 2)}\n`, { mode: 0o600, flag: "wx" });
    chmodSync(fresh, 0o600);
    renameSync(fresh, file);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw new CommandError(EXIT.unknown, `cannot write ${file}: ${messageOf(error)}`);
  }
}

function readAll(file: string): Readonly<Record<string, SavedLogin>> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new CommandError(EXIT.unknown, `cannot read ${file}: ${messageOf(error)}`);
  }
  try {
    const found = JSON.parse(text) as Record<string, unknown>;
    return Object.fromEntries(
      Object.entries(found).filter((entry): entry is [string, SavedLogin] => isLogin(entry[1])),
    );
  } catch {
    throw new CommandError(EXIT.unknown, `${file} is not readable as JSON: remove it and run gate login again`);
  }
}

function isLogin(value: unknown): value is SavedLogin {
  if (value === null || typeof value !== "object") return false;
  return ["token", "name", "expires_at"].every(
    (key) => Object.hasOwn(value, key) && typeof (value as Record<string, unknown>)[key] === "string",
  );
}

const FILE = "credentials.json";
