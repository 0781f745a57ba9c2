// A Problem is an answer that refuses a request (RFC 9457). Status 0 means that there was no answer.
export class Problem extends Error {
  constructor(status, body = {}, retryAfter = 0) {
    super(body.detail || `HTTP ${status}`);
    this.status = status;
    this.errors = body.errors || []; // one for each field that is wrong: { loc, type, params }
    this.reason = body.reason;       // why, where the status does not say it
    this.params = body.params || {}; // the values that the sentence of the reason needs
    this.retryAfter = retryAfter;    // seconds
    this.current = body.current;     // of 412: the record as it is now, and who changed its fields last
    this.changedBy = body.changed_by || {};
  }

  // passing reports whether the same request may succeed a little later.
  get passing() { return this.status === 0 || this.status === 429 || this.status >= 500; }
}
