/** What came back. `body` is parsed where it is JSON; whoever reads it knows the contract. */
export type ApiAnswer = {
  readonly status: number;
  // The shape is the contract's; scripts and tests read a few members of it.
  readonly body: ApiBody;
  readonly headers: Headers;
};
export type ApiBody = { readonly [member: string]: unknown };

export type ApiRequest = { readonly body?: unknown; readonly idempotencyKey?: string };

export type Api = (method: string, path: string, request?: ApiRequest) => Promise<ApiAnswer>;

/** Speaks to an engine as any program would: over HTTP, with a key. */
export function createApi(url: string, key: string): Api {
  return async (method, path, request = {}) => {
    const response = await fetchAgain(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(request.body === undefined ? {} : { "content-type": "application/json" }),
        ...(request.idempotencyKey === undefined ? {} : { "idempotency-key": request.idempotencyKey }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") === true && text !== "";
    return {
      status: response.status,
      body: isJson ? (JSON.parse(text) as ApiBody) : { text },
      headers: response.headers,
    };
  };
}

const ATTEMPTS_MAX = 3;

/**
 * A server closes a connection that was idle for some seconds, at times just when the next request is on its way. Every call
 * here may be repeated: reads and PUTs by nature, POSTs by their key.
 */
async function fetchAgain(url: string, init: RequestInit): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await fetch(url, init);
    } catch (error) {
      const code = (error as { cause?: { code?: string } }).cause?.code;
      if (attempt === ATTEMPTS_MAX || (code !== "ECONNRESET" && code !== "UND_ERR_SOCKET")) throw error;
    }
  }
}

/** @throws when the answer is not a success: for what a script takes for granted. */
export async function expectSuccess(answer: Promise<ApiAnswer>): Promise<ApiBody> {
  const { status, body } = await answer;
  if (status >= 300) throw new Error(`the engine answered ${status}: ${JSON.stringify(body).slice(0, 500)}`);
  return body;
}

/** All items of a cursor list. */
export async function listAll<Item>(api: Api, path: string): Promise<Array<Item>> {
  const items: Array<Item> = [];
  let cursor: string | null = null;
  do {
    const at: string =
      cursor === null ? "" : `${path.includes("?") ? "&" : "?"}cursor=${encodeURIComponent(cursor)}`;
    const page = await expectSuccess(api("GET", `${path}${at}`));
    items.push(...(page["data"] as Array<Item>));
    cursor = page["next_cursor"] as string | null;
  } while (cursor !== null);
  return items;
}

/** Runs `work` for every item, at most `width` at a time, in order of start. */
export async function inParallel<Item>(
  items: ReadonlyArray<Item>,
  width: number,
  work: (item: Item, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const index = next++;
      await work(items[index] as Item, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
}
