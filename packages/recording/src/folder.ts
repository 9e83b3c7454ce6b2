/** A bundle in a folder, to read. Touches the file system under the folder; follows no links. */
import { closeSync, constants, createReadStream, fstatSync, openSync, type Dirent } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { RecordingReader } from "@gate/contract";
import { BUNDLE_DEPTH_MAX, BundleBounds, invalidBundle, isBundleName, missingFile } from "./bundle.ts";

/**
 * Reads a session's folder, sealed or not.
 *
 * `list` throws BUNDLE_INVALID for links, special files and names that no bundle has; `read` throws FILE_MISSING.
 */
export function folderReader(folder: string): RecordingReader {
  return {
    async list() {
      const bounds = new BundleBounds();
      const files: { name: string; bytes: number }[] = [];
      const walk = async (inside: string, depth: number): Promise<void> => {
        if (depth > BUNDLE_DEPTH_MAX) throw invalidBundle("folders are nested too deep");
        for (const item of await entriesOf(join(folder, inside))) {
          const name = inside === "" ? item.name : `${inside}/${item.name}`;
          if (item.isDirectory()) {
            await walk(name, depth + 1);
          } else if (item.isFile()) {
            const { size } = await lstat(join(folder, name));
            bounds.add(name, size);
            files.push({ name, bytes: size });
          } else {
            throw invalidBundle("a link or a special file is in it");
          }
        }
      };
      await walk("", 1);
      return files.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    read: (name) => open(folder, name, 0),
    readFrom: (name, byte) => open(folder, name, byte),
  };
}

function open(folder: string, name: string, start: number): NodeJS.ReadableStream {
  if (!isBundleName(name)) throw missingFile(name);
  let fd: number;
  try {
    // A named pipe would keep us waiting for a writer who never comes: it is opened without waiting, and refused below.
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
    fd = openSync(join(folder, name), flags);
  } catch {
    throw missingFile(name);
  }
  if (!fstatSync(fd).isFile()) {
    closeSync(fd);
    throw missingFile(name);
  }
  return createReadStream("", { fd, start, highWaterMark: READ_BYTES_MAX });
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  return (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Bytes read at once. */
const READ_BYTES_MAX = 262_144;
