/** A style sheet that a script imports is its text, minified: the script decides where it counts. */
declare module "*.css" {
  const text: string;
  export { text as default };
}
