export type { ArgvFact, Fact, FactItem, Facts, MapFact, NoFact, ScalarFact, SetFact } from "./facts.ts";
export type {
  Admission,
  Command,
  Decision,
  Endpoint,
  Gate,
  HeldState,
  HeldView,
  Link,
  Protocol,
  RecordedFile,
  Refusal,
  ResultSummary,
  SubmitOptions,
  TlsPeer,
  Upstream,
  UpstreamTls,
} from "./gate.ts";
export type { Entry, Recorder, RecordingFiles, RecordingReader, RecordingStore } from "./record.ts";
export type { Lineage, Principal, Session, TrustRule } from "./session.ts";
export type { HoldRow, HoldVote, Store, StoredDocument } from "./store.ts";
export type {
  ApprovalSpec,
  ColumnMask,
  DetectMask,
  DetectorName,
  JsonMask,
  Limits,
  Mask,
  MaskAction,
  MaskIgnore,
  Obligation,
  RuleId,
  Verdict,
} from "./verdict.ts";
