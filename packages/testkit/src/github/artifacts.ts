/**
 * The artifact service, version 4: the Twirp calls, and the blob store that signed addresses point to. In memory.
 *
 * Shapes follow the client, @actions/artifact 6: snake_case JSON, 64-bit numbers as strings.
 */
import { createHash, randomBytes } from "node:crypto";
import { jsonBody, textMember, type Answer, type Call, type Route } from "./http.ts";

export interface StoredArtifact {
  readonly id: number;
  readonly runId: string;
  readonly runBackendId: string;
  readonly jobBackendId: string;
  readonly name: string;
  readonly mimeType: string;
  readonly createdAt: string;
  readonly expiresAt: string | undefined;
  readonly digest: string;
  /** A zip, unless the client skipped archiving. */
  readonly bytes: Buffer;
}

/** Ids that a runtime token stands for. */
export interface Backend {
  readonly runId: string;
  readonly runBackendId: string;
  readonly jobBackendId: string;
}

export interface ArtifactService {
  readonly routes: readonly Route[];
  readonly artifacts: readonly StoredArtifact[];
  /** A fresh address that serves the artifact's bytes without authorisation. */
  downloadUrl(artifact: StoredArtifact): string;
}

interface Upload {
  readonly backend: Backend;
  readonly name: string;
  readonly mimeType: string;
  readonly expiresAt: string | undefined;
  readonly blocks: Map<string, Buffer>;
  committed: Buffer | undefined;
}

