/** Made by `scripts/build-browser.ts` from `src/browser`, before whatever bundles the Worker. */
declare module "#browser-files" {
  export type BrowserFile = {
    /** `widget.js`, of `src/browser/widget.ts`. */
    readonly name: string;
    readonly contentType: string;
    /** Of the text; the same text has the same hash in every build. */
    readonly hash: string;
    readonly text: string;
  };
  export const browserFiles: ReadonlyArray<BrowserFile>;
}
