type Call = { readonly method: string; readonly url: URL; readonly headers: Headers; readonly body: string };

/** A carrier's server in memory, which can lose what is sent to it and what it answers. */
export abstract class CarrierServer {
  readonly calls: Array<Call> = [];
  /** The number of a call, from 1, that does not get through, or whose answer is lost. */
  fault: { readonly call: number; readonly at: "request" | "reply" } | null = null;

  protected abstract answer(call: Call): Response;

  readonly fetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const call: Call = {
      method: init.method ?? "GET",
      url: new URL(input instanceof Request ? input.url : input),
      headers: new Headers(init.headers),
      body: (init.body ?? "") as string,
    };
    this.calls.push(call);
    const isFaulty = this.fault?.call === this.calls.length;
    if (isFaulty && this.fault?.at === "request") throw new TypeError("connection refused");
    const response = this.answer(call);
    if (isFaulty) throw new TypeError("connection lost");
    return response;
  };

  /** Labels that are paid for and not given back. */
  abstract readonly liveLabels: ReadonlyArray<string>;
}