const NAME_FORBIDDEN = /["<>:|*?\r\n\\/]/u;
const TWIRP = "/twirp/github\\.actions\\.results\\.api\\.v1\\.ArtifactService/";

export function createArtifactService(options: {
  readonly origin: () => string;
  readonly now: () => number;
  readonly backendOf: (runtimeToken: string | undefined) => Backend | undefined;
}): ArtifactService {
  const artifacts: StoredArtifact[] = [];
  const uploads = new Map<string, Upload>();
  const downloads = new Map<string, StoredArtifact>();
  let nextId = 1_000;

  const twirp = (method: string, answer: (body: Record<string, unknown>, backend: Backend) => Answer): Route => ({
    method: "POST",
    path: new RegExp(`^${TWIRP}${method}$`, "u"),
    answer(call) {
      const backend = options.backendOf(call.bearer);
      if (backend === undefined) return twirpError(401, "unauthenticated", "the runtime token is not known");
      const body = jsonBody(call);
      const ids = [textMember(body, "workflow_run_backend_id"), textMember(body, "workflow_job_run_backend_id")];
      if (ids[0] !== backend.runBackendId || ids[1] !== backend.jobBackendId) {
        return twirpError(403, "permission_denied", "the ids are not those of the runtime token");
      }
      return answer(body, backend);
    },
  });

  const ofRun = (backend: Backend) => artifacts.filter((artifact) => artifact.runBackendId === backend.runBackendId);

  function downloadUrl(artifact: StoredArtifact): string {
    const key = randomBytes(12).toString("hex");
    downloads.set(key, artifact);
    return `${options.origin()}/blob/${key}?sig=${randomBytes(16).toString("base64url")}`;
  }

  function create(body: Record<string, unknown>, backend: Backend): Answer {
    const name = textMember(body, "name") ?? "";
    if (name === "" || NAME_FORBIDDEN.test(name)) return twirpError(400, "invalid_argument", "the name is not valid");
    if (Number(textMember(body, "version") ?? "0") < 4) return twirpError(400, "invalid_argument", "version too old");
    if (ofRun(backend).some((artifact) => artifact.name === name)) {
      return twirpError(409, "already_exists", "an artifact with this name already exists on the workflow run");
    }
    const key = randomBytes(12).toString("hex");
    uploads.set(key, {
      backend,
      name,
      mimeType: textMember(body, "mime_type") ?? "application/zip",
      expiresAt: textMember(body, "expires_at"),
      blocks: new Map(),
      committed: undefined,
    });
    const sig = randomBytes(16).toString("base64url");
    return { status: 200, json: { ok: true, signed_upload_url: `${options.origin()}/upload/${key}?sig=${sig}` } };
  }

  function finalize(body: Record<string, unknown>, backend: Backend): Answer {
    const name = textMember(body, "name");
    const found = [...uploads].find(
      ([, one]) => one.name === name && one.backend.jobBackendId === backend.jobBackendId,
    );
    const bytes = found?.[1].committed;
    if (found === undefined || bytes === undefined) return twirpError(404, "not_found", "no finished upload");
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    if (Number(textMember(body, "size")) !== bytes.byteLength) {
      return twirpError(400, "invalid_argument", "size differs from the bytes that arrived");
    }
    const hash = textMember(body, "hash");
    if (hash !== undefined && hash !== digest) {
      return twirpError(400, "invalid_argument", "hash differs from the bytes that arrived");
    }
    const [key, upload] = found;
    uploads.delete(key);
    const id = nextId++;
    artifacts.push({
      id,
      ...upload.backend,
      name: upload.name,
      mimeType: upload.mimeType,
      createdAt: new Date(options.now()).toISOString(),
      expiresAt: upload.expiresAt,
      digest,
      bytes,
    });
    return { status: 200, json: { ok: true, artifact_id: String(id) } };
  }

  function list(body: Record<string, unknown>, backend: Backend): Answer {
    const name = textMember(body, "name_filter");
    const id = textMember(body, "id_filter");
    const found = ofRun(backend)
      .filter((artifact) => name === undefined || artifact.name === name)
      .filter((artifact) => id === undefined || String(artifact.id) === id);
    return {
      status: 200,
      json: {
        artifacts: found.map((artifact) => ({
          workflow_run_backend_id: artifact.runBackendId,
          workflow_job_run_backend_id: artifact.jobBackendId,
          database_id: String(artifact.id),
          name: artifact.name,
          size: String(artifact.bytes.byteLength),
          created_at: artifact.createdAt,
          digest: artifact.digest,
        })),
      },
    };
  }

  function signedUrl(body: Record<string, unknown>, backend: Backend): Answer {
    const found = ofRun(backend).find((artifact) => artifact.name === textMember(body, "name"));
    if (found === undefined) return twirpError(404, "not_found", "no such artifact");
    return { status: 200, json: { signed_url: downloadUrl(found) } };
  }

  function remove(body: Record<string, unknown>, backend: Backend): Answer {
    const found = ofRun(backend).find((artifact) => artifact.name === textMember(body, "name"));
    if (found === undefined) return twirpError(404, "not_found", "no such artifact");
    artifacts.splice(artifacts.indexOf(found), 1);
    return { status: 200, json: { ok: true, artifact_id: String(found.id) } };
  }

  function put(call: Call): Answer {
    const upload = uploads.get(call.params["key"] ?? "");
    if (upload === undefined || !call.url.searchParams.has("sig")) return { status: 403 };
    switch (call.url.searchParams.get("comp") ?? "") {
      case "block": {
        const id = call.url.searchParams.get("blockid");
        if (id === null) return { status: 400 };
        upload.blocks.set(id, call.body);
        return { status: 201 };
      }
      case "blocklist": {
        const order = [...call.body.toString("utf8").matchAll(/<Latest>([^<]+)<\/Latest>/gu)].map((match) => match[1]);
        const parts = order.map((id) => upload.blocks.get(id ?? ""));
        if (parts.some((part) => part === undefined)) return { status: 400 };
        upload.committed = Buffer.concat(parts as Buffer[]);
        return { status: 201 };
      }
      default:
        upload.committed = call.body;
        return { status: 201 };
    }
  }

  function get(call: Call): Answer {
    const artifact = downloads.get(call.params["key"] ?? "");
    if (artifact === undefined || !call.url.searchParams.has("sig")) return { status: 403 };
    const fileName = encodeURIComponent(
      artifact.mimeType === "application/zip" ? `${artifact.name}.zip` : artifact.name,
    );
    return {
      status: 200,
      body: artifact.bytes,
      headers: {
        "content-type": artifact.mimeType,
        "content-disposition": `attachment; filename*=UTF-8''${fileName}`,
      },
    };
  }

  return {
    artifacts,
    downloadUrl,
    routes: [
      twirp("CreateArtifact", create),
      twirp("FinalizeArtifact", finalize),
      twirp("ListArtifacts", list),
      twirp("GetSignedArtifactURL", signedUrl),
      twirp("DeleteArtifact", remove),
      { method: "PUT", path: /^\/upload\/(?<key>[0-9a-f]+)$/u, answer: put },
      { method: "GET", path: /^\/blob\/(?<key>[0-9a-f]+)$/u, answer: get },
    ],
  };
}

function twirpError(status: number, code: string, msg: string): Answer {
  return { status, json: { code, msg } };
}
