// A question to the server is answered by a value or by a typed failure, never by nothing.

import type { ErrorBody, FieldProblem } from "./generated";

export type Answer<T> = { ok: true; value: T } | { ok: false; failure: Failure };

/** Why there is no value. `unreachable` and `aborted` are ours, every other code is the server's. */
export interface Failure {
  code: string;
  message: string;
  hint?: string;
  reference?: string;
  status?: number;
  fields: FieldProblem[];
  retryAfterMs?: number;
  /** The whole error object, for the fields that only some codes have. */
  body?: ErrorBody;
  at: Date;
}

export const good = <T>(value: T): Answer<T> => ({ ok: true, value });

export function refused(body: unknown, status?: number): Answer<never> {
  const error = isErrorBody(body) ? body : undefined;
  return {
    ok: false,
    failure: {
      code: error?.code ?? (status === 401 ? "unauthenticated" : status === 404 ? "not_found" : "unreadable"),
      message: error?.message ?? (status === undefined ? "" : `HTTP ${status}`),
      hint: error?.hint,
      reference: error?.reference,
      status,
      fields: Array.isArray(error?.fields) ? error.fields : [],
      retryAfterMs: error?.retryAfterMs,
      body: error,
      at: new Date(),
    },
  };
}

export const unreachable = (detail: string): Answer<never> => own("unreachable", detail);
/** What came is not what it should be. */
export const unreadable = (detail: string): Failure => ({
  code: "unreadable",
  message: detail,
  fields: [],
  at: new Date(),
});
export const aborted = (): Answer<never> => own("aborted", "");

function own(code: string, message: string): Answer<never> {
  return { ok: false, failure: { code, message, fields: [], at: new Date() } };
}

function isErrorBody(body: unknown): body is ErrorBody {
  return typeof body === "object" && body !== null && "code" in body && typeof body.code === "string";
}
